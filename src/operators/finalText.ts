import { map, pipe } from 'rxjs';
import { joinText } from '../api/blocks.js';
import { finalMessage } from './finalMessage.js';
import type { EventOperator } from '../rx/eventOperator.js';

/**
 * Emits the text of the complete Message when the source completes: that of all text blocks, joined without separators.
 *
 *     source       --s--b--a--c--e--m--z--|     a = 'Hello, '  c = 'world'
 *     finalText()
 *     result       -----------------------(t|)  t = 'Hello, world'
 *
 * A message without a text block, such as one that only calls tools or a refusal, has the text `''`. Text that was
 * truncated by `max_tokens` is emitted too. If that matters, use {@link finalMessage} and look at its `stop_reason`.
 * Errors and `message_restart` are handled as in {@link finalMessage}.
 *
 * @returns An operator from events to one string, emitted when the source completes. `''` if the message has no text
 * block.
 * @throws {InvalidEventError} In the stream, if an event is out of order.
 * @example
 * console.log(await firstValueFrom(stream$.pipe(finalText()))); // Hello, world
 */
export function finalText(): EventOperator<string> {
  return pipe(
    finalMessage(),
    map(({ content }) => joinText(content)),
  );
}
