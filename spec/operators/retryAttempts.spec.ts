/** What an error says after the last attempt: how many were made, and no longer that another should be. */
import { defer, lastValueFrom, throwError, type Observable } from 'rxjs';
import {
  APIConnectionError,
  AuthenticationError,
  continueOnConnectionError,
  fromResponse,
  OverloadedError,
  retryOnConnectionError,
} from '../../src/index.js';

/** Returns the error with which a stream fails. */
async function errorOf(source: Observable<unknown>): Promise<Error> {
  try {
    await lastValueFrom(source, { defaultValue: undefined });
  } catch (error) {
    if (error instanceof Error) return error;
  }
  throw new Error('The stream did not fail with an Error.');
}

const fast = { initialDelayMs: 0, jitter: 0 };
const ask = (status: number, headers: Record<string, string> = {}) =>
  fromResponse(() => Promise.resolve(new Response('{"error":{"message":"Busy"}}', { status, headers })));

const OPERATORS = {
  retryOnConnectionError: (options = {}) => retryOnConnectionError({ ...fast, ...options }),
  continueOnConnectionError: (options = {}) =>
    continueOnConnectionError({ continueWith: () => ask(529), ...fast, ...options }),
};

describe.each(Object.entries(OPERATORS))('after %s', (_, retry) => {
  it.each([
    ['Try again later', {}],
    ['Try again in 0.001 s', { 'retry-after-ms': '1' }],
  ])('the error says how many attempts were made, instead of "%s"', async (advice, headers) => {
    const alone = await errorOf(ask(529, headers));
    const error = await errorOf(ask(529, headers).pipe(retry()));

    expect(alone.message).toBe(`529: Busy. ${advice}.`);
    expect(error.message).toBe('529: Busy. 3 attempts were made.');
    expect(error).toMatchObject({ name: 'OverloadedError', attempts: 3 });
    expect(error.stack?.split('\n')[0]).toContain('Busy. 3 attempts were made.');
    expect(error.stack).not.toContain(advice);
  });

  it('an error that is not retried says which attempt it was', async () => {
    let attempt = 0;
    const source = defer(() => ask((attempt += 1) === 1 ? 529 : 401));

    expect(await errorOf(source.pipe(retry()))).toMatchObject({
      name: 'AuthenticationError',
      message: '401: Busy. Check the API key. 2 attempts were made.',
      attempts: 2,
    });
  });

  it.each([
    ['is not retryable', 401, {}],
    ['may not be retried', 529, { maxRetries: 0 }],
  ])('an error that %s is unchanged', async (_reason, status, options) => {
    const error = await errorOf(ask(status).pipe(retry(options)));

    expect(error.message).toBe((await errorOf(ask(status))).message);
    expect('attempts' in error).toBe(false);
  });

  it('an error that is thrown by every attempt says it once', async () => {
    const error = new OverloadedError('Busy. Try again later.', { status: 529 });
    const source = throwError(() => error).pipe(retry());
    await errorOf(source);

    expect(await errorOf(source)).toBe(error);
    expect(error.message).toBe('Busy. 3 attempts were made.');
  });

  it('a frozen error, and an error of another package, are unchanged', async () => {
    const frozen = new APIConnectionError('Lost. Try again later.');
    Object.freeze(frozen);
    const other = new TypeError('fetch failed');

    expect(await errorOf(throwError(() => frozen).pipe(retry()))).toBe(frozen);
    expect(frozen.message).toBe('Lost. Try again later.');
    expect(await errorOf(throwError(() => other).pipe(retry()))).toBe(other);
    expect(other.message).toBe('fetch failed');
    expect(Object.keys(other)).toEqual([]);
  });
});

it('the number of attempts is part of the JSON', async () => {
  const error = await errorOf(ask(529).pipe(retryOnConnectionError(fast)));

  expect(JSON.parse(JSON.stringify(error))).toMatchObject({ name: 'OverloadedError', attempts: 3 });
  expect(JSON.parse(JSON.stringify(new AuthenticationError('no', { status: 401 })))).not.toHaveProperty('attempts');
});
