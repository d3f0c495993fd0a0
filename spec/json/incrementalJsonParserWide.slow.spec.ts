import fc from 'fast-check';
import { IncrementalJsonParser } from '../../src/json/incrementalJsonParser.js';
import { runs, splitText, anyText, shownBy, deepFreeze, sharesWhatIsSame } from './support/jsonTexts.js';

describe('IncrementalJsonParser: wide containers of any text, which are copied when they are looked at', () => {
  const keys = fc.constantFrom('"a"', '"b"', '"7"', '"__proto__"', '"toString"', '"\\u0061"');
  const wideArray = fc.array(anyText, { minLength: 62, maxLength: 70 }).map((items) => `[${items.join(',')}]`);
  const wideObject = fc
    .array(
      fc.tuple(
        fc.oneof(
          fc.string({ maxLength: 3 }).map((key) => JSON.stringify(key)),
          keys,
        ),
        anyText,
      ),
      {
        minLength: 14,
        maxLength: 40,
      },
    )
    .map((properties) => `{${properties.map(([key, value]) => `${key}:${value}`).join(',')}}`);
  const wide = fc.oneof(wideArray, wideObject);
  const wideText = fc
    .tuple(wide, wide, wide)
    .map(([a, b, c]) => `{"a":${a},"b":[0,${b},[${c}]],"c":{"d":${a}},"a":${c},"e":[${b},${b}]}`);
  const manyPlaces = fc.array(fc.nat(), { minLength: 20, maxLength: 40 });

  it('show what was certain when they were read, also when they are looked at in the end', () => {
    fc.assert(
      fc.property(wideText, manyPlaces, (text, at) => {
        const parser = new IncrementalJsonParser();
        let beginning = '';
        const values = splitText(text, at).map((fragment) => {
          parser.push(fragment);
          beginning += fragment;
          return [beginning, parser.value] as const;
        });
        expect(parser.status).toBe('complete');
        for (const [shown, value] of values) expect(value).toStrictEqual(shownBy(shown));
        expect(JSON.stringify(parser.value)).toBe(JSON.stringify(JSON.parse(text)));
      }),
      runs(60),
    );
  });

  it('are shared and never change', () => {
    fc.assert(
      fc.property(
        fc.array(fc.jsonValue({ maxDepth: 2 }), { minLength: 60, maxLength: 70 }),
        manyPlaces,
        (items, at) => {
          const text = JSON.stringify({
            items,
            nested: [[items], Object.fromEntries(items.map((item, i) => [`k${i}`, item]))],
          });
          const parser = new IncrementalJsonParser();
          let earlier: unknown;
          for (const fragment of splitText(text, at)) {
            parser.push(fragment);
            const later = parser.value;
            deepFreeze(later);
            expect(parser.value).toBe(later);
            expect(sharesWhatIsSame(earlier, later)).toBe(true);
            earlier = later;
          }
          expect(parser.value).toStrictEqual(JSON.parse(text));
        },
      ),
      runs(60),
    );
  });
});
