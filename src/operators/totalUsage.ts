import { addUsage } from '../accumulate/addUsage.js';
import { accumulateUsage, type RunningUsage } from '../accumulate/usage.js';
import { isEvent } from '../api/events.js';
import { transform } from '../rx/transform.js';
import type { EventOperator } from '../rx/eventOperator.js';

/**
 * Emits the usage of all messages of a stream together, whenever it changes.
 *
 *     source         --s--d--m--z----s--d--m--z--|    s: message_start  m: message_delta
 *     totalUsage()
 *     result         --a-----b-------c-----d-----|    c, d: the first message and the second
 *
 * This is for the events of `runTools`, which are several messages: {@link usage} emits that of the current message. On
 * `message_restart`, the usage of the failed attempt is moved to `abandoned_attempts`. Completion and errors pass
 * through.
 *
 * @returns An operator from events to usage. A new object is emitted synchronously with each event that changes it.
 * @example
 * runTools(params, { tools }).pipe(totalUsage()).subscribe((usage) => meter.set(usage.output_tokens));
 */
export function totalUsage(): EventOperator<RunningUsage> {
  return transform((output) => {
    let complete: RunningUsage | undefined;
    /** The usage of the message that has not stopped yet. */
    let current: RunningUsage | undefined;
    return {
      next(event) {
        const changed = accumulateUsage(current, event);
        if (changed !== undefined && changed !== current) output.next(addUsage(complete, changed));
        current = changed;
        if (!isEvent(event, 'message_stop') || current === undefined) return;
        complete = addUsage(complete, current);
        current = undefined;
      },
    };
  });
}
