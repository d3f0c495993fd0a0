import type { MessageRestartEvent } from '../api/events.js';
import { selectText, type SelectTextOptions } from './internal/selectText.js';
import { thinkingOfPart } from './internal/textOfPart.js';
import type { EventOperator } from '../rx/eventOperator.js';

export type ThinkingDeltasOptions = SelectTextOptions;

/**
 * Emits the model's thinking, delta by delta.
 *
 *     source            --s--a--b--t--e--|   s, t, e: other events   a, b: thinking deltas
 *     thinkingDeltas()
 *     result            -----a--b--------|   the strings
 *
 * Emits nothing if the request asked the API to omit thinking. Half a surrogate pair, empty deltas, errors and
 * `message_restart` are handled as in {@link textDeltas}.
 *
 * @param options.restarts - Whether `message_restart` is emitted between the strings. Default false.
 * @returns An operator from events to strings. Each is emitted synchronously with its event.
 * @example
 * stream$.pipe(thinkingDeltas()).subscribe((text) => console.log(text)); // Let me see.
 */
export function thinkingDeltas(options: { readonly restarts: true }): EventOperator<string | MessageRestartEvent>;
export function thinkingDeltas(options?: { readonly restarts?: false | undefined }): EventOperator<string>;
export function thinkingDeltas(options?: ThinkingDeltasOptions): EventOperator<string | MessageRestartEvent>;
export function thinkingDeltas(options?: ThinkingDeltasOptions): EventOperator<string | MessageRestartEvent> {
  return selectText(thinkingOfPart, options);
}
