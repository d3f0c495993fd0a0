import { accumulateMessage, retryOnConnectionError } from '../src/index.js';
import { expectOneOf } from '../src/expectOneOf.js';

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
  ])('refuses %j, naming operator, option and values', (value, said) => {
    expect(() => {
      expectOneOf('operator', 'option', value, ['a', 'b']);
    }).toThrow(new TypeError(`operator: option must be one of 'a', 'b', got ${said}.`));
  });
});

it('is asked by the operators that have such options', () => {
  const emit = 'each' as 'every'; // as JavaScript may pass it
  const whenStarted = 'continue' as 'restart';

  expect(() => accumulateMessage({ emit })).toThrow(/^accumulateMessage: emit must be one of/);
  expect(() => retryOnConnectionError({ whenStarted })).toThrow(/^retryOnConnectionError: whenStarted must be one of/);
});
