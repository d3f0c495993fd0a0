import type { ContentBlockParam, MessageParam } from '../api/params.js';
import { turnMessages, type SentCalls } from '../history/nextParams.js';
import { blocksOf } from '../history/paramBlocks.js';
import { callIdsOf } from '../history/unansweredTurn.js';
import { CallIds } from '../tools/callIds.js';
import type { AssistantTurn, ConversationTurn } from './conversationState.js';

/** A part of a conversation that is sent as it is: what the user has said, or a part of an earlier history. */
export interface GivenEntry {
  readonly kind: 'given';
  /** Undefined if it is not shown, such as a system message. */
  readonly turn: ConversationTurn | undefined;
  readonly messages: readonly MessageParam[];
}

/** A message of the model. */
export interface MessageEntry {
  readonly kind: 'message';
  readonly turn: AssistantTurn;
  /** The calls that are sent, with their results. */
  readonly calls: SentCalls;
  /** Whether the answer ends with this message. */
  readonly isLast: boolean;
}

export type Entry = GivenEntry | MessageEntry;

/** Whether an entry is a question, which an answer follows. */
export function isQuestion({ turn }: Entry): boolean {
  return turn?.role === 'user';
}

/**
 * Returns a conversation in the form in which the API accepts it. Consecutive messages of the user, which follow from
 * questions without an answer and from the results of the last call, become one. A refused answer is left out, and so is
 * its question: if the conversation contained them, the API would refuse again.
 *
 * @see https://platform.claude.com/docs/en/test-and-evaluate/strengthen-guardrails/handle-streaming-refusals
 */
export function messagesOf(entries: readonly Entry[]): readonly MessageParam[] {
  const ids = new CallIds();
  const sent: MessageParam[] = [];
  for (const entry of withoutRefusals(entries)) {
    if (entry.kind === 'given') for (const id of callIdsOf(entry.messages)) ids.take(id);
    const messages = entry.kind === 'given' ? entry.messages : messagesOfAnswer(entry, ids);
    for (const message of messages) append(sent, message);
  }
  return Object.freeze(sent);
}

function withoutRefusals(entries: readonly Entry[]): readonly Entry[] {
  const kept: Entry[] = [];
  for (const entry of entries) {
    if (entry.kind === 'message' && entry.turn.message.stop_reason === 'refusal') {
      const question = kept.map(isQuestion).lastIndexOf(true);
      if (question >= 0) kept.length = question;
    } else {
      kept.push(entry);
    }
  }
  return kept;
}

function messagesOfAnswer({ turn, calls, isLast }: MessageEntry, ids: CallIds): readonly MessageParam[] {
  const { message } = turn;
  const unique = new Map([...calls].map(([index, call]) => [index, withId(call, ids.take(call.id))]));
  // With its stop reason, the API would first finish the message: run its own tools, or resume it after `pause_turn`.
  return turnMessages(isLast ? { ...message, stop_reason: null } : message, unique);
}

function withId<Call extends { readonly id: string; readonly result: { readonly tool_use_id: string } | undefined }>(
  call: Call,
  id: string,
): Call {
  const { result } = call;
  if (call.id === id && result?.tool_use_id === id) return call;
  return { ...call, id, result: result && { ...result, tool_use_id: id } };
}

function append(sent: MessageParam[], message: MessageParam): void {
  const before = sent.at(-1);
  if (before?.role !== 'user' || message.role !== 'user') {
    sent.push(message);
    return;
  }
  const content = Object.freeze([before, message].flatMap(textAndBlocksOf));
  sent[sent.length - 1] = Object.freeze({ ...message, content });
}

function textAndBlocksOf(message: MessageParam): readonly ContentBlockParam[] {
  const { content } = message;
  return typeof content === 'string' ? [{ type: 'text', text: content }] : blocksOf(message);
}
