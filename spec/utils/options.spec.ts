import { accumulateMessage, retryOnConnectionError } from '../../src/index.js';
import { expectAtLeast, expectFraction, expectOneOf, withDefaults } from '../../src/utils/options.js';

describe('expectAtLeast', () => {
  it.each([0, 0.5, 1, Number.MAX_VALUE, Infinity, undefined])('accepts %p', (value) => {
    expect(() => {
      expectAtLeast(0, 'operator', { option: value });
    }).not.toThrow();
  });

  it.each([-1, -Number.MIN_VALUE, -Infinity, NaN])('throws for %p, naming the caller and the option', (value) => {
    const call = (): void => {
      expectAtLeast(0, 'operator', { option: value });
    };

    expect(call).toThrow(RangeError);
    expect(call).toThrow(`operator: option must be a number of at least 0, got ${value}.`);
  });

  it.each(['5', '', null, true, [5], {}, new Date(5), 5n, Symbol('five')])(
    'throws for a value that is not a number: %p',
    (value) => {
      expect(() => {
        expectAtLeast(0, 'operator', { option: value as never });
      }).toThrow(RangeError);
    },
  );

  it('quotes a string, which would look like a number', () => {
    expect(() => {
      expectAtLeast(0, 'operator', { option: '5' as never });
    }).toThrow(new RangeError("operator: option must be a number of at least 0, got '5'."));
  });

  it('reports the first option that is too small', () => {
    expect(() => {
      expectAtLeast(2, 'operator', { first: 2, second: undefined, third: 1, fourth: 0 });
    }).toThrow(new RangeError('operator: third must be a number of at least 2, got 1.'));
  });

  it('accepts no options', () => {
    expect(() => {
      expectAtLeast(1, 'operator', {});
    }).not.toThrow();
  });
});

describe('expectFraction', () => {
  it.each([0, 0.25, 1, undefined])('accepts %p', (value) => {
    expect(() => {
      expectFraction('operator', { option: value });
    }).not.toThrow();
  });

  it.each([-0.1, 1.1, Infinity, NaN, null])('throws for %p, naming the caller and the option', (value) => {
    const call = (): void => {
      expectFraction('operator', { option: value as never });
    };

    expect(call).toThrow(new RangeError(`operator: option must be a number from 0 to 1, got ${value}.`));
  });

  it('quotes a string', () => {
    expect(() => {
      expectFraction('operator', { option: '0.5' as never });
    }).toThrow(new RangeError("operator: option must be a number from 0 to 1, got '0.5'."));
  });
});

describe('expectOneOf', () => {
  it.each(['a', 'b', undefined])('accepts %j', (value) => {
    expect(() => {
      expectOneOf('operator', 'option', value, ['a', 'b']);
    }).not.toThrow();
  });

  it.each([
    ['c', "'c'"],
    ['', "''"],
    [true, 'boolean'],
    [null, 'object'],
  ])('throws for %j, naming the operator, the option and the values', (value, said) => {
    expect(() => {
      expectOneOf('operator', 'option', value, ['a', 'b']);
    }).toThrow(new TypeError(`operator: option must be one of 'a', 'b', got ${said}.`));
  });
});

it('expectOneOf is used by the operators that have such options', () => {
  const emit = 'each' as 'every'; // as JavaScript may pass it
  const whenStarted = 'continue' as 'restart';

  expect(() => accumulateMessage({ emit })).toThrow(/^accumulateMessage: emit must be one of/);
  expect(() => retryOnConnectionError({ whenStarted })).toThrow(/^retryOnConnectionError: whenStarted must be one of/);
});

describe('withDefaults', () => {
  it('returns the given options, and the default of those that are absent or undefined', () => {
    expect(withDefaults({ a: 1, b: 2, c: 3 }, { b: 5, c: undefined })).toEqual({ a: 1, b: 5, c: 3 });
  });

  it('omits options without a default', () => {
    const options = { a: 0, other: 7 };

    expect(withDefaults({ a: 1 }, options)).toEqual({ a: 0 });
  });

  it('changes neither argument', () => {
    const defaults: { readonly a: number } = Object.freeze({ a: 1 });

    expect(withDefaults(defaults, Object.freeze({ a: 2 }))).toEqual({ a: 2 });
    expect(defaults).toEqual({ a: 1 });
  });
});
