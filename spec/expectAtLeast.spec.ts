import { expectAtLeast } from '../src/expectAtLeast.js';

describe('expectAtLeast', () => {
  it.each([0, 0.5, 1, Number.MAX_VALUE, Infinity, undefined])('takes %p', (value) => {
    expect(() => {
      expectAtLeast(0, 'operator', { option: value });
    }).not.toThrow();
  });

  it.each([-1, -Number.MIN_VALUE, -Infinity, NaN])('refuses %p, naming the caller and the option', (value) => {
    const call = (): void => {
      expectAtLeast(0, 'operator', { option: value });
    };

    expect(call).toThrow(RangeError);
    expect(call).toThrow(`operator: option must be a number of at least 0, got ${value}.`);
  });

  it.each(['5', '', null, true, [5], {}, new Date(5), 5n, Symbol('five')])('refuses what is no number: %p', (value) => {
    expect(() => {
      expectAtLeast(0, 'operator', { option: value as never });
    }).toThrow(RangeError);
  });

  it('refuses the first that is too small', () => {
    expect(() => {
      expectAtLeast(2, 'operator', { first: 2, second: undefined, third: 1, fourth: 0 });
    }).toThrow(new RangeError('operator: third must be a number of at least 2, got 1.'));
  });

  it('takes no options', () => {
    expect(() => {
      expectAtLeast(1, 'operator', {});
    }).not.toThrow();
  });
});
