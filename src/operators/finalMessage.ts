import type { OperatorFunction } from 'rxjs';
import { isEvent, type AnyEvent } from '../api/events.js';
import type { Message } from '../api/message.js';
import { accumulating } from '../rx/accumulating.js';

/**
 * Waits for the complete Message, and emits only that.
 *
 *     source          --s--b--d--d--e--m--z--|    z: message_stop
 *     finalMessage()
 *     result          -----------------------(M|)
 *
 * Of several messages in one stream it is the last. If the source completes before `message_stop`, the result is an
 * `IncompleteMessageError`; it, and any other error of the package, has what had arrived as `partial`. On
 * `message_restart` it starts over.
 *
 * @returns An operator from events to one Message, emitted when the source completes.
 * @throws {InvalidEventError} In the stream, if an event comes out of order.
 * @example
 * const message = await firstValueFrom(stream$.pipe(finalMessage()));
 * console.log(message.usage.output_tokens); // 12
 */
export function finalMessage(): OperatorFunction<AnyEvent, Message> {
  return accumulating((accumulator, output) => {
    let final: Message | undefined;
    return {
      next(event) {
        if (isEvent(event, 'message_stop')) final = accumulator.message;
      },
      complete() {
        if (final !== undefined) output.next(final);
      },
    };
  });
}
