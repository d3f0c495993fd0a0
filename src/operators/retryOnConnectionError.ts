import { catchError, defer, EMPTY, of, repeat, tap, type Observable } from 'rxjs';
import type { AnyEvent, MessageRestartEvent } from '../api/events.js';
import {
  canRestart,
  progressAfter,
  shouldEmitRestart,
  type AttemptProgress,
} from './internal/retry/attemptProgress.js';
import { planRetry, type Retry } from '../rx/retry/planRetry.js';
import { rememberRetried } from '../rx/retry/retriedErrors.js';
import { createRetryPolicy, type RetryOptions } from '../rx/retry/retryPolicy.js';
import { waitForRetry } from '../rx/retry/waitForRetry.js';

export type RetryOnConnectionErrorOptions = RetryOptions;

/**
 * Sends a request again if it fails with an error that a retry may resolve, unless the consumer has received content.
 *
 *     1st attempt                   --p--#            #: overloaded, connection lost, timed out …
 *     2nd attempt                             --s--d--e--z--|
 *     retryOnConnectionError()
 *     result                        --p--r------s--d--e--z--|     r: message_restart
 *
 * Waits `initialDelayMs` x 2^n, at most `maxDelayMs`, minus up to a quarter at random. If the API sends
 * `retry-after-ms` or `retry-after`, waits for as long as the API asks instead. Unsubscribing ends the wait; aborting
 * `signal` ends it with an error. The error is passed on after the last attempt, if the API asks for more than
 * `maxRetryAfterMs`, or if the wait would end after `maxElapsedMs`.
 *
 * Before the wait, a `message_restart` withdraws what the failed attempt emitted, if anything, and announces the next
 * attempt. The operators of this package start over when they receive it. After content (text, thinking, a tool call, a
 * complete block; not an empty delta or a signature), the error is passed on by default; with `whenStarted: 'restart'`,
 * content is withdrawn as well. Operators on strings then need `textDeltas({ restarts: true })`, which passes the
 * restart on to them. After a complete message, an error is always passed on. Inside a later message, as a tool run has
 * several, it is passed on by default.
 *
 * With `whenStarted: 'restart'` around `runTools`, the entire run is repeated, and its tools run again. To repeat only
 * one turn, use this operator in the `request` option of `runTools`.
 *
 * Sources never retry: they make one request per subscription. An SDK client under `fromSdkStream` retries by itself,
 * so set its `maxRetries` to 0.
 *
 * @returns An operator that subscribes to its source again for each retry. It emits each event synchronously.
 * @throws {TypeError} At call time, if `whenStarted` is not one of its values.
 * @throws {RangeError} At call time, if a number is negative or not a number, or `jitter` is above 1.
 * @example
 * streamMessage(params).pipe(retryOnConnectionError({ maxRetries: 4 }), finalMessage());
 */
export function retryOnConnectionError(
  options: RetryOnConnectionErrorOptions = {},
): <Event extends AnyEvent>(source: Observable<Event>) => Observable<Event | MessageRestartEvent> {
  const policy = createRetryPolicy('retryOnConnectionError', options);

  return <Event extends AnyEvent>(source: Observable<Event>) =>
    defer(() => {
      const startedAt = policy.scheduler.now();
      let attempt = 1;
      let progress: AttemptProgress = 'nothing';
      let wait: Observable<unknown> = EMPTY; // Emits before the next attempt. Empty if there is no next attempt.

      const planNext = (error: unknown): Retry | undefined => {
        const earlierFailures = attempt - 1;
        if (!canRestart(policy, earlierFailures, progress) || !policy.shouldRetry(error)) return undefined;
        const failedAt = policy.scheduler.now();
        return planRetry(policy, { error, attempt, earlierFailures, startedAt, failedAt, random: Math.random() });
      };

      return defer(() => {
        wait = EMPTY;
        progress = 'nothing';
        return source.pipe(
          tap((event) => {
            progress = progressAfter(policy, progress, event);
          }),
          catchError((error: unknown) => {
            const retry = planNext(error);
            if (retry === undefined) {
              if (attempt > 1) rememberRetried(error, attempt);
              throw error;
            }
            attempt = retry.attempt;
            wait = waitForRetry(policy, retry, 'before-content');
            const restart: MessageRestartEvent = { type: 'message_restart', ...retry };
            return shouldEmitRestart(policy, progress) ? of(restart) : EMPTY;
          }),
        );
      }).pipe(repeat({ delay: () => wait }));
    });
}
