import type { OperatorFunction } from 'rxjs';
import type { MessageStreamEvent } from '../api/events.js';
import { transform } from '../rx/transform.js';
import { MessageReader } from './messageReader.js';
import type { ServerSentEvent } from './sseDecoder.js';

/**
 * Reads the events of a message from server-sent events, from any source.
 *
 *     source           --a--b--c--|    { data: '{"type":"message_start", …}' } …
 *     messageEvents()
 *     result           --x--y--z--|    { type: 'message_start', … } …
 *
 * The shape and order of every event are validated. An event's type is read from its JSON, so `event:` lines may be
 * missing. Data without content, such as `{}` or `[DONE]`, is ignored. After `message_stop`, everything except an error
 * is ignored. An `error` event, whatever its data, becomes the error of the result, and so does an object that has an
 * `error` but no type. If the source completes before `message_stop`, or inside a tool run (see `fromResponse`), the
 * result fails with `IncompleteMessageError`.
 * Errors of the source pass through.
 *
 * @returns An operator from server-sent events to events of a message. Each is emitted synchronously.
 * @throws {InvalidEventError} In the stream, if an event is not JSON, lacks a field, or is out of order.
 * @throws {APIStatusError} In the stream, for an error. The subclass depends on the status, or on the type of the
 * error.
 * @throws {APIConnectionError} In the stream, for an `error` event whose data is only text, or empty, and has no
 * status.
 * @example
 * const headers = { 'content-type': 'application/json' };
 * serverSentEvents('/api/chat', { method: 'POST', headers, body }).pipe(messageEvents(), textDeltas());
 */
export function messageEvents(): OperatorFunction<ServerSentEvent, MessageStreamEvent> {
  return transform((output) => {
    const reader = new MessageReader((event) => {
      output.next(event);
    });
    return {
      next(event) {
        reader.readServerSentEvent(event);
      },
      complete() {
        reader.expectComplete();
      },
    };
  });
}
