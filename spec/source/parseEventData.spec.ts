/** `JSON.parse` is the oracle: for every text, `parseEventData` has the same result, or the same error. */
import { setFlagsFromString } from 'node:v8';
import { runInThisContext } from 'node:vm';
import fc from 'fast-check';
import { parseEventData } from '../../src/source/parseEventData.js';
import { createSseDecoder } from '../../src/source/sseDecoder.js';
import { streams } from '../fixtures/streams.js';
import { bytesOf } from './support/bodies.js';

/** What a function returns, with the order of all fields, or the error that it throws. */
function outcome(parse: (data: string) => unknown, data: string) {
  try {
    const value = parse(data);
    return { value, json: JSON.stringify(value) };
  } catch (error) {
    return { error: String(error) };
  }
}

function expectSame(data: string): void {
  expect(outcome(parseEventData, data)).toEqual(outcome(JSON.parse, data));
}

/** The data of the events of a recorded stream. */
function dataOf(sse: string): string[] {
  const found: string[] = [];
  const decoder = createSseDecoder(({ data }) => found.push(data));
  decoder.push(bytesOf(sse));
  decoder.flush();
  return found;
}

/** The data of a delta, as the API writes it. `literal` is a JSON string. */
const deltaOf = (type: string, field: string, literal: string, index = '0', padding = '') =>
  `{"type":"content_block_delta","index":${index},"delta":{"type":"${type}","${field}":${literal}}${padding}}`;

const KINDS = [
  ['text_delta', 'text'],
  ['thinking_delta', 'thinking'],
  ['input_json_delta', 'partial_json'],
] as const;

/** Strings of everything that JSON treats differently, including halves of surrogate pairs. */
const text = fc
  .array(
    fc.oneof(
      fc.constantFrom('a', 'word ', '"', '\\', '/', '\n', '\u2028', '\ud83d', '\ude00', '😀', '\0', '\x7f', '{}'),
      fc.string(),
    ),
    {
      maxLength: 20,
    },
  )
  .map((pieces) => pieces.join(''));

/** JSON strings: with the usual escapes, with an escape for each character, and with what may or may not be valid. */
const literal = fc.oneof(
  text.map((value) => JSON.stringify(value)),
  text.map((value) => `"${value.replace(/[^]/g, (c) => `\\u${c.charCodeAt(0).toString(16).padStart(4, '0')}`)}"`),
  text.map((value) => `"${value}"`),
  fc.constantFrom(
    '""',
    '"\\/"',
    '"\\x"',
    '"\\u12"',
    '"\\u00e9"',
    '"\t"',
    'null',
    '7',
    '{"a":1}',
    `"${'long '.repeat(120)}"`,
  ),
);

const delta = fc
  .record({
    kind: fc.constantFrom(...KINDS, ['text_delta', 'thinking'] as const, ['signature_delta', 'signature'] as const),
    literal,
    index: fc.constantFrom('0', '7', '10', '65535', '99999', '100000', '00', '01', '-1', '1.5', '1e2', 'null', '"0"'),
    padding: fc.constantFrom('', ' ', '         ', '\t', ',"extra":1', ',"type":"other"'),
  })
  .map(({ kind: [type, field], literal, index, padding }) => deltaOf(type, field, literal, index, padding));

/** A delta in which something was inserted, deleted or replaced. */
const damaged = fc
  .tuple(
    delta,
    fc.nat(),
    fc.nat({ max: 3 }),
    fc.constantFrom('', ' ', '"', '\\', '}', '{', ',', '\n', '0', 'é', '__proto__'),
  )
  .map(([data, place, deleted, inserted]) => {
    const at = place % (data.length + 1);
    return data.slice(0, at) + inserted + data.slice(at + deleted);
  });

describe('parseEventData', () => {
  it.each(streams)('parses the recorded stream "$name" as JSON.parse does', ({ sse }) => {
    const found = dataOf(sse);

    expect(found.length).toBeGreaterThan(5);
    found.forEach(expectSame);
  });

  it('parses every delta as JSON.parse does', () => {
    fc.assert(fc.property(delta, expectSame), { seed: 11, numRuns: 4000 });
  });

  it('parses every damaged delta as JSON.parse does, or throws the same error', () => {
    fc.assert(fc.property(damaged, expectSame), { seed: 13, numRuns: 4000 });
  });

  it.each(['', 'null', '[]', '{"type":"ping"}', '{oops', '\ufeff{}', deltaOf('text_delta', 'text', '"a"').repeat(2)])(
    'parses other data as JSON.parse does: %j',
    (data) => {
      expect(outcome(parseEventData, data)).toEqual(outcome(JSON.parse, data));
    },
  );

  it.each(KINDS)('recognises a %s, so that JSON.parse sees at most its string', (type, field) => {
    const parse = jest.spyOn(JSON, 'parse');
    parseEventData(deltaOf(type, field, '"twelve chars"', '12', '   '));

    expect(parse).not.toHaveBeenCalled();

    parseEventData(deltaOf(type, field, '"thirteen char"'));
    parseEventData(deltaOf(type, field, String.raw`"a\n"`));

    expect(parse.mock.calls).toEqual([['"thirteen char"'], [String.raw`"a\n"`]]);
    parse.mockRestore();
  });

  it('leaves a long text to JSON.parse, which is faster then', () => {
    const long = deltaOf('text_delta', 'text', `"${'a'.repeat(512)}"`);
    const parse = jest.spyOn(JSON, 'parse');
    parseEventData(long);

    expect(parse.mock.calls).toEqual([[long]]);
    parse.mockRestore();
  });

  it('creates objects of the hidden class that those of JSON.parse have', () => {
    setFlagsFromString('--allow-natives-syntax');
    const haveSameMap = runInThisContext('(a, b) => %HaveSameMap(a, b)') as (a: unknown, b: unknown) => boolean;
    for (const [type, field] of KINDS) {
      for (const literal of ['""', '"short"', '"longer than twelve"', String.raw`"\"😀\""`]) {
        const data = deltaOf(type, field, literal, '3');
        const [ours, theirs] = [parseEventData(data), JSON.parse(data)] as { delta: object }[];

        expect(haveSameMap(ours, theirs)).toBe(true);
        expect(haveSameMap(ours?.delta, theirs?.delta)).toBe(true);
      }
    }
    setFlagsFromString('--no-allow-natives-syntax');
  });
});
