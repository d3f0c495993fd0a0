import type { Message } from '../api/message.js';
import { continuationFault } from './continuationFault.js';

/**
 * Whether an interrupted message can be continued: it has text, no complete tool call, and no stop reason.
 *
 * `continuationParams` may still throw for such a message if its request asks for structured output, which the message
 * does not show.
 *
 * @param partial - What had arrived of the message.
 */
export function canContinue(partial: Message): boolean {
  return continuationFault(partial) === undefined;
}
