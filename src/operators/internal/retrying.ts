import { asyncScheduler, takeUntil, timer } from 'rxjs';
import type { Observable, SchedulerLike } from 'rxjs';
import { failOnAbort } from '../../rx/failOnAbort.js';
import type { ErrorPhase } from '../../errors/classes.js';
import { hasContent, isThinking } from '../../api/content.js';
import type { AnyEvent } from '../../api/events.js';
import { expectAtLeast, expectOneOf, withDefaults } from '../../utils/options.js';
import { isRetryable } from '../../errors/isRetryable.js';
import { retryAfterMs } from '../../errors/readError.js';
import { MAX_TIMER_MS } from '../../utils/timers.js';

/** A request that will be made again, or gone on from. */
export interface Retry {
  /** The attempt that will follow: 2 after the first failure. */
  readonly attempt: number;
  /** How long until it starts, in ms. */
  readonly delayMs: number;
  /** Why the attempt before failed. */
  readonly error: unknown;
}

export interface RetryOptions {
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
  /**
   * How long after the subscription an attempt may still begin, in ms: a wait that would end later is not begun, and the
   * error passes on. Default Infinity.
   */
  readonly maxElapsedMs?: number;
  /** By which part of itself a wait may be shorter, at random, 0 to 1. Default 0.25. */
  readonly jitter?: number;
  /**
   * What happens once content has reached the consumer: the 'error' passes, or the message is withdrawn by a
   * `message_restart` and the attempt made again. Default 'error'.
   */
  readonly whenStarted?: 'error' | 'restart';
  /** Whether thinking that has reached the consumer counts as content. If not, it is withdrawn like a start. Default true. */
  readonly thinkingIsContent?: boolean;
  /**
   * Emits a `message_restart` before every retry, also where there is nothing to withdraw, so that `messageState` shows
   * that it is 'retrying'. Default false.
   */
  readonly announce?: boolean;
  /** Which errors to retry. Default {@link isRetryable}. */
  readonly shouldRetry?: (error: unknown) => boolean;
  /** Called before each wait. */
  readonly onRetry?: (retry: Retry) => void;
  /** Ends a wait at once when it is aborted, with `APIUserAbortError`. Give it the signal of the request. */
  readonly signal?: AbortSignal;
  /** The clock of the waits. Default `asyncScheduler`. */
  readonly scheduler?: SchedulerLike;
}

/** The options of one operator, complete. */
export type RetryPolicy = RetryOptions & typeof NUMBERS & Required<Pick<RetryOptions, 'shouldRetry' | 'scheduler'>>;

/** The options that are numbers, and their defaults. */
const NUMBERS = {
  maxRetries: 2,
  initialDelayMs: 500,
  maxDelayMs: 8000,
  maxRetryAfterMs: 60_000,
  maxElapsedMs: Infinity,
  jitter: 0.25,
};

/** Completes options, and refuses those that can't be meant, naming the operator. */
export function retryPolicy(caller: string, options: RetryOptions): RetryPolicy {
  const numbers = withDefaults(NUMBERS, options);
  expectAtLeast(0, caller, { ...numbers });
  const { jitter } = numbers;
  if (jitter > 1) throw new RangeError(`${caller}: jitter must be a number of at most 1, got ${jitter}.`);
  expectOneOf(caller, 'whenStarted', options.whenStarted, ['error', 'restart']);
  const { shouldRetry = isRetryable, scheduler = asyncScheduler } = options;
  return { ...options, ...numbers, shouldRetry, scheduler };
}

/** Whether an event brings something that must not be withdrawn, or brought again, without being asked for. */
export function isShownContent({ thinkingIsContent }: RetryPolicy, event: AnyEvent): boolean {
  return hasContent(event) && (thinkingIsContent !== false || !isThinking(event));
}

/**
 * Says when the next attempt may follow an error; undefined if it could not be in time.
 *
 * @param attempt - The attempt that failed, counted from 1.
 * @param failures - How many have failed before it, one after the other.
 * @param begun - When the first began.
 */
export function planRetry(
  policy: RetryPolicy,
  error: unknown,
  attempt: number,
  failures: number,
  begun: number,
): Retry | undefined {
  const now = policy.scheduler.now();
  const askedMs = retryAfterMs(error, now);
  if (askedMs !== undefined && askedMs > policy.maxRetryAfterMs) return undefined;
  const delayMs = askedMs ?? backoffMs(policy, failures);
  return now + delayMs - begun > policy.maxElapsedMs ? undefined : { attempt: attempt + 1, delayMs, error };
}

function backoffMs({ initialDelayMs, maxDelayMs, jitter }: RetryPolicy, failures: number): number {
  const doubledMs = initialDelayMs * 2 ** failures || 0; // 2 ** 1024 is Infinity, and 0 times that is no number
  return Math.min(doubledMs, maxDelayMs, MAX_TIMER_MS) * (1 - Math.random() * jitter);
}

/**
 * Tells `onRetry`, and returns the wait: emits once when it is over, fails when the signal is aborted.
 *
 * @param phase - How far the stream has come, for that error.
 */
export function waitFor(
  { signal, onRetry, scheduler }: RetryPolicy,
  retry: Retry,
  phase: ErrorPhase,
): Observable<unknown> {
  onRetry?.(retry);
  const over = timer(retry.delayMs, scheduler);
  return signal === undefined ? over : over.pipe(takeUntil(failOnAbort(signal, phase)));
}
