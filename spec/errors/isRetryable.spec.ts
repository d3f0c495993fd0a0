import * as sdk from '@anthropic-ai/sdk';
import {
  AnthropicError,
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
import { errorEvent, startMessagesServer } from '../../src/testing/index.js';

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

/** The answers of the table, as rows for `it.each`. */
const rows = <T>({ yes, no }: { yes: readonly T[]; no: readonly T[] }): [T, boolean][] => [
  ...yes.map((value): [T, boolean] => [value, true]),
  ...no.map((value): [T, boolean] => [value, false]),
];

const bodyOf = (type: string, details?: object) => ({ type: 'error', error: { type, message: 'It failed.', details } });

const coded = (code: string, message = 'It failed.'): Error => Object.assign(new Error(message), { code });

/** What causes an error: each of these is the cause of the one before. */
const chain = (...errors: readonly Error[]): Error | undefined =>
  errors.reduceRight<Error | undefined>((cause, error) => Object.assign(error, { cause }), undefined);

describe('isRetryable', () => {
  describe('goes by the HTTP status', () => {
    it.each(rows(STATUSES))('%i: %p', (status, expected) => {
      const options = { status, error: bodyOf('some_error'), headers: new Headers() };

      expect(isRetryable(new APIStatusError('failed', options))).toBe(expected);
      expect(isRetryable(sdk.APIError.generate(status, bodyOf('some_error'), undefined, new Headers()))).toBe(expected);
      expect(isRetryable({ status })).toBe(expected);
    });

    it('rather than by the type', () => {
      expect(isRetryable(new APIStatusError('failed', { status: 400, type: 'overloaded_error' }))).toBe(false);
      expect(isRetryable(new InternalServerError('failed', { status: 500, type: 'invalid_request_error' }))).toBe(true);
    });

    it('rather than by its words', () => {
      expect(isRetryable(new APIStatusError('fetch failed', { status: 400 }))).toBe(false);
      expect(isRetryable(new APIStatusError('failed', { status: 400, cause: new TypeError('fetch failed') }))).toBe(
        false,
      );
    });
  });

  describe('obeys x-should-retry', () => {
    it.each([...STATUSES.yes, ...STATUSES.no])('whatever the status, %i', (status) => {
      const options = (told: string) => ({ status, headers: new Headers({ 'X-Should-Retry': told }) });
      const ofSdk = (told: string) => sdk.APIError.generate(status, undefined, undefined, options(told).headers);

      expect(isRetryable(new APIStatusError('failed', options('true')))).toBe(true);
      expect(isRetryable(new APIStatusError('failed', options('false')))).toBe(false);
      expect(isRetryable(ofSdk('true'))).toBe(true);
      expect(isRetryable(ofSdk('false'))).toBe(false);
    });

    it('whatever the body says', () => {
      const error = bodyOf('rate_limit_error', { error_code: 'workspace_spend_limit_reached' });
      const headers = new Headers({ 'x-should-retry': 'true' });

      expect(isRetryable(new RateLimitError('failed', { status: 429, error, headers }))).toBe(true);
    });

    it('unless it says neither true nor false', () => {
      for (const told of ['', 'yes', 'TRUE', '1']) {
        const headers = new Headers({ 'x-should-retry': told });

        expect(isRetryable(new RateLimitError('failed', { status: 429, headers }))).toBe(true);
        expect(isRetryable(new APIStatusError('failed', { status: 400, headers }))).toBe(false);
      }
    });

    it('in headers of any make', () => {
      expect(isRetryable({ status: 500, headers: { 'x-should-retry': 'false' } })).toBe(false);
      expect(isRetryable({ status: 500, headers: new Map([['x-should-retry', 'false']]) })).toBe(false);
      expect(isRetryable({ status: 500, headers: 'x-should-retry: false' })).toBe(true);
      expect(isRetryable({ status: 500, headers: null })).toBe(true);
    });
  });

  describe('knows a spend limit', () => {
    it.each(['spend_limit_reached', 'workspace_spend_limit_reached', 'contract_spend_limit_reached'])('%s', (code) => {
      const error = bodyOf('rate_limit_error', { error_code: code });

      expect(isRetryable(new RateLimitError('failed', { status: 429, type: 'rate_limit_error', error }))).toBe(false);
      expect(isRetryable(sdk.APIError.generate(429, error, undefined, new Headers()))).toBe(false);
      expect(isRetryable(error)).toBe(false);
    });

    it.each(['spend_limit_reached_soon', 'requests_per_minute', '', 7, null])('from other limits, %p', (code) => {
      const error = bodyOf('rate_limit_error', { error_code: code });

      expect(isRetryable(new RateLimitError('failed', { status: 429, error }))).toBe(true);
      expect(isRetryable(sdk.APIError.generate(429, error, undefined, new Headers()))).toBe(true);
    });
  });

  describe('goes by the type where there is no status', () => {
    it.each(rows(TYPES))('%s: %p', (type, expected) => {
      expect(isRetryable(errorEvent(type, 'It failed.'))).toBe(expected);
      expect(isRetryable({ error: bodyOf(type) })).toBe(expected);
      expect(isRetryable(new APIStatusError('failed', { status: undefined, type, error: bodyOf(type) }))).toBe(
        expected,
      );
      expect(isRetryable(new sdk.APIError(undefined, bodyOf(type), undefined, new Headers()))).toBe(expected);
      expect(isRetryable(new sdk.APIError(undefined, bodyOf(type), undefined, new Headers(), type as never))).toBe(
        expected,
      );
    });

    it('never by words that the API says', () => {
      expect(isRetryable(errorEvent('invalid_request_error', 'fetch failed'))).toBe(false);
      expect(isRetryable(new sdk.APIError(undefined, undefined, 'Overloaded', undefined))).toBe(false);
    });
  });

  describe('knows a lost connection', () => {
    it.each([
      ['Node', 'fetch failed'],
      ['Node', 'terminated'],
      ['Node', 'socket hang up'],
      ['Chromium', 'Failed to fetch'],
      ['Chromium', 'network error'],
      ['Safari', 'Load failed'],
      ['Safari', 'Load failed (api.anthropic.com)'],
      ['Firefox', 'NetworkError when attempting to fetch resource.'],
      ['Firefox', 'Error in input stream'],
      ['Bun', 'The socket connection was closed unexpectedly. For more information, pass `verbose: true`'],
    ])('in the words of %s: %s', (_, words) => {
      expect(isRetryable(new TypeError(words))).toBe(true);
      expect(isRetryable({ message: words })).toBe(true);
      expect(isRetryable(new sdk.AnthropicError(`TypeError: ${words}`))).toBe(true);
      expect(isRetryable(new sdk.AnthropicError(`Error: ${words}`))).toBe(true);
      expect(isRetryable(chain(new Error('It failed.'), new Error('Because:'), new TypeError(words)))).toBe(true);
    });

    it.each([
      'ECONNREFUSED',
      'ECONNRESET',
      'ECONNABORTED',
      'EPIPE',
      'ETIMEDOUT',
      'ENOTFOUND',
      'EAI_AGAIN',
      'ENETUNREACH',
      'ENETDOWN',
      'EHOSTUNREACH',
      'EHOSTDOWN',
      'UND_ERR_SOCKET',
      'UND_ERR_CONNECT_TIMEOUT',
      'UND_ERR_HEADERS_TIMEOUT',
      'UND_ERR_BODY_TIMEOUT',
      'UND_ERR_CLOSED',
      'UND_ERR_DESTROYED',
    ])("by Node's code %s", (code) => {
      expect(isRetryable(coded(code))).toBe(true);
      expect(isRetryable(chain(new Error('It failed.'), new Error('Because:'), coded(code)))).toBe(true);
      expect(isRetryable(chain(new AnthropicError('It failed.'), coded(code)))).toBe(true);
    });

    it.each([
      'ENOENT',
      'EACCES',
      'ERR_INVALID_URL',
      'XECONNRESET',
      'ECONNRESETX',
      'UND_ERR_ABORTED',
      'UND_ERR_INVALID_ARG',
      '',
    ])('from another fault with the code %p', (code) => {
      expect(isRetryable(coded(code))).toBe(false);
    });

    it.each([
      '',
      'It failed.',
      'The job was terminated',
      'I had a network error',
      'Unexpected token < in JSON',
      'TypeError: the job was terminated',
      'It failed: terminated',
      'My TypeError: terminated',
    ])('from another fault with the words %p', (words) => {
      expect(isRetryable(new TypeError(words))).toBe(false);
    });

    it("in fetch's own error when nobody listens", async () => {
      const server = await startMessagesServer();
      await server.close();
      const error: unknown = await fetch(server.url).catch((reason: unknown) => reason);

      expect(isRetryable(error)).toBe(true);
      expect(isRetryable(Reflect.get(error as object, 'cause'))).toBe(true);
    });
  });

  describe("knows this package's errors", () => {
    it('of the connection', () => {
      expect(isRetryable(new APIConnectionError('It failed.'))).toBe(true);
      expect(isRetryable(new IncompleteMessageError('It failed.'))).toBe(true);
      expect(isRetryable(new APIConnectionTimeoutError('It failed.', { timeout: 'idleMs', ms: 1 }))).toBe(true);
    });

    it('that are for ever, whatever caused them', () => {
      const cause = new TypeError('fetch failed');

      expect(isRetryable(new APIUserAbortError('It failed.', { cause }))).toBe(false);
      expect(isRetryable(new InvalidEventError('It failed.', { position: 0, data: '', cause }))).toBe(false);
      expect(isRetryable(new InvalidOutputError('It failed.', { text: '', cause }))).toBe(false);
    });

    it('where a minifier has renamed their classes', () => {
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

  describe("knows the official SDK's errors", () => {
    it('of the connection', () => {
      expect(isRetryable(new sdk.APIConnectionError({}))).toBe(true);
      expect(isRetryable(new sdk.APIConnectionError({ message: 'It failed.', cause: new Error('why') }))).toBe(true);
      expect(isRetryable(new sdk.APIConnectionTimeoutError())).toBe(true);
      expect(isRetryable(sdk.APIError.generate(undefined, new Error('why'), undefined, undefined))).toBe(true);
    });

    it('of the connection, where a minifier has renamed their classes', () => {
      expect(isRetryable({ name: 'APIConnectionTimeoutError', message: 'Request timed out.' })).toBe(true);
      expect(isRetryable({ name: 'APIConnectionError', message: 'Connection error.' })).toBe(true);
    });

    it('of the user', () => {
      expect(isRetryable(new sdk.APIUserAbortError())).toBe(false);
      expect(isRetryable(new sdk.APIUserAbortError({ message: 'fetch failed' }))).toBe(false);
    });

    it('that it makes of anything else', () => {
      expect(isRetryable(new sdk.AnthropicError('request ended without sending any chunks'))).toBe(false);
    });
  });

  it('does not retry what was aborted', () => {
    expect(isRetryable(new DOMException('This operation was aborted', 'AbortError'))).toBe(false);
    expect(isRetryable(chain(Object.assign(new Error('aborted'), { name: 'AbortError' }), coded('ECONNRESET')))).toBe(
      false,
    );
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
    ['a status that is no number', { status: NaN }],
    ['an error event that says nothing', { type: 'error' }],
    ['an error event without an error', { type: 'error', error: null }],
    ['an error event with a text', { type: 'error', error: 'overloaded_error' }],
  ])('says no to %s', (_, error) => {
    expect(isRetryable(error)).toBe(false);
  });

  it('comes to an end where causes go round', () => {
    const alone = new Error('It failed.');
    alone.cause = alone;
    const first = new Error('first');
    const second = new Error('second', { cause: first });
    first.cause = second;
    const event: { type: string; error?: unknown } = { type: 'error' };
    event.error = event;

    expect([alone, first, second, event].map(isRetryable)).toEqual([false, false, false, false]);
  });

  it('finds the reason in causes that go round', () => {
    const first = new Error('first');
    first.cause = Object.assign(coded('ECONNRESET'), { cause: first });

    expect(isRetryable(first)).toBe(true);
  });
});
