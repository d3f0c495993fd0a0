import { asyncScheduler, concat, endWith, NEVER, type Observable, type SchedulerLike } from 'rxjs';
import { isEvent, type AnyEvent } from '../api/events.js';
import { FRAME_MS, LONGEST_FRAME_MS, onNextFrame } from '../rx/animationFrame.js';
import { transform } from '../rx/transform.js';
import { expectAtLeast } from '../utils/options.js';
import { createFindCharacter } from './internal/findCharacter.js';
import { Pacer } from './internal/smooth/pacer.js';
import { Smoothing, type Ticks } from './internal/smooth/smoothing.js';
import { WaitingCharacters, WaitingFragments } from './internal/smooth/waitingText.js';

export interface SmoothTextOptions {
  /**
   * The pace, in UTF-16 code units per second. Text that would otherwise be late is emitted faster. Default: as slow as
   * `maxLagMs` permits.
   */
  readonly charactersPerSecond?: number | undefined;
  /**
   * Instead of `charactersPerSecond`: emit the fragments as they are, with this time between them, in ms. Fragments that
   * would otherwise be late are emitted faster.
   */
  readonly delayMs?: number | undefined;
  /**
   * The longest time from the arrival of text to its emission, in ms. Infinity, with one of the paces above: keep the
   * pace, however late the text is. Default 400.
   */
  readonly maxLagMs?: number | undefined;
  /**
   * The scheduler that times the pace. By default, characters are emitted at animation frames, and fragments are timed by
   * `asyncScheduler`.
   */
  readonly scheduler?: SchedulerLike | undefined;
}

/** Follows the last value of a source. */
const END = Symbol('end');

/**
 * Emits text at an even pace, as if it was typed. The pace follows the rate at which text arrives, and no text is emitted
 * later than `maxLagMs` after its arrival.
 *
 *     source                     --(abc)----d--|      a, b, c, d: text fragments
 *     smoothText({ delayMs: 3 })
 *     result                     --a--b--c--d--|
 *
 * The first character after a quiet time is emitted at once. Then each animation frame emits the characters that are
 * due. There are three paces:
 *
 * | options | pace |
 * |---|---|
 * | none | the slowest one at which no character is late, which evens out bursts and gaps of up to `maxLagMs` |
 * | `charactersPerSecond` | at least this fast, and faster only while a character would otherwise be late |
 * | `delayMs` | one fragment at a time, at least this fast, and faster only while a fragment would otherwise be late |
 *
 * Characters as a reader sees them (emoji with joiners, flags, letters with accents) are never split, however the
 * fragments are: for this, the last character is held until the next fragment arrives, the source completes, or the
 * character would be late. Half a surrogate pair is held longer, until the next fragment or the end. In a runtime without
 * `Intl.Segmenter`, only surrogate pairs are kept together. With `delayMs`, fragments are emitted unchanged, so put a
 * buffer such as {@link bufferByPunctuation} in front. Empty fragments are ignored.
 *
 * After the source has completed, the remaining text is emitted at the same pace, within `maxLagMs`; then the result
 * completes. Before an error, it is emitted at once. An event between the fragments is emitted at once, after all text
 * before it. A `message_restart`, as `textDeltas({ restarts: true })` emits it, drops the text that waits, because it
 * withdraws it.
 *
 * In a hidden tab, all text is emitted when it arrives, because nobody sees it and browsers delay timers by up to a
 * minute.
 *
 * @param options.charactersPerSecond - The pace, in UTF-16 code units per second. An emoji is two or more of them.
 * Default: as slow as `maxLagMs` permits.
 * @param options.delayMs - Instead of that: the time between two fragments, in ms.
 * @param options.maxLagMs - The longest time from the arrival of text to its emission, in ms. A frame that is late adds
 * to it. Infinity if the pace is more important. Default 400.
 * @param options.scheduler - The scheduler that times the pace. With it, characters are emitted every 16 ms. By default,
 * they are emitted at animation frames, and fragments are timed by `asyncScheduler`.
 * @returns An operator from text fragments to text: each emission has the characters that are due, or is one fragment
 * with `delayMs`.
 * @throws {RangeError} At call time, if `charactersPerSecond` or `delayMs` is less than 1, `maxLagMs` is less than 0, or
 * one of them is not a number; or if `maxLagMs` is Infinity without a pace.
 * @throws {TypeError} At call time, if both `charactersPerSecond` and `delayMs` are given.
 * @example
 * events$.pipe(textDeltas(), smoothText()).subscribe((text) => output.append(text));
 */
export function smoothText(
  options: SmoothTextOptions = {},
): <In extends string | AnyEvent>(source: Observable<In>) => Observable<In | string> {
  const { charactersPerSecond, delayMs, maxLagMs = 400, scheduler } = options;
  expectAtLeast(1, 'smoothText', { charactersPerSecond, delayMs });
  expectAtLeast(0, 'smoothText', { maxLagMs });
  if (charactersPerSecond !== undefined && delayMs !== undefined) {
    throw new TypeError('smoothText: charactersPerSecond and delayMs are two paces, so only one of them can be given.');
  }
  if (maxLagMs === Infinity && charactersPerSecond === undefined && delayMs === undefined) {
    throw new RangeError('smoothText: maxLagMs must be finite, unless charactersPerSecond or delayMs is given.');
  }

  const find = createFindCharacter();
  const isOfCharacters = delayMs === undefined;
  const leastRate = isOfCharacters ? (charactersPerSecond ?? 0) / 1000 : 1 / delayMs;
  const ticks = createTicks(isOfCharacters, scheduler);
  // Text that is due between two frames is emitted at the first of them.
  const lagMs = Math.max(0, maxLagMs - ticks.minMs);

  return <In extends string | AnyEvent>(source: Observable<In>) =>
    concat(source.pipe(endWith(END)), NEVER).pipe(
      transform<In | typeof END, In | string>((output) => {
        const waiting = isOfCharacters ? new WaitingCharacters(find) : new WaitingFragments();
        const smoothing = new Smoothing<In>(output, waiting, new Pacer(leastRate, lagMs), ticks);
        return {
          next(value) {
            if (value === END) smoothing.end();
            else if (typeof value !== 'string') {
              if (isEvent(value, 'message_restart')) smoothing.emitInsteadOfText(value);
              else smoothing.emitAfterText(value);
            } else if (value !== '') smoothing.add(value);
          },
          error() {
            smoothing.emitAll();
          },
        };
      }),
    );
}

/** Characters are emitted at frames, or as often with a scheduler. Fragments are emitted exactly when they are due. */
function createTicks(isOfCharacters: boolean, scheduler: SchedulerLike | undefined): Ticks {
  if (isOfCharacters && scheduler === undefined) return FRAMES;
  const timed = scheduler ?? asyncScheduler;
  return {
    now: () => timed.now(),
    wait: (ms, callback) => timed.schedule(callback, ms),
    minMs: isOfCharacters ? FRAME_MS : 0,
  };
}

const FRAMES: Ticks = {
  now: () => asyncScheduler.now(),
  wait: (_, callback) => onNextFrame(callback, LONGEST_FRAME_MS),
  minMs: FRAME_MS,
};
