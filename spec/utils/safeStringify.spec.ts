import { safeStringify } from '../../src/utils/safeStringify.js';

describe('safeStringify', () => {
  it('returns the JSON of a value', () => {
    expect(safeStringify({ a: [1, null] })).toBe('{"a":[1,null]}');
  });

  it('returns undefined for a value that has no JSON or is nested too deeply', () => {
    const deep: unknown = JSON.parse('['.repeat(100_000) + ']'.repeat(100_000));

    expect(() => JSON.stringify(deep)).toThrow(RangeError);
    expect(safeStringify(deep)).toBeUndefined();
    expect(safeStringify(undefined)).toBeUndefined();
  });
});
