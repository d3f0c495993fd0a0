import { HttpClient, type HttpContext } from '@angular/common/http';
import { assertInInjectionContext, inject, Injector } from '@angular/core';
import { asyncScheduler, map, NEVER, takeUntil, type SchedulerLike } from 'rxjs';
import { fromAbort } from '../rx/fromAbort.js';
import { readRequest } from './httpRequest.js';
import { readResponse } from './httpResponse.js';

export interface HttpFetchOptions {
  /** Values for interceptors, for example one that makes an interceptor show no spinner. Default: none. */
  readonly context?: HttpContext | undefined;
  /** Where `HttpClient` is injected from. Default: the injection context of the call. */
  readonly injector?: Injector | undefined;
  /** Runs the pauses that a long response needs. Default `asyncScheduler`. */
  readonly scheduler?: SchedulerLike | undefined;
}

/**
 * Returns a `fetch` that sends its requests with Angular's `HttpClient`, so that your interceptors apply to them.
 *
 *     HttpClient     --h---p---p------p--r|       h: headers  p: partialText, growing  r: the complete body
 *     Response       --R                          R: status and headers
 *     its body       ------b---b------b---|       b: the new text, as bytes
 *
 * Pass it to a source that takes a `fetch`, or call it in the function that you give to `fromResponse`.
 *
 * | what happens | result |
 * |---|---|
 * | headers with a status of 2xx | the promise resolves, and the body grows with each progress event |
 * | any other status, unless an interceptor sends the request again | the promise resolves to a Response with that status, its headers and its body |
 * | no response (status 0) | the promise rejects with a `TypeError`, as that of `fetch`: an `APIConnectionError` |
 * | the connection is lost later | the body fails with a `TypeError`: an `APIConnectionError` |
 * | the signal is aborted, or the body is cancelled | `HttpClient` is unsubscribed from, which aborts the request |
 * | an interceptor throws an error of its own | the promise, or the body, fails with that error |
 * | an interceptor sends the request again after part of the body has been passed on | the body fails with a `TypeError`, so that no text appears twice |
 *
 * `HttpClient` reports the text of a response, not its bytes. Text that is not UTF-8 is therefore converted to UTF-8,
 * invalid bytes become U+FFFD, and a U+FFFD at the end of what has arrived is held back until more arrives, because
 * it may be half a character. The text of a response is kept in memory until its end, and a slow reader cannot pause it.
 *
 * Each event of `HttpClient` has all the text so far, and reading it takes time in proportion to its length. So that the
 * time is still linear in the length of the response, the text of the first 16 KiB is passed on at once, and after that
 * at intervals of 1 ms per 16 KiB: every 20 ms at 320 KiB. Nothing is held back at the end, or before an error.
 *
 * Use `provideHttpClient(withFetch())`. With `XMLHttpRequest`, which is the default before Angular 22, browsers report
 * progress at most every 50 ms, and report the headers only with the first part of the body. An interceptor that only
 * lets the `HttpResponse` through makes the answer appear all at once. One that changes the body of a response is not
 * supported.
 *
 * @param options.context - Values for interceptors. Default: none.
 * @param options.injector - Where `HttpClient` is injected from. Default: the injection context of the call.
 * @param options.scheduler - Runs these intervals. Default `asyncScheduler`.
 * @returns A function with the arguments of `fetch`. The body of a request cannot be a stream.
 * @throws {Error} At call time, if it is called outside an injection context without `injector` (NG0203).
 * @example
 * readonly #fetch = httpFetch();
 *
 * ask(prompt: string) {
 *   const headers = { 'content-type': 'application/json' };
 *   return fromResponse((signal) =>
 *     this.#fetch('/api/chat', { method: 'POST', headers, body: JSON.stringify({ prompt }), signal }),
 *   );
 * }
 */
export function httpFetch({ context, injector, scheduler = asyncScheduler }: HttpFetchOptions = {}): typeof fetch {
  if (injector === undefined) assertInInjectionContext(httpFetch);
  const http = (injector ?? inject(Injector)).get(HttpClient);

  return async (input, init) => {
    const { method, url, options, signal } = await readRequest(input, init);
    const event$ = http.request(method, url, context === undefined ? options : { ...options, context });
    const aborted = signal === undefined ? NEVER : fromAbort(signal).pipe(map(rethrow));
    return readResponse(event$.pipe(takeUntil(aborted)), scheduler);
  };
}

function rethrow(reason: unknown): never {
  throw reason;
}
