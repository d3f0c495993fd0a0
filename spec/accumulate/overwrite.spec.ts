import { overwrite } from '../../src/accumulate/overwrite.js';
import { deepFreeze } from '../support/deepFreeze.js';

interface Counts {
  readonly input: number | null;
  readonly output: number;
  readonly tools?: { readonly searches: number } | null;
}
const older: Counts = deepFreeze({ input: 1, output: 2 });

describe('overwrite', () => {
  it('replaces older fields by newer ones, and keeps the others', () => {
    expect(overwrite(older, { output: 3 })).toStrictEqual({ input: 1, output: 3 });
  });

  it('returns a new object and does not change its arguments', () => {
    const newer = deepFreeze({ output: 3 });

    expect(overwrite(older, newer)).not.toBe(older);
    expect(older).toStrictEqual({ input: 1, output: 2 });
    expect(newer).toStrictEqual({ output: 3 });
  });

  it.each([
    ['nothing', undefined],
    ['no fields', {}],
    ['the same values', { input: 1, output: 2 }],
    ['null', { input: null, output: null }],
    ['undefined', { input: undefined, output: undefined }],
  ])('returns the same object if the newer fields are %s', (_, newer) => {
    expect(overwrite(older, newer)).toBe(older);
  });

  it('replaces zero, null and false by newer values, and keeps fields that the newer object lacks', () => {
    expect(overwrite({ a: 0, b: null, c: false }, { a: 1, b: 2, c: true })).toStrictEqual({ a: 1, b: 2, c: true });
    expect(overwrite({ a: 1, b: 2, c: true }, { a: 0, c: false })).toStrictEqual({ a: 0, b: 2, c: false });
  });

  it('adds fields that the older object does not have, even if they are null', () => {
    expect(overwrite<object>(older, { tools: null, more: 'x' })).toStrictEqual({
      input: 1,
      output: 2,
      tools: null,
      more: 'x',
    });
  });

  it('replaces an object as a unit, and shares it', () => {
    const tools = { searches: 2 };

    expect(overwrite({ ...older, tools: { searches: 1 } }, { tools }).tools).toBe(tools);
  });

  it('returns the same object if newer objects and arrays are equal', () => {
    const before = { tools: { searches: 1, pages: [{ page: 1 }] } };

    expect(overwrite(before, { tools: { searches: 1, pages: [{ page: 1 }] } })).toBe(before);
    expect(overwrite(before, { tools: { searches: 1, pages: [{ page: 2 }] } })).not.toBe(before);
  });

  it('keeps a field named __proto__ as data', () => {
    const newer = JSON.parse('{"__proto__":{"polluted":true}}') as object;
    const merged = overwrite(overwrite<object>({}, newer), { input: 1 });

    expect(Object.entries(merged)).toEqual([
      ['__proto__', { polluted: true }],
      ['input', 1],
    ]);
    expect(Object.getPrototypeOf(merged)).toBe(Object.prototype);
    expect({}).not.toHaveProperty('polluted');
  });

  it('treats values that are nested too deep to be compared as different', () => {
    const deep = (): unknown => JSON.parse('['.repeat(100_000) + ']'.repeat(100_000));
    const newer = { a: deep() };
    const merged = overwrite<object>({ a: deep(), b: 1 }, newer);

    expect(Reflect.get(merged, 'a') === newer.a).toBe(true);
    expect(merged).toHaveProperty('b', 1);
  });
});
