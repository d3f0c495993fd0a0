import { TotalUsage } from '../accumulate/totalUsage.js';
import type { RunningUsage } from '../accumulate/usage.js';
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
 * runTools(params, { tools }).pipe(totalUsage()).subscribe((usage) => show(usage.output_tokens));
 */
export function totalUsage(): EventOperator<RunningUsage> {
  return transform((output) => {
    const total = new TotalUsage();
    return {
      next(event) {
        if (total.add(event)) output.next(total.usage);
      },
    };
  });
}
