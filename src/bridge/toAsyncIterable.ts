import type { Observable } from 'rxjs';
import type { Demand } from '../rx/demand.js';
import { expectAtLeast, expectOneOf } from '../utils/options.js';
import { Iteration, type WhenFull } from './iteration.js';

export interface ToAsyncIterableOptions {
  /** How many values are kept for a loop that is behind; past it, `whenFull` says what happens. Default 1024. */
  readonly highWaterMark?: number;
  /**
   * What happens when so many values wait. `'merge'` joins text to the text before it, `'pause'` reads no further until half of
   * them are taken, `'fail'` ends the loop with an error. Default 'merge'.
   */
  readonly whenFull?: WhenFull;
}

/**
 * Makes a stream readable with `for await`, at the loop's own pace.
 *
 *     source                 --a-b-c--d#         the loop's body takes a while
 *     toAsyncIterable()
 *     for await              --a----b----c----d----#
 *
 * Each loop is one subscription, made when it asks for its first value. It gets every value that came, then the error or the
 * end, once. Leaving it (`break`, `return`, an error in its body) unsubscribes at once, and drops what waits.
 *
 * What comes while the loop is busy waits, up to `highWaterMark` values, also where so many come in one turn. From then on:
 *
 * - `'merge'`: text that goes on is joined to the value that waits last. Nothing is lost: a string goes to a string, a text,
 *   thinking or JSON delta to one of the same block, as one new event of at most 2^24 UTF-16 code units. All else is queued, so what waits
 *   is at most the message itself. Strings are taken for text: where each is something of its own (lines, ids), choose another.
 * - `'pause'`: the source is read no further until half of them are taken, and so the server stops sending. It needs a
 *   source that waits: pass a function, and hand its `demand` to the source as an option. What was already read still comes, and
 *   is queued. Timeouts stand still meanwhile, but for `totalMs`; a server may lose patience.
 * - `'fail'`: the source is unsubscribed, and the loop fails with an `AnthropicError` after all that had come.
 *
 * @param source - What to read; or a function that makes it, called once a loop, with the loop's `demand`.
 * @param options.highWaterMark - How many values are kept for a loop that is behind. Default 1024; Infinity keeps all.
 * @param options.whenFull - What happens then: `'merge'`, `'pause'` or `'fail'`. Default `'merge'`.
 * @returns What `for await` takes. Nothing starts before it does.
 * @throws {RangeError} At call time, if `highWaterMark` is below 1 or not a number.
 * @throws {TypeError} At call time, if `whenFull` is something else, or is `'pause'` with a source that is no function.
 * @example
 * for await (const text of toAsyncIterable(streamMessage(params).pipe(textDeltas()))) {
 *   await speak(text);
 * }
 * @example
 * const text = toAsyncIterable((demand) => streamMessage(params, { demand }).pipe(textDeltas()), { whenFull: 'pause' });
 */
export function toAsyncIterable<T>(
  source: Observable<T> | ((demand: Demand) => Observable<T>),
  options: ToAsyncIterableOptions = {},
): AsyncIterable<T> {
  const { highWaterMark = 1024, whenFull = 'merge' } = options;
  expectAtLeast(1, 'toAsyncIterable', { highWaterMark });
  expectOneOf('toAsyncIterable', 'whenFull', whenFull, ['merge', 'pause', 'fail']);
  if (whenFull === 'pause' && typeof source !== 'function') {
    throw new TypeError(
      "toAsyncIterable: whenFull 'pause' needs a source that waits. Pass a function that hands its demand to it: " +
        "toAsyncIterable((demand) => streamMessage(params, { demand }), { whenFull: 'pause' }).",
    );
  }
  const create = typeof source === 'function' ? source : () => source;
  return { [Symbol.asyncIterator]: () => new Iteration(create, whenFull, highWaterMark) };
}
