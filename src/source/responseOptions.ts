import type { SchedulerLike } from 'rxjs';
import type { Demand } from '../rx/demand.js';
import { expectTimeouts, type TimeoutOptions } from '../rx/watchdog.js';
import { expectAtLeast, expectSignal } from '../utils/options.js';
import type { ResponseInfo } from './responseInfo.js';

/** The options of every source that reads a response. */
export interface ResponseOptions {
  /**
   * Aborts the request. The stream then fails with `APIUserAbortError`, or completes if `message_stop` has already been
   * emitted. Unsubscribing aborts the request too, and emits nothing.
   */
  readonly signal?: AbortSignal | undefined;
  /** How long to wait for each part of the response: see {@link TimeoutOptions}. */
  readonly timeout?: TimeoutOptions | undefined;
  /**
   * Longest incomplete event that is buffered, in UTF-16 code units. A longer event makes the stream fail with
   * `InvalidEventError`, after the events before it have been emitted. Default 16 777 216 (16 Mi).
   */
  readonly maxBufferSize?: number | undefined;
  /**
   * Called once per subscription, after the headers have arrived and before the first event. Also called for an error
   * status. An operator that retries subscribes once per attempt: see `tapResponse` for a function that is called once.
   * May return a promise, which is awaited before the first event. If it rejects, the stream fails.
   */
  readonly onResponse?: ((response: ResponseInfo) => unknown) | undefined;
  /**
   * How long the source may work before it yields to the event loop, in ms, while data keeps arriving. Timers, I/O and other
   * streams then run at most that much later, however fast the data arrives. Yielding delays what follows, and changes
   * nothing else: until it is due, events are emitted synchronously with their chunk. Default 8. With 0, the source yields
   * after each chunk; with Infinity, never.
   */
  readonly yieldAfterMs?: number | undefined;
  /** The scheduler of the timeouts, and the clock of `yieldAfterMs`. Default `asyncScheduler`. */
  readonly scheduler?: SchedulerLike | undefined;
  /** Pauses reading, and all timeouts except `totalMs`, while the consumer is behind: see `toAsyncIterable`. */
  readonly demand?: Demand | undefined;
}

/**
 * Validates the options at call time.
 *
 * @throws {RangeError} If a timeout or `maxBufferSize` is not a number above 0, or `yieldAfterMs` is negative or
 * not a number.
 * @throws {TypeError} If a timeout has an unknown name, or `signal` is not an `AbortSignal`.
 */
export function expectResponseOptions(caller: string, options: ResponseOptions): void {
  expectTimeouts(caller, options.timeout);
  expectSignal(caller, options.signal);
  expectAtLeast(1, caller, { maxBufferSize: options.maxBufferSize });
  expectAtLeast(0, caller, { yieldAfterMs: options.yieldAfterMs });
}
