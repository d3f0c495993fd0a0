import { defineField, setField } from '../../src/utils/fields.js';

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

describe('setField', () => {
  it.each(['a', '__proto__', 'toString'])('sets a field named %s as data', (name) => {
    const fields = {};
    setField(fields, name, { polluted: true });

    expect(Object.getOwnPropertyDescriptor(fields, name)).toEqual({
      value: { polluted: true },
      writable: true,
      enumerable: true,
      configurable: true,
    });
    expect(Object.getPrototypeOf(fields)).toBe(Object.prototype);
  });
});
