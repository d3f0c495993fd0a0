import type { Observable } from 'rxjs';
import type { MessageStreamEvent } from '../api/events.js';
import { MessageDecoder } from './messageDecoder.js';
import { expectResponseOptions, type ResponseOptions } from './responseOptions.js';
import { responseStream } from './responseStream.js';
import { withStatusErrors } from './withStatusErrors.js';

/**
 * Reads the events of a message from a response that you obtain yourself, for example from your backend.
 *
 *     response              -------(headers)--{"type":--"message_start"…}\n\n--…--|
 *     fromResponse(response)
 *     result                --------------------------x----------------------…--|    x = { type: 'message_start', … }
 *
 * Each subscription calls the function once. Unsubscribing aborts the signal that the function was given, and cancels
 * the body. Pass the signal to `fetch`: otherwise a request that has no response yet continues, and is billed, until its
 * headers arrive. A Response that is passed directly can be read only once.
 *
 * A tool run that a service forwards is read to its end: the body may contain several messages and the events of
 * `runTools`. After a message that stopped for `tool_use` or `pause_turn`, the stream continues until the body ends; a
 * lost connection or a silence of `idleMs` is an error there. Once a `tool_progress` or `tool_result` has arrived, a body
 * that ends before `run_end` is an `IncompleteMessageError`.
 *
 * The shape and order of every event are validated. If the body ends before `message_stop`, the stream fails with
 * `IncompleteMessageError`. An error status, an `error` event in any form, a lost connection, a timeout and an abort
 * each become an error of their own class. A body that is not a stream is read as JSON: a complete Message, from a gateway
 * that ignores `stream`, is emitted as its events, and an error becomes that error. Any other body is an
 * `InvalidEventError` that quotes it. If the body of an error is silent for 5 s, what has arrived of it is reported.
 *
 * @param response - A Response, or a function that returns one. An error that the function throws becomes an
 * `APIConnectionError`, with these exceptions: an `AbortError` becomes an `APIUserAbortError`, an error with a `status`
 * becomes an `APIStatusError`, and a programming error, such as a `TypeError` that `fetch` did not throw, becomes an
 * `AnthropicError` that is not retried.
 * @param options - `signal`, `timeout`, `maxBufferSize`, `onResponse`, `demand`, `scheduler`.
 * @returns The events as they arrive, including pings. Completes when the body ends after `message_stop`, or is silent for
 * 5 s after a message that needs nothing more.
 * @throws {RangeError} At call time, if a timeout or `maxBufferSize` is not a number above 0.
 * @example
 * fromResponse((signal) => fetch('/api/chat', { method: 'POST', body, signal })).pipe(textDeltas());
 */
export function fromResponse(
  response: Response | ((signal: AbortSignal) => Response | PromiseLike<Response>),
  options: ResponseOptions = {},
): Observable<MessageStreamEvent> {
  expectResponseOptions('fromResponse', options);
  const connect = typeof response === 'function' ? withStatusErrors(response) : () => response;
  return responseStream(connect, options, (emit, info) => new MessageDecoder(emit, info, options.maxBufferSize));
}
