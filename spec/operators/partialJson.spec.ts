import { expectTypeOf } from 'expect-type';
import fc from 'fast-check';
import { concat, EMPTY, from, lastValueFrom, materialize, NEVER, of, throwError, toArray, type Observable } from 'rxjs';
import { JsonTextError } from '../../src/json/jsonTextError.js';
import {
  InvalidOutputError,
  partialJson,
  textDeltas,
  type DeepPartial,
  type MessageRestartEvent,
} from '../../src/index.js';
import { buildMessage, eventsOf } from '../../src/testing/index.js';
import { itKeepsTheOperatorContract } from '../support/contract.js';
import { deepFreeze } from '../support/deepFreeze.js';
import { restart } from '../support/events.js';
import { marbles } from '../support/marbles.js';

const runs = { seed: 20_250_607, numRuns: 200 };

const valuesOf = (...fragments: (string | MessageRestartEvent)[]) =>
  lastValueFrom(from(fragments).pipe(partialJson(), toArray()));

/** The values that came before the error, and the error. */
async function failureOf(source: Observable<string | MessageRestartEvent>) {
  const seen = await lastValueFrom(source.pipe(partialJson(), materialize(), toArray()));
  const values = seen.flatMap((notification) => (notification.kind === 'N' ? [notification.value] : []));
  const last = seen.at(-1);
  if (last?.kind !== 'E' || !(last.error instanceof InvalidOutputError)) throw new Error('no InvalidOutputError');
  return { values, error: last.error };
}

function cut(text: string, places: readonly number[]): string[] {
  const ends = [...places.map((place) => place % (text.length + 1)), text.length].sort((a, b) => a - b);
  return ends.map((end, i) => text.slice(ends[i - 1] ?? 0, end));
}

