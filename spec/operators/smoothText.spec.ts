import { expectTypeOf } from 'expect-type';
import { from, of, pipe, type Observable } from 'rxjs';
import { smoothText, textDeltas, type MessageRestartEvent, type SmoothTextOptions } from '../../src/index.js';
import { outcomeOf } from '../source/support/outcome.js';
import { itKeepsTheOperatorContract } from '../support/contract.js';
import { restart, textDelta } from '../support/events.js';
import { marbles } from '../support/marbles.js';
import { instantScheduler, play } from './support/pacing.js';

const values = ['Hello', ', wor', 'ld.', ' How', ' are you?'];
const alphabet = 'abcdefghijklmnopqrstuvwxyz';

describe('smoothText', () => {
  itKeepsTheOperatorContract<string, string>(() => smoothText({ maxLagMs: 0 }), { values, empty: 'completes' });

  describe('with a scheduler that does not wait', () => {
    itKeepsTheOperatorContract<string, string>(() => smoothText({ scheduler: instantScheduler() }), {
      values,
      empty: 'completes',
    });
  });

  it(
    'emits the first character at once, then those that are due at each frame, and completes when all are emitted',
    marbles(({ cold, animate, expectObservable, expectSubscriptions }) => {
      animate('             ----------x---------x---------x---------x---------x---');
      const source = cold(' a-------------------------------------------|         ', { a: alphabet });
      const subs = '        ^-------------------------------------------!         ';
      const expected = '    a---------b---------c---------d---------e---f-----(g|)';

      // 26 characters in 52 ms: a frame of 16 ms is kept in reserve.
      expectObservable(source.pipe(smoothText({ maxLagMs: 68 }))).toBe(expected, {
        ...{ a: 'a', b: 'bcdef', c: 'ghijk', d: 'lmnop', e: 'qrstu', f: 'vw', g: 'xyz' },
      });
      expectSubscriptions(source.subscriptions).toBe(subs);
    }),
  );

  it(
    'emits at most charactersPerSecond while nothing is late',
    marbles(({ cold, animate, expectObservable }) => {
      animate('             -----x----x----x----x');
      const source = cold(' a-----------|        ', { a: 'Hello, world' });
      const expected = '    a----b----c-(d|)     ';

      expectObservable(source.pipe(smoothText({ charactersPerSecond: 1000 }))).toBe(expected, {
        ...{ a: 'H', b: 'ello,', c: ' worl', d: 'd' },
      });
    }),
  );

  it(
    'emits fragments unchanged, delayMs apart',
    marbles(({ cold, expectObservable, expectSubscriptions }) => {
      const source = cold(' --(abc)----d--|');
      const subs = '        ^-------------!';
      const expected = '    --a--b--c--d--|';

      expectObservable(source.pipe(smoothText({ delayMs: 3 }))).toBe(expected);
      expectSubscriptions(source.subscriptions).toBe(subs);
    }),
  );

  it(
    'completes when the fragments of a source that has completed are emitted',
    marbles(({ cold, expectObservable, expectSubscriptions }) => {
      const source = cold(' --(abcd|)      ');
      const subs = '        ^-!            ';
      const expected = '    --a--b--c--(d|)';

      expectObservable(source.pipe(smoothText({ delayMs: 3 }))).toBe(expected);
      expectSubscriptions(source.subscriptions).toBe(subs);
    }),
  );

  it(
    'emits fragments faster if they would be late otherwise, and evenly',
    marbles(({ cold, expectObservable }) => {
      const source = cold(' --(abcdef)-----|     ');
      const expected = '    --a--b--c--d--e--(f|)';

      expectObservable(source.pipe(smoothText({ delayMs: 100, maxLagMs: 18 }))).toBe(expected);
    }),
  );

  it(
    'keeps the pace if maxLagMs is Infinity',
    marbles(({ cold, expectObservable }) => {
      const source = cold(' (abcd|)');
      const expected = '    a 999ms b 999ms c 999ms (d|)';

      expectObservable(source.pipe(smoothText({ delayMs: 1000, maxLagMs: Infinity }))).toBe(expected);
    }),
  );

  it(
    'emits text at once if maxLagMs is 0',
    marbles(({ cold, expectObservable }) => {
      const source = cold(' --a--b-(cd)-|');
      const expected = '    --a--b-(cd)-|';

      expectObservable(source.pipe(smoothText({ maxLagMs: 0 }))).toBe(expected);
    }),
  );

  it(
    'emits all text at once before an error',
    marbles(({ cold, animate, expectObservable }) => {
      animate('             -----x----x----x');
      const source = cold(' a------#        ', { a: 'Hello, world' });
      const expected = '    a----b-(c#)     ';

      expectObservable(source.pipe(smoothText({ charactersPerSecond: 1000 }))).toBe(expected, {
        ...{ a: 'H', b: 'ello,', c: ' world' },
      });
    }),
  );

  it(
    'emits each fragment before an error',
    marbles(({ cold, expectObservable }) => {
      const source = cold(' (abc)-#    ');
      const expected = '    a-----(bc#)';

      expectObservable(source.pipe(smoothText({ delayMs: 100 }))).toBe(expected);
    }),
  );

  it(
    'drops the text that waits on message_restart, emits that event at once, and starts again at once',
    marbles(({ cold, expectObservable }) => {
      const r = restart();
      const source = cold<string | MessageRestartEvent>(' (abc)-r(de)---|', { a: 'a', b: 'b', c: 'c', d: 'd', e: 'e', r }); // prettier-ignore
      const expected = '                                 a---b-rd---e--|';

      expectObservable(source.pipe(smoothText({ delayMs: 4 }))).toBe(expected, { a: 'a', b: 'b', d: 'd', e: 'e', r });
    }),
  );

  it('emits other events at once, after all text before them', () => {
    const event = { type: 'weather_report' };
    const list = ['Hello', ', wo', event, 'rld', event].map((value) => ({ at: 1, value }));
    const valuesOf = (options: SmoothTextOptions) =>
      play(list, { at: 1, how: 'completes' }, (scheduler) => smoothText({ ...options, scheduler })).emitted.map(
        ({ value }) => value,
      );

    expect(valuesOf({})).toEqual(['H', 'ello, wo', event, 'r', 'ld', event]);
    expect(valuesOf({ delayMs: 20 })).toEqual(['Hello', ', wo', event, 'rld', event]);
  });

  it('accepts the restarts of textDeltas', () => {
    const list = [textDelta('Hello'), restart(), textDelta('Hi')].map((value) => ({ at: 1, value }));
    const { emitted } = play(list, { at: 1, how: 'completes' }, (scheduler) =>
      pipe(textDeltas({ restarts: true }), smoothText({ scheduler })),
    );

    expect(emitted.map(({ value }) => value)).toEqual(['H', restart(), 'H', 'i']);
  });

  it('ignores empty fragments', async () => {
    expect((await outcomeOf(from(['', 'a', '', 'b', '']).pipe(smoothText({ maxLagMs: 0 })))).values).toEqual([
      'a',
      'b',
    ]);
    expect((await outcomeOf(from(['', '']).pipe(smoothText()))).values).toEqual([]);
  });

  describe('options', () => {
    it.each<[SmoothTextOptions, string]>([
      [{ charactersPerSecond: 0 }, 'charactersPerSecond must be a number of at least 1, got 0'],
      [{ charactersPerSecond: NaN }, 'charactersPerSecond must be a number of at least 1, got NaN'],
      [{ delayMs: 0 }, 'delayMs must be a number of at least 1, got 0'],
      [{ delayMs: -Infinity }, 'delayMs must be a number of at least 1, got -Infinity'],
      [{ maxLagMs: -1 }, 'maxLagMs must be a number of at least 0, got -1'],
      [{ maxLagMs: NaN }, 'maxLagMs must be a number of at least 0, got NaN'],
      [{ maxLagMs: Infinity }, 'maxLagMs must be finite, unless charactersPerSecond or delayMs is given'],
    ])('throws a RangeError for %p at call time', (options, message) => {
      expect(() => smoothText(options)).toThrow(new RangeError(`smoothText: ${message}.`));
      expect(() => smoothText(options)).toThrow(RangeError);
    });

    it('throws a TypeError for two paces at call time', () => {
      const call = () => smoothText({ charactersPerSecond: 100, delayMs: 20 });

      expect(call).toThrow(TypeError);
      expect(call).toThrow(
        'smoothText: charactersPerSecond and delayMs are two paces, so only one of them can be given.',
      );
    });
  });

  it('keeps the types of what is between the text', () => {
    const texts: Observable<string> = of();
    const withRestarts: Observable<string | MessageRestartEvent> = of();
    const numbers: Observable<number> = of();
    // @ts-expect-error -- a number is not text
    void numbers.pipe(smoothText());

    expectTypeOf(texts.pipe(smoothText())).toEqualTypeOf<Observable<string>>();
    expectTypeOf(withRestarts.pipe(smoothText())).toEqualTypeOf<Observable<string | MessageRestartEvent>>();
    expect(smoothText()).toBeInstanceOf(Function);
  });
});
