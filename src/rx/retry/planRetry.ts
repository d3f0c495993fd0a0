/** Decides how long a retry waits, and whether it is possible. */
import { retryAfterMs } from '../../errors/readError.js';
import { MAX_TIMER_MS } from '../../utils/timers.js';
import type { RetryPolicy } from './retryPolicy.js';

/** An attempt that will follow, after a wait. */
export interface Retry {
  /** The number of the attempt: 2 after the first failure. */
  readonly attempt: number;
  /** The wait before it starts, in ms. */
  readonly delayMs: number;
  /** Why the previous attempt failed. */
  readonly error: unknown;
}

/** What a plan depends on besides the policy. Times are in ms of the policy's clock. */
export interface FailedAttempt {
  readonly error: unknown;
  /** The number of the attempt that failed, counted from 1. */
  readonly attempt: number;
  /** How many attempts in a row failed before it. */
  readonly earlierFailures: number;
  /** When the first attempt started. */
  readonly startedAt: number;
  /** When this attempt failed. */
  readonly failedAt: number;
  /** The random number for the jitter, at least 0 and less than 1. */
  readonly random: number;
}

/**
 * Plans the attempt that follows a failed one. It starts after the wait that the API asked for in `retry-after-ms` or
 * `retry-after`, otherwise after the wait that {@link backoffMs} returns.
 *
 * @returns Undefined if the API asked for more than `maxRetryAfterMs`, or the attempt would start after `maxElapsedMs`.
 */
export function planRetry(policy: RetryPolicy, failed: FailedAttempt): Retry | undefined {
  const { error, attempt, earlierFailures, startedAt, failedAt, random } = failed;
  const requestedMs = retryAfterMs(error, failedAt);
  if (requestedMs !== undefined && requestedMs > policy.maxRetryAfterMs) return undefined;
  const delayMs = requestedMs ?? backoffMs(policy, earlierFailures, random);
  if (failedAt + delayMs - startedAt > policy.maxElapsedMs) return undefined;
  return { attempt: attempt + 1, delayMs, error };
}

/**
 * Returns the wait before a retry if the API did not ask for one, in ms: `initialDelayMs` x 2^`earlierFailures`, at
 * most `maxDelayMs` and the longest wait of a timer, minus up to `jitter` of itself.
 */
export function backoffMs(
  { initialDelayMs, maxDelayMs, jitter }: Pick<RetryPolicy, 'initialDelayMs' | 'maxDelayMs' | 'jitter'>,
  earlierFailures: number,
  random: number,
): number {
  // 2 ** 1024 is Infinity, and 0 * Infinity is NaN.
  const doubledMs = initialDelayMs === 0 ? 0 : initialDelayMs * 2 ** earlierFailures;
  return Math.min(doubledMs, maxDelayMs, MAX_TIMER_MS) * (1 - random * jitter);
}