describe('partialJson', () => {
  itKeepsTheOperatorContract(partialJson, {
    values: ['{"city":"Par', 'is","days":3', ',"stops":["Bel', 'ém"]}'],
    empty: 'completes',
  });

  it(
    'emits the value as it grows, in the turn of the fragment that changed it',
    marbles(({ cold, expectObservable, expectSubscriptions }) => {
      const source = cold(' --a--b--c--d--|', { a: '{"city":"Pa', b: 'ris",', c: '"days":1', d: '4}' });
      const subs = '        ^-------------!';
      const expected = '    --x--y-----z--|';

      expectObservable(source.pipe(partialJson())).toBe(expected, {
        x: { city: 'Pa' },
        y: { city: 'Paris' },
        z: { city: 'Paris', days: 14 },
      });
      expectSubscriptions(source.subscriptions).toBe(subs);
    }),
  );

  it(
    'emits a number that is the whole text when the source completes, as more digits could follow',
    marbles(({ cold, expectObservable }) => {
      const source = cold(' --a--b--|   ', { a: '1', b: '2' });
      const expected = '    --------(x|)';

      expectObservable(source.pipe(partialJson())).toBe(expected, { x: 12 });
    }),
  );

  it('shows neither half an escape, nor half a surrogate pair, nor a part of a key', async () => {
    expect(await valuesOf('{"a":"x\\', 'n\\ud83', 'd', '\\ude00y', '","b', '":1}')).toEqual([
      { a: 'x' },
      { a: 'x\n' },
      { a: 'x\n\u{1f600}y' },
      { a: 'x\n\u{1f600}y', b: 1 },
    ]);
  });

  it('emits no value twice: not for white space, and not for a last bracket that changes nothing', async () => {
    expect(await valuesOf('{"a":[1]', ' ', '', '\n}', ' ')).toEqual([{ a: [1] }]);
  });

  it('emits each value of a text that comes in one piece once', async () => {
    expect(await valuesOf('[null]')).toEqual([[null]]);
    expect(await valuesOf('null')).toEqual([null]);
    expect(await valuesOf('"a"')).toEqual(['a']);
  });

  it('ends with the value of JSON.parse, however the text is split', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.json({ maxDepth: 4 }),
        fc.array(fc.nat(), { maxLength: 10 }),
        fc.constantFrom(undefined, 1),
        async (text, places, indent) => {
          const spaced = JSON.stringify(JSON.parse(text), null, indent);
          const values = await valuesOf(...cut(spaced, places));

          expect(values.at(-1)).toStrictEqual(JSON.parse(spaced));
        },
      ),
      runs,
    );
  });

  it('never changes what it has emitted', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.jsonValue({ maxDepth: 3 }), { maxLength: 80 }),
        fc.array(fc.nat(), { maxLength: 30 }),
        async (items, places) => {
          const copies: unknown[] = [];
          const values: unknown[] = [];
          await from(cut(JSON.stringify({ items }), places))
            .pipe(partialJson())
            .forEach((value) => {
              copies.push(structuredClone(value));
              values.push(deepFreeze(value));
            });

          expect(values).toEqual(copies);
        },
      ),
      { ...runs, numRuns: 50 },
    );
  });

  it('shares what has not changed between two values', async () => {
    const text = ['{"from":{"city":"Lisbon"},"stops":[{"at":1},{"at":2', '},{"at":3}]', ',"note":"x', 'y"}'];
    const [first, second, third, fourth] = (await valuesOf(...text)) as Record<string, unknown[]>[];

    expect(second?.['from']).toBe(first?.['from']);
    expect(second?.['stops']?.[0]).toBe(first?.['stops']?.[0]);
    expect(second?.['stops']).not.toBe(first?.['stops']);
    expect(third?.['stops']).toBe(second?.['stops']);
    expect(fourth?.['stops']).toBe(third?.['stops']);
    expect(fourth).not.toBe(third);
  });

  it('keeps __proto__ a property of its own', async () => {
    const [value] = await valuesOf('{"__proto__":{"admin":true}}');

    expect(Object.keys(value as object)).toEqual(['__proto__']);
    expect(Reflect.get(value as object, 'admin')).toBeUndefined();
  });

  describe('a text that is not JSON', () => {
    it(
      'fails at once, after the value before the fault',
      marbles(({ cold, expectObservable, expectSubscriptions }) => {
        const source = cold(' --a--b--c--|', { a: '{"a":1', b: ',"b":"x"]', c: '}' });
        const subs = '        ^----!      ';
        const expected = '    --x--(y#)   ';
        const fault = `Unexpected ']' at position 14, expected ',' or '}': {"a":1,"b":"x"]`;
        const error = new InvalidOutputError(`The text is not JSON. ${fault}`, { text: '' });

        expectObservable(source.pipe(partialJson())).toBe(expected, { x: {}, y: { a: 1, b: 'x' } }, error);
        expectSubscriptions(source.subscriptions).toBe(subs);
      }),
    );

    it('fails with the text, the value so far, and the position of the fault', async () => {
      const { values, error } = await failureOf(of('{"a":[1,2', ',tru!]}', '"never read"'));

      expect(values).toEqual([{ a: [1] }, { a: [1, 2] }]);
      expect(error).toMatchObject({
        name: 'InvalidOutputError',
        text: '{"a":[1,2,tru!]}',
        value: { a: [1, 2] },
        issues: [],
      });
      expect(error.value).toBe(values.at(-1));
      expect(error.cause).toBeInstanceOf(JsonTextError);
      expect(error.cause).toMatchObject({ position: 13, excerpt: '{"a":[1,2,tru!' });
      expect(error.message).toContain("Unexpected '!' at position 13");
      expect(error.partial).toBeUndefined();
    });

    it('may be one that continues after its value', async () => {
      const { values, error } = await failureOf(of('{"a":1}', '\n', '```'));

      expect(values).toEqual([{ a: 1 }]);
      expect(error.message).toContain("Unexpected '`' at position 8");
    });

    it('may be one with more than 1000 nested containers', async () => {
      const { error } = await failureOf(of('['.repeat(1001)));

      expect(error.message).toContain('More than 1000 nested arrays and objects');
    });
  });

  describe('a text that is incomplete when the source completes', () => {
    it('fails after all values', async () => {
      const { values, error } = await failureOf(of('{"a":"x', '","b":"hel'));

      expect(values).toEqual([{ a: 'x' }, { a: 'x', b: 'hel' }]);
      expect(error).toMatchObject({ text: '{"a":"x","b":"hel', value: { a: 'x', b: 'hel' } });
      expect(error.message).toBe(
        'The text ended before its JSON was complete. ' +
          'Unexpected end of text at position 17, expected more of the value: {"a":"x","b":"hel',
      );
      expect(error.cause).toMatchObject({ name: 'JsonTextError', position: 17 });
    });

    it.each(['', ' ', '-', '1.', 'tru', '"'])('may be %j', async (text) => {
      const { error } = await failureOf(of(text));

      expect(error.text).toBe(text);
    });

    it('fails at every place before its last bracket', async () => {
      const text = '{"a":[1,{"b":"c\\n"}],"d":null}';
      const ends = await Promise.all(
        Array.from(text, (_, i) =>
          lastValueFrom(of(text.slice(0, i + 1)).pipe(partialJson(), materialize(), toArray())),
        ),
      );

      expect(ends.map((seen) => seen.at(-1)?.kind).join('')).toBe(`${'E'.repeat(text.length - 1)}C`);
    });
  });

  it('completes if there was no text at all', async () => {
    expect(await lastValueFrom(EMPTY.pipe(partialJson(), toArray()))).toEqual([]);
  });

  it('passes an error of the source through, and emits nothing uncertain before it', async () => {
    const error = new Error('of the source');
    const source = concat(
      of('[1,2'),
      throwError(() => error),
    );
    const seen = await lastValueFrom(source.pipe(partialJson(), materialize(), toArray()));

    expect(seen).toMatchObject([{ kind: 'N', value: [1] }, { kind: 'E' }]);
    expect(seen[1]?.kind === 'E' && seen[1].error).toBe(error);
  });

  describe('on message_restart', () => {
    it(
      'starts over, even with a value that was emitted before',
      marbles(({ cold, expectObservable }) => {
        const source = cold<string | MessageRestartEvent>('--a--r--b--c--|', {
          a: '{"a":"x',
          r: restart(),
          b: '{',
          c: '"a":"x"}',
        });
        const expected = '                                 --x-----y--x--|';

        expectObservable(source.pipe(partialJson())).toBe(expected, { x: { a: 'x' }, y: {} });
      }),
    );

    it('emits a root of the same text again', async () => {
      expect(await valuesOf('"a"', restart(), '"a"')).toEqual(['a', 'a']);
    });

    it('fails if no text follows', async () => {
      const { values, error } = await failureOf(of('[1]', restart()));

      expect(values).toEqual([[1]]);
      expect(error).toMatchObject({ text: '', value: undefined });
    });
  });

  it('reads the text of a message', async () => {
    const message = buildMessage({ content: '{"city":"Zürich 😀","days":[1,2]}' });
    const events = from(eventsOf(message, { deltaLength: 5 }));
    const values = await lastValueFrom(events.pipe(textDeltas({ restarts: true }), partialJson(), toArray()));

    expect(values.at(0)).toEqual({});
    expect(values.at(-1)).toEqual({ city: 'Zürich 😀', days: [1, 2] });
  });
});

