import type { AnyEvent } from '../api/events.js';
import { MessageReader } from '../source/messageReader.js';
import { assertionError } from './assertions/assertionError.js';
import { describe } from './assertions/describe.js';

/**
 * Checks that events are a complete stream that the API could have sent: for a proxy, or for an operator that changes
 * events. Their shape and order are validated as the sources of the package validate them.
 *
 *     expectValidEvents(events)
 *     // The events are not valid: content_block_stop 0 (event 3): a content_block_stop outside a message.
 *
 * @param events - All events of a message, of several messages, or of a tool run.
 * @throws {Error} If an event is not valid, is an `error` event, or if the last message is incomplete: an error with the
 *   name `AssertionError`, and the error of a source as its `cause`.
 */
export function expectValidEvents(events: Iterable<AnyEvent>): void {
  const reader = new MessageReader(() => undefined);
  let [place, position] = ['the end', -1];
  try {
    for (const event of events) {
      position += 1;
      place = `${describe(event)} (event ${position})`;
      reader.readEvent(event);
    }
    place = 'the end';
    reader.expectComplete();
  } catch (cause) {
    const reason = cause instanceof Error ? cause.message : String(cause);
    const error = assertionError(`The events are not valid: ${place}: ${reason}`, events, undefined);
    throw Object.assign(error, { cause });
  }
}
