/** Whatever text arrives, in whatever fragments, and whenever: nothing is lost, late or split. */
import * as fc from 'fast-check';
import { smoothText, type SmoothTextOptions } from '../../src/index.js';
import { after, cut, play, type Timed } from './support/pacing.js';

const LAG_MS = 400;

const anyText = fc.oneof(
  fc.string({ unit: 'grapheme', maxLength: 40 }),
  fc.string({ unit: 'binary', maxLength: 60 }),
  fc.string({ unit: fc.constantFrom('a', ' ', '\r', '\n', 'e\u0301', '🇨🇭', '👩‍👩‍👧‍👦', '\ud83d', 'กำ', 'नि', '각') }),
);
const lengths = fc.array(fc.nat({ max: 12 }), { maxLength: 30 });
const gapsUpTo = (max: number) => fc.array(fc.oneof(fc.constant(0), fc.nat({ max })), { minLength: 1, maxLength: 20 });
const paces: fc.Arbitrary<SmoothTextOptions> = fc.oneof(
  fc.constant({}),
  fc.integer({ min: 1, max: 2000 }).map((charactersPerSecond) => ({ charactersPerSecond })),
  fc.integer({ min: 1, max: 100 }).map((delayMs) => ({ delayMs })),
);
const lags = fc.constantFrom(0, 1, 15, 16, 17, 100, LAG_MS);

/** The times at which each UTF-16 code unit of a text arrives or is emitted. */
function timesOf(list: readonly Timed<string>[]): number[] {
  return list.flatMap(({ at, value }) => Array.from({ length: value.length }, () => at));
}

const textOf = (list: readonly Timed<string>[]): string => list.map(({ value }) => value).join('');

/** The positions at which the emissions end. */
function endsOf(list: readonly Timed<string>[]): number[] {
  let end = 0;
  return list.map(({ value }) => (end += value.length));
}

const graphemes = new Intl.Segmenter(undefined, { granularity: 'grapheme' });

function boundariesOf(text: string): Set<number> {
  return new Set([...Array.from(graphemes.segment(text), ({ index }) => index), text.length]);
}

const isHalf = (text: string, position: number): boolean => /^[\ud800-\udbff][\udc00-\udfff]/.test(text.slice(position)); // prettier-ignore

