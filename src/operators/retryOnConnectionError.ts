import { catchError, defer, EMPTY, of, repeat, tap, type Observable } from 'rxjs';
import { isEvent, type AnyEvent, type MessageRestartEvent } from '../api/events.js';
import { isShownContent, planRetry, retryPolicy, waitFor, type RetryOptions } from './internal/retrying.js';

export type RetryOnConnectionErrorOptions = RetryOptions;

/**
 * Sends the request again when it failed in a way that may pass, unless the consumer has already seen content.
 *
 *     1st attempt                   --p--#            #: overloaded, lost, timed out …
 *     2nd attempt                             --s--d--e--z--|
 *     retryOnConnectionError()
 *     result                        --p---------s--d--e--z--|
 *
 * Waits `initialDelayMs` x 2^n, at most `maxDelayMs`, less up to a quarter at random; what `retry-after-ms` or
 * `retry-after` says takes its place, up to `maxRetryAfterMs`. The wait ends with the subscription, and at once when `signal`
 * is aborted. After the last attempt, or when `maxElapsedMs` would be over, the error passes on.
 *
 * If the failed attempt had emitted anything of a message, a `message_restart` withdraws it before the wait; the
 * operators of the package start over when they see one. Once content was emitted (text, thinking, a tool call, a whole block),
 * the default is to pass the error on: with `whenStarted: 'restart'` that too is withdrawn. Operators on strings then need
 * `textDeltas({ restarts: true })`, which lets the restart through to them.
 *
 * It is the only retry in the package: a source makes one request a subscription. An SDK's client under
 * `fromSdkStream` has its own; give it `maxRetries: 0`.
 *
 * @returns An operator that subscribes to its source again. Events are passed on in the same turn.
 * @throws {TypeError} At call time, if `whenStarted` is something else.
 * @throws {RangeError} At call time, if a number is negative or not a number, or `jitter` is above 1.
 * @example
 * streamMessage(params).pipe(retryOnConnectionError({ maxRetries: 4 }), finalMessage());
 */
export function retryOnConnectionError(
  options: RetryOnConnectionErrorOptions = {},
): <Event extends AnyEvent>(source: Observable<Event>) => Observable<Event | MessageRestartEvent> {
  const policy = retryPolicy('retryOnConnectionError', options);

  return <Event extends AnyEvent>(source: Observable<Event>) =>
    defer(() => {
      const begun = policy.scheduler.now();
      let attempt = 1;
      let wait: Observable<unknown>;
      const tryIt = defer(() => {
        wait = EMPTY;
        let started = false;
        let shown = false;
        return source.pipe(
          tap((event) => {
            const withdrawn = isEvent(event, 'message_restart'); // by another retry, nearer to the source
            started = !withdrawn && (started || !isEvent(event, 'ping'));
            shown = !withdrawn && (shown || isShownContent(policy, event));
          }),
          catchError((error: unknown) => {
            const allowed = attempt <= policy.maxRetries && (!shown || policy.whenStarted === 'restart');
            const retry =
              allowed && policy.shouldRetry(error) ? planRetry(policy, error, attempt, attempt - 1, begun) : undefined;
            if (retry === undefined) throw error;
            attempt = retry.attempt;
            wait = waitFor(policy, retry, 'before-content');
            const restart: MessageRestartEvent = { type: 'message_restart', ...retry };
            return started || policy.announce === true ? of(restart) : EMPTY;
          }),
        );
      });
      return tryIt.pipe(repeat({ delay: () => wait }));
    });
}
