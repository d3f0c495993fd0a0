import type { Observable } from 'rxjs';
import type { Demand } from '../rx/demand.js';
import { expectAtLeast, expectOneOf } from '../utils/options.js';
import { Iteration, type WhenFull } from './iteration.js';

export interface ToAsyncIterableOptions {
  /** How many values are queued while the loop is busy, before `whenFull` applies. Default 1024. */
  readonly highWaterMark?: number | undefined;
  /**
   * What happens when the queue is full. `'merge'` joins text to the last queued text, `'pause'` makes the source wait
   * until half of the queue has been read, `'fail'` ends the loop with an error. Default `'merge'`.
   */
  readonly whenFull?: WhenFull | undefined;
}

/** An async iterable whose iterators can be used with `for await` too. */
export interface IterableStream<T> extends AsyncIterable<T> {
  [Symbol.asyncIterator](): AsyncIterableIterator<T>;
}

/**
 * Converts a stream to an async iterable, which `for await` reads at the loop's own pace.
 *
 *     source                 --a-b-c--d#         the body of the loop takes some time
 *     toAsyncIterable()
 *     for await              --a----b----c----d----#
 *
 * Each loop is one subscription, created when the loop requests its first value. The loop receives every value in
 * order, then the error or the completion, once. Leaving the loop (`break`, `return`, an error in its body)
 * unsubscribes synchronously and discards the queue.
 *
 * Values that arrive while the loop is busy are queued. Once `highWaterMark` values are queued, even if they all
 * arrived synchronously, `whenFull` applies:
 *
 * - `'merge'`: text is joined to the last queued value, so nothing is lost. A string is joined to a string; a text,
 *   thinking or JSON delta is joined to one of the same block, as a new event of at most 2^24 UTF-16 code units. All
 *   other values are queued, so the queue is never larger than the message itself. All strings are treated as text: if
 *   each string is a value of its own (a line, an id), use another `whenFull`.
 * - `'pause'`: the source stops reading until half of the queue has been read, which makes the server stop sending.
 *   Only a source that supports `demand` can wait: pass a function, and give its `demand` to the source as an option.
 *   Values that the source has already read are still queued. Timeouts are suspended meanwhile, except `totalMs`. A
 *   server may close a connection that is paused for too long.
 * - `'fail'`: unsubscribes from the source. The loop fails with an `AnthropicError` after the values that have already
 *   arrived.
 *
 * @param source - The stream, or a function that creates it, called once per loop with the loop's `demand`.
 * @param options.highWaterMark - How many values are queued while the loop is busy. Default 1024. `Infinity` sets no
 * limit.
 * @param options.whenFull - What happens when the queue is full: `'merge'`, `'pause'` or `'fail'`. Default `'merge'`.
 * @returns An iterable for `for await`. It does not subscribe before the first value is requested.
 * @throws {RangeError} At call time, if `highWaterMark` is less than 1 or not a number.
 * @throws {TypeError} At call time, if `whenFull` has another value, or is `'pause'` and the source is not a function.
 * @example
 * for await (const text of toAsyncIterable(streamMessage(params).pipe(textDeltas()))) {
 *   await speak(text);
 * }
 * @example
 * const text = toAsyncIterable(
 *   (demand) => streamMessage(params, { demand }).pipe(textDeltas()),
 *   { whenFull: 'pause' },
 * );
 */
export function toAsyncIterable<T>(
  source: Observable<T> | ((demand: Demand) => Observable<T>),
  options: ToAsyncIterableOptions = {},
): IterableStream<T> {
  const { highWaterMark = 1024, whenFull = 'merge' } = options;
  expectAtLeast(1, 'toAsyncIterable', { highWaterMark });
  expectOneOf('toAsyncIterable', 'whenFull', whenFull, ['merge', 'pause', 'fail']);
  if (whenFull === 'pause' && typeof source !== 'function') {
    throw new TypeError(
      "toAsyncIterable: whenFull 'pause' needs a source that can wait. Pass a function that gives it the demand: " +
        "toAsyncIterable((demand) => streamMessage(params, { demand }), { whenFull: 'pause' }).",
    );
  }
  const create = typeof source === 'function' ? source : () => source;
  return { [Symbol.asyncIterator]: () => new Iteration(create, whenFull, highWaterMark) };
}
