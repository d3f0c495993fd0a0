import * as sdk from '@anthropic-ai/sdk';
import {
  APIConnectionError,
  APIConnectionTimeoutError,
  APIStatusError,
  APIUserAbortError,
  IncompleteMessageError,
  InternalServerError,
  InvalidEventError,
  InvalidOutputError,
  isRetryable,
  RateLimitError,
} from '../../src/index.js';
import { errorEvent } from '../../src/testing/index.js';
import { chain, errorBody, withCode } from './support/errors.js';

const STATUSES = {
  yes: [408, 409, 429, 500, 502, 503, 504, 529, 599],
  no: [200, 304, 400, 401, 402, 403, 404, 412, 413, 418, 422, 431, 499],
};

const TYPES = {
  yes: ['overloaded_error', 'api_error', 'rate_limit_error', 'timeout_error'],
  no: [
    'invalid_request_error',
    'authentication_error',
    'permission_error',
    'billing_error',
    'not_found_error',
    'request_too_large',
    'a_type_of_tomorrow',
    'toString',
    '',
  ],
};

/** Rows for `it.each`: each value with its expected result. */
const rows = <T>({ yes, no }: { yes: readonly T[]; no: readonly T[] }): [T, boolean][] => [
  ...yes.map((value): [T, boolean] => [value, true]),
  ...no.map((value): [T, boolean] => [value, false]),
];

