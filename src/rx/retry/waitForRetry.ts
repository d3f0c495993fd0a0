import { defaultIfEmpty, forkJoin, takeUntil, timer, type Observable } from 'rxjs';
import type { ErrorPhase } from '../../errors/classes.js';
import { failOnAbort } from '../failOnAbort.js';
import { isAwaitable, isPromiseLike, toObservable } from '../toObservable.js';
import type { Retry } from './planRetry.js';
import type { RetryPolicy } from './retryPolicy.js';

/**
 * Calls `onRetry` and returns the wait before a retry. The wait emits once when it is over, including that for a promise
 * or an Observable that `onRetry` returned. It fails if that fails, and when the signal is aborted.
 *
 * @param phase - The phase that the `APIUserAbortError` reports.
 */
export function waitForRetry(
  { signal, onRetry, scheduler }: RetryPolicy,
  retry: Retry,
  phase: ErrorPhase,
): Observable<unknown> {
  const answer = onRetry?.(retry);
  const delay = timer(retry.delayMs, scheduler);
  const wait: Observable<unknown> = isAwaitable(answer)
    ? forkJoin([delay, toObservable(answer).pipe(defaultIfEmpty(undefined))])
    : delay;
  // The consumer may unsubscribe before the wait is subscribed to. A rejection would then be unhandled.
  if (isPromiseLike(answer)) answer.then(undefined, () => undefined);
  return signal === undefined ? wait : wait.pipe(takeUntil(failOnAbort(signal, phase)));
}
