import type { Observable } from 'rxjs';
import type { MessageStreamEvent } from '../api/events.js';
import { withConnectErrors } from './connecting.js';
import { messageDecoder } from './messageDecoder.js';
import { expectResponseOptions, responseStream, type ResponseOptions } from './responseStream.js';

/**
 * Reads the events of a message from a response of your own: from your backend, or a `fetch` with what you need.
 *
 * One subscription is one call of the function; unsubscribing aborts the signal that it gets and cancels the body. A Response
 * that is passed as it is can be read once.
 *
 * Every event is checked, and that it may come where it comes. If the bytes end before `message_stop`, the stream fails with
 * `IncompleteMessageError`. A status that is no success, an `error` event, a lost connection, a timeout and an abort are
 * errors by their classes. A body that is not `text/event-stream` is an `InvalidEventError` that quotes it.
 *
 * @param response - A Response, or a function that makes one. What the function throws becomes an error of the
 * package: a lost connection an `APIConnectionError`, an `AbortError` an `APIUserAbortError`, one with a `status` an `APIStatusError`; any other, such as a fault of
 * yours, an `AnthropicError` that is not retried.
 * @param options - `signal`, `timeout`, `maxBufferSize`, `onResponse`, `demand`, `scheduler`.
 * @returns The events as they arrive, pings too. It completes when the bytes have ended after `message_stop`, or 5 s after it.
 * @throws {RangeError} At call time, if a timeout or `maxBufferSize` is no number above 0.
 * @example
 * fromResponse((signal) => fetch('/api/chat', { method: 'POST', body, signal })).pipe(textDeltas());
 */
export function fromResponse(
  response: Response | ((signal: AbortSignal) => Response | PromiseLike<Response>),
  options: ResponseOptions = {},
): Observable<MessageStreamEvent> {
  expectResponseOptions('fromResponse', options);
  const connect = typeof response === 'function' ? withConnectErrors(response) : () => response;
  return responseStream(connect, options, (emit) => messageDecoder(emit, options.maxBufferSize));
}
