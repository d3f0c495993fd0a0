import type { OperatorFunction } from 'rxjs';
import type { AnyEvent, MessageRestartEvent } from '../api/events.js';
import { selectText, type SelectTextOptions } from './internal/selectText.js';
import { textOfPart } from './internal/textOfPart.js';

export type TextDeltasOptions = SelectTextOptions;

/**
 * Selects the text of the answer, delta by delta.
 *
 *     source        --s--a--b--p--c--e--|   s, p, e: other events   a, b, c: text deltas
 *     textDeltas()
 *     result        -----a--b-----c-----|   the strings
 *
 * Joined, the strings are the text of all text blocks, in the order in which they came. Half a surrogate pair at the end
 * of a delta waits for its other half. Empty deltas are left out. Held text is emitted before completion and before an
 * error, which passes through.
 *
 * On `message_restart` what is held is dropped. What was emitted before it is withdrawn as well: a consumer that shows
 * text clears it, told by `tapMessage({ restart })`, or by the event itself with `{ restarts: true }`.
 *
 * @param options.restarts - Whether a `message_restart` comes out between the strings. Default false.
 * @returns An operator from events to strings, each in the same turn as its event.
 * @example
 * stream$.pipe(textDeltas()).subscribe((text) => process.stdout.write(text)); // Hello, world
 */
export function textDeltas(options: {
  readonly restarts: true;
}): OperatorFunction<AnyEvent, string | MessageRestartEvent>;
export function textDeltas(options?: { readonly restarts?: false }): OperatorFunction<AnyEvent, string>;
export function textDeltas(options?: TextDeltasOptions): OperatorFunction<AnyEvent, string | MessageRestartEvent> {
  return selectText(textOfPart, options);
}
