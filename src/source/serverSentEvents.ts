import { defer, type Observable } from 'rxjs';
import type { BodyDecoder } from './bodyDecoder.js';
import { withConnectErrors } from './connecting.js';
import { expectResponseOptions, responseStream, type ResponseOptions } from './responseStream.js';
import { secretsOf } from './redact.js';
import { sseDecoder, type ServerSentEvent } from './sseDecoder.js';

/** What {@link serverSentEvents} takes: what `fetch` takes, and what every source does. */
export interface ServerSentEventsOptions extends Omit<RequestInit, 'signal'>, ResponseOptions {
  /** The function that makes the request. Default `globalThis.fetch`. */
  readonly fetch?: typeof fetch;
}

/**
 * Reads server-sent events from any endpoint, raw: for what is no Messages API, or to see what it sends.
 *
 *     bytes     --data: {"a"--:1}\n\n--: comment\n\n--data: x\n\n--|
 *     result    --------------a------------------------b----------|   a = { data: '{"a":1}' }  b = { data: 'x' }
 *
 * LF, CRLF and CR end a line. Comments and unknown fields are left out, and so is `retry:`: nothing reconnects by itself. An event
 * whose blank line is missing when the bytes end comes out marked `unterminated`: the standard would drop it, but some
 * servers send their last event so.
 *
 * One subscription is one request; unsubscribing aborts it. It has `accept: text/event-stream`, unless its headers say what they
 * accept. What a header or query parameter holds whose name looks like a secret's is shown by no error, as in `streamMessage`.
 *
 * @param input - A URL, a Response (to be read once), or a function that makes a Response.
 * @param options - What `fetch` takes (`method`, `headers`, `body` …), with `fetch`, `signal`, `timeout`, `maxBufferSize`, `onResponse`.
 * @returns The events as they arrive. It completes at the end of the bytes, and fails as `fromResponse` does, but for `IncompleteMessageError`.
 * @throws {RangeError} At call time, if a timeout or `maxBufferSize` is no number above 0.
 * @example
 * serverSentEvents('https://example.com/events').subscribe(({ event, data }) => console.log(event, data));
 * @see https://html.spec.whatwg.org/multipage/server-sent-events.html
 */
export function serverSentEvents(
  input: string | URL | Response | ((signal: AbortSignal) => Response | PromiseLike<Response>),
  options: ServerSentEventsOptions = {},
): Observable<ServerSentEvent> {
  expectResponseOptions('serverSentEvents', options);
  const { fetch = globalThis.fetch, maxBufferSize } = options;
  const init = initOf(options);
  const url = typeof input === 'string' || input instanceof URL ? input : undefined;
  const connect = withConnectErrors((signal) => {
    if (typeof input === 'function') return input(signal);
    if (input instanceof Response) return input;
    return fetch(input, { ...init, headers: acceptingEvents(init.headers), signal });
  });
  return defer(() => {
    const secrets = secretsOf(entriesOf(init.headers), String(url ?? ''));
    return responseStream<ServerSentEvent>(connect, options, (emit) => rawDecoder(emit, maxBufferSize), secrets);
  });
}

function acceptingEvents(given: HeadersInit | undefined): Headers {
  const headers = new Headers(given);
  if (!headers.has('accept')) headers.set('accept', 'text/event-stream');
  return headers;
}

/** The headers as they were given: `fetch` refuses some, with an error that quotes them. */
function entriesOf(headers: HeadersInit | undefined): Iterable<readonly [string, unknown]> {
  return headers instanceof Headers || Array.isArray(headers)
    ? (headers as Iterable<[string, unknown]>)
    : Object.entries({ ...headers });
}

/** What is for `fetch` among the options. */
function initOf(options: ServerSentEventsOptions): RequestInit {
  const init: Record<string, unknown> = { ...options };
  for (const name of ['fetch', 'signal', 'timeout', 'maxBufferSize', 'onResponse', 'scheduler', 'demand'])
    Reflect.deleteProperty(init, name);
  return init;
}

function rawDecoder(emit: (event: ServerSentEvent) => void, maxBufferSize?: number): BodyDecoder {
  const decoder = sseDecoder((event) => {
    body.phase = 'mid-content';
    body.lastEvent = event.event ?? 'message';
    body.contents += 1;
    emit(event);
  }, maxBufferSize);
  const body = {
    ...decoder,
    phase: 'before-content' as BodyDecoder['phase'],
    lastEvent: undefined as string | undefined,
    requestID: undefined,
    headers: undefined,
    contents: 0,
    settled: false,
    end() {
      // raw events may end anywhere
    },
  };
  return body;
}
