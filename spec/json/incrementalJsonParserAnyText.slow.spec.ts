import fc from 'fast-check';
import { IncrementalJsonParser } from '../../src/json/incrementalJsonParser.js';
import {
  runs,
  parse,
  codeUnits,
  splitText,
  isJson,
  places,
  anyText,
  plainText,
  damagedText,
  shownBy,
  canGoOn,
  growsInto,
  deepFreeze,
  sharesWhatIsSame,
} from './support/jsonTexts.js';

describe('IncrementalJsonParser: any JSON text', () => {
  it('ends complete with the value of JSON.parse, however it is split', () => {
    fc.assert(
      fc.property(anyText, places, (text, at) => {
        const parser = parse(splitText(text, at));
        expect(parser.status).toBe('complete');
        expect(parser.value).toStrictEqual(JSON.parse(text));
        expect(JSON.stringify(parser.value)).toBe(JSON.stringify(JSON.parse(text)));
      }),
      runs(500),
    );
  });

  it('ends complete with the value of JSON.parse, one code unit at a time, read each time', () => {
    fc.assert(
      fc.property(anyText, (text) => {
        const parser = new IncrementalJsonParser();
        for (const unit of codeUnits(text)) {
          parser.push(unit);
          expect(parser.value).toBe(parser.value);
        }
        parser.end();
        expect(parser.status).toBe('complete');
        expect(parser.value).toStrictEqual(JSON.parse(text));
        expect(JSON.stringify(parser.value)).toBe(JSON.stringify(JSON.parse(text)));
      }),
      runs(500),
    );
  });

  it('shows at every code unit what is certain, no more and no less', () => {
    fc.assert(
      fc.property(anyText, (text) => {
        const parser = new IncrementalJsonParser();
        for (let end = 1; end <= text.length; end++) {
          parser.push(text.charAt(end - 1));
          expect(parser.value).toStrictEqual(shownBy(text.slice(0, end)));
        }
      }),
      runs(500),
    );
  });

  it('shows values that only grow, if no key is repeated', () => {
    fc.assert(
      fc.property(plainText, (text) => {
        const parser = new IncrementalJsonParser();
        const values = codeUnits(text).map((unit) => {
          parser.push(unit);
          return parser.value;
        });
        parser.end();
        values.forEach((value, i) => {
          expect(growsInto(value, values[i + 1] ?? parser.value)).toBe(true);
          expect(growsInto(value, parser.value)).toBe(true);
        });
      }),
      runs(200),
    );
  });

  it('never writes to a value that was read, and shares the unchanged parts', () => {
    fc.assert(
      fc.property(plainText, places, (text, at) => {
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
        parser.end();
        expect(sharesWhatIsSame(earlier, parser.value)).toBe(true);
        expect(parser.value).toStrictEqual(JSON.parse(text));
      }),
      runs(500),
    );
  });

  it('is truncated at every place where it is not complete', () => {
    fc.assert(
      fc.property(anyText, fc.nat(), (text, place) => {
        const beginning = text.slice(0, place % (text.length + 1));
        expect(parse([beginning]).status).toBe(isJson(beginning) ? 'complete' : 'truncated');
      }),
      runs(1000),
    );
  });
});

describe('IncrementalJsonParser: any damaged text', () => {
  it('is complete if JSON.parse accepts it, truncated if something can follow, and otherwise invalid', () => {
    fc.assert(
      fc.property(damagedText, places, (text, at) => {
        const parser = parse(splitText(text, at));
        expect(parser.status).toBe(isJson(text) ? 'complete' : canGoOn(text) ? 'truncated' : 'invalid');
      }),
      runs(1500),
    );
  });

  it('reports the first character that cannot follow, however it is split', () => {
    fc.assert(
      fc.property(damagedText, places, (text, at) => {
        const { error, status } = parse(splitText(text, at));
        expect(error).toEqual(parse(codeUnits(text)).error);
        if (error === undefined || status === 'truncated') return;
        expect(canGoOn(text.slice(0, error.position))).toBe(true);
        expect(canGoOn(text.slice(0, error.position + 1))).toBe(false);
        expect(text.slice(0, error.position + 1).endsWith(error.excerpt)).toBe(true);
      }),
      runs(1500),
    );
  });
});
