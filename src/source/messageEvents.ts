import type { OperatorFunction } from 'rxjs';
import type { MessageStreamEvent } from '../api/events.js';
import { transform } from '../rx/transform.js';
import { MessageReader } from './messageReader.js';
import type { ServerSentEvent } from './sseDecoder.js';

/**
 * Reads the events of a message from server-sent events, wherever those come from.
 *
 *     source           --a--b--c--|    { data: '{"type":"message_start", …}' } …
 *     messageEvents()
 *     result           --x--y--z--|    { type: 'message_start', … } …
 *
 * Each event is checked, and that it may come where it comes. The type is that of the JSON, so `event:` lines may be
 * missing; `[DONE]` is left out. An `error` event becomes the error of the result. If the source completes before
 * `message_stop`, the result fails with `IncompleteMessageError`; errors of the source pass through.
 *
 * @returns An operator from server-sent events to events, each in the same turn.
 * @throws {InvalidEventError} In the stream, for an event that is no JSON, lacks a field or comes out of order.
 * @throws {APIStatusError} In the stream, for an `error` event, of the class that is named for its type.
 * @example
 * serverSentEvents('/api/chat', { method: 'POST', body }).pipe(messageEvents(), textDeltas());
 */
export function messageEvents(): OperatorFunction<ServerSentEvent, MessageStreamEvent> {
  return transform((output) => {
    const reader = new MessageReader((event) => {
      output.next(event);
    });
    return {
      next(event) {
        reader.read(event);
      },
      complete() {
        reader.end();
      },
    };
  });
}
