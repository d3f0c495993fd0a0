import fc from 'fast-check';
import { IncrementalJsonParser } from '../../src/json/incrementalJsonParser.js';
import { runs, parse, codeUnits, splitText, entriesOf, isDeepFrozen } from './support/jsonTexts.js';

describe('IncrementalJsonParser: what is shown', () => {
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
    ['no number that may continue', '[1,-12', [1]],
    ['no number at the root that may continue', '12', undefined],
    ['a number when a comma follows', '[1,-12,', [1, -12]],
    ['a number when white space follows', '[1 ', [1]],
    ['no incomplete keyword', '[true,fals', [true]],
    ['a keyword when it is complete', '[null', [null]],
    ['no high surrogate at the end', '["a\ud83d', ['a']],
    ['no escaped high surrogate at the end', '["a\\ud83d', ['a']],
    ['no high surrogate before an open escape', '["a\ud83d\\ude0', ['a']],
    ['a pair when its low half comes', '["\ud83d\ude00', ['\u{1f600}']],
    ['a pair of a raw and an escaped half', '["\ud83d\\ude00', ['\u{1f600}']],
    ['a lone high surrogate when the string continues', '["\ud83da', ['\ud83da']],
    ['the first of two high surrogates', '["\ud83d\ud83d', ['\ud83d']],
    ['a lone high surrogate when the string ends', '["\ud83d"', ['\ud83d']],
    ['a lone low surrogate', '["\ude00', ['\ude00']],
    ['the earlier value of a repeated key, until its value begins', '{"a":1,"a":', { a: 1 }],
    ['the later value of a repeated key, once it begins', '{"a":1,"a":"x', { a: 'x' }],
  ])('is %s', (_, text, value) => {
    const inOnePiece = new IncrementalJsonParser();
    inOnePiece.push(text);
    const unitByUnit = new IncrementalJsonParser();
    for (const unit of codeUnits(text)) unitByUnit.push(unit);

    expect(inOnePiece.value).toStrictEqual(value);
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

describe('IncrementalJsonParser: wide containers, which are copied when they are looked at', () => {
  it.each([
    ['an array', `{"rows":[${'0,'.repeat(70)}1`],
    ['an object', `{"rows":{${Array.from({ length: 20 }, (_, i) => `"k${i}":${i}`).join()},"last":1`],
  ])('can be looked at through a proxy, a prototype and a copy of its properties: %s', (_, text) => {
    const parser = new IncrementalJsonParser();
    parser.push(text);
    const value = parser.value as { readonly rows: unknown };
    const proxy = new Proxy(value, { get: (target, name, receiver): unknown => Reflect.get(target, name, receiver) });
    const heir = Object.create(value) as typeof value;
    const copy = Object.defineProperties({}, Object.getOwnPropertyDescriptors(value)) as typeof value;

    expect(Object.keys(value)).toEqual(['rows']);
    for (const { rows } of [proxy, heir, copy]) expect(rows).toBe(value.rows);
    expect(JSON.stringify(proxy)).toBe(JSON.stringify(value));
  });

  it.each([
    ['an array', `{"rows":[${'0,'.repeat(70)}1`],
    ['an object', `{"rows":{${Array.from({ length: 20 }, (_, i) => `"k${i}":${i}`).join()},"last":1`],
  ])('are plain properties of a spread or a clone, which can be written to: %s', (_, text) => {
    const parser = new IncrementalJsonParser();
    parser.push(text);
    const value = parser.value as object;

    for (const copy of [{ ...value }, structuredClone(value)]) {
      expect(copy).toStrictEqual(value);
      expect(Object.isFrozen(copy)).toBe(false);
      expect(Object.getOwnPropertyDescriptor(copy, 'rows')).toHaveProperty('writable', true);
    }
  });

  it('keep the value of a key that is repeated after they were read, when they are looked at later', () => {
    const properties = Array.from({ length: 20 }, (_, i) => `"k${i}":${i}`).join();
    const parser = new IncrementalJsonParser();
    parser.push(`{"rows":{${properties},`);
    const before = parser.value;
    parser.push('"k3":"new","k4":');
    const between = parser.value;
    parser.push('"newer"}}');

    expect(before).toHaveProperty('rows.k3', 3);
    expect(between).toHaveProperty('rows.k3', 'new');
    expect(between).toHaveProperty('rows.k4', 4);
    expect(parser.value).toHaveProperty('rows.k3', 'new');
    expect(parser.value).toHaveProperty('rows.k4', 'newer');
  });

  it('are plain values once they have closed', () => {
    const parser = new IncrementalJsonParser();
    parser.push(`{"items":[${'1,'.repeat(100)}2`);
    const open = Object.getOwnPropertyDescriptor(parser.value, 'items');
    parser.push(']}');
    const closed = Object.getOwnPropertyDescriptor(parser.value, 'items');

    expect([open?.get === undefined, closed?.get === undefined]).toEqual([false, true]);
    expect(closed?.value).toHaveLength(101);
  });
});

describe('IncrementalJsonParser: a wide outermost container', () => {
  const wide = Array.from({ length: 20 }, (_, i) => `"k${i}":[${i}]`).join();

  it('is copied when its snapshot is read', () => {
    const parser = new IncrementalJsonParser();
    parser.push(`{${wide},"9":"x`);
    const earlier = parser.snapshot as () => object;
    parser.push('y","k3":"new","7":{');
    const later = parser.snapshot as () => object;
    parser.push('}}');

    expect(JSON.stringify(earlier())).toBe(JSON.stringify(JSON.parse(`{${wide},"9":"x"}`)));
    expect(JSON.stringify(later())).toBe(JSON.stringify(JSON.parse(`{${wide},"9":"xy","k3":"new","7":{}}`)));
    expect(earlier()).toBe(earlier());
    expect(parser.value).toStrictEqual(JSON.parse(parser.text));
  });

  it('has the same snapshot until its value changes', () => {
    const parser = new IncrementalJsonParser();
    parser.push(`{${wide},"9":"x"`);
    const { snapshot, value } = parser;
    parser.push(', "ke');

    expect(parser.snapshot).toBe(snapshot);
    expect(parser.value).toBe(value);
  });

  it('keeps the last value of a key that is repeated often', () => {
    const parser = new IncrementalJsonParser();
    parser.push(`{${wide}`);
    const before = parser.value;
    for (let i = 0; i < 500; i += 1) parser.push(`,"k${i % 3}":"${i}"`);
    const middle = parser.value;
    parser.push(',"k0":"last","__proto__":1,"__proto__":2}');

    expect(before).toStrictEqual(JSON.parse(`{${wide}}`));
    expect(middle).toMatchObject({ k0: '498', k1: '499', k2: '497', k3: [3] });
    expect(JSON.stringify(parser.value)).toBe(JSON.stringify(JSON.parse(parser.text)));
  });
});

describe('IncrementalJsonParser: values that were read', () => {
  it('are frozen at any depth, also in the containers that are still open', () => {
    fc.assert(
      fc.property(fc.jsonValue({ maxDepth: 3 }), fc.array(fc.nat(), { maxLength: 8 }), (value, at) => {
        const parser = new IncrementalJsonParser();
        for (const fragment of splitText(JSON.stringify([{ value, more: [value] }]), at)) {
          parser.push(fragment);
          expect(isDeepFrozen(parser.value)).toBe(true);
        }
      }),
      runs(60),
    );
  });

  it('do not change when the text continues', () => {
    const parser = new IncrementalJsonParser();
    parser.push('{"a":["x');
    const earlier = parser.value;
    parser.push('y","z"],"b":1}');

    expect(earlier).toEqual({ a: ['x'] });
    expect(parser.value).toEqual({ a: ['xy', 'z'], b: 1 });
  });

  it('are the same reference when a fragment shows nothing new', () => {
    const parser = new IncrementalJsonParser();
    parser.push('{"a":["x"');
    const earlier = parser.value;
    parser.push(' ] , "key" : 12');

    expect(parser.value).toBe(earlier);
  });

  it('are the same reference when the last bracket closes without new content', () => {
    const parser = new IncrementalJsonParser();
    parser.push('{"a":["x"');
    const earlier = parser.value;
    parser.push(']}');
    parser.end();

    expect(parser.value).toBe(earlier);
  });

  it('share all items of a large array but the open one', () => {
    const parser = new IncrementalJsonParser();
    parser.push(`[${'{"a":{}},'.repeat(10_000)}{"b":"x`);
    const earlier = entriesOf(parser.value);
    parser.push('y');
    const later = entriesOf(parser.value);

    expect(later).toHaveLength(10_001);
    expect(later.flatMap(([key, item], i) => (item === earlier[i]?.[1] ? [] : [key]))).toEqual(['10000']);
  });
});
