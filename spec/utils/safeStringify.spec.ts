import { safeStringify } from '../../src/utils/safeStringify.js';

describe('jsonOf', () => {
  it('is the JSON of a value', () => {
    expect(safeStringify({ a: [1, null] })).toBe('{"a":[1,null]}');
  });

  it('is undefined for what has none, or is nested too deep to be written', () => {
    const deep: unknown = JSON.parse('['.repeat(100_000) + ']'.repeat(100_000));

    expect(() => JSON.stringify(deep)).toThrow(RangeError);
    expect(safeStringify(deep)).toBeUndefined();
    expect(safeStringify(undefined)).toBeUndefined();
  });
});
