import type { Message } from '../api/message.js';
import { continuationFault } from './continuedContent.js';

/**
 * Says whether an interrupted message can be continued: it has text, no whole tool call, and no stop reason.
 *
 * `continuationParams` makes the request. It may refuse all the same: for structured output, which the message does not
 * show.
 *
 * @param partial - What had arrived of the message.
 */
export function canContinue(partial: Message): boolean {
  return continuationFault(partial) === undefined;
}
