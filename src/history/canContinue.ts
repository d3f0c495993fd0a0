import type { Message } from '../api/message.js';
import { continuationFault } from './continuationFault.js';

/**
 * Whether an interrupted message can be continued: it has text, no complete tool call, and no stop reason.
 *
 * `continuationParams` still throws for such a message if its request asks for structured output, which cannot be seen
 * from the message alone.
 *
 * @param partial - The part of the message that had arrived.
 */
export function canContinue(partial: Message): boolean {
  return continuationFault(partial) === undefined;
}
