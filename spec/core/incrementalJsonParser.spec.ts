import { expectTypeOf } from 'expect-type';
import fc from 'fast-check';
import { IncrementalJsonParser, JsonTextError, type DeepPartial } from 'rxjs-anthropic/core';
import { anyText, damagedText, isJson, places, runs, shownBy, splitText } from '../json/support/jsonTexts.js';

interface Trip {
  readonly city: string;
  readonly days: number;
}

function parse(...fragments: readonly string[]): IncrementalJsonParser {
  const parser = new IncrementalJsonParser();
  for (const fragment of fragments) parser.push(fragment);
  return parser;
}

it('has the value so far, and returns that of JSON.parse at the end', () => {
  fc.assert(
    fc.property(anyText, places, (text, at) => {
      const parser = new IncrementalJsonParser();
      let read = '';
      for (const fragment of splitText(text, at)) {
        parser.push(fragment);
        read += fragment;

        expect(parser.value).toStrictEqual(shownBy(read));
      }

      expect(parser.end()).toStrictEqual(JSON.parse(text));
      expect(parser).toMatchObject({ status: 'complete', error: undefined, text });
    }),
    runs(200),
  );
});

it('throws its error at the end of a text that is not JSON, and does not throw before', () => {
  fc.assert(
    fc.property(damagedText, (text) => {
      fc.pre(!isJson(text));
      const parser = parse(text);

      expect(() => parser.end()).toThrow(JsonTextError);
      expect(() => parser.end()).toThrow(parser.error);
      expect(['invalid', 'truncated']).toContain(parser.status);
    }),
    runs(200),
  );
});

it('is truncated by its end, and keeps the value', () => {
  const parser = parse('{"city":"Pa', 'ri');

  expect(parser.status).toBe('partial');
  expect(() => parser.end()).toThrow('Unexpected end of text at position 13');
  expect(parser).toMatchObject({ status: 'truncated', value: { city: 'Pari' }, text: '{"city":"Pari' });
});

it('is invalid from the first wrong character on, and keeps the value before it', () => {
  const parser = parse('{"days":3,', '!}', '"more"');

  expect(parser).toMatchObject({ status: 'invalid', value: { days: 3 }, text: '{"days":3,!}"more"' });
  expect(parser.error).toMatchObject({ position: 10 });
});

it('has frozen values that share what has not changed', () => {
  const parser = parse('{"a":[1],"b":"x');
  const before = parser.value as { a: unknown; b: string };
  parser.push('y');
  const after = parser.value as typeof before;

  expect(before).toEqual({ a: [1], b: 'x' });
  expect(after.a).toBe(before.a);
  expect(parser.value).toBe(after);
  expect(Object.isFrozen(after) && Object.isFrozen(after.a)).toBe(true);
});

it('has the type that it is given', () => {
  const parser = new IncrementalJsonParser<Trip>();
  parser.push('{"city":"Porto","days":2}');

  expectTypeOf(parser.value).toEqualTypeOf<DeepPartial<Trip> | undefined>();
  expectTypeOf(parser.end()).toEqualTypeOf<Trip>();
  expect(parser.end()).toEqual({ city: 'Porto', days: 2 });
});
