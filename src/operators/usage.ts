import { createUsageWatcher, type RunningUsage } from '../accumulate/usage.js';
import { transform } from '../rx/transform.js';
import type { EventOperator } from '../rx/eventOperator.js';

/**
 * Emits the message's usage whenever it changes.
 *
 *     source   --s--b--d--e--m--z--|    s: message_start  m: message_delta
 *     usage()
 *     result   --x-----------y-----|    x: usage of the input  y: usage of the input and the output
 *
 * Counts are totals for the message. Until the last emission, `output_tokens` is a lower bound, and it remains one if
 * the stream fails. On `message_restart` the counts start over, and the usage of the failed attempt is added to
 * `abandoned_attempts`. Completion and errors pass through.
 *
 * @returns An operator from events to usage. A new object is emitted synchronously with each event that changes it.
 * @example
 * stream$.pipe(usage(), last()).subscribe((usage) => console.log(usage.output_tokens)); // 12
 */
export function usage(): EventOperator<RunningUsage> {
  return transform((output) => ({
    next: createUsageWatcher((changed) => {
      output.next(changed);
    }),
  }));
}