describe('isRetryable', () => {
  describe('with an HTTP status', () => {
    it.each(rows(STATUSES))('status %i: returns %p', (status, expected) => {
      const options = { status, error: errorBody('some_error'), headers: new Headers() };

      expect(isRetryable(new APIStatusError('failed', options))).toBe(expected);
      expect(isRetryable(sdk.APIError.generate(status, errorBody('some_error'), undefined, new Headers()))).toBe(
        expected,
      );
      expect(isRetryable({ status })).toBe(expected);
    });

    it('ignores the type', () => {
      expect(isRetryable(new APIStatusError('failed', { status: 400, type: 'overloaded_error' }))).toBe(false);
      expect(isRetryable(new InternalServerError('failed', { status: 500, type: 'invalid_request_error' }))).toBe(true);
    });

    it('ignores the message and the cause', () => {
      expect(isRetryable(new APIStatusError('fetch failed', { status: 400 }))).toBe(false);
      expect(isRetryable(new APIStatusError('failed', { status: 400, cause: new TypeError('fetch failed') }))).toBe(
        false,
      );
    });
  });

  describe('with the header x-should-retry', () => {
    it.each([...STATUSES.yes, ...STATUSES.no])('returns what the header says, whatever the status: %i', (status) => {
      const options = (value: string) => ({ status, headers: new Headers({ 'X-Should-Retry': value }) });
      const ofSdk = (value: string) => sdk.APIError.generate(status, undefined, undefined, options(value).headers);

      expect(isRetryable(new APIStatusError('failed', options('true')))).toBe(true);
      expect(isRetryable(new APIStatusError('failed', options('false')))).toBe(false);
      expect(isRetryable(ofSdk('true'))).toBe(true);
      expect(isRetryable(ofSdk('false'))).toBe(false);
    });

    it('overrides a spend limit in the body', () => {
      const error = errorBody('rate_limit_error', { error_code: 'workspace_spend_limit_reached' });
      const headers = new Headers({ 'x-should-retry': 'true' });

      expect(isRetryable(new RateLimitError('failed', { status: 429, error, headers }))).toBe(true);
    });

    it('ignores a value that is neither true nor false', () => {
      for (const value of ['', 'yes', 'TRUE', '1']) {
        const headers = new Headers({ 'x-should-retry': value });

        expect(isRetryable(new RateLimitError('failed', { status: 429, headers }))).toBe(true);
        expect(isRetryable(new APIStatusError('failed', { status: 400, headers }))).toBe(false);
      }
    });

    it('reads the header from a plain object and from a Map too', () => {
      expect(isRetryable({ status: 500, headers: { 'x-should-retry': 'false' } })).toBe(false);
      expect(isRetryable({ status: 500, headers: new Map([['x-should-retry', 'false']]) })).toBe(false);
      expect(isRetryable({ status: 500, headers: 'x-should-retry: false' })).toBe(true);
      expect(isRetryable({ status: 500, headers: null })).toBe(true);
    });
  });

  describe('with a spend limit', () => {
    it.each(['spend_limit_reached', 'workspace_spend_limit_reached', 'contract_spend_limit_reached'])(
      'is false for %s',
      (code) => {
        const error = errorBody('rate_limit_error', { error_code: code });

        expect(isRetryable(new RateLimitError('failed', { status: 429, type: 'rate_limit_error', error }))).toBe(false);
        expect(isRetryable(sdk.APIError.generate(429, error, undefined, new Headers()))).toBe(false);
        expect(isRetryable(error)).toBe(false);
      },
    );

    it.each(['spend_limit_reached_soon', 'requests_per_minute', '', 7, null])(
      'is true for another limit: %p',
      (code) => {
        const error = errorBody('rate_limit_error', { error_code: code });

        expect(isRetryable(new RateLimitError('failed', { status: 429, error }))).toBe(true);
        expect(isRetryable(sdk.APIError.generate(429, error, undefined, new Headers()))).toBe(true);
      },
    );
  });

  describe('with an error type and no status', () => {
    it.each(rows(TYPES))('type %s: returns %p', (type, expected) => {
      expect(isRetryable(errorEvent(type, 'It failed.'))).toBe(expected);
      expect(isRetryable({ error: errorBody(type) })).toBe(expected);
      expect(isRetryable(new APIStatusError('failed', { status: undefined, type, error: errorBody(type) }))).toBe(
        expected,
      );
      expect(isRetryable(new sdk.APIError(undefined, errorBody(type), undefined, new Headers()))).toBe(expected);
      expect(isRetryable(new sdk.APIError(undefined, errorBody(type), undefined, new Headers(), type as never))).toBe(
        expected,
      );
    });

    it('ignores the message', () => {
      expect(isRetryable(errorEvent('invalid_request_error', 'fetch failed'))).toBe(false);
      expect(isRetryable(new sdk.APIError(undefined, undefined, 'Overloaded', undefined))).toBe(false);
    });
  });

  it.each([
    ['a code', withCode('ECONNRESET')],
    ['a message', new TypeError('Load failed')],
    ['a cause', chain(new Error('It failed.'), new TypeError('fetch failed'))],
  ])('is true for a lost connection, recognised by %s', (_, error) => {
    expect(isRetryable(error)).toBe(true);
  });

  describe("with this package's errors", () => {
    it('is true for a failed connection', () => {
      expect(isRetryable(new APIConnectionError('It failed.'))).toBe(true);
      expect(isRetryable(new IncompleteMessageError('It failed.'))).toBe(true);
      expect(isRetryable(new APIConnectionTimeoutError('It failed.', { timeout: 'idleMs', ms: 1 }))).toBe(true);
    });

    it('is false for aborted requests, invalid events and invalid output, whatever the cause', () => {
      const cause = new TypeError('fetch failed');

      expect(isRetryable(new APIUserAbortError('It failed.', { cause }))).toBe(false);
      expect(isRetryable(new InvalidEventError('It failed.', { position: 0, data: '', cause }))).toBe(false);
      expect(isRetryable(new InvalidOutputError('It failed.', { text: '', cause }))).toBe(false);
    });

    it('recognises the classes after a minifier has renamed them', () => {
      const classes = [APIConnectionError, IncompleteMessageError, APIConnectionTimeoutError, APIUserAbortError];
      const names = classes.map(({ name }) => name);
      for (const type of classes) Object.defineProperty(type, 'name', { value: 'a' });
      try {
        expect(isRetryable(new IncompleteMessageError('It failed.'))).toBe(true);
        expect(isRetryable(new APIConnectionTimeoutError('It failed.', { timeout: 'idleMs', ms: 1 }))).toBe(true);
        expect(isRetryable(new APIUserAbortError('fetch failed'))).toBe(false);
      } finally {
        for (const [i, type] of classes.entries()) Object.defineProperty(type, 'name', { value: names[i] });
      }
    });
  });

  describe("with the official SDK's errors", () => {
    it('is true for a failed connection', () => {
      expect(isRetryable(new sdk.APIConnectionError({}))).toBe(true);
      expect(isRetryable(new sdk.APIConnectionError({ message: 'It failed.', cause: new Error('why') }))).toBe(true);
      expect(isRetryable(new sdk.APIConnectionTimeoutError())).toBe(true);
      expect(isRetryable(sdk.APIError.generate(undefined, new Error('why'), undefined, undefined))).toBe(true);
    });

    it('recognises a failed connection after a minifier has renamed the classes', () => {
      expect(isRetryable({ name: 'APIConnectionTimeoutError', message: 'Request timed out.' })).toBe(true);
      expect(isRetryable({ name: 'APIConnectionError', message: 'Connection error.' })).toBe(true);
    });

    it('is false for an aborted request', () => {
      expect(isRetryable(new sdk.APIUserAbortError())).toBe(false);
      expect(isRetryable(new sdk.APIUserAbortError({ message: 'fetch failed' }))).toBe(false);
    });

    it('is false for the SDK’s other errors', () => {
      expect(isRetryable(new sdk.AnthropicError('request ended without sending any chunks'))).toBe(false);
    });
  });

  it('is false for an aborted request, whatever the cause', () => {
    expect(isRetryable(new DOMException('This operation was aborted', 'AbortError'))).toBe(false);
    expect(
      isRetryable(chain(Object.assign(new Error('aborted'), { name: 'AbortError' }), withCode('ECONNRESET'))),
    ).toBe(false);
    expect(isRetryable(AbortSignal.abort().reason)).toBe(false);
  });

  it.each<[string, unknown]>([
    ['undefined', undefined],
    ['null', null],
    ['a string', 'fetch failed'],
    ['a number', 529],
    ['a boolean', true],
    ['a symbol', Symbol('overloaded_error')],
    ['a bigint', 529n],
    ['a function', () => 'fetch failed'],
    ['an empty object', {}],
    ['an object without a prototype', Object.create(null)],
    ['an array', [529, 'overloaded_error']],
    ['a plain error', new Error('It failed.')],
    ['a fault of your own code', new TypeError("Cannot read properties of undefined (reading 'status')")],
    [
      'fields of other types',
      { status: '529', type: 529, code: 1, message: {}, name: null, headers: 1, error: 'x', cause: 1 },
    ],
    ['fields that cannot be read', Object.create(DOMException.prototype)],
    ['a status that is not a number', { status: NaN }],
    ['an empty error event', { type: 'error' }],
    ['an error event without an error', { type: 'error', error: null }],
    ['an error event whose error is a string', { type: 'error', error: 'overloaded_error' }],
  ])('is false for %s', (_, error) => {
    expect(isRetryable(error)).toBe(false);
  });

  it('returns false for circular causes and a circular error event', () => {
    const alone = new Error('It failed.');
    alone.cause = alone;
    const first = new Error('first');
    const second = new Error('second', { cause: first });
    first.cause = second;
    const event: { type: string; error?: unknown } = { type: 'error' };
    event.error = event;

    expect([alone, first, second, event].map(isRetryable)).toEqual([false, false, false, false]);
  });
});
