import type { MessageRestartEvent } from '../api/events.js';
import { selectText, type SelectTextOptions } from './internal/selectText.js';
import { textOfPart } from './internal/textOfPart.js';
import type { EventOperator } from '../rx/eventOperator.js';

export type TextDeltasOptions = SelectTextOptions;

/**
 * Emits the text of the answer, delta by delta.
 *
 *     source        --s--a--b--p--c--e--|   s, p, e: other events   a, b, c: text deltas
 *     textDeltas()
 *     result        -----a--b-----c-----|   the strings
 *
 * The joined strings are the text of all text blocks, in the order in which it arrived. Empty deltas are ignored. Half
 * a surrogate pair at the end of a delta is held back until the other half arrives with the next delta of the same
 * block. If the block stops or the source ends first, that half is emitted alone. Completion and errors pass through.
 * The strings do not show where a message ends: for pieces that never span two messages, pass the events to
 * {@link bufferByPunctuation}.
 *
 * A `message_restart` withdraws the strings emitted before it, and drops a half that is held back. A consumer that
 * shows text must then clear it, either in `tapMessage({ restart })` or, with `{ restarts: true }`, when it receives
 * the event itself.
 *
 * @param options.restarts - Whether `message_restart` is emitted between the strings. Default false.
 * @returns An operator from events to strings. Each is emitted synchronously with its event.
 * @example
 * stream$.pipe(textDeltas()).subscribe((text) => process.stdout.write(text)); // Hello, world
 */
export function textDeltas(options: { readonly restarts: true }): EventOperator<string | MessageRestartEvent>;
export function textDeltas(options?: { readonly restarts?: false | undefined }): EventOperator<string>;
export function textDeltas(options?: TextDeltasOptions): EventOperator<string | MessageRestartEvent>;
export function textDeltas(options?: TextDeltasOptions): EventOperator<string | MessageRestartEvent> {
  return selectText(textOfPart, options);
}
