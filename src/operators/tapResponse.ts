import { defer, tap, type Observable } from 'rxjs';
import type { ResponseInfo } from '../source/responseInfo.js';
import { responseOf } from '../source/responseOf.js';
import { expectFunction } from '../utils/options.js';

/**
 * Calls a function once, with the response that the events come from. The events pass through.
 *
 *     attempts                    (529)      (200)s--b--d--   --(200)s--b--d--e--m--z--|
 *     retryOnConnectionError()    -r--------------s--b--d--r---------s--b--d--e--m--z--|
 *     tapResponse(callback)                       called at the first s, with the second response
 *
 * This is the place to pass headers on to a client of your own: after the operators that retry, it ignores the attempts
 * that failed before they streamed, and a retry after the first event does not call it again. The option `onResponse`
 * of a source is called for every attempt.
 *
 * The events must be those of `streamMessage`, `fromResponse` or `serverSentEvents`. The function is not called if the
 * first event was replaced by another object, as `messageEvents` does, or if a late subscriber of `shareMessage`
 * receives a copy of it.
 *
 * @param next - Called before the first event is passed on. If it throws, the result fails with that error.
 * @returns An operator that passes every event through, synchronously and unchanged.
 * @throws {TypeError} At call time, if `next` is not a function.
 * @example
 * streamMessage(params).pipe(
 *   retryOnConnectionError(),
 *   tapResponse(({ requestID }) => response.setHeader('x-request-id', requestID ?? '')),
 * );
 */
export function tapResponse(
  next: (response: ResponseInfo) => void,
): <Event extends object>(source: Observable<Event>) => Observable<Event> {
  expectFunction('tapResponse', 'next', next);
  return <Event extends object>(source: Observable<Event>) =>
    defer(() => {
      let hasStarted = false;
      return source.pipe(
        tap((event) => {
          const response = hasStarted ? undefined : responseOf(event);
          if (response === undefined) return;
          hasStarted = true;
          next(response);
        }),
      );
    });
}
