import { expectTypeOf } from 'expect-type';
import fc from 'fast-check';
import { from, lastValueFrom, materialize, NEVER, toArray, type Observable } from 'rxjs';
import { z } from 'zod';
import {
  IncompleteMessageError,
  InvalidOutputError,
  outputElements,
  type AnyEvent,
  type MessageStreamEvent,
  type StandardSchemaV1,
} from '../../src/index.js';
import { buildMessage, eventsOf, textBlock } from '../../src/testing/index.js';
import { itKeepsTheOperatorContract } from '../support/contract.js';
import { deepFreeze } from '../support/deepFreeze.js';
import { restart } from '../support/events.js';
import { marbles } from '../support/marbles.js';

const runs = { seed: 20_250_610, numRuns: 100 };

const Person = z.object({ name: z.string(), age: z.number().optional() });
const people = { people: [{ name: 'Anna', age: 41 }, { name: 'Bo' }], total: 2 };

const delta = (text: string): MessageStreamEvent => ({
  type: 'content_block_delta',
  index: 0,
  delta: { type: 'text_delta', text },
});

/** The events of a message with the given pieces of text. */
function eventsFor(...pieces: readonly string[]): MessageStreamEvent[] {
  const events = eventsOf(buildMessage({ content: [textBlock('')] }));
  return [...events.slice(0, 2), ...pieces.map(delta), ...events.slice(2)];
}

async function read(
  events: readonly AnyEvent[],
  path?: string | readonly (string | number)[],
  schema: StandardSchemaV1 = z.unknown(),
) {
  const seen = await lastValueFrom(from(events).pipe(outputElements(schema, path), materialize(), toArray()));
  const items = seen.flatMap((notification) => (notification.kind === 'N' ? [notification.value] : []));
  const last = seen.at(-1);
  return { items, error: last?.kind === 'E' ? (last.error as unknown) : undefined };
}

const peopleOf = () => outputElements(Person, 'people');