describe('the types of partialJson', () => {
  interface Trip {
    readonly city: string;
    readonly days: number | null;
    readonly stops: { readonly at: Date; readonly tags: readonly string[] }[];
    readonly place: [lat: number, lon: number];
    readonly kind: { readonly type: 'car'; readonly seats: number } | { readonly type: 'bus' };
    readonly note?: string;
  }

  it('are DeepPartial: each property may be missing, unions and primitives stay', () => {
    type Live = DeepPartial<Trip>;
    expectTypeOf(NEVER.pipe(partialJson<Trip>())).toEqualTypeOf<Observable<Live>>();
    expectTypeOf<Live['city']>().toEqualTypeOf<string | undefined>();
    expectTypeOf<Live['days']>().toEqualTypeOf<number | null | undefined>();
    expectTypeOf<NonNullable<Live['stops']>[number]['tags']>().toEqualTypeOf<readonly string[] | undefined>();
    expectTypeOf<Live['place']>().toEqualTypeOf<[lat?: number, lon?: number] | undefined>();
    expectTypeOf<Live['kind']>().toEqualTypeOf<
      { readonly type?: 'car'; readonly seats?: number } | { readonly type?: 'bus' } | undefined
    >();
    expectTypeOf<DeepPartial<string[]>>().toEqualTypeOf<string[]>();
    expectTypeOf<DeepPartial<readonly { a: 1 }[]>>().toEqualTypeOf<readonly { a?: 1 }[]>();

    // A complete value is a live value, too.
    expectTypeOf<Trip>().toExtend<Live>();
    expect(true).toBe(true);
  });

  it('are unknown without an argument', () => {
    expectTypeOf(NEVER.pipe(partialJson())).toEqualTypeOf<Observable<unknown>>();
    expectTypeOf<DeepPartial<unknown>>().toEqualTypeOf<unknown>();
    expect(true).toBe(true);
  });

  it('take strings, with or without message_restart between them', () => {
    const strings: Observable<string> = NEVER;
    const both: Observable<string | MessageRestartEvent> = NEVER;

    expectTypeOf(strings.pipe(partialJson())).toEqualTypeOf<Observable<unknown>>();
    expectTypeOf(both.pipe(partialJson())).toEqualTypeOf<Observable<unknown>>();
    // @ts-expect-error -- numbers are not fragments
    const numbers = () => of(1).pipe(partialJson());
    expect(numbers).toBeInstanceOf(Function);
  });
});
