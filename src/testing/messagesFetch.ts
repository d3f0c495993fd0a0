import type { SchedulerLike } from 'rxjs';
import { errorEvent } from './errorEvent.js';
import { FetchExchange } from './fetchExchange.js';
import type { RecordedRequest } from './messagesServer.js';
import { RequestLog } from './requestLog.js';
import { createResponder, parseBody, type MessagesScript, type ScriptOptions } from './script.js';

export interface MessagesFetchOptions extends ScriptOptions {
  /** The scheduler of `delayMs` and `paceMs`. Default `asyncScheduler`. */
  readonly scheduler?: SchedulerLike | undefined;
}

/** A `fetch` that replies from a script, and records its requests. */
export interface MessagesFetch {
  (input: string | URL | Request, init?: RequestInit): Promise<Response>;
  /** Every request so far, including those that received a 400 or 404. */
  readonly requests: readonly RecordedRequest[];
  /** How many requests have a response that has not ended, including stalled ones and those that nobody reads. */
  readonly openConnections: number;
  /**
   * Waits for a request.
   *
   * @param position - The position of the request, counted from 1. Default 1.
   * @returns Resolves as soon as the request has been made, or at once if it already has.
   * @throws {RangeError} If `position` is not an integer of at least 1.
   */
  request(position?: number): Promise<RecordedRequest>;
}

/**
 * Returns a `fetch` that simulates the Messages API and its faults, from the script of `startMessagesServer`, without a
 * server and without sockets. It runs wherever there are `Response` and `ReadableStream`: in Node, browsers, workers,
 * happy-dom and jsdom.
 *
 *     request 1     ^--x                      { status: 529 }
 *     request 2        ^--a--b--c-#           { message, after: { event: 5, then: 'disconnect' } }
 *     request 3                   ^--(abcde|) { message }
 *
 * The origin of the URL does not matter. Otherwise, requests are answered as `startMessagesServer` answers them. These
 * are the differences, which follow from the missing sockets:
 *
 * - A chunk of the body is created when it is read, so a slow reader holds the reply back.
 * - `gzip` adds the header only, because `fetch` returns a body that is already decompressed.
 * - A connection that is closed or reset makes the body fail with the error that Node's `fetch` has then: a `TypeError`
 *   with the message `terminated`. For `noResponse`, the promise rejects with `fetch failed`.
 *
 * @param script - A reply for all requests, an array with one reply per request (the last one repeats), or a function
 *   from a request to its reply. By default, and for an empty array, a short greeting from the requested model.
 * @param options.path - The path of the requests that are answered. Default `'/v1/messages'`.
 * @param options.scheduler - The scheduler of `delayMs` and `paceMs`. Default `asyncScheduler`.
 * @returns The function, for the option `fetch` of `streamMessage` or of an SDK.
 * @throws {RangeError | TypeError} At call time, if a reply is invalid.
 * @example
 * const fetch = messagesFetch([{ status: 529 }, { message: buildMessage({ content: 'Hello' }) }]);
 * streamMessage(params, { fetch, baseURL: 'http://localhost', apiKey: 'test' })
 *   .pipe(retryOnConnectionError(), finalText())
 *   .subscribe(console.log); // Hello
 */
export function messagesFetch(script: MessagesScript = {}, options: MessagesFetchOptions = {}): MessagesFetch {
  const respond = createResponder(script, 'messagesFetch', options);
  const log = new RequestLog();
  const exchanges = new Set<FetchExchange>();

  const fetch = async (input: string | URL | Request, init: RequestInit = {}): Promise<Response> => {
    const signal = init.signal ?? (isRequest(input) ? input.signal : undefined);
    signal?.throwIfAborted();
    const received = await readRequest(input, init);
    signal?.throwIfAborted();
    const exchange = new FetchExchange(signal, options.scheduler);
    exchanges.add(exchange);
    void exchange.closed.then(() => exchanges.delete(exchange));
    const request = exchange.record(received);
    const position = log.add(request);
    try {
      const { plan, reply } = await respond(request, position);
      return await exchange.send(plan, reply);
    } catch (error) {
      if (exchange.isEnded) throw error;
      return exchange.fail(errorEvent('api_error', String(error)));
    }
  };
  const controls = {
    requests: log.requests,
    get openConnections() {
      return exchanges.size;
    },
    request: (position?: number) => log.request(position),
  };
  return Object.defineProperties(fetch, Object.getOwnPropertyDescriptors(controls)) as typeof fetch & typeof controls;
}

async function readRequest(
  input: string | URL | Request,
  init: RequestInit,
): Promise<Omit<RecordedRequest, 'hungUp' | 'closed'>> {
  const request = isRequest(input) ? input : undefined;
  const { pathname, searchParams } = new URL(isRequest(input) ? input.url : input, 'http://localhost');
  const body = init.body ?? request?.body;
  return {
    method: (init.method ?? request?.method ?? 'GET').toUpperCase(),
    path: pathname,
    query: Object.fromEntries(searchParams),
    headers: Object.fromEntries(new Headers(init.headers ?? request?.headers)),
    body: parseBody(typeof body === 'string' ? body : await new Response(body ?? null).text()),
  };
}

/** Whether it is a request: of any realm, so that `instanceof` does not help. */
function isRequest(input: string | URL | Request): input is Request {
  return typeof input === 'object' && 'url' in input;
}
