import { isEvent } from '../api/events.js';
import type { Message } from '../api/message.js';
import { accumulating } from '../rx/accumulating.js';
import type { EventOperator } from '../rx/eventOperator.js';

/**
 * Emits only the complete Message, when the source completes.
 *
 *     source          --s--b--d--d--e--m--z--|    z: message_stop
 *     finalMessage()
 *     result          -----------------------(M|)
 *
 * If the stream has several messages, the last one is emitted. On `message_restart` the Message starts over.
 *
 * If the source completes before `message_stop`, the result fails with an `IncompleteMessageError`. That error has the
 * Message so far as its `partial`, and so does any other error of this package that passes through.
 *
 * @returns An operator from events to one Message, emitted when the source completes.
 * @throws {InvalidEventError} In the stream, if an event is out of order.
 * @example
 * const message = await firstValueFrom(stream$.pipe(finalMessage()));
 * console.log(message.usage.output_tokens); // 12
 */
export function finalMessage(): EventOperator<Message> {
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
