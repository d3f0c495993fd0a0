import { map, pipe, type OperatorFunction } from 'rxjs';
import { joinText } from '../api/blocks.js';
import type { AnyEvent } from '../api/events.js';
import { finalMessage } from './finalMessage.js';

/**
 * Waits for the complete Message, and emits its text: that of all its text blocks, joined without anything between.
 *
 *     source       --s--b--a--c--e--m--z--|     a = 'Hello, '  c = 'world'
 *     finalText()
 *     result       -----------------------(t|)  t = 'Hello, world'
 *
 * A text that `max_tokens` cut is emitted as it is: look at the Message's `stop_reason` where that matters. Errors and
 * `message_restart` are treated as in {@link finalMessage}.
 *
 * @returns An operator from events to one string, emitted when the source completes; '' if there is no text.
 * @example
 * console.log(await firstValueFrom(stream$.pipe(finalText()))); // Hello, world
 */
export function finalText(): OperatorFunction<AnyEvent, string> {
  return pipe(
    finalMessage(),
    map(({ content }) => joinText(content)),
  );
}
