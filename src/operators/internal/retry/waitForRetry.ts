import { takeUntil, timer, type Observable } from 'rxjs';
import type { ErrorPhase } from '../../../errors/classes.js';
import { failOnAbort } from '../../../rx/failOnAbort.js';
import type { Retry } from './planRetry.js';
import type { RetryPolicy } from './retryPolicy.js';

/**
 * Calls `onRetry` and returns the wait before a retry. The wait emits once when it is over, and fails when the signal
 * is aborted.
 *
 * @param phase - The phase that the `APIUserAbortError` reports.
 */
export function waitForRetry(
  { signal, onRetry, scheduler }: RetryPolicy,
  retry: Retry,
  phase: ErrorPhase,
): Observable<unknown> {
  onRetry?.(retry);
  const wait = timer(retry.delayMs, scheduler);
  return signal === undefined ? wait : wait.pipe(takeUntil(failOnAbort(signal, phase)));
}
