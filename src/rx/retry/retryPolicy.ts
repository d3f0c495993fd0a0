import { asyncScheduler, type SchedulerLike } from 'rxjs';
import { isRetryable } from '../../errors/isRetryable.js';
import {
  expectAtLeast,
  expectFraction,
  expectFunctions,
  expectOneOf,
  expectSignal,
  withDefaults,
  type Given,
} from '../../utils/options.js';
import type { Retry } from './planRetry.js';

export interface RetryOptions {
  /** How many times to retry after the first attempt. Default 2. */
  readonly maxRetries?: number | undefined;
  /** The wait before the first retry, in ms. It doubles with each retry. Default 500. */
  readonly initialDelayMs?: number | undefined;
  /** The longest such wait, in ms. Default 8000. */
  readonly maxDelayMs?: number | undefined;
  /**
   * The longest wait that the API may ask for, in ms. If it asks for more, the error is passed on at once, with its
   * `retryAfterMs`, because an earlier request would be refused. Default 60 000.
   */
  readonly maxRetryAfterMs?: number | undefined;
  /**
   * How long after the subscription an attempt may still start, in ms. If the wait for an attempt would end later, the
   * error is passed on at once. Default Infinity.
   */
  readonly maxElapsedMs?: number | undefined;
  /** The largest fraction of a wait that is subtracted at random, from 0 to 1. Default 0.25. */
  readonly jitter?: number | undefined;
  /**
   * What happens to a failure after content has reached the consumer: 'error' passes the error on, 'restart' withdraws
   * the message with a `message_restart` and retries. Default 'error'.
   */
  readonly whenStarted?: 'error' | 'restart' | undefined;
  /**
   * Whether thinking that has reached the consumer counts as content. If false, a retry withdraws thinking even with
   * `whenStarted: 'error'`, as it withdraws the start of a message. Default true.
   */
  readonly thinkingIsContent?: boolean | undefined;
  /**
   * Whether a `message_restart` announces every retry, even if there is nothing to withdraw, so that `messageState`
   * shows 'retrying'. If false, it is emitted only if the failed attempt emitted anything other than pings.
   * Default true.
   */
  readonly announce?: boolean | undefined;
  /** Decides which errors are retried. Default {@link isRetryable}. */
  readonly shouldRetry?: ((error: unknown) => boolean) | undefined;
  /**
   * Called before each wait, and before the `message_restart` or `message_reconnect` that announces the next attempt.
   * May return a promise or an Observable: the next attempt waits for it too. If it throws or fails, the stream fails.
   */
  readonly onRetry?: ((retry: Retry) => unknown) | undefined;
  /** Ends a wait with `APIUserAbortError` as soon as the signal is aborted. Pass the signal of the request. */
  readonly signal?: AbortSignal | undefined;
  /** The scheduler that times the waits. Default `asyncScheduler`. */
  readonly scheduler?: SchedulerLike | undefined;
}

/** The options of one operator, with their defaults. */
export type RetryPolicy = RetryOptions &
  typeof NUMBERS &
  Given<Required<Pick<RetryOptions, 'shouldRetry' | 'scheduler'>>>;

/** The options that are numbers, with their defaults. */
const NUMBERS = {
  maxRetries: 2,
  initialDelayMs: 500,
  maxDelayMs: 8000,
  maxRetryAfterMs: 60_000,
  maxElapsedMs: Infinity,
  jitter: 0.25,
};

/** Validates the options of an operator and adds the defaults. The error names the operator. */
export function createRetryPolicy(operator: string, options: RetryOptions): RetryPolicy {
  const numbers = withDefaults(NUMBERS, options);
  const { jitter, ...others } = numbers;
  expectAtLeast(0, operator, others);
  expectFraction(operator, { jitter });
  expectOneOf(operator, 'whenStarted', options.whenStarted, ['error', 'restart']);
  expectFunctions(operator, { shouldRetry: options.shouldRetry, onRetry: options.onRetry });
  expectSignal(operator, options.signal);
  const { shouldRetry = isRetryable, scheduler = asyncScheduler } = options;
  return { ...options, ...numbers, shouldRetry, scheduler };
}
