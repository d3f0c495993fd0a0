import { Subject, VirtualTimeScheduler, type Subscription } from 'rxjs';
import { smoothText, type SmoothTextOptions } from '../../src/index.js';
import { watch } from '../source/support/outcome.js';
import { marbles } from '../support/marbles.js';
import { countingClock } from './support/idleTimeouts.js';
import { after, play } from './support/pacing.js';

const alphabet = 'abcdefghijklmnopqrstuvwxyz';

/** Plays fragments, and returns the lengths of what is emitted, in the order of their times. */
function lengthsOf(fragments: readonly string[], gapMs: number, options: SmoothTextOptions): number[] {
  const arrivals = after(fragments, [gapMs]);
  const end = { at: (arrivals.at(-1)?.at ?? 0) + 1000, how: 'completes' } as const;
  const { emitted } = play(arrivals, end, (scheduler) => smoothText({ ...options, scheduler }));
  return emitted.map(({ value }) => value.length);
}

describe('smoothText: time', () => {
  describe('the pace', () => {
    it('is even for a burst', () => {
      const lengths = lengthsOf([alphabet.repeat(20)], 0, { maxLagMs: 400 }).slice(1, -1);

      expect(lengths).toHaveLength(23);
      expect(Math.max(...lengths) - Math.min(...lengths)).toBeLessThanOrEqual(1);
    });

    it('follows the rate at which text arrives, and is even although it arrives in bursts', () => {
      // 26 characters every 100 ms are 4.16 in 16 ms.
      const lengths = lengthsOf(
        Array.from({ length: 50 }, () => alphabet),
        100,
        { maxLagMs: 400 },
      ).slice(30, 300);

      expect(Math.min(...lengths)).toBeGreaterThanOrEqual(3);
      expect(Math.max(...lengths)).toBeLessThanOrEqual(6);
    });

    it('becomes slower again when less text arrives', () => {
      const fragments = [...Array.from({ length: 20 }, () => alphabet.repeat(4)), ...Array.from({ length: 40 }, () => 'abcde')]; // prettier-ignore
      const lengths = lengthsOf(fragments, 100, { maxLagMs: 400 });

      expect(Math.max(...lengths.slice(60, 100))).toBeGreaterThan(12);
      expect(Math.max(...lengths.slice(-100))).toBeLessThanOrEqual(2);
    });

    it('saves up nothing while there is nothing to emit', () => {
      const arrivals = [
        { at: 0, value: 'ab' },
        { at: 5000, value: alphabet },
      ];
      const { emitted } = play(arrivals, { at: 6000, how: 'completes' }, (scheduler) =>
        smoothText({ charactersPerSecond: 125, scheduler }),
      );

      expect(emitted.slice(0, 5)).toEqual([
        { at: 0, value: 'a' },
        { at: 384, value: 'b' },
        { at: 5000, value: 'a' },
        { at: 5016, value: 'bc' },
        { at: 5032, value: 'de' },
      ]);
    });

    it('may be as fast as text arrives', () => {
      expect(lengthsOf([alphabet, alphabet], 100, { charactersPerSecond: Infinity })).toEqual([1, 24, 26, 1]);
    });

    it('is not affected by a clock that is set back', () => {
      const virtual = new VirtualTimeScheduler();
      const scheduler = {
        now: () => virtual.now() - (virtual.now() > 100 ? 3_600_000 : 0),
        schedule: virtual.schedule.bind(virtual),
      };
      const source = new Subject<string>();
      const seen = watch(source.pipe(smoothText({ maxLagMs: 400, scheduler })));
      source.next(alphabet);
      source.complete();
      virtual.flush();

      expect(seen).toMatchObject({ ended: 'completed' });
      expect(virtual.now()).toBeLessThan(450);
    });
  });

  describe('characters', () => {
    const emittedOf = (fragments: readonly string[], gapMs: number, options: SmoothTextOptions) => {
      const arrivals = after(fragments, [gapMs]);
      const end = { at: (arrivals.at(-1)?.at ?? 0) + 1000, how: 'completes' } as const;
      return play(arrivals, end, (scheduler) => smoothText({ ...options, scheduler })).emitted.map(
        ({ value }) => value,
      );
    };

    it('are emitted entire, also if they arrive in parts', () => {
      const fragments = ['👩', '\u200d', '👧 ', '🇨', '🇭🇩', '🇪e', '\u0301', '\r', '\n', 'x'];

      expect(emittedOf(fragments, 10, { charactersPerSecond: 1 })).toEqual([
        '👩‍👧',
        ' ',
        '🇨🇭',
        '🇩🇪',
        'e\u0301',
        '\r\n',
        'x',
      ]);
    });

    it('are emitted at the latest when they are late, even if more might follow', () => {
      expect(emittedOf(['👩', '\u200d', '👧'], 400, { maxLagMs: 300 })).toEqual(['👩', '\u200d', '👧']);
    });

    it('are split if they are much longer than 256 code units', () => {
      const lengths = emittedOf(['x' + '\u0301'.repeat(1000), 'y'], 10, { charactersPerSecond: 1 }).map(({ length }) => length); // prettier-ignore

      expect(lengths.length).toBeGreaterThan(3);
      expect(Math.max(...lengths)).toBeLessThan(300);
    });

    it('are code points in a runtime without Intl.Segmenter', () => {
      const { Segmenter } = Intl;
      Reflect.deleteProperty(Intl, 'Segmenter');

      expect(emittedOf(['a👩', '\u200d\ud83d', '\udc67'], 10, { charactersPerSecond: 1 })).toEqual(['a', '👩', '\u200d', '👧']); // prettier-ignore

      Object.defineProperty(Intl, 'Segmenter', { value: Segmenter, configurable: true, writable: true });
    });
  });

  describe('in a hidden tab', () => {
    const show = (visibilityState: string) => {
      Object.defineProperty(globalThis, 'document', { value: { visibilityState }, configurable: true });
    };

    afterEach(() => {
      Reflect.deleteProperty(globalThis, 'document');
    });

    it(
      'emits text when it arrives, and completes with its source',
      marbles(({ cold, expectObservable }) => {
        show('hidden');
        const source = cold(' --a--b---|', { a: 'Hello, \ud83d', b: '\ude00 world' });
        const expected = '    --a--b---|';

        expectObservable(source.pipe(smoothText())).toBe(expected, { a: 'Hello, ', b: '\ud83d\ude00 world' });
      }),
    );

    it(
      'emits fragments when they arrive',
      marbles(({ cold, expectObservable }) => {
        show('hidden');
        const source = cold(' --a--b-(cd)-|');
        const expected = '    --a--b-(cd)-|';

        expectObservable(source.pipe(smoothText({ delayMs: 100 }))).toBe(expected);
      }),
    );

    it('emits what waits when the tab is hidden, as soon as a timer or a fragment arrives', () => {
      const { clock, scheduler } = countingClock();
      const source = new Subject<string>();
      const seen = watch(source.pipe(smoothText({ charactersPerSecond: 100, scheduler })));
      show('visible');
      source.next(alphabet);
      show('hidden');
      clock.advance(16);

      expect(seen.values).toEqual(['a', alphabet.slice(1)]);

      show('visible');
      clock.advance(1000);
      source.next(alphabet);
      show('hidden');
      source.next('!');

      expect(seen.values.slice(2)).toEqual(['a', `${alphabet.slice(1)}!`]);
      seen.subscription.unsubscribe();
    });
  });

  describe('timers', () => {
    it('are one at a time, and none when nothing waits', () => {
      for (const options of [{}, { charactersPerSecond: 50 }, { delayMs: 20 }]) {
        const { clock, scheduler } = countingClock();
        const source = new Subject<string>();
        const { subscription } = watch(source.pipe(smoothText({ ...options, scheduler })));
        for (let count = 0; count < 100; count += 1) {
          source.next('Hello, world');

          if (clock.timers > 1) throw new Error(`${clock.timers} timers`);

          clock.advance(7);
        }
        clock.advance(1000);

        expect(clock.timers).toBe(0);

        subscription.unsubscribe();
      }
    });

    it('do not wait for the other half of a surrogate pair', () => {
      const { clock, scheduler } = countingClock();
      const source = new Subject<string>();
      const seen = watch(source.pipe(smoothText({ scheduler })));
      source.next('a\ud83d');
      clock.advance(1000);

      expect(clock.timers).toBe(0);
      expect(seen.values).toEqual(['a']);

      source.next('\ude00');
      clock.advance(1000);

      expect(seen.values).toEqual(['a', '😀']);
      seen.subscription.unsubscribe();
    });

    it.each<[string, (source: Subject<string>, subscription: Subscription) => void]>([
      ['the source fails', (source) => { source.error(new Error('of the source')); }], // prettier-ignore
      ['the consumer unsubscribes', (_, subscription) => { subscription.unsubscribe(); }], // prettier-ignore
      ['the consumer unsubscribes after the source has completed', (source, subscription) => { source.complete(); subscription.unsubscribe(); }], // prettier-ignore
    ])('end when %s', (_, end) => {
      for (const options of [{}, { charactersPerSecond: 50 }, { delayMs: 20 }]) {
        const { clock, scheduler } = countingClock();
        const source = new Subject<string>();
        const { subscription } = watch(source.pipe(smoothText({ ...options, scheduler })));
        source.next('Hello, world');
        source.next('Hello, world');

        expect(clock.timers).toBe(1);

        end(source, subscription);

        expect(clock.timers).toBe(0);
        expect(source.observed).toBe(false);
      }
    });

    it(
      'end with the frame that they wait for when the consumer unsubscribes',
      marbles(({ cold, animate, expectObservable }) => {
        animate('             --------x---');
        const source = cold(' -a----------', { a: 'Hello' });
        const unsub = '       ------!     ';
        const expected = '    -a----------';

        expectObservable(source.pipe(smoothText()), unsub).toBe(expected, { a: 'H' });
      }),
    );
  });

  describe('a consumer that acts while it receives text', () => {
    /** Pushes fragments, and calls `act` when the text at this position is emitted. */
    function acting(position: number, act: (source: Subject<string>, subscription: Subscription | undefined) => void) {
      const { clock, scheduler } = countingClock();
      const source = new Subject<string>();
      const values: string[] = [];
      let ended = 'open';
      const subscription = source.pipe(smoothText({ delayMs: 20, maxLagMs: 60, scheduler })).subscribe({
        next: (value) => {
          if (values.push(value) === position + 1) act(source, subscription);
        },
        complete: () => (ended = 'completed'),
      });
      for (const fragment of ['a', 'b', 'c', 'd', 'e', 'f']) source.next(fragment);
      clock.advance(1000);
      return { values, ended, timers: clock.timers };
    }

    it.each([0, 1, 3, 5])('may push more, from text %i on', (position) => {
      const { values, timers } = acting(position, (source) => {
        source.next('x');
        source.next('y');
      });
      const pushed = position === 0 ? ['a', 'x', 'y', 'b', 'c', 'd', 'e', 'f'] : ['a', 'b', 'c', 'd', 'e', 'f', 'x', 'y']; // prettier-ignore

      expect(values).toEqual(pushed);
      expect(timers).toBe(0);
    });

    it.each([1, 3, 5])('may complete the source, from text %i on', (position) => {
      expect(
        acting(position, (source) => {
          source.complete();
        }),
      ).toEqual({ values: ['a', 'b', 'c', 'd', 'e', 'f'], ended: 'completed', timers: 0 });
    });

    it.each([1, 3, 5])('may unsubscribe, at text %i', (position) => {
      const { values, timers } = acting(position, (_, subscription) => {
        subscription?.unsubscribe();
      });

      expect(values).toHaveLength(position + 1);
      expect(timers).toBe(0);
    });
  });
});
