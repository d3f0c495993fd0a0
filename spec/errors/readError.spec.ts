import * as sdk from '@anthropic-ai/sdk';
import { readAPIError, retryAfterMs } from '../../src/errors/readError.js';
import { APIStatusError } from '../../src/index.js';
import { errorEvent } from '../../src/testing/index.js';
import { errorBody } from './support/errors.js';

describe('readAPIError', () => {
  const body = errorEvent('overloaded_error', 'Overloaded', { request_id: 'req_1' });
  const facts = { type: 'overloaded_error', message: 'Overloaded', requestID: 'req_1', isSpendLimit: false };

  it.each<[string, unknown]>([
    ['the JSON of the API', body],
    ["this package's error", new APIStatusError('failed', { status: 529, type: 'overloaded_error', error: body })],
    ["the official SDK's error", sdk.APIError.generate(529, body, undefined, new Headers())],
    ["the official SDK's error without a status", new sdk.APIError(undefined, body, undefined, new Headers())],
    ['an object with a body', { error: body }],
  ])('reads %s', (_, error) => {
    expect(readAPIError(error)).toEqual({ status: 529, ...facts });
  });

  it.each([
    ['invalid_request_error', 400],
    ['authentication_error', 401],
    ['billing_error', 402],
    ['permission_error', 403],
    ['not_found_error', 404],
    ['conflict_error', 409],
    ['request_too_large', 413],
    ['rate_limit_error', 429],
    ['api_error', 500],
    ['timeout_error', 504],
    ['overloaded_error', 529],
    ['a_type_of_tomorrow', undefined],
    ['toString', undefined],
    ['', undefined],
  ])('without a status, returns the one that %s stands for: %p', (type, status) => {
    expect(readAPIError(errorBody(type))).toMatchObject({ type, status });
  });

  it("prefers the error's own status and type to those in the body", () => {
    expect(readAPIError({ status: 418, type: 'teapot_error', error: body })).toMatchObject({
      status: 418,
      type: 'teapot_error',
    });
  });

  it.each<[unknown, boolean]>([
    ['spend_limit_reached', true],
    ['workspace_spend_limit_reached', true],
    ['spend_limit_reached_soon', false],
    ['', false],
    [7, false],
    [null, false],
  ])('recognises a spend limit by its error code: %p, %p', (error_code, expected) => {
    expect(readAPIError(errorBody('rate_limit_error', { error_code })).isSpendLimit).toBe(expected);
  });

  it.each<[unknown]>([
    [undefined],
    [null],
    ['overloaded_error'],
    [{ status: '529', type: 529, error: 'x' }],
    [{ type: 'error' }],
    [{ type: 'error', error: { type: 1, message: 2 }, request_id: 3 }],
  ])('returns undefined for fields that are missing or of another type: %p', (error) => {
    expect(readAPIError(error)).toEqual({
      status: undefined,
      type: undefined,
      message: undefined,
      requestID: undefined,
      isSpendLimit: false,
    });
  });
});

describe('retryAfterMs', () => {
  const NOW = Date.parse('2026-11-01T00:00:00Z');

  it.each<[Record<string, string>, number | undefined]>([
    [{ 'retry-after-ms': '1500', 'retry-after': '9' }, 1500],
    [{ 'retry-after-ms': 'soon', 'retry-after': '9' }, 9000],
    [{ 'retry-after-ms': '0' }, 0],
    [{ 'retry-after': '3' }, 3000],
    [{ 'retry-after': '1.5' }, 1500],
    [{ 'retry-after': '0' }, 0],
    [{ 'retry-after': 'soon' }, undefined],
    [{ 'retry-after': '-3' }, undefined],
    [{ 'retry-after': '' }, undefined],
    [{ 'retry-after': 'Sun, 01 Nov 2026 00:00:02 GMT' }, 2000],
    [{ 'retry-after': 'Sun, 01 Nov 2026 00:00:00 GMT' }, 0],
    [{ 'retry-after': 'Thu, 01 Jan 1970 00:00:00 GMT' }, undefined],
    [{ 'retry-after': 'Thu, 01 Jan 2099 00:00:00 GMT' }, undefined],
    [{ 'retry-after-ms': '2147483647' }, 2_147_483_647],
    [{ 'retry-after-ms': '2147483648' }, undefined],
    [{}, undefined],
  ])('reads the headers %j as %p', (headers, expected) => {
    expect(retryAfterMs({ headers: new Headers(headers) }, NOW)).toBe(expected);
    expect(retryAfterMs({ headers }, NOW)).toBe(expected);
  });

  it('ignores a wait longer than a timer supports, by a fraction too', () => {
    expect(retryAfterMs({ headers: { 'retry-after-ms': '2147483647.5' } })).toBeUndefined();
  });

  it('compares a date with the current time by default', () => {
    jest.useFakeTimers({ now: NOW });
    const headers = { 'retry-after': new Date(NOW + 3_600_000).toUTCString() };
    const wait = retryAfterMs({ headers });
    jest.useRealTimers();

    expect(wait).toBe(3_600_000);
  });

  it.each([undefined, null, new Error('failed'), { headers: undefined }])(
    'is undefined without headers: %p',
    (error) => {
      expect(retryAfterMs(error)).toBeUndefined();
    },
  );
});