describe('outputElements', () => {
  itKeepsTheOperatorContract(peopleOf, {
    values: eventsOf(buildMessage({ content: JSON.stringify(people) })),
    empty: 'is incomplete',
  });

  it(
    'emits an object synchronously with its closing bracket',
    marbles(({ cold, expectObservable, expectSubscriptions }) => {
      const [m, s, e, r, z] = eventsFor();
      const source = cold<unknown>('-m-s-a-b-c-d-e-r-z-|', {
        m,
        s,
        a: delta('{"people":[{"name":"An'),
        b: delta('na","age":41}'),
        c: delta(',{"name":"Bo"'),
        d: delta('},{"name":"Cy"}],"total":3}'),
        e,
        r,
        z,
      });
      const subs = '                ^------------------!';
      const expected = '            -------x---(yz)----|';

      expectObservable((source as Observable<AnyEvent>).pipe(outputElements(Person, 'people'))).toBe(expected, {
        x: { name: 'Anna', age: 41 },
        y: { name: 'Bo' },
        z: { name: 'Cy' },
      });
      expectSubscriptions(source.subscriptions).toBe(subs);
    }),
  );

  it.each([
    ['a string with its closing quote', ['{"a":["x', 'y', '"'], ['xy']],
    ['a number with what follows it', ['{"a":[1', '2', ' '], [12]],
    ['a keyword with its last letter', ['{"a":[tru', 'e'], [true]],
    ['an empty array with its bracket', ['{"a":[[', ']'], [[]]],
  ])('emits %s', async (_, pieces, expected) => {
    const before = await read(eventsFor(...pieces.slice(0, -1)), 'a');
    const after = await read(eventsFor(...pieces), 'a');

    expect(before.items).toEqual([]);
    expect(after.items).toEqual(expected);
  });

  it('emits each item once, complete and in order, as early as it is certain, however the text is split', async () => {
    const anyItem = fc.oneof(fc.jsonValue({ maxDepth: 2 }), fc.string(), fc.integer());
    await fc.assert(
      fc.asyncProperty(
        fc.array(anyItem, { maxLength: 8 }),
        fc.jsonValue({ maxDepth: 2 }),
        fc.constantFrom(undefined, 1),
        fc.array(fc.nat(), { maxLength: 12 }),
        async (items, other, indent, places) => {
          const texts = items.map((item) => JSON.stringify(item, null, indent));
          let text = `{"x":${JSON.stringify(other)},"a":[0,{"items":[`;
          // Where each item is certain: at its end, a number with the character after it.
          const certain = texts.map((item, index) => {
            text += (index === 0 ? '' : ',') + item;
            return typeof items[index] === 'number' ? text.length + 1 : text.length;
          });
          text += `]}],"y":${JSON.stringify(other)}}`;
          const ends = [...places.map((place) => place % (text.length + 1)), text.length].sort((a, b) => a - b);
          const pieces = ends.map((end, i) => text.slice(ends[i - 1] ?? 0, end));

          const path = ['a', 1, 'items'];
          expect(await read(eventsFor(...pieces), path)).toStrictEqual({
            items: JSON.parse(JSON.stringify(items)) as unknown,
            error: undefined,
          });
          for (const end of ends) {
            const { items: soFar } = await read(eventsFor(text.slice(0, end)), path);
            expect(soFar).toHaveLength(certain.filter((position) => position <= end).length);
          }
        },
      ),
      runs,
    );
  });

  it('finds the array at the root by default', async () => {
    expect((await read(eventsFor('[1,[2],', '"3"]'))).items).toEqual([1, [2], '3']);
  });

  it('finds it under any key, including one with dots, and under __proto__', async () => {
    expect((await read(eventsFor('{"a.b":[1,2]}'), 'a.b')).items).toEqual([1, 2]);
    expect((await read(eventsFor('{"__proto__":[1,2]}'), '__proto__')).items).toEqual([1, 2]);
  });

  it('ignores other arrays', async () => {
    const text = '{"b":{"a":[1]},"c":[[2],{"a":[3]}],"a":{"a":[4]},"d":[5]}';

    expect((await read(eventsFor(...text.split('')), ['a', 'a'])).items).toEqual([4]);
    expect((await read(eventsFor(...text.split('')), ['c', 1, 'a'])).items).toEqual([3]);
    expect((await read(eventsFor(...text.split('')), ['c', 0])).items).toEqual([2]);
    expect((await read(eventsFor(...text.split('')), 'd')).items).toEqual([5]);
  });

  it.each(['{}', '{"a":null}', '{"a":{"0":1,"length":1}}', '{"a":"xyz"}', '{"b":[1]}', '[[1]]', '"a"', '7'])(
    'fails for %s, which has no array there',
    async (text) => {
      const { items, error } = await read(eventsFor(...text.split('')), 'a');

      expect(items).toEqual([]);
      expect(error).toBeInstanceOf(InvalidOutputError);
      expect(error).toMatchObject({
        message: 'The output has no array at a.',
        ...{ text, value: JSON.parse(text) as unknown, partial: { stop_reason: 'end_turn' } },
      });
    },
  );

  it('fails if the root is not the array that is asked for by default', async () => {
    const { error } = await read(eventsFor('{"a":[1]}'));

    expect(error).toMatchObject({ name: 'InvalidOutputError', message: 'The output is not an array.' });
  });

  it.each<[string, string | readonly (string | number)[]]>([
    ['[]', []],
    ['{"a":[]}', 'a'],
    ['{"a":[{"b":[]}]}', ['a', 0, 'b']],
  ])('completes without items for %s, whose array is empty', async (text, path) => {
    expect(await read(eventsFor(...text.split('')), path)).toEqual({ items: [], error: undefined });
  });

  it('emits all items of an array that replaces another one, because its key is repeated', async () => {
    const text = '{"a":[1,2],"a":[3,4,5]}';

    expect(await read(eventsFor(text), 'a')).toEqual({ items: [3, 4, 5], error: undefined });
    expect(await read(eventsFor(...text.split('')), 'a')).toEqual({ items: [1, 2, 3, 4, 5], error: undefined });
    expect(await read(eventsFor('{"a":[1],"a":{"b":[2]}}'), ['a', 'b'])).toEqual({ items: [2], error: undefined });
  });

  it('fails if the last value of a repeated key is not an array', async () => {
    const { items, error } = await read(eventsFor('{"a":[1,2],', '"a":null}'), 'a');

    expect(items).toEqual([1, 2]);
    expect(error).toMatchObject({ message: 'The output has no array at a.' });
  });

  it('lets the schema modify its input', async () => {
    const Defaults: StandardSchemaV1 = {
      '~standard': {
        version: 1,
        vendor: 'spec',
        validate: (value) => ({ value: Object.assign(Object(value), { b: 2 }) }),
      },
    };

    expect((await read(eventsFor('[{"a":1}]'), [], Defaults)).items).toEqual([{ a: 1, b: 2 }]);
  });

  it('emits items that never change', async () => {
    const items: unknown[] = [];
    await from(eventsFor(...JSON.stringify(people).split('')))
      .pipe(outputElements(z.custom<(typeof people)['people'][number]>(), 'people'))
      .forEach((item) => items.push(deepFreeze(item)));

    expect(items).toEqual(people.people);
  });

  it('emits the output of the schema for an item', async () => {
    const { items } = await read(
      eventsFor('["a","bcd"]'),
      [],
      z.string().transform((text) => text.length),
    );

    expect(items).toEqual([1, 3]);
  });

  it('fails at once for an item that does not match, after the items before it', async () => {
    const events = eventsFor('{"people":[{"name":"Anna"},{"name":5},', '{"name":"Cy"}]}');
    const { items, error } = await read(events.slice(0, 3), 'people', Person);

    expect(items).toEqual([{ name: 'Anna' }]);
    expect(error).toBeInstanceOf(InvalidOutputError);
    expect(error).toMatchObject({
      message:
        'An item of the output does not match its schema: people.1.name: Invalid input: expected string, received number.',
      text: '{"people":[{"name":"Anna"},{"name":5},',
      value: { name: 5 },
      issues: [{ path: ['people', 1, 'name'] }],
      partial: { content: [textBlock('{"people":[{"name":"Anna"},{"name":5},')] },
    });
  });

  describe('the answer as a whole', () => {
    const cut = (stop_reason: 'max_tokens' | 'refusal' | 'end_turn') =>
      eventsOf(buildMessage({ content: '[1,2,3', stop_reason }));

    it.each([
      ['max_tokens', 'The output is truncated (stop_reason max_tokens).'],
      ['refusal', 'The model refused to answer.'],
      ['end_turn', 'The output is not JSON (stop_reason end_turn).'],
    ] as const)('fails with InvalidOutputError if it is incomplete: %s', async (reason, why) => {
      const { items, error } = await read(cut(reason));

      expect(items).toEqual([1, 2]);
      expect(error).toBeInstanceOf(InvalidOutputError);
      expect(error).toMatchObject({ text: '[1,2,3', value: [1, 2], partial: { stop_reason: reason } });
      expect(String(error)).toContain(why);
    });

    it('fails with IncompleteMessageError if the source completes before message_stop', async () => {
      const { items, error } = await read(eventsFor('[1,2]').slice(0, -1));

      expect(items).toEqual([1, 2]);
      expect(error).toBeInstanceOf(IncompleteMessageError);
    });
  });

  it('starts over on message_restart', async () => {
    const { items, error } = await read([...eventsFor('[1,2,3').slice(0, 3), restart(), ...eventsFor('[1,2]')]);

    expect(error).toBeUndefined();
    expect(items).toEqual([1, 2, 1, 2]);
  });

  it('rejects a schema that validates asynchronously in the stream, and anything but a schema at call time', async () => {
    const later: StandardSchemaV1 = {
      '~standard': { version: 1, vendor: 'spec', validate: () => Promise.resolve({ value: 1 }) },
    };
    const { error } = await read(eventsFor('[1]'), [], later);

    expect(String(error)).toContain('TypeError: outputElements: the schema must validate synchronously');
    expect(() => outputElements({} as unknown as StandardSchemaV1)).toThrow(
      new TypeError('outputElements: schema must be a Standard Schema, such as a schema of zod, valibot or arktype.'),
    );
  });
});

describe('the types of outputElements', () => {
  it('come from the schema, without annotations', () => {
    const items = NEVER.pipe(outputElements(z.object({ at: z.string().transform((text) => new Date(text)) }), 'items'));

    expectTypeOf(items).toEqualTypeOf<Observable<{ at: Date }>>();
    expect(items).toBeDefined();
  });
});
