import type { ContentBlockParam, MessageParam } from '../api/params.js';
import { InvalidParamsError } from '../errors/classes.js';
import { asString, isRecord, readPath } from '../utils/inspect.js';
import { fileBlock } from './fileBlock.js';
import { toolTurn } from './toolTurn.js';

/** What is read of a `UIMessage` of the AI SDK. Parts of other types, and other fields, are ignored. */
export interface UIMessageLike {
  readonly role: string;
  readonly parts: readonly { readonly type: string }[];
}

/**
 * Converts the messages that `useChat` sends to the `messages` of a request.
 *
 * Text and files (images, PDF, text) of the user, and text, thinking and tool calls of the model are converted. Thinking
 * is sent back with the signature that `toUIMessageStream` has given the client; without one, it is left out, because the API
 * refuses it. A tool call is sent back with its output or its error; a call that has neither is left out, because the API
 * refuses that too. The calls of tools that the API ran, sources, and messages of the system are left out.
 *
 * The messages come from a client, which may have changed what the model or a tool had said. If that matters, keep the
 * conversation in the service, and read only the last message.
 *
 * @param messages - The messages in the body of the request. May be of any type.
 * @returns The messages, in an order that the API accepts. Messages without content are left out.
 * @throws {InvalidParamsError} If `messages` is not an array of messages, or a file is not one that the API reads.
 * @example
 * const { messages } = await request.json();
 * return toUIMessageStreamResponse(streamMessage({ ...params, messages: fromUIMessages(messages) }));
 */
export function fromUIMessages(messages: readonly UIMessageLike[]): readonly MessageParam[] {
  if (!Array.isArray(messages) || !messages.every(isMessage)) {
    throw new InvalidParamsError('fromUIMessages: messages must be an array of UI messages, with a role and parts.');
  }
  return messages.flatMap(({ role, parts }) => {
    if (role === 'user') return turn('user', parts.flatMap(userBlocks));
    return role === 'assistant' ? stepsOf(parts).flatMap(stepTurns) : [];
  });
}

type Part = UIMessageLike['parts'][number];

function isMessage(message: unknown): message is UIMessageLike {
  const parts = readPath(message, 'parts');
  return typeof readPath(message, 'role') === 'string' && Array.isArray(parts) && parts.every(isRecord);
}

function turn(role: 'user' | 'assistant', content: readonly ContentBlockParam[]): MessageParam[] {
  return content.length === 0 ? [] : [{ role, content }];
}

function userBlocks(part: Part): ContentBlockParam[] {
  return part.type === 'file' ? [fileBlock(part)] : textBlocks(part);
}

/** The API refuses text that is empty or only white space. */
function textBlocks(part: Part): ContentBlockParam[] {
  const text = part.type === 'text' ? (asString(readPath(part, 'text')) ?? '') : '';
  return text.trim() === '' ? [] : [{ type: 'text', text }];
}

/** Splits the parts of an answer into its steps: each was a message of the API. */
function stepsOf(parts: readonly Part[]): Part[][] {
  const steps: Part[][] = [[]];
  for (const part of parts) {
    if (part.type === 'step-start') steps.push([]);
    else steps.at(-1)?.push(part);
  }
  return steps;
}

/** Returns the turn of the model, and that of the user with the results of its calls. */
function stepTurns(parts: readonly Part[]): MessageParam[] {
  // What the API ran between two blocks of thinking is left out, so they would not be what they were signed for.
  const keepsThinking = !parts.some((part) => readPath(part, 'providerExecuted') === true);
  const calls = toolTurn(parts);
  const content = parts.flatMap((part) => {
    if (part.type === 'reasoning') return keepsThinking ? thinkingBlocks(part) : [];
    return textBlocks(part);
  });
  // The last block must not be thinking.
  const shown = [...content, ...calls.uses];
  while (/thinking$/.test(shown.at(-1)?.type ?? '')) shown.pop();
  return [...turn('assistant', shown), ...turn('user', calls.results)];
}

function thinkingBlocks(part: Part): ContentBlockParam[] {
  const data = asString(readPath(part, 'providerMetadata', 'anthropic', 'redactedData'));
  if (data !== undefined) return [{ type: 'redacted_thinking', data }];
  const signature = asString(readPath(part, 'providerMetadata', 'anthropic', 'signature'));
  if (signature === undefined) return [];
  return [{ type: 'thinking', thinking: asString(readPath(part, 'text')) ?? '', signature }];
}
