import fc from 'fast-check';
import { completeItems } from '../../src/json/completeItems.js';
import { IncrementalJsonParser } from '../../src/json/incrementalJsonParser.js';
import { runs, splitText, places, deepFreeze } from './support/jsonTexts.js';

describe('completeItems', () => {
  const itemsOf = (text: string, path: readonly (string | number)[] = [], from = 0) => {
    const parser = new IncrementalJsonParser();
    parser.push(text);
    return completeItems(parser, path, from);
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
  ])('returns, in %s, %j', (text, expected) => {
    expect(itemsOf(text)).toEqual(expected);
  });

  it('returns the items of the array at the path, open or closed', () => {
    const path = ['a', 1, 'b'];

    expect(itemsOf('{"b":[1],"a":[{"b":[2]},{"b":[3,4,5', path)).toEqual([3, 4]);
    expect(itemsOf('{"b":[1],"a":[{"b":[2]},{"b":[3,4,5]', path)).toEqual([3, 4, 5]);
    expect(itemsOf('{"b":[1],"a":[{"b":[2]},{"b":[3,4,5],"c":[6,7', path)).toEqual([3, 4, 5]);
    expect(itemsOf('{"b":[1],"a":[{"b":[2]},{"b":[3,4,5]},{"b":[6,7', path)).toEqual([3, 4, 5]);
    expect(itemsOf('{"b":[1],"a":[{"b":[2]},{"b":[3,4,5]}],"c":{"b":[8,', path)).toEqual([3, 4, 5]);
    expect(itemsOf('{"b":[1],"a":[{"b":[2]},{"b":[3,4,5]}]}', path)).toEqual([3, 4, 5]);
    expect(itemsOf('{"b":[1],"a":[{"b":[2]},{"b":{"b":[3,', path)).toEqual([]);
    expect(itemsOf('{"b":[1],"a":[{"b":[2]},', path)).toEqual([]);
  });

  it('starts with the index that is asked for', () => {
    expect(itemsOf('[1,2,3,4', [], 1)).toEqual([2, 3]);
    expect(itemsOf('[1,2,3,4', [], 3)).toEqual([]);
    expect(itemsOf('[1,2,3,4', [], 9)).toEqual([]);
    expect(itemsOf('[1,2,3,4]', [], 3)).toEqual([4]);
  });

  it('returns no items if there is no array', () => {
    expect(itemsOf('{"a":"xy"}', ['a'])).toEqual([]);
    expect(itemsOf('{"a":null}', ['a', 'b'])).toEqual([]);
    expect(itemsOf('[[1]]', ['length'])).toEqual([]);
    expect(itemsOf('7 ')).toEqual([]);
    expect(itemsOf('')).toEqual([]);
  });

  it('ignores an array of Object.prototype', () => {
    Object.defineProperty(Object.prototype, 'trap', { value: [1], configurable: true });
    try {
      expect(itemsOf('{"a":1}', ['trap'])).toEqual([]);
    } finally {
      Reflect.deleteProperty(Object.prototype, 'trap');
    }
  });

  it('shares the items with the values, which do not change', () => {
    const parser = new IncrementalJsonParser();
    parser.push('{"items":[{"a":[1]},{"a":[2');
    const [item] = completeItems(parser, ['items'], 0);
    const value = parser.value as { readonly items: unknown[] };
    parser.push(',3]}]}');

    expect(value.items[0]).toBe(item);
    expect(value).toEqual({ items: [{ a: [1] }, { a: [] }] });
    expect(completeItems(parser, ['items'], 0)[0]).toBe(item);
    expect((parser.value as typeof value).items[0]).toBe(item);
  });

  it('returns each item as early as it is complete, and once', () => {
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
          const parser = new IncrementalJsonParser();
          const seen: unknown[] = [];
          let length = 0;
          for (const fragment of splitText(text, at)) {
            parser.push(fragment);
            length += fragment.length;
            if (isRead) deepFreeze(parser.value);
            seen.push(...completeItems(parser, ['items'], seen.length));
            expect(seen).toHaveLength(certain.filter((end) => end <= length).length);
          }
          expect(seen).toStrictEqual(JSON.parse(JSON.stringify(items)));
        },
      ),
      runs(200),
    );
  });
});
