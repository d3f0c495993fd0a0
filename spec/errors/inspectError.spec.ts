import { runInNewContext } from 'node:vm';
import { causesOf, describeCauses, isNamed, readHeader } from '../../src/errors/inspectError.js';
import { APIConnectionError, IncompleteMessageError } from '../../src/index.js';
import { chain } from './support/errors.js';

const unreadable = Object.defineProperty({}, 'cause', {
  get: () => {
    throw new Error('unreadable');
  },
});

describe('causesOf', () => {
  it('returns an error, its cause, and the cause of that', () => {
    const [first, second, third] = [new Error('1'), new Error('2'), new Error('3')];
    chain(first, second, third);

    expect(causesOf(first)).toEqual([first, second, third]);
  });

  it('returns at most 8 errors', () => {
    const errors = Array.from({ length: 9 }, (_, i) => new Error(String(i)));
    const circular = new Error('circular');
    circular.cause = circular;

    expect(causesOf(chain(...errors))).toEqual(errors.slice(0, 8));
    expect(causesOf(circular)).toEqual(Array(8).fill(circular));
  });

  it('stops at a cause that is not an object or cannot be read', () => {
    const error = new Error('failed', { cause: 'a string' });

    expect(causesOf(error)).toEqual([error]);
    expect(causesOf(unreadable)).toEqual([unreadable]);
    expect(causesOf('a string')).toEqual([]);
    expect(causesOf(null)).toEqual([]);
  });
});

describe('describeCauses', () => {
  it('joins the messages of an error and its causes', () => {
    const error = chain(new TypeError('fetch failed'), new Error('connect ECONNREFUSED'));

    expect(describeCauses(error)).toBe('fetch failed: connect ECONNREFUSED');
  });

  it('omits repeated, empty and missing messages', () => {
    const error = chain(new Error('failed'), new Error(''), new Error('failed'), new Error('terminated'));

    expect(describeCauses(error)).toBe('failed: terminated');
    expect(describeCauses({ cause: new Error('terminated') })).toBe('terminated');
  });

  it.each([
    ['a string', 'a string'],
    [undefined, 'undefined'],
    [{}, '[object Object]'],
    [new TypeError(''), 'TypeError'],
  ])('converts a value without messages to a string: %p', (value, expected) => {
    expect(describeCauses(value)).toBe(expected);
  });
});

describe('isNamed', () => {
  it('compares the name of an error and those of the classes that it inherits from', () => {
    const error = new IncompleteMessageError('failed');

    for (const name of [
      'IncompleteMessageError',
      'APIConnectionError',
      'APIError',
      'AnthropicError',
      'Error',
      'Object',
    ]) {
      expect(isNamed(error, name)).toBe(true);
      expect(isNamed(error, 'other', name)).toBe(true);
    }
    expect(isNamed(error, 'APIConnectionTimeoutError')).toBe(false);
    expect(isNamed(error)).toBe(false);
  });

  it('compares an own name', () => {
    expect(isNamed(Object.assign(new Error('aborted'), { name: 'AbortError' }), 'AbortError')).toBe(true);
    expect(isNamed({ name: 'AbortError' }, 'AbortError')).toBe(true);
  });

  it('recognises an error of another realm', () => {
    expect(isNamed(runInNewContext('new TypeError("failed")'), 'TypeError')).toBe(true);
  });

  it('recognises a class whose constructor was renamed', () => {
    const { name } = APIConnectionError;
    Object.defineProperty(APIConnectionError, 'name', { value: 'a' });
    try {
      expect(isNamed(new IncompleteMessageError('failed'), 'APIConnectionError')).toBe(true);
    } finally {
      Object.defineProperty(APIConnectionError, 'name', { value: name });
    }
  });

  it.each([undefined, null, 'AbortError', 1])('is false for %p', (value) => {
    expect(isNamed(value, 'AbortError', 'String', 'Number', undefined)).toBe(false);
  });
});

describe('readHeader', () => {
  it('reads Headers, a Map and a plain object', () => {
    expect(readHeader({ headers: new Headers({ 'Retry-After': '3' }) }, 'retry-after')).toBe('3');
    expect(readHeader({ headers: new Map([['retry-after', '3']]) }, 'retry-after')).toBe('3');
    expect(readHeader({ headers: { 'retry-after': '3' } }, 'retry-after')).toBe('3');
  });

  it.each([undefined, null, {}, { headers: null }, { headers: {} }, { headers: new Headers() }, { headers: { a: 1 } }])(
    "is '' if there is no such header: %p",
    (error) => {
      expect(readHeader(error, 'a')).toBe('');
    },
  );
});
