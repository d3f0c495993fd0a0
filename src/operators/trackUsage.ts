import { defer, tap, type Observable } from 'rxjs';
import { createUsageWatcher, type RunningUsage } from '../accumulate/usage.js';
import type { AnyEvent } from '../api/events.js';
import { expectFunction } from '../utils/options.js';

/**
 * Calls a function with the message's usage whenever it changes. The events pass through.
 *
 *     source                 --s--b--d--e--m--z--|
 *     trackUsage(callback)                            called at s (usage of the input) and at m (with the output)
 *     result                 --s--b--d--e--m--z--|
 *
 * The usage is the one that {@link usage} emits: totals that start over on `message_restart`, with
 * `abandoned_attempts`.
 *
 * @param next - Called before the event that changed the usage is passed on. If it throws, the result fails with that
 * error.
 * @returns An operator that passes every event through, synchronously and unchanged.
 * @throws {TypeError} At call time, if `next` is not a function.
 * @example
 * stream$.pipe(trackUsage((usage) => show(usage.output_tokens)), textDeltas());
 */
export function trackUsage(
  next: (usage: RunningUsage) => void,
): <Event extends AnyEvent>(source: Observable<Event>) => Observable<Event> {
  expectFunction('trackUsage', 'next', next);
  return <Event extends AnyEvent>(source: Observable<Event>) =>
    defer(() => source.pipe(tap<Event>(createUsageWatcher(next))));
}
