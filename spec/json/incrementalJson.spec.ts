import fc from 'fast-check';
import { isDeepStrictEqual } from 'node:util';
import { JsonParser, type JsonParserOptions } from '../../src/json/incrementalJson.js';
import { JsonTextError } from '../../src/json/jsonTextError.js';

const runs = (numRuns: number) => ({ seed: 20_250_601, numRuns });

function parse(fragments: Iterable<string>, options?: JsonParserOptions): JsonParser {
  const parser = new JsonParser(options);
  for (const fragment of fragments) parser.push(fragment);
  parser.end();
  return parser;
}

const codeUnits = (text: string): string[] => Array.from({ length: text.length }, (_, i) => text.charAt(i));

function cut(text: string, places: readonly number[]): string[] {
  const ends = [...places.map((place) => place % (text.length + 1)), text.length].sort((a, b) => a - b);
  return ends.map((end, i) => text.slice(ends[i - 1] ?? 0, end));
}

const isContainer = (value: unknown): value is Record<string, unknown> => typeof value === 'object' && value !== null;

const entriesOf = (value: unknown): [string, unknown][] => (isContainer(value) ? Object.entries(value) : []);

function isJson(text: string): boolean {
  try {
    JSON.parse(text);
    return true;
  } catch {
    return false;
  }
}

const places = fc.array(fc.nat(), { maxLength: 12 });

/** Any JSON text: with all white space, all escapes, lone surrogates, all forms of numbers, keys that come twice. */
const { text: anyText } = fc.letrec<{ text: string; value: string }>((tie) => {
  const space = fc.string({ unit: fc.constantFrom(' ', '\t', '\n', '\r'), maxLength: 2 });
  const digits = fc.string({ unit: fc.constantFrom(...codeUnits('0123456789')), minLength: 1, maxLength: 3 });
  const exponent = fc
    .tuple(fc.constantFrom('e', 'E'), fc.constantFrom('', '+', '-'), digits)
    .map((parts) => parts.join(''));
  const number = fc
    .tuple(
      fc.constantFrom('', '-'),
      fc.oneof(fc.constant('0'), fc.nat().map(String), fc.constant('12345678901234567890')),
      fc.option(
        digits.map((fraction) => `.${fraction}`),
        { nil: '' },
      ),
      fc.option(exponent, { nil: '' }),
    )
    .map((parts) => parts.join(''));
  const hex = fc.constantFrom(...codeUnits('0123456789abcdefABCDEF'));
  const character = fc.oneof(
    fc.constantFrom('a', 'b', ' ', 'é', '\u2028', '\u007f', '\ud83d', '\ude00', '\u{1f600}'),
    fc.constantFrom(...codeUnits('"\\/bfnrt').map((char) => `\\${char}`), '\\ud83d', '\\ude00', '\\uD83D\\uDE00'),
    fc.tuple(hex, hex, hex, hex).map((four) => `\\u${four.join('')}`),
  );
  const string = fc.array(character, { maxLength: 6 }).map((characters) => `"${characters.join('')}"`);
  const key = fc.oneof(string, fc.constantFrom('""', '"a"', '"b"', '"10"', '"9"', '"__proto__"', '"toString"'));
  const list = (item: fc.Arbitrary<string>, [open, close]: readonly [string, string]) =>
    fc
      .tuple(space, fc.array(item, { maxLength: 4 }))
      .map(([inside, items]) => open + (items.length === 0 ? inside : items.join(',')) + close);
  const property = fc.tuple(space, key, space, tie('text')).map(([a, name, b, value]) => `${a}${name}${b}:${value}`);
  return {
    text: fc.tuple(space, tie('value'), space).map((parts) => parts.join('')),
    value: fc.oneof(
      { maxDepth: 4 },
      fc.oneof(string, number, fc.constantFrom('true', 'false', 'null')),
      list(tie('text'), ['[', ']']),
      list(property, ['{', '}']),
    ),
  };
});

/** JSON texts in which no key comes twice. */
const plainText = fc
  .tuple(fc.jsonValue({ maxDepth: 4 }), fc.constantFrom('', ' ', '\t\n'))
  .map(([value, indent]) => JSON.stringify(value, undefined, indent));

