import { runInNewContext } from 'node:vm';
import { readPath, isObject, asString } from '../../src/utils/inspect.js';

describe('readPath', () => {
  it.each<[unknown, string[], unknown]>([
    [{ a: { b: 1 } }, ['a', 'b'], 1],
    [{ a: { b: 1 } }, ['a'], { b: 1 }],
    [{ a: null }, ['a', 'b'], undefined],
    [Object.assign(() => undefined, { a: 1 }), ['a'], 1],
    ['text', ['length'], undefined],
    [undefined, ['a'], undefined],
  ])('reads %p at %p: %p', (value, path, expected) => {
    expect(readPath(value, ...path)).toEqual(expected);
  });

  it('returns undefined if a getter throws', () => {
    const trap = Object.defineProperty({}, 'a', {
      get: () => {
        throw new Error('no');
      },
    });

    expect(readPath(trap, 'a', 'b')).toBeUndefined();
  });
});

it.each([
  [{}, true],
  [() => undefined, true],
  [runInNewContext('new Error()'), true],
  [null, false],
  ['text', false],
])('isObject of %p is %p', (value: unknown, expected) => {
  expect(isObject(value)).toBe(expected);
});

it('asString returns strings, and undefined for other values', () => {
  expect(['a', '', 1, null, {}].map(asString)).toEqual(['a', '', undefined, undefined, undefined]);
});
