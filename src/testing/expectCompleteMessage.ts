import { isPausing, isTruncating } from '../api/stopReasons.js';
import type { Message } from '../api/message.js';
import { toolInputStatus } from '../accumulate/toolInputStatus.js';
import { assertionError } from './assertions/assertionError.js';

/**
 * Checks that a message is a complete answer: it has stopped for a reason other than a limit, a pause or a refusal, and the
 * input of each tool call is complete.
 *
 *     expectCompleteMessage(message)   // Expected a complete message, but it was truncated (max_tokens) after "Good mor".
 *
 * @param message - The message. Undefined is not a complete message.
 * @returns The message.
 * @throws {Error} If it is not complete: an error with the name `AssertionError`, whose message says why.
 */
export function expectCompleteMessage<M extends Message>(message: M | undefined): M {
  const fault = message === undefined ? 'there is none' : findFault(message);
  if (message !== undefined && fault === undefined) return message;
  throw assertionError(`Expected a complete message, but ${fault ?? ''}.`, message, undefined);
}

function findFault(message: Message): string | undefined {
  const { stop_reason } = message;
  const shown = `after ${JSON.stringify(textOf(message).slice(-60))}`;
  if (stop_reason === null) return `it has no stop_reason: the stream ended early, ${shown}`;
  if (isTruncating(stop_reason)) return `it was truncated (${stop_reason}) ${shown}`;
  if (isPausing(stop_reason)) return `the turn continues in another message (${stop_reason}), ${shown}`;
  if (stop_reason === 'refusal') return `the model refused, ${shown}`;
  for (const block of message.content) {
    if (block.type !== 'tool_use') continue;
    const { state, raw } = toolInputStatus(block);
    if (state !== 'complete' && state !== 'unknown') return `the input of ${block.name} is ${state}: ${raw}`;
  }
  return undefined;
}

function textOf({ content }: Message): string {
  return content.map((block) => (block.type === 'text' ? block.text : '')).join('');
}