/** JSON texts with some code units put in, left out or replaced. */
const damagedText = fc
  .tuple(
    anyText,
    fc.array(
      fc.record({
        place: fc.nat(),
        removed: fc.nat(2),
        inserted: fc.string({
          unit: fc.constantFrom(...codeUnits('{}[]":,\\u0019.eE+-tfn\' \n\u0001\u00a0\ufeff')),
          maxLength: 2,
        }),
      }),
      { minLength: 1, maxLength: 3 },
    ),
  )
  .map(([text, edits]) =>
    edits.reduce((damaged, { place, removed, inserted }) => {
      const at = place % (damaged.length + 1);
      return damaged.slice(0, at) + inserted + damaged.slice(at + removed);
    }, text),
  );

/** Where the last string of a text begins, whether it is open, and the brackets that are missing at the end. */
function openParts(text: string): { lastString: number; isInString: boolean; brackets: string } {
  const brackets: string[] = [];
  let lastString = 0;
  let isInString = false;
  for (let at = 0; at < text.length; at++) {
    const char = text.charAt(at);
    if (isInString) {
      if (char === '\\') at++;
      else if (char === '"') isInString = false;
    } else if (char === '"') {
      isInString = true;
      lastString = at;
    } else if (char === '{' || char === '[') brackets.unshift(char === '{' ? '}' : ']');
    else if (char === '}' || char === ']') brackets.shift();
  }
  return { lastString, isInString, brackets: brackets.join('') };
}

