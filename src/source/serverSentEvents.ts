import { defer, type Observable } from 'rxjs';
import { RawDecoder } from './rawDecoder.js';
import { collectSecrets, redact } from './redact.js';
import { expectResponseOptions, type ResponseOptions } from './responseOptions.js';
import { isResponse } from './responseBody.js';
import type { FetchLike, ResponseLike } from './responseLike.js';
import { responseStream } from './responseStream.js';
import type { ServerSentEvent } from './sseDecoder.js';
import { withStatusErrors } from './withStatusErrors.js';

/** The options of {@link serverSentEvents}: those of `fetch`, and those of every source that reads a response. */
export interface ServerSentEventsOptions extends Omit<RequestInit, 'signal'>, ResponseOptions {
  /** The function that makes the request. Default `globalThis.fetch`. */
  readonly fetch?: FetchLike | undefined;
}

/**
 * Reads raw server-sent events from any endpoint: one that is not the Messages API, or one whose events you want to
 * inspect.
 *
 *     bytes     --data: {"a"--:1}\n\n--: comment\n\n--data: x\n\n--|
 *     result    --------------a------------------------b----------|   a = { data: '{"a":1}' }  b = { data: 'x' }
 *
 * A line ends with LF, CRLF or CR. Comments, unknown fields and `retry:` are ignored; nothing reconnects automatically.
 * An event that consists of `event: error` alone is emitted with an empty `data`, although the standard drops it. If the
 * bytes end before the blank line of the last event, that event is emitted too, marked as `unterminated`. The standard
 * would drop it, but some servers end their streams this way. Never store such an event in a log of your own: a server
 * that resumes its stream sends it again.
 *
 * Each subscription makes one request; unsubscribing aborts it. The request has the header `accept: text/event-stream`,
 * unless you set another one. As in `streamMessage`, no error shows the value of a header or query parameter whose name
 * suggests a secret.
 *
 * @param input - A URL, a Response (which can be read once), or a function that returns a Response. See `fromResponse` for
 * what is accepted as a Response.
 * @param options - The options of `fetch` (`method`, `headers`, `body` …), and `fetch`, `signal`, `timeout`,
 * `maxBufferSize`, `onResponse`, `demand`, `yieldAfterMs`, `scheduler`.
 * @returns The events as they arrive. Completes when the bytes end. Fails as `fromResponse` does, but never with
 * `IncompleteMessageError`.
 * @throws {RangeError} At call time, if a timeout or `maxBufferSize` is not a number above 0, or `yieldAfterMs` is
 * negative or not a number.
 * @example
 * serverSentEvents('https://example.com/events').subscribe(({ event, data }) => console.log(event, data));
 * @see https://html.spec.whatwg.org/multipage/server-sent-events.html
 */
export function serverSentEvents(
  input: string | URL | ResponseLike | ((signal: AbortSignal) => ResponseLike | PromiseLike<ResponseLike>),
  options: ServerSentEventsOptions = {},
): Observable<ServerSentEvent> {
  expectResponseOptions('serverSentEvents', options);
  const { fetch = globalThis.fetch, maxBufferSize } = options;
  const init = pickRequestInit(options);
  const connect = withStatusErrors((signal) => {
    if (typeof input === 'function') return input(signal);
    if (isResponse(input)) return input;
    return fetch(url, { ...init, headers: acceptEvents(init.headers), signal });
  });
  const url = typeof input === 'string' || input instanceof URL ? String(input) : '';
  return defer(() => {
    const secrets = collectSecrets(listHeaders(init.headers), url);
    return responseStream<ServerSentEvent>(
      connect,
      options,
      (emit, info) => new RawDecoder(emit, info, maxBufferSize),
      (value) => redact(value, secrets),
    );
  });
}

function acceptEvents(given: HeadersInit | undefined): Headers {
  const headers = new Headers(given);
  if (!headers.has('accept')) headers.set('accept', 'text/event-stream');
  return headers;
}

/**
 * Lists the headers as they were given. They are not read from a `Headers` object, because `Headers` rejects some
 * values with an error that quotes them.
 */
function listHeaders(headers: HeadersInit | undefined): Iterable<readonly [string, unknown]> {
  return headers instanceof Headers || Array.isArray(headers)
    ? (headers as Iterable<[string, unknown]>)
    : Object.entries({ ...headers });
}

/** The names of the options that are not for `fetch`. */
const OWN_OPTIONS = [
  'fetch',
  'signal',
  'timeout',
  'maxBufferSize',
  'onResponse',
  'demand',
  'yieldAfterMs',
  'scheduler',
] as const;

/** Returns the options that are for `fetch`. */
function pickRequestInit(options: ServerSentEventsOptions): RequestInit {
  const init: Record<string, unknown> = { ...options };
  for (const name of OWN_OPTIONS) Reflect.deleteProperty(init, name);
  return init;
}
