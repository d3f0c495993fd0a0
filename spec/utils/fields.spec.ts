import { defineField } from '../../src/utils/fields.js';

describe('defineField', () => {
  it('sets an ordinary field', () => {
    const fields: { a?: number } = {};
    defineField(fields, 'a', 1);
    defineField(fields, 'a', 2);
    fields.a = (fields.a ?? 0) + 1;

    expect(fields).toStrictEqual({ a: 3 });
    expect(delete fields.a).toBe(true);
  });

  it('sets __proto__ as data', () => {
    const fields = {};
    defineField(fields, '__proto__', { polluted: true });

    expect(Object.keys(fields)).toEqual(['__proto__']);
    expect(Object.getPrototypeOf(fields)).toBe(Object.prototype);
  });
});
