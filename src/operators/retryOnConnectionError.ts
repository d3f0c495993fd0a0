import { asyncScheduler, catchError, defer, EMPTY, of, repeat, tap, timer } from 'rxjs';
import type { Observable, SchedulerLike } from 'rxjs';
import { hasContent, isEvent, type AnyEvent, type MessageRestartEvent } from '../events.js';
import { isRetryable, retryAfterOf } from '../isRetryable.js';
import { expectOneOf } from '../expectOneOf.js';
import { expectAtLeast } from '../expectAtLeast.js';
import { MAX_TIMER_MS } from '../timers.js';

export interface RetryOnConnectionErrorOptions {
  /** How often to try again, after the first attempt. Default 2. */
  readonly maxRetries?: number;
  /** The wait before the first retry, in ms; it doubles with each. Default 500. */
  readonly initialDelayMs?: number;
  /** The longest such wait, in ms. Default 8000. */
  readonly maxDelayMs?: number;
  /**
   * The longest wait that the API may ask for, in ms. If it asks for more, the error passes on at once, with its
   * `retryAfterMs`: an earlier request would be refused. Default 60 000.
   */
  readonly maxRetryAfterMs?: number;
  /** By which part of itself a wait may be shorter, at random, 0 to 1. Default 0.25. */
  readonly jitter?: number;
  /**
   * What happens once content has reached the consumer: the 'error' passes, or the message is withdrawn by a
   * `message_restart` and the attempt made again. Default 'error'.
   */
  readonly whenStarted?: 'error' | 'restart';
  /** Which errors to retry. Default {@link isRetryable}. */
  readonly shouldRetry?: (error: unknown) => boolean;
  /** Called before each wait. `attempt` is the one that will follow: 2 after the first failure. */
  readonly onRetry?: (retry: { readonly attempt: number; readonly delayMs: number; readonly error: unknown }) => void;
  /** The clock of the waits. Default `asyncScheduler`. */
  readonly scheduler?: SchedulerLike;
}

/** Past it the waits no longer double: 2 ** 1024 is no finite number. */
const MAX_DOUBLINGS = 1023;

/**
 * Sends the request again when it failed in a way that may pass, unless the consumer has already seen content.
 *
 *     1st attempt                   --p--#            #: overloaded, lost, timed out …
 *     2nd attempt                             --s--d--e--z--|
 *     retryOnConnectionError()
 *     result                        --p---------s--d--e--z--|
 *
 * Waits `initialDelayMs` x 2^n, at most `maxDelayMs`, less up to a quarter at random; what `retry-after-ms` or
 * `retry-after` says takes its place, up to `maxRetryAfterMs`. The wait ends with the subscription. After the last attempt the error passes on.
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
  const {
    maxRetries = 2,
    initialDelayMs = 500,
    maxDelayMs = 8000,
    maxRetryAfterMs = 60_000,
    jitter = 0.25,
    whenStarted = 'error',
    shouldRetry = isRetryable,
    onRetry,
    scheduler = asyncScheduler,
  } = options;
  expectAtLeast(0, 'retryOnConnectionError', { maxRetries, initialDelayMs, maxDelayMs, maxRetryAfterMs, jitter });
  expectOneOf('retryOnConnectionError', 'whenStarted', whenStarted, ['error', 'restart']);
  if (jitter > 1) throw new RangeError(`retryOnConnectionError: jitter must be a number of at most 1, got ${jitter}.`);

  const backoffMs = (retry: number): number => {
    const longest = Math.min(initialDelayMs * 2 ** Math.min(retry, MAX_DOUBLINGS), maxDelayMs, MAX_TIMER_MS);
    return longest * (1 - Math.random() * jitter);
  };

  return <Event extends AnyEvent>(source: Observable<Event>) =>
    defer(() => {
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
            shown = !withdrawn && (shown || hasContent(event));
          }),
          catchError((error: unknown) => {
            const allowed = attempt <= maxRetries && (!shown || whenStarted === 'restart') && shouldRetry(error);
            const askedMs = retryAfterOf(error, scheduler.now());
            if (!allowed || (askedMs !== undefined && askedMs > maxRetryAfterMs)) throw error;
            const retry = { attempt: attempt + 1, delayMs: askedMs ?? backoffMs(attempt - 1), error };
            onRetry?.(retry);
            attempt += 1;
            wait = timer(retry.delayMs, scheduler);
            const restart: MessageRestartEvent = { type: 'message_restart', ...retry };
            return started ? of(restart) : EMPTY;
          }),
        );
      });
      return tryIt.pipe(repeat({ delay: () => wait }));
    });
}
