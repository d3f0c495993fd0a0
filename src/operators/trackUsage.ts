import { defer, tap, type Observable } from 'rxjs';
import { createUsageWatcher, type RunningUsage } from '../accumulate/usage.js';
import type { AnyEvent } from '../api/events.js';

/**
 * Tells a callback the message's usage, as often as it changes; the events pass through.
 *
 *     source                 --s--b--d--e--m--z--|
 *     trackUsage(callback)                            callback: at s what the input cost, at m with the output
 *     result                 --s--b--d--e--m--z--|
 *
 * The usage is that of {@link usage}: totals, started over on `message_restart`, with `abandoned_attempts`.
 *
 * @param next - Called before the event that changed the usage is passed on. What it throws becomes the result's error.
 * @returns An operator that passes everything through.
 * @example
 * stream$.pipe(trackUsage((usage) => meter.set(usage.output_tokens)), textDeltas());
 */
export function trackUsage(
  next: (usage: RunningUsage) => void,
): <Event extends AnyEvent>(source: Observable<Event>) => Observable<Event> {
  return <Event extends AnyEvent>(source: Observable<Event>) =>
    defer(() => source.pipe(tap<Event>(createUsageWatcher(next))));
}
