import { from } from 'rxjs';
import {
  APIConnectionError,
  APIConnectionTimeoutError,
  APIError,
  APIUserAbortError,
  fromResponse,
  IncompleteMessageError,
  isRetryable,
  messageEvents,
  OverloadedError,
  ServiceUnavailableError,
} from '../../src/index.js';
import { retryAfterMs } from '../../src/errors/readError.js';
import { errorOf } from '../source/support/outcome.js';

/** An error as a service forwards it. */
const forwarded = (error: object) => ({
  type: 'error',
  error: { type: 'api_error', message: 'It failed.', ...error },
  request_id: 'req_1',
});

/** The error of a stream in which a service forwards an error. */
const errorInStream = (error: object): Promise<unknown> =>
  errorOf(from([{ event: 'error', data: JSON.stringify(forwarded(error)) }]).pipe(messageEvents()));

/** The error of a response that consists of a forwarded error. */
const errorOfResponse = (status: number, error: object): Promise<unknown> =>
  errorOf(fromResponse(Response.json(forwarded(error), { status })));

describe('a forwarded error', () => {
  it.each([
    ['APIConnectionError', APIConnectionError, {}],
    ['APIConnectionTimeoutError', APIConnectionTimeoutError, { timeout: 'idleMs', ms: 300_000 }],
    ['IncompleteMessageError', IncompleteMessageError, {}],
    ['APIUserAbortError', APIUserAbortError, {}],
  ])('has the class that its name says: %s', async (name, ErrorClass, fields) => {
    const errors = await Promise.all([errorInStream({ name, ...fields }), errorOfResponse(502, { name, ...fields })]);

    for (const error of errors) {
      expect(error).toBeInstanceOf(ErrorClass);
      expect(error).toMatchObject({ name, message: 'It failed.', requestID: 'req_1', ...fields });
    }
    expect(errors[0]).toMatchObject({ phase: 'before-content' });
    expect(errors[1]).toMatchObject({ phase: 'connect' });
  });

  it('has the class of its status, which the type alone does not say', async () => {
    expect(await errorInStream({ status: 503 })).toBeInstanceOf(ServiceUnavailableError);
    expect(await errorInStream({ type: 'overloaded_error' })).toBeInstanceOf(OverloadedError);
  });

  it('has no class of another name, whatever the name is', async () => {
    for (const name of ['TypeError', 'toString', '__proto__', 7]) {
      const error = await errorInStream({ name, status: 500 });

      expect(error).toBeInstanceOf(APIError);
      expect(error).toMatchObject({ name: 'InternalServerError' });
    }
  });
});

describe('what a service says about retries', () => {
  it.each([
    ['an API error that it has retried', { type: 'overloaded_error', retryable: false }, false],
    ['a lost connection that it has retried', { name: 'APIConnectionError', retryable: false }, false],
    ['an API error', { type: 'overloaded_error', retryable: true }, true],
    ['an error of an unknown type', { type: 'new_error', retryable: true }, true],
    ['a lost connection', { name: 'IncompleteMessageError', retryable: true }, true],
    ['nothing', { type: 'overloaded_error' }, true],
    ['something that is not a boolean', { type: 'overloaded_error', retryable: 'no' }, true],
    ['an abort', { name: 'APIUserAbortError', retryable: true }, false],
  ])('is followed: %s', async (_, error, expected) => {
    expect(isRetryable(await errorInStream(error))).toBe(expected);
    expect(isRetryable(await errorOfResponse(529, error))).toBe(expected);
  });

  it('is less than what the header x-should-retry says', async () => {
    const headers = { 'x-should-retry': 'false' };
    const response = Response.json(forwarded({ retryable: true }), { status: 529, headers });

    expect(isRetryable(await errorOf(fromResponse(response)))).toBe(false);
  });

  it('includes how long to wait', async () => {
    expect(retryAfterMs(await errorInStream({ type: 'overloaded_error', retryAfterMs: 1500 }))).toBe(1500);
    for (const ms of [-1, '1500', null, 2 ** 31]) {
      expect(retryAfterMs(await errorInStream({ type: 'overloaded_error', retryAfterMs: ms }))).toBeUndefined();
    }
  });
});
