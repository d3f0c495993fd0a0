import type { Observable } from 'rxjs';
import type { AnyEvent, MessageStreamEvent } from '../api/events.js';
import { MessageDecoder } from './messageDecoder.js';
import { MessageReader } from './messageReader.js';
import type { ResponseLike } from './responseLike.js';
import { expectResponseOptions, type ResponseOptions } from './responseOptions.js';
import { responseStream } from './responseStream.js';
import { withStatusErrors } from './withStatusErrors.js';

/** What a request has to send, so that its response continues an earlier one. */
export interface ResumeContext {
  /** The `id` of the last event; undefined in the first request, and always without `resume`. */
  readonly lastEventId: string | undefined;
  /** The same as headers, in UTF-8, to pass on: `{ 'last-event-id': … }`, or `{}` in the first request. */
  readonly headers: Readonly<Record<string, string>>;
}

/** Returns a Response, or what a source reads of one. Called for each request. */
export type ResponseFactory = (signal: AbortSignal, context: ResumeContext) => ResponseLike | PromiseLike<ResponseLike>;

/** Resumes a response whose connection is lost. Created by `resumeOnConnectionError`. */
export type Resume = (
  response: ResponseLike | ResponseFactory,
  options: FromResponseOptions,
) => Observable<MessageStreamEvent>;

export interface FromResponseOptions extends ResponseOptions {
  /**
   * Makes another request when the connection is lost, if the server sends an `id` with each event and can resume after
   * it: pass `resumeOnConnectionError()`. Default: one request, whose failure is passed on.
   */
  readonly resume?: Resume | undefined;
}

const FIRST_REQUEST: ResumeContext = { lastEventId: undefined, headers: {} };

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
 * that ends before `run_end` or `run_paused` is an `IncompleteMessageError`.
 *
 * The shape and order of every event are validated. If the body ends before `message_stop`, the stream fails with
 * `IncompleteMessageError`. An error status, an `error` event in any form, a lost connection, a timeout and an abort
 * each become an error of their own class. A body that is not a stream is read as JSON: a complete Message, from a gateway
 * that ignores `stream`, is emitted as its events, and an error becomes that error. Any other body is an
 * `InvalidEventError` that quotes it. If the body of an error is silent for 5 s, what has arrived of it is reported.
 *
 * @param response - A Response, or a function that returns one. An object with `status`, `headers` and `body` is accepted
 * too: its body may be a `ReadableStream`, a Node `Readable` or an async iterable of bytes. An error that the function throws becomes an
 * `APIConnectionError`, with these exceptions: an `AbortError` becomes an `APIUserAbortError`, an error with a `status`
 * becomes an `APIStatusError`, and a programming error, such as a `TypeError` that `fetch` did not throw, becomes an
 * `AnthropicError` that is not retried. With `resume`, the function is called for each request, with a second argument
 * whose `headers` are to be sent.
 * @param options - `signal`, `timeout`, `maxBufferSize`, `onResponse`, `demand`, `yieldAfterMs`,
 * `scheduler`, `resume`.
 * @returns The events as they arrive, including pings. Completes when the body ends after `message_stop`, or is silent for
 * 5 s after a message that needs nothing more. The type parameter adds events of the service itself, whose fields are not
 * validated: `fromResponse<RunToolsEvent>` for a forwarded tool run.
 * @throws {RangeError} At call time, if a timeout or `maxBufferSize` is not a number above 0, or `yieldAfterMs` is
 * negative or not a number.
 * @throws {TypeError} At call time, if `resume` is given and `response` is not a function.
 * @example
 * const headers = { 'content-type': 'application/json' };
 * fromResponse((signal) => fetch('/api/chat', { method: 'POST', headers, body, signal })).pipe(textDeltas());
 */
export function fromResponse<Own extends AnyEvent = never>(
  response: ResponseLike | ResponseFactory,
  options: FromResponseOptions = {},
): Observable<MessageStreamEvent | Own> {
  expectResponseOptions('fromResponse', options);
  if (options.resume !== undefined) return options.resume(response, options);
  const connect =
    typeof response === 'function' ? withStatusErrors((signal) => response(signal, FIRST_REQUEST)) : () => response;
  return responseStream(
    connect,
    options,
    (emit, info) => new MessageDecoder(new MessageReader(emit, info), options.maxBufferSize),
  );
}
