import { asyncScheduler, merge, take, timer } from 'rxjs';
import type { Observable, SchedulerLike } from 'rxjs';
import { failOnAbort } from '../../failOnAbort.js';
import type { ErrorPhase } from '../../errors.js';
import { hasContent, isThinking, type AnyEvent } from '../../events.js';
import { expectAtLeast } from '../../expectAtLeast.js';
import { expectOneOf } from '../../expectOneOf.js';
import { isRetryable, retryAfterMs } from '../../isRetryable.js';
import { MAX_TIMER_MS } from '../../timers.js';
import { withDefaults } from '../../withDefaults.js';

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

/** Past it the waits no longer double: 2 ** 1024 is no finite number. */
const MAX_DOUBLINGS = 1023;

/** The options that are numbers, and their defaults. */
const NUMBERS = {
  maxRetries: 2,
  initialDelayMs: 500,
  maxDelayMs: 8000,
  maxRetryAfterMs: 60_000,
  maxElapsedMs: Infinity,
  jitter: 0.25,
};

/** Decides for the requests of one operator whether and when the next follows. */
export class RetryPolicy {
  readonly whenStarted: 'error' | 'restart';
  readonly maxRetries: number;
  readonly announce: boolean;
  readonly #numbers: Readonly<typeof NUMBERS>;
  readonly #options: RetryOptions;
  readonly #scheduler: SchedulerLike;

  /** Refuses options that can't be meant, naming the operator. */
  constructor(caller: string, options: RetryOptions) {
    const { whenStarted = 'error', announce = false, scheduler = asyncScheduler } = options;
    this.#numbers = withDefaults(NUMBERS, options);
    expectAtLeast(0, caller, { ...this.#numbers });
    const { jitter } = this.#numbers;
    if (jitter > 1) throw new RangeError(`${caller}: jitter must be a number of at most 1, got ${jitter}.`);
    expectOneOf(caller, 'whenStarted', whenStarted, ['error', 'restart']);
    this.whenStarted = whenStarted;
    this.maxRetries = this.#numbers.maxRetries;
    this.announce = announce;
    this.#options = options;
    this.#scheduler = scheduler;
  }

  /** The time of its clock, in ms. */
  now(): number {
    return this.#scheduler.now();
  }

  /** Whether an event brings something that must not be withdrawn, or brought again, without being asked for. */
  counts(event: AnyEvent): boolean {
    return hasContent(event) && (this.#options.thinkingIsContent !== false || !isThinking(event));
  }

  /** Whether an error may pass. */
  mayHelp(error: unknown): boolean {
    return (this.#options.shouldRetry ?? isRetryable)(error);
  }

  /**
   * Says when the next attempt may follow an error; undefined if it could not be in time.
   *
   * @param attempt - The attempt that failed, counted from 1.
   * @param failures - How many have failed before it, one after the other.
   * @param begun - When the first began.
   */
  next(error: unknown, attempt: number, failures: number, begun: number): Retry | undefined {
    const { maxRetryAfterMs, maxElapsedMs } = this.#numbers;
    const now = this.now();
    const askedMs = retryAfterMs(error, now);
    if (askedMs !== undefined && askedMs > maxRetryAfterMs) return undefined;
    const delayMs = askedMs ?? this.#backoffMs(failures);
    return now + delayMs - begun > maxElapsedMs ? undefined : { attempt: attempt + 1, delayMs, error };
  }

  /**
   * Tells `onRetry`, and returns the wait: emits once when it is over, fails when the signal is aborted.
   *
   * @param phase - How far the stream has come, for that error.
   */
  wait(retry: Retry, phase: ErrorPhase): Observable<unknown> {
    const { signal, onRetry } = this.#options;
    onRetry?.(retry);
    const over = timer(retry.delayMs, this.#scheduler);
    if (signal === undefined) return over;
    return merge(failOnAbort(signal, phase), over).pipe(take(1));
  }

  #backoffMs(failures: number): number {
    const { initialDelayMs, maxDelayMs, jitter } = this.#numbers;
    const longest = Math.min(initialDelayMs * 2 ** Math.min(failures, MAX_DOUBLINGS), maxDelayMs, MAX_TIMER_MS);
    return longest * (1 - Math.random() * jitter);
  }
}
