import { withDefaults } from '../src/withDefaults.js';

describe('withDefaults', () => {
  it('takes what is given, and the default of what is not or is undefined', () => {
    expect(withDefaults({ a: 1, b: 2, c: 3 }, { b: 5, c: undefined })).toEqual({ a: 1, b: 5, c: 3 });
  });

  it('leaves out what has no default', () => {
    const options = { a: 0, other: 7 };

    expect(withDefaults({ a: 1 }, options)).toEqual({ a: 0 });
  });

  it('changes neither', () => {
    const defaults: { readonly a: number } = Object.freeze({ a: 1 });

    expect(withDefaults(defaults, Object.freeze({ a: 2 }))).toEqual({ a: 2 });
    expect(defaults).toEqual({ a: 1 });
  });
});
