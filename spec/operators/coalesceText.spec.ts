import { expectTypeOf } from 'expect-type';
import * as fc from 'fast-check';
import { asapScheduler, from, of, Subject, VirtualTimeScheduler, type Observable } from 'rxjs';
import { coalesceText, textDeltas, type MessageRestartEvent } from '../../src/index.js';
import { outcomeOf } from '../source/support/outcome.js';
import { itKeepsTheOperatorContract } from '../support/contract.js';
import { restart, textDelta } from '../support/events.js';
import { marbles } from '../support/marbles.js';
import { after, cut, play } from './support/pacing.js';

describe('coalesceText', () => {
  itKeepsTheOperatorContract<string, string>(() => coalesceText(), {
    values: ['Hello', ', wor', 'ld.', ' How', ' are you?'],
    empty: 'completes',
  });

  it(
    'emits the first fragment at once, and joins those that follow until the next frame',
    marbles(({ cold, animate, expectObservable, expectSubscriptions }) => {
      animate('             --------x-------x-------x----');
      const source = cold(' --a-b-c-----d-----------e-f---|   ');
      const subs = '        ^-----------------------------!   ';
      const expected = '    --a-----x-------d-------e-----(f|)';

      expectObservable(source.pipe(coalesceText())).toBe(expected, { a: 'a', d: 'd', e: 'e', f: 'f', x: 'bc' });
      expectSubscriptions(source.subscriptions).toBe(subs);
    }),
  );

  it(
    'emits what is held before an error',
    marbles(({ cold, animate, expectObservable }) => {
      animate('             ----------');
      const source = cold(' -a-b-c-#   ');
      const expected = '    -a-----(x#)';

      expectObservable(source.pipe(coalesceText())).toBe(expected, { a: 'a', x: 'bc' });
    }),
  );

  it(
    'drops what is held on message_restart, and emits that event at once',
    marbles(({ cold, animate, expectObservable }) => {
      const r = restart();
      animate('                                         ------------x---');
      const source = cold<string | MessageRestartEvent>(' -a-b-c-r-d-e---|', { a: 'a', b: 'b', c: 'c', d: 'd', e: 'e', r }); // prettier-ignore
      const expected = '                                -a-----r----x--|';

      expectObservable(source.pipe(coalesceText())).toBe(expected, { a: 'a', x: 'de', r });
    }),
  );

  it(
    'emits what is held after 100 ms if there is no frame, as in a hidden tab',
    marbles(({ cold, animate, expectObservable }) => {
      animate('             -');
      const source = cold(' abc 200ms  d|');
      const expected = '    a 99ms x 102ms d|';

      expectObservable(source.pipe(coalesceText())).toBe(expected, { a: 'a', x: 'bc', d: 'd' });
    }),
  );

  it(
    'joins what arrives within everyMs',
    marbles(({ cold, expectObservable }) => {
      const source = cold(' -a-bc-----d---ef--|');
      const expected = '    -a----x----d----y-|';

      expectObservable(source.pipe(coalesceText({ everyMs: 5 }))).toBe(expected, { a: 'a', x: 'bc', d: 'd', y: 'ef' });
    }),
  );

  it(
    'joins what arrives within one turn of a scheduler',
    marbles(({ cold, expectObservable }) => {
      const source = cold(' -(abc)--|');
      const expected = '    -(ax)---|';

      expectObservable(source.pipe(coalesceText({ scheduler: asapScheduler }))).toBe(expected, { a: 'a', x: 'bc' });
    }),
  );

  it('ignores empty fragments', async () => {
    expect((await outcomeOf(from(['', 'a', '', '', 'b', '']).pipe(coalesceText()))).values).toEqual(['a', 'b']);
    expect((await outcomeOf(from(['', '']).pipe(coalesceText()))).values).toEqual([]);
  });

  it('emits other events at once, after the text before them', async () => {
    const event = { type: 'weather_report' };
    const { values } = await outcomeOf(from(['a', 'b', event, event, 'c', 'd']).pipe(coalesceText()));

    expect(values).toEqual(['a', 'b', event, event, 'cd']);
  });

  it('accepts the restarts of textDeltas', async () => {
    const source = from([textDelta('a'), textDelta('b'), restart(), textDelta('c'), textDelta('d')]);
    const { values } = await outcomeOf(source.pipe(textDeltas({ restarts: true }), coalesceText()));

    expect(values).toEqual(['a', restart(), 'cd']);
  });

  it('is at most 2^24 code units long', async () => {
    const half = 'x'.repeat(2 ** 23);
    const { values } = await outcomeOf(from(['a', half, half, 'y', 'z']).pipe(coalesceText()));

    expect(values.map(({ length }) => length)).toEqual([1, 2 ** 24, 2]);
  });

  it('emits in order what a consumer pushes while it receives text', () => {
    const source = new Subject<string>();
    const scheduler = new VirtualTimeScheduler();
    const seen: string[] = [];
    source.pipe(coalesceText({ everyMs: 10, scheduler })).subscribe((text) => {
      seen.push(text);
      if (seen.length < 4) source.next(`<${text}>`);
    });
    source.next('a');
    source.next('b');
    scheduler.flush();

    expect(seen).toEqual(['a', '<a>b', '<<a>b>', '<<<a>b>>']);
  });

  it('loses nothing of any text, cut anywhere, however the source ends', () => {
    const text = fc.string({ unit: 'binary', maxLength: 60 });
    const numbers = fc.array(fc.nat({ max: 30 }), { minLength: 1, maxLength: 20 });
    fc.assert(
      fc.property(text, numbers, numbers, fc.constantFrom('completes', 'fails'), (whole, lengths, gaps, how) => {
        const arrivals = after(cut(whole, lengths), gaps);
        const end = { at: (arrivals.at(-1)?.at ?? 0) + (gaps[0] ?? 0), how };
        const { emitted, ended, timers } = play(arrivals, end, (scheduler) => coalesceText({ everyMs: 16, scheduler }));
        const joined = (list: typeof emitted, time: number): string =>
          list.map(({ at, value }) => (at <= time ? value : '')).join('');

        expect(joined(emitted, Infinity)).toBe(whole);
        expect(ended).toEqual({ at: end.at, how: how === 'completes' ? 'completed' : 'failed' });
        expect(timers).toBe(0);

        for (const { at } of arrivals) {
          expect(joined(arrivals, at).startsWith(joined(emitted, at))).toBe(true);
          expect(joined(emitted, at).startsWith(joined(arrivals, at - 16))).toBe(true);
        }
      }),
    );
  });

  it.each([0, -1, NaN, '16'])('throws a RangeError for everyMs %p at call time', (everyMs) => {
    const call = () => coalesceText({ everyMs: everyMs as number });

    expect(call).toThrow(RangeError);
    expect(call).toThrow('coalesceText: everyMs must be a number of at least 1, got ');
  });

  it('keeps the types of what is between the text', () => {
    const texts: Observable<string> = of();
    const withRestarts: Observable<string | MessageRestartEvent> = of();
    const numbers: Observable<number> = of();
    // @ts-expect-error -- a number is not text
    void numbers.pipe(coalesceText());

    expectTypeOf(texts.pipe(coalesceText())).toEqualTypeOf<Observable<string>>();
    expectTypeOf(withRestarts.pipe(coalesceText())).toEqualTypeOf<Observable<string | MessageRestartEvent>>();
    expect(coalesceText()).toBeInstanceOf(Function);
  });
});