describe('smoothText, for any text in any fragments at any time', () => {
  it('emits the text, each part of it within maxLagMs, and completes within maxLagMs', () => {
    fc.assert(
      fc.property(anyText, lengths, gapsUpTo(120), paces, lags, (text, cuts, gaps, pace, maxLagMs) => {
        const arrivals = after(cut(text, cuts), gaps);
        const end = { at: (arrivals.at(-1)?.at ?? 0) + (gaps[0] ?? 0), how: 'completes' } as const;
        const { emitted, ended, timers } = play(arrivals, end, (scheduler) =>
          smoothText({ ...pace, maxLagMs, scheduler }),
        );
        const arrived = timesOf(arrivals);
        const shown = timesOf(emitted);

        expect(textOf(emitted)).toBe(text);
        expect(emitted.every(({ value }) => value !== '')).toBe(true);
        expect(ended?.how).toBe('completed');
        expect((ended?.at ?? Infinity) - end.at).toBeLessThanOrEqual(maxLagMs);
        expect(timers).toBe(0);

        shown.forEach((at, i) => {
          // Half a surrogate pair waits for its other half, and without one until the source completes.
          const isPair = isHalf(text, i);
          const since = isPair ? (arrived[i + 1] ?? 0) : (arrived[i] ?? 0);
          const isLone = !isPair && /[\ud800-\udbff]/.test(text.charAt(i));

          expect(at).toBeGreaterThanOrEqual(arrived[i] ?? 0);
          expect(at - since <= maxLagMs || isLone).toBe(true);
        });
      }),
    );
  });

  it('emits the text before an error, at once', () => {
    fc.assert(
      fc.property(anyText, lengths, gapsUpTo(120), paces, lags, (text, cuts, gaps, pace, maxLagMs) => {
        const arrivals = after(cut(text, cuts), gaps);
        const end = { at: arrivals.at(-1)?.at ?? 0, how: 'fails' } as const;
        const { emitted, ended, timers } = play(arrivals, end, (scheduler) =>
          smoothText({ ...pace, maxLagMs, scheduler }),
        );

        expect(textOf(emitted)).toBe(text);
        expect(ended).toEqual({ at: end.at, how: 'failed' });
        expect(timers).toBe(0);
      }),
    );
  });

  it('splits no character whose parts arrive in time', () => {
    const pace = fc.oneof(
      fc.constant({}),
      fc.integer({ min: 1, max: 2000 }).map((charactersPerSecond) => ({ charactersPerSecond })),
    );
    fc.assert(
      fc.property(anyText, lengths, gapsUpTo(20), pace, (text, cuts, gaps, options) => {
        const arrivals = after(cut(text, cuts), gaps);
        const end = { at: (arrivals.at(-1)?.at ?? 0) + 20, how: 'completes' } as const;
        const { emitted } = play(arrivals, end, (scheduler) => smoothText({ ...options, maxLagMs: LAG_MS, scheduler }));
        const boundaries = boundariesOf(text);

        expect(endsOf(emitted).filter((position) => !boundaries.has(position))).toEqual([]);
      }),
    );
  });

  it('splits no surrogate pair, however long its halves are apart', () => {
    const halves = fc.array(fc.constantFrom('a', '\ud83d', '\ude00'), { maxLength: 20 });
    fc.assert(
      fc.property(halves, gapsUpTo(2000), lags, (list, gaps, maxLagMs) => {
        const arrivals = after(list, gaps);
        const end = { at: arrivals.at(-1)?.at ?? 0, how: 'completes' } as const;
        const { emitted } = play(arrivals, end, (scheduler) => smoothText({ maxLagMs, scheduler }));
        const text = textOf(emitted);

        expect(text).toBe(list.join(''));
        expect(endsOf(emitted).filter((position) => isHalf(text, position - 1))).toEqual([]);
      }),
    );
  });

  it('is never faster than the pace if maxLagMs is Infinity', () => {
    fc.assert(
      fc.property(
        fc.string({ maxLength: 60 }),
        lengths,
        gapsUpTo(120),
        fc.integer({ min: 1, max: 2000 }),
        (text, cuts, gaps, charactersPerSecond) => {
          const arrivals = after(cut(text, cuts), gaps);
          const end = { at: arrivals.at(-1)?.at ?? 0, how: 'completes' } as const;
          const { emitted } = play(arrivals, end, (scheduler) =>
            smoothText({ charactersPerSecond, maxLagMs: Infinity, scheduler }),
          );
          const shown = timesOf(emitted);

          expect(textOf(emitted)).toBe(text);

          shown.forEach((at, i) => {
            for (let j = 0; j < i; j += 1) {
              const most = ((at - (shown[j] ?? 0)) * charactersPerSecond) / 1000;

              // One more for the first character, which is paid for afterwards, and one for the time between two frames.
              expect(i - j).toBeLessThanOrEqual(most + 1 + (16 * charactersPerSecond) / 1000);
            }
          });
        },
      ),
      { numRuns: 50 },
    );
  });

  it('emits characters at most once per 16 ms while the source is open', () => {
    fc.assert(
      fc.property(fc.string({ maxLength: 200 }), lengths, gapsUpTo(30), (text, cuts, gaps) => {
        const arrivals = after(cut(text, cuts), gaps);
        const end = { at: (arrivals.at(-1)?.at ?? 0) + 500, how: 'completes' } as const;
        const { emitted } = play(arrivals, end, (scheduler) => smoothText({ charactersPerSecond: 1000, scheduler }));

        emitted.slice(1).forEach(({ at }, i) => {
          expect(at - (emitted[i]?.at ?? 0)).toBeGreaterThanOrEqual(16);
        });
      }),
    );
  });
});