/** The value that the beginning of a JSON text shows: what is open is closed, what is uncertain left out. */
function shownBy(beginning: string): unknown {
  const { lastString, isInString, brackets } = openParts(beginning);
  const before = beginning.slice(0, lastString).trimEnd();
  const isLastStringKey = brackets.startsWith('}') && !before.endsWith(':');
  let text = beginning;
  if (isInString) {
    const whole = /^(?:\\u[\da-f]{4}|\\[^u]|[^\\])*/i.exec(beginning.slice(lastString + 1))?.[0] ?? '';
    const characters = whole.match(/\\u[\da-f]{4}|\\[^u]|[^\\]/gi) ?? [];
    if (/^(?:[\ud800-\udbff]|\\ud[89ab]..)$/i.test(characters.at(-1) ?? '')) characters.pop();
    text = `${before}"${characters.join('')}"`;
  } else {
    text = text.replace(/[-+.\w]+$/, (token) => (['true', 'false', 'null'].includes(token) ? token : '')).trimEnd();
  }
  if (isLastStringKey && /[":]$/.test(text)) text = before;
  text = text.replace(/,$/, '');
  return text === '' ? undefined : JSON.parse(text + brackets);
}

/** Whether the text can go on to become JSON: tries every way to end a token, then what is open around it. */
function canGoOn(text: string): boolean {
  const { brackets } = openParts(text);
  const tokenEnds = [
    '',
    '0',
    '"',
    'n"',
    '0"',
    '00"',
    '000"',
    '0000"',
    'rue',
    'ue',
    'e',
    'alse',
    'lse',
    'se',
    'ull',
    'll',
    'l',
  ];
  return tokenEnds.some((token) => ['', '0', ':0', '"":0'].some((rest) => isJson(text + token + rest + brackets)));
}

/**
 * Whether `earlier` becomes `later` by growing. A string grows at its end. An array or object gets more items or
 * properties, and one of those it has grows; the others are equal. Any other value is equal.
 */
function growsInto(earlier: unknown, later: unknown): boolean {
  if (earlier === undefined) return true;
  if (typeof earlier === 'string') return typeof later === 'string' && later.startsWith(earlier);
  if (!isContainer(earlier) || !isContainer(later)) return Object.is(earlier, later);
  if (Array.isArray(earlier) !== Array.isArray(later)) return false;
  const keys = Object.keys(earlier);
  const kept = Object.keys(later).filter((key) => keys.includes(key));
  if (!isDeepStrictEqual(kept, keys)) return false;
  const changed = keys.filter((key) => !isDeepStrictEqual(earlier[key], later[key]));
  return changed.length <= 1 && changed.every((key) => growsInto(earlier[key], later[key]));
}

function deepFreeze(value: unknown): void {
  if (!isContainer(value) || Object.isFrozen(value)) return;
  Object.freeze(value);
  Object.values(value).forEach(deepFreeze);
}

/** Whether the references of two values differ exactly where their content does. */
function sharesWhatIsSame(earlier: unknown, later: unknown): boolean {
  if (!isContainer(earlier) || !isContainer(later)) return true;
  if (isDeepStrictEqual(earlier, later)) return earlier === later;
  return earlier !== later && Object.keys(earlier).every((key) => sharesWhatIsSame(earlier[key], later[key]));
}

describe('JsonParser: any JSON text', () => {
  it('ends complete with the value of JSON.parse, however it is cut', () => {
    fc.assert(
      fc.property(anyText, places, (text, at) => {
        const parser = parse(cut(text, at));
        expect(parser.state).toBe('complete');
        expect(parser.value).toStrictEqual(JSON.parse(text));
        expect(JSON.stringify(parser.value)).toBe(JSON.stringify(JSON.parse(text)));
      }),
      runs(500),
    );
  });

  it('ends complete with the value of JSON.parse, one code unit at a time, read each time', () => {
    fc.assert(
      fc.property(anyText, (text) => {
        const parser = new JsonParser();
        for (const unit of codeUnits(text)) {
          parser.push(unit);
          expect(parser.value).toBe(parser.value);
        }
        parser.end();
        expect(parser.state).toBe('complete');
        expect(parser.value).toStrictEqual(JSON.parse(text));
        expect(JSON.stringify(parser.value)).toBe(JSON.stringify(JSON.parse(text)));
      }),
      runs(500),
    );
  });

  it('shows at every code unit what is certain, no more and no less', () => {
    fc.assert(
      fc.property(anyText, (text) => {
        const parser = new JsonParser();
        for (let end = 1; end <= text.length; end++) {
          parser.push(text.charAt(end - 1));
          expect(parser.value).toStrictEqual(shownBy(text.slice(0, end)));
        }
      }),
      runs(500),
    );
  });

  it('shows values that only grow, when no key comes twice', () => {
    fc.assert(
      fc.property(plainText, (text) => {
        const parser = new JsonParser();
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

  it('never writes to a value that was read, and shares what is the same between values', () => {
    fc.assert(
      fc.property(plainText, places, (text, at) => {
        const parser = new JsonParser();
        let earlier: unknown;
        for (const fragment of cut(text, at)) {
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
        expect(parse([beginning]).state).toBe(isJson(beginning) ? 'complete' : 'truncated');
      }),
      runs(1000),
    );
  });
});

describe('JsonParser: any damaged text', () => {
  it('is complete when JSON.parse takes it, truncated when something can follow, and else invalid', () => {
    fc.assert(
      fc.property(damagedText, places, (text, at) => {
        const parser = parse(cut(text, at));
        expect(parser.state).toBe(isJson(text) ? 'complete' : canGoOn(text) ? 'truncated' : 'invalid');
      }),
      runs(1500),
    );
  });

  it('has its error at the first character with which nothing can follow, however it is cut', () => {
    fc.assert(
      fc.property(damagedText, places, (text, at) => {
        const { error } = parse(cut(text, at));
        expect(error).toEqual(parse(codeUnits(text)).error);
        if (error === undefined) return;
        expect(canGoOn(text.slice(0, error.position))).toBe(true);
        expect(canGoOn(text.slice(0, error.position + 1))).toBe(false);
        expect(text.slice(0, error.position + 1).endsWith(error.excerpt)).toBe(true);
      }),
      runs(1500),
    );
  });
});

describe('JsonParser: what is shown', () => {
  it.each([
    ['nothing of an empty text', '', undefined],
    ['nothing of white space', ' \n', undefined],
    ['an object when it opens', '{', {}],
    ['an array when it opens', '[', []],
    ['no part of a key', '{"na', {}],
    ['no property without a value', '{"a":', {}],
    ['a property when its string opens', '{"a":"', { a: '' }],
    ['a property when its array opens', '{"a":[', { a: [] }],
    ['a property when its object opens', '{"a":{', { a: {} }],
    ['a string while it is open', '"ab', 'ab'],
    ['a string while it is open in an array', '["a","b', ['a', 'b']],
    ['a string while it is open deep inside', '{"a":[{"b":["c', { a: [{ b: ['c'] }] }],
    ['no backslash whose escape is open', '"a\\', 'a'],
    ['no digits of an open escape', '"a\\u00e', 'a'],
    ['an escape when it ends', '"a\\u00e9', 'aé'],
    ['no number that may go on', '[1,-12', [1]],
    ['no number at the top that may go on', '12', undefined],
    ['a number when a comma follows', '[1,-12,', [1, -12]],
    ['a number when white space follows', '[1 ', [1]],
    ['no keyword that is not whole', '[true,fals', [true]],
    ['a keyword when it is whole', '[null', [null]],
    ['no high surrogate at the end', '["a\ud83d', ['a']],
    ['no escaped high surrogate at the end', '["a\\ud83d', ['a']],
    ['no high surrogate before an open escape', '["a\ud83d\\ude0', ['a']],
    ['a pair when its low half comes', '["\ud83d\ude00', ['\u{1f600}']],
    ['a pair of a raw and an escaped half', '["\ud83d\\ude00', ['\u{1f600}']],
    ['a lone high surrogate when the string goes on', '["\ud83da', ['\ud83da']],
    ['the first of two high surrogates', '["\ud83d\ud83d', ['\ud83d']],
    ['a lone high surrogate when the string ends', '["\ud83d"', ['\ud83d']],
    ['a lone low surrogate', '["\ude00', ['\ude00']],
    ['the earlier value of a key that comes again, until its value begins', '{"a":1,"a":', { a: 1 }],
    ['the later value of a key that comes again, once it begins', '{"a":1,"a":"x', { a: 'x' }],
  ])('is %s', (_, text, value) => {
    const whole = new JsonParser();
    whole.push(text);
    const unitByUnit = new JsonParser();
    for (const unit of codeUnits(text)) unitByUnit.push(unit);

    expect(whole.value).toStrictEqual(value);
    expect(unitByUnit.value).toStrictEqual(value);
  });

  it('stays when the text turns out invalid', () => {
    const parser = parse(['{"a":["x', 'y\n', 'z"]}']);

    expect(parser.value).toEqual({ a: ['xy'] });
  });

  it('has no number that turns out invalid', () => {
    expect(parse(['12', 'x']).value).toBeUndefined();
    expect(parse(['[12', 'x']).value).toEqual([]);
  });

  it('stays when the text is truncated, without what was not certain', () => {
    const parser = parse(['{"a":["x\ud83d']);
    const number = parse(['[1,2']);

    expect(parser.value).toEqual({ a: ['x'] });
    expect(number.value).toEqual([1]);
  });
});

describe('JsonParser: wide containers, whose values are made when they are looked at', () => {
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

  it.each([
    ['an array', `{"rows":[${'0,'.repeat(70)}1`],
    ['an object', `{"rows":{${Array.from({ length: 20 }, (_, i) => `"k${i}":${i}`).join()},"last":1`],
  ])('can be looked at through a proxy, a prototype and a copy of its properties: %s', (_, text) => {
    const parser = new JsonParser();
    parser.push(text);
    const value = parser.value as { readonly rows: unknown };
    const proxy = new Proxy(value, { get: (target, name, receiver): unknown => Reflect.get(target, name, receiver) });
    const heir = Object.create(value) as typeof value;
    const copy = Object.defineProperties({}, Object.getOwnPropertyDescriptors(value)) as typeof value;

    expect(Object.keys(value)).toEqual(['rows']);
    for (const { rows } of [proxy, heir, copy]) expect(rows).toBe(value.rows);
    expect(JSON.stringify(proxy)).toBe(JSON.stringify(value));
  });

  it('show what was certain when they were read, also when they are looked at in the end', () => {
    fc.assert(
      fc.property(wideText, manyPlaces, (text, at) => {
        const parser = new JsonParser();
        let beginning = '';
        const values = cut(text, at).map((fragment) => {
          parser.push(fragment);
          beginning += fragment;
          return [beginning, parser.value] as const;
        });
        expect(parser.state).toBe('complete');
        for (const [shown, value] of values) expect(value).toStrictEqual(shownBy(shown));
        expect(JSON.stringify(parser.value)).toBe(JSON.stringify(JSON.parse(text)));
      }),
      runs(60),
    );
  });

  it('are shared and never written to', () => {
    fc.assert(
      fc.property(
        fc.array(fc.jsonValue({ maxDepth: 2 }), { minLength: 60, maxLength: 70 }),
        manyPlaces,
        (items, at) => {
          const text = JSON.stringify({
            items,
            nested: [[items], Object.fromEntries(items.map((item, i) => [`k${i}`, item]))],
          });
          const parser = new JsonParser();
          let earlier: unknown;
          for (const fragment of cut(text, at)) {
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

  it('are plain values once they have closed', () => {
    const parser = new JsonParser();
    parser.push(`{"items":[${'1,'.repeat(100)}2`);
    const open = Object.getOwnPropertyDescriptor(parser.value, 'items');
    parser.push(']}');
    const closed = Object.getOwnPropertyDescriptor(parser.value, 'items');

    expect([open?.get === undefined, closed?.get === undefined]).toEqual([false, true]);
    expect(closed?.value).toHaveLength(101);
  });
});

describe('JsonParser: values that were read', () => {
  it('do not change when the text goes on', () => {
    const parser = new JsonParser();
    parser.push('{"a":["x');
    const earlier = parser.value;
    parser.push('y","z"],"b":1}');

    expect(earlier).toEqual({ a: ['x'] });
    expect(parser.value).toEqual({ a: ['xy', 'z'], b: 1 });
  });

  it('are the same reference when a fragment shows nothing new', () => {
    const parser = new JsonParser();
    parser.push('{"a":["x"');
    const earlier = parser.value;
    parser.push(' ] , "key" : 12');

    expect(parser.value).toBe(earlier);
  });

  it('are the same reference when the last bracket closes without new content', () => {
    const parser = new JsonParser();
    parser.push('{"a":["x"');
    const earlier = parser.value;
    parser.push(']}');
    parser.end();

    expect(parser.value).toBe(earlier);
  });

  it('share all items of a large array but the open one', () => {
    const parser = new JsonParser();
    parser.push(`[${'{"a":{}},'.repeat(10_000)}{"b":"x`);
    const earlier = entriesOf(parser.value);
    parser.push('y');
    const later = entriesOf(parser.value);

    expect(later).toHaveLength(10_001);
    expect(later.flatMap(([key, item], i) => (item === earlier[i]?.[1] ? [] : [key]))).toEqual(['10000']);
  });
});

describe('JsonParser: items that have ended', () => {
  const ended = (text: string, path: readonly (string | number)[] = [], from = 0) => {
    const parser = new JsonParser();
    parser.push(text);
    return parser.endedItems(path, from);
  };

  it.each([
    ['[', []],
    ['[1', []],
    ['[1 ', [1]],
    ['[1,', [1]],
    ['[tru', []],
    ['[true', [true]],
    ['["a', []],
    ['["a"', ['a']],
    ['[{"a":1', []],
    ['[{"a":1}', [{ a: 1 }]],
    ['[[1,2', []],
    ['[[1,2],[3', [[1, 2]]],
    ['[0,[1],2]', [0, [1], 2]],
    ['[0,[1],2] ', [0, [1], 2]],
  ])('are, in %s, %j', (text, expected) => {
    expect(ended(text)).toEqual(expected);
  });

  it('are those of the array at the path, open or closed', () => {
    const path = ['a', 1, 'b'];

    expect(ended('{"b":[1],"a":[{"b":[2]},{"b":[3,4,5', path)).toEqual([3, 4]);
    expect(ended('{"b":[1],"a":[{"b":[2]},{"b":[3,4,5]', path)).toEqual([3, 4, 5]);
    expect(ended('{"b":[1],"a":[{"b":[2]},{"b":[3,4,5],"c":[6,7', path)).toEqual([3, 4, 5]);
    expect(ended('{"b":[1],"a":[{"b":[2]},{"b":[3,4,5]},{"b":[6,7', path)).toEqual([3, 4, 5]);
    expect(ended('{"b":[1],"a":[{"b":[2]},{"b":[3,4,5]}],"c":{"b":[8,', path)).toEqual([3, 4, 5]);
    expect(ended('{"b":[1],"a":[{"b":[2]},{"b":[3,4,5]}]}', path)).toEqual([3, 4, 5]);
    expect(ended('{"b":[1],"a":[{"b":[2]},{"b":{"b":[3,', path)).toEqual([]);
    expect(ended('{"b":[1],"a":[{"b":[2]},', path)).toEqual([]);
  });

  it('begin with the index that is asked for', () => {
    expect(ended('[1,2,3,4', [], 1)).toEqual([2, 3]);
    expect(ended('[1,2,3,4', [], 3)).toEqual([]);
    expect(ended('[1,2,3,4', [], 9)).toEqual([]);
    expect(ended('[1,2,3,4]', [], 3)).toEqual([4]);
  });

  it('are none where there is no array', () => {
    expect(ended('{"a":"xy"}', ['a'])).toEqual([]);
    expect(ended('{"a":null}', ['a', 'b'])).toEqual([]);
    expect(ended('[[1]]', ['length'])).toEqual([]);
    expect(ended('7 ')).toEqual([]);
    expect(ended('')).toEqual([]);
  });

  it('are none of an array that Object.prototype has', () => {
    Object.defineProperty(Object.prototype, 'trap', { value: [1], configurable: true });
    try {
      expect(ended('{"a":1}', ['trap'])).toEqual([]);
    } finally {
      Reflect.deleteProperty(Object.prototype, 'trap');
    }
  });

  it('are shared with the values, which do not change', () => {
    const parser = new JsonParser();
    parser.push('{"items":[{"a":[1]},{"a":[2');
    const [item] = parser.endedItems(['items'], 0);
    const value = parser.value as { readonly items: unknown[] };
    parser.push(',3]}]}');

    expect(value.items[0]).toBe(item);
    expect(value).toEqual({ items: [{ a: [1] }, { a: [] }] });
    expect(parser.endedItems(['items'], 0)[0]).toBe(item);
    expect((parser.value as typeof value).items[0]).toBe(item);
  });

  it('are, at every code unit, those that follow a comma or the closing bracket, or have closed themselves', () => {
    fc.assert(
      fc.property(
        fc.array(fc.jsonValue({ maxDepth: 2 }), { maxLength: 70 }),
        places,
        fc.boolean(),
        (items, at, isRead) => {
          let text = '{"x":[0],"items":[';
          const certain = items.map((item, index) => {
            text += (index === 0 ? '' : ',') + JSON.stringify(item);
            return typeof item === 'number' ? text.length + 1 : text.length;
          });
          text += '],"y":[[1]]}';
          const parser = new JsonParser();
          const seen: unknown[] = [];
          let length = 0;
          for (const fragment of cut(text, at)) {
            parser.push(fragment);
            length += fragment.length;
            if (isRead) deepFreeze(parser.value);
            seen.push(...parser.endedItems(['items'], seen.length));
            expect(seen).toHaveLength(certain.filter((end) => end <= length).length);
          }
          expect(seen).toStrictEqual(JSON.parse(JSON.stringify(items)));
        },
      ),
      runs(200),
    );
  });
});

describe('JsonParser: texts that JSON.parse takes', () => {
  it.each([
    '0',
    '-0',
    '12',
    '1.5E-7',
    '1e400',
    '-1e400',
    '1e-400',
    '12345678901234567890',
    '0.1e+1',
    'true',
    'false',
    'null',
    '""',
    ' \t\r\n{} \t\r\n',
    '[ ]',
    '[[],{},[{}]]',
    '{"":{"":[]}}',
    '{"a":1,"b":2,"a":3}',
    '{"a":{"x":1},"a":[2]}',
    '{"a":0,"a":-0}',
    '{"b":1,"10":2,"a":3,"9":4,"b":5}',
    '{"__proto__":1}',
    '{"__proto__":{"polluted":true},"a":1}',
    '{"a":1,"__proto__":[],"__proto__":{"b":"c"}}',
    '{"constructor":1,"toString":"x","hasOwnProperty":null}',
    '"\\"\\\\\\/\\b\\f\\n\\r\\t\\u00E9\\u0000"',
    '"\u007f\u2028\u2029"',
    '"\\ud83d\\ude00\\ud83d\\ude00\\ude00\\ud83d"',
  ])('have the same value: %j', (text) => {
    const expected: unknown = JSON.parse(text);
    for (const fragments of [[text], codeUnits(text)]) {
      const parser = parse(fragments);
      expect(parser.state).toBe('complete');
      expect(parser.value).toStrictEqual(expected);
      expect(entriesOf(parser.value)).toStrictEqual(entriesOf(expected));
    }
  });

  it('sets no prototype and pollutes none', () => {
    const parser = new JsonParser();
    parser.push('{"__proto__":{"polluted":"ye');
    const open = parser.value;
    parser.push('s"}}');

    for (const value of [open, parser.value]) {
      expect(Object.getPrototypeOf(value)).toBe(Object.prototype);
      expect(entriesOf(value).map(([key]) => key)).toEqual(['__proto__']);
      expect(value).not.toHaveProperty('polluted');
    }
    expect({}).not.toHaveProperty('polluted');
  });

  it('calls no setter of Object.prototype', () => {
    const set = jest.fn();
    Object.defineProperty(Object.prototype, 'trap', { set, configurable: true });
    try {
      expect(entriesOf(parse(['{"trap":1}']).value)).toEqual([['trap', 1]]);
      expect(set).not.toHaveBeenCalled();
    } finally {
      Reflect.deleteProperty(Object.prototype, 'trap');
    }
  });
});

describe('JsonParser: texts that are not JSON', () => {
  it.each([
    ['a leading zero', '[01]', 2],
    ['a point without a fraction', '[1.]', 3],
    ['a point without an integer', '[.5]', 1],
    ['a plus sign', '[+1]', 1],
    ['a minus sign alone', '[-]', 2],
    ['an exponent without digits', '[1e]', 3],
    ['a sign without digits', '[1e+]', 4],
    ['two exponents', '[1e1e1]', 4],
    ['a number that runs into letters', '12x', 2],
    ['a broken keyword', 'tru!', 3],
    ['a keyword in capitals', 'True', 0],
    ['a keyword that runs on', 'nulll', 4],
    ['NaN', 'NaN', 0],
    ['a comma before the end of an array', '[1,]', 3],
    ['a comma before the end of an object', '{"a":1,}', 7],
    ['a comma at the start', '[,1]', 1],
    ['a missing comma', '[1 2]', 3],
    ['a missing colon', '{"a" 1}', 5],
    ['a missing value', '{"a":}', 5],
    ['a key without quotes', '{a:1}', 1],
    ['a number as key', '{1:1}', 1],
    ['the wrong closing bracket of an array', '[1}', 2],
    ['the wrong closing bracket of an object', '{"a":1]', 6],
    ['a closing bracket first', ']', 0],
    ['a line feed in a string', '"a\nb"', 2],
    ['the last control character in a string', '"a\u001f"', 2],
    ['a null character in a string', '"\u0000"', 1],
    ['single quotes', "'a'", 0],
    ['an unknown escape', '"\\x41"', 2],
    ['an escape that is not hexadecimal', '"\\u12G4"', 5],
    ['a byte order mark', '\ufeff1', 0],
    ['a non-breaking space', '[\u00a01]', 1],
    ['a form feed', '\f1', 0],
    ['a comment', '[1/**/]', 2],
    ['a second value', '{} {}', 3],
    ['a comma after the value', '1,', 1],
  ])('are invalid at %s', (_, text, position) => {
    const parser = parse([text]);

    expect(isJson(text)).toBe(false);
    expect(parser.state).toBe('invalid');
    expect(parser.error?.position).toBe(position);
  });

  it.each(['', ' ', '{', '[1', '[1,', '{"a"', '{"a":1', '"a', '"\\', '"\\u00', '-', '1.', '1e', '1e+', 'nul'])(
    'are truncated when they are %j',
    (text) => {
      const parser = new JsonParser();
      parser.push(text);
      expect(parser.state).toBe('partial');

      parser.end();
      expect(parser.state).toBe('truncated');
      expect(parser.error).toBeUndefined();
    },
  );
});

describe('JsonParser: states', () => {
  it('is complete as soon as the last bracket closes, and stays so with white space', () => {
    const parser = new JsonParser();
    parser.push('{}');
    expect(parser.state).toBe('complete');

    parser.push(' \n');
    expect(parser.state).toBe('complete');
  });

  it('is invalid when text follows the value, which stays', () => {
    const parser = new JsonParser();
    parser.push('{"a":1}');
    const complete = parser.value;
    parser.push(' x');

    expect(parser.state).toBe('invalid');
    expect(parser.value).toBe(complete);
  });

  it('ignores text after an error', () => {
    const parser = parse(['[1,]', '2]', 'x']);

    expect(parser.state).toBe('invalid');
    expect(parser.error?.position).toBe(3);
    expect(parser.value).toEqual([1]);
  });

  it('ignores text after the end, and a second end', () => {
    const parser = parse(['12']);
    parser.push('3');
    parser.end();

    expect(parser.state).toBe('complete');
    expect(parser.value).toBe(12);
  });
});

describe('JsonTextError', () => {
  const errorOf = (fragments: string[], options?: JsonParserOptions) => parse(fragments, options).error;

  it('is an Error with its own name', () => {
    const error = errorOf(['[1,]']);

    expect(error).toBeInstanceOf(JsonTextError);
    expect(error).toBeInstanceOf(Error);
    expect(error?.name).toBe('JsonTextError');
  });

  it('says what stands where, and what could', () => {
    expect(errorOf(['{"a":', '1,}'])?.message).toBe(
      'Unexpected \'}\' at position 7, expected a key in double quotes: {"a":1,}',
    );
  });

  it('quotes the last 32 code units when there are more', () => {
    const error = errorOf(codeUnits(`["${'x'.repeat(40)}",]`));

    expect(error?.excerpt).toBe(`${'x'.repeat(29)}",]`);
    expect(error?.message).toBe(`Unexpected ']' at position 44, expected a value: …${error?.excerpt}`);
  });

  it('quotes 32 code units whole', () => {
    expect(errorOf([`${' '.repeat(31)}]`])?.message).toMatch(/: {32}\]$/);
    expect(errorOf([`${' '.repeat(32)}]`])?.message).toMatch(/: … {31}\]$/);
  });

  it('names a character that cannot be seen by its code', () => {
    expect(errorOf(['\ufeff{}'])?.message).toContain('Unexpected U+FEFF at position 0, expected a value');
    expect(errorOf(['"\n'])?.message).toContain('Unexpected U+000A at position 1');
  });

  it('names the limit of nesting', () => {
    const error = errorOf(['[[[1]]]'], { maxDepth: 2 });

    expect(error?.position).toBe(2);
    expect(error?.message).toBe(
      "Unexpected '[' at position 2, expected no more than 2 open containers (maxDepth): [[[",
    );
  });

  it('names the limit of length', () => {
    const error = errorOf(['[1,', '2,3]'], { maxLength: 5 });

    expect(error?.position).toBe(5);
    expect(error?.message).toBe("Unexpected '3' at position 5, expected no more than 5 code units (maxLength): [1,2,3");
  });
});

describe('JsonParser: limits', () => {
  const nested = (depth: number) => '['.repeat(depth) + ']'.repeat(depth);

  it('takes 1000 open containers by default and no more', () => {
    expect(parse([nested(1000)]).state).toBe('complete');
    expect(parse([nested(1001)]).error?.position).toBe(1000);
  });

  it('counts open containers, not all', () => {
    expect(parse(['[[],[],{"a":[]}]'], { maxDepth: 3 }).state).toBe('complete');
  });

  it('takes a text of just the greatest length', () => {
    expect(parse(['[1,', '2]'], { maxLength: 5 }).state).toBe('complete');
  });

  it('counts white space after the value', () => {
    expect(parse(['[1]', '  '], { maxLength: 4 }).state).toBe('invalid');
  });

  it('keeps what was read before the greatest length', () => {
    expect(parse(['[1,"abc"]'], { maxLength: 6 }).value).toEqual([1, 'ab']);
  });

  it('does not overflow the stack without a limit of nesting', () => {
    const parser = new JsonParser({ maxDepth: Infinity });
    parser.push('['.repeat(200_000));
    let depth = 0;
    for (let value = parser.value; Array.isArray(value); value = value[0] as unknown) depth++;
    parser.push(']'.repeat(200_000));

    expect(depth).toBe(200_000);
    expect(parser.state).toBe('complete');
  });

  it.each([0, -1, NaN])('refuses %d as a limit', (limit) => {
    expect(() => new JsonParser({ maxDepth: limit })).toThrow(
      new RangeError(`JsonParser: maxDepth must be a number of at least 1, got ${limit}.`),
    );
    expect(() => new JsonParser({ maxLength: limit })).toThrow(
      new RangeError(`JsonParser: maxLength must be a number of at least 1, got ${limit}.`),
    );
  });
});
