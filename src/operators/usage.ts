import type { OperatorFunction } from 'rxjs';
import { createUsageWatcher, type RunningUsage } from '../accumulate/usage.js';
import type { AnyEvent } from '../api/events.js';
import { transform } from '../rx/transform.js';

/**
 * Selects the message's usage, as often as it changes.
 *
 *     source   --s--b--d--e--m--z--|    s: message_start  m: message_delta
 *     usage()
 *     result   --x-----------y-----|    x: what the input cost  y: with what the output cost
 *
 * Counts are totals for the whole message. Before the last emission `output_tokens` is a lower bound, which is also what is known when
 * the stream breaks off. On `message_restart` the counts start over, and what the failed attempt had cost
 * is in `abandoned_attempts`. Completion and errors pass through.
 *
 * @returns An operator from events to usage, in the same turn; a new value exactly when something changed.
 * @example
 * stream$.pipe(usage(), last()).subscribe((usage) => console.log(usage.output_tokens)); // 12
 */
export function usage(): OperatorFunction<AnyEvent, RunningUsage> {
  return transform((output) => ({
    next: createUsageWatcher((changed) => {
      output.next(changed);
    }),
  }));
}
