import type { MonoTypeOperatorFunction } from 'rxjs';
import { hasContent } from '../api/content.js';
import { isEvent, type AnyEvent } from '../api/events.js';
import { transform } from '../rx/transform.js';

/** Whether a message is open, and whether its events have been emitted. */
type MessageState = 'none' | 'held' | 'shown';

/**
 * Hides retries from a client that does not know `message_restart`, such as the official SDK.
 *
 *     source                 --s-----R------s-t-u-|     s = message_start  R = message_restart
 *     withholdRestarts()
 *     result                 ---------------(st)u-|
 *
 * The events of a message are held back until one has content, so that a restart before it has nothing to withdraw. A
 * restart after content ends the stream with the error that led to it. A `message_reconnect` is left out.
 */
export function withholdRestarts(): MonoTypeOperatorFunction<AnyEvent> {
  return transform((output) => {
    let held: AnyEvent[] = [];
    let state: MessageState = 'none';
    const release = (): void => {
      const events = held;
      held = [];
      for (const event of events) output.next(event);
    };
    return {
      next(event) {
        if (isEvent(event, 'message_reconnect')) return;
        if (isEvent(event, 'message_restart')) {
          if (state === 'shown') throw event.error;
          held = [];
          state = 'none';
          return;
        }
        if (event.type === 'message_start') state = 'held';
        held.push(event);
        if (state === 'held' && hasContent(event)) state = 'shown';
        if (event.type === 'message_stop') state = 'none';
        if (state !== 'held') release();
      },
      complete: release,
      error: release,
    };
  });
}
