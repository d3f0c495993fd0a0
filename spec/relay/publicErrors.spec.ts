import { concat, from, of, throwError } from 'rxjs';
import Anthropic from '@anthropic-ai/sdk';
import {
  APIConnectionError,
  APIConnectionTimeoutError,
  APIUserAbortError,
  AuthenticationError,
  IncompleteMessageError,
  InvalidEventError,
  InvalidOutputError,
  InvalidParamsError,
  isRetryable,
  messageEvents,
  MissingCredentialsError,
  OverloadedError,
  PaymentRequiredError,
  PermissionDeniedError,
  RateLimitError,
  ServiceUnavailableError,
  type AnyEvent,
} from '../../src/index.js';
import { toServerSentEvents, type DescribeError, type PublicError } from '../../src/relay/index.js';
import { errorEvent } from '../../src/testing/index.js';
import { messageStart, messageStop, restart, textDelta, blockStart } from '../support/events.js';
import { callEvents } from '../source/support/forwardedRuns.js';
import { errorOf } from '../source/support/outcome.js';
import { dataOf, framesOf } from './support/frames.js';

const SECRET = 'sk-ant-secret at 10.0.0.1';

/** An error whose every text is secret. */
const secretive = <E extends Error>(error: E): E => {
  error.stack = `Error at /srv/${SECRET}`;
  error.cause = new Error(SECRET);
  return error;
};

const status = (code: number, type: string, options: object = {}) => ({
  status: code,
  type,
  error: errorEvent(type, SECRET),
  ...options,
});

/** The data of the frame that an error becomes, after these events. */
async function sent(error: unknown, describeError?: DescribeError, events: readonly AnyEvent[] = []): Promise<unknown> {
  const source = concat(
    from(events),
    throwError(() => error as Error), // whatever it is
  );
  const frames = await framesOf(source.pipe(toServerSentEvents({ ...(describeError && { describeError }) })));
  return dataOf(frames.at(-1) ?? '');
}

const shown = (fields: Partial<PublicError>) => ({ type: 'error', error: expect.objectContaining(fields) as unknown });

describe('what a client learns of an error', () => {
  const timeout = { timeout: 'idleMs', ms: 100 } as const;

  it.each<[string, Error, Partial<PublicError>]>([
    [
      'overloaded',
      new OverloadedError(SECRET, status(529, 'overloaded_error')),
      { status: 529, type: 'overloaded_error', retryable: true },
    ],
    [
      'rate limit',
      new RateLimitError(SECRET, status(429, 'rate_limit_error')),
      { status: 429, type: 'rate_limit_error', retryable: true },
    ],
    [
      'unavailable',
      new ServiceUnavailableError(SECRET, status(503, 'api_error')),
      { status: 503, type: 'api_error', retryable: true },
    ],
    ['lost', new APIConnectionError(SECRET), { status: 502, name: 'APIConnectionError', retryable: true }],
    [
      'incomplete',
      new IncompleteMessageError(SECRET),
      { status: 502, name: 'IncompleteMessageError', retryable: true },
    ],
    [
      'timeout',
      new APIConnectionTimeoutError(SECRET, timeout),
      { status: 504, type: 'timeout_error', name: 'APIConnectionTimeoutError', retryable: true, ...timeout },
    ],
    ['aborted', new APIUserAbortError(SECRET), { status: 499, name: 'APIUserAbortError', retryable: false }],
    [
      'invalid parameters',
      new InvalidParamsError(SECRET),
      { status: 400, type: 'invalid_request_error', retryable: false },
    ],
    [
      'invalid event',
      new InvalidEventError(SECRET, { position: 3, data: SECRET }),
      { status: 502, type: 'api_error', retryable: false },
    ],
    [
      'invalid output',
      new InvalidOutputError(SECRET, { text: SECRET }),
      { status: 502, type: 'api_error', retryable: false },
    ],
    [
      "the SDK's timeout",
      new Anthropic.APIConnectionTimeoutError(),
      { status: 504, name: 'APIConnectionError', retryable: true },
    ],
    [
      "the SDK's status",
      new Anthropic.RateLimitError(429, errorEvent('rate_limit_error', SECRET), SECRET, new Headers()),
      { status: 429, type: 'rate_limit_error', retryable: true },
    ],
  ])('%s: only its kind', async (_, error, expected) => {
    const data = await sent(secretive(error));

    expect(data).toEqual(shown(expected));
    expect(JSON.stringify(data)).not.toMatch(/secret|10\.0|srv/);
  });

  it.each<[string, unknown]>([
    ['the key of the service is wrong', new AuthenticationError(SECRET, status(401, 'authentication_error'))],
    ['the key of the service lacks a permission', new PermissionDeniedError(SECRET, status(403, 'permission_error'))],
    ['the account of the service has to be paid', new PaymentRequiredError(SECRET, status(402, 'billing_error'))],
    [
      'the account of the service has reached its limit',
      new RateLimitError(SECRET, {
        ...status(429, 'rate_limit_error'),
        error: { error: { type: 'rate_limit_error', details: { error_code: 'enforced_spend_limit_reached' } } },
      }),
    ],
    ['the service has no key', new MissingCredentialsError(SECRET)],
    ['a cache answers', new OverloadedError(SECRET, status(304, 'api_error'))],
    ['the service has a bug', secretive(new TypeError(SECRET))],
    ['another service fails', secretive(Object.assign(new Error(SECRET), { status: 404, type: 'not_found_error' }))],
    ['the database is down', Object.assign(new Error(SECRET), { code: 'ECONNREFUSED' })],
    ['something else is thrown', SECRET],
    ['nothing is thrown', undefined],
  ])('%s: an internal api_error, as if the service itself had failed', async (_, error) => {
    expect(await sent(error)).toStrictEqual({
      type: 'error',
      error: { type: 'api_error', message: 'The service failed.', status: 500, retryable: false },
    });
  });

  it('includes the ID of the request, how long to wait, and a type that is not known yet', async () => {
    const error = new OverloadedError(SECRET, {
      ...status(500, 'quota_error'),
      requestID: 'req_1',
      headers: new Headers({ 'retry-after': '7', 'anthropic-organization-id': SECRET }),
    });

    expect(await sent(error)).toStrictEqual({
      type: 'error',
      error: { type: 'quota_error', message: 'The service failed.', status: 500, retryable: true, retryAfterMs: 7000 },
      request_id: 'req_1',
    });
  });

  it('does not include a type or an ID that is a text', async () => {
    const error = new OverloadedError(SECRET, { ...status(529, `Azure: ${SECRET}`), requestID: `${SECRET}\n` });

    expect(await sent(error)).toStrictEqual({
      type: 'error',
      error: { type: 'overloaded_error', message: 'The model is overloaded.', status: 529, retryable: true },
    });
  });
});

describe('describeError', () => {
  const error = new RateLimitError('Slow down.', status(429, 'rate_limit_error'));

  it('receives the error and what is public about it, and changes fields', async () => {
    const describeError = jest.fn(() => ({ message: 'One moment, please.', details: { tenant: 'a' } }));

    expect(await sent(error, describeError)).toEqual(
      shown({ status: 429, type: 'rate_limit_error', message: 'One moment, please.', details: { tenant: 'a' } }),
    );
    expect(describeError.mock.calls).toEqual([
      [error, expect.objectContaining({ status: 429, message: 'There are too many requests.', retryable: true })],
    ]);
  });

  it('may make it another kind of error, which has no class of its own', async () => {
    const lost = new APIConnectionError('lost');
    const data = await sent(lost, () => ({ status: 503 }));

    expect(data).toEqual(shown({ status: 503, retryable: true }));
    expect(data).not.toHaveProperty('error.name');
  });

  it('changes nothing if it returns nothing, undefined fields, or details without a JSON form, or throws', async () => {
    const byDefault = await sent(error);
    const circular: Record<string, unknown> = {};
    circular['self'] = circular;

    expect(await sent(error, () => ({ message: undefined, status: undefined }))).toEqual(byDefault);
    expect(await sent(error, () => ({ details: circular }))).toEqual(byDefault);

    expect(await sent(error, () => undefined)).toEqual(byDefault);
    expect(
      await sent(error, () => {
        throw new Error(SECRET);
      }),
    ).toEqual(byDefault);
  });

  it('is also asked about the errors of events', async () => {
    const events = of(messageStart(), restart({ error }), messageStart(), messageStop);
    const frames = await framesOf(events.pipe(toServerSentEvents({ describeError: () => ({ message: 'Again.' }) })));

    expect(dataOf(frames[1] ?? '')).toMatchObject({ error: { message: 'Again.', status: 429 } });
  });
});

describe('retries', () => {
  const overloaded = new OverloadedError('Overloaded', status(529, 'overloaded_error'));
  const [s, b, t] = [messageStart(), blockStart(0, { type: 'text', text: '' }), textDelta('Hi')];
  const reconnect = { type: 'message_reconnect', attempt: 2, delayMs: 0, error: overloaded };

  /** Whether the client, after these events, retries. */
  async function clientRetries(events: readonly AnyEvent[]): Promise<boolean> {
    const data = await sent(overloaded, undefined, events);
    return isRetryable(await errorOf(of({ event: 'error', data: JSON.stringify(data) }).pipe(messageEvents())));
  }

  it('are left to the client if the service does not retry', async () => {
    expect(await clientRetries([])).toBe(true);
    expect(await clientRetries([s, b, t])).toBe(true);
  });

  it('do not multiply: what the service has retried, the client does not', async () => {
    expect(await clientRetries([restart()])).toBe(false);
    expect(await clientRetries([s, restart(), restart(), s, b])).toBe(false);
    expect(await clientRetries([s, b, t, reconnect, t])).toBe(false);
  });

  it('of an earlier message of a run do not count', async () => {
    expect(await clientRetries([restart(), ...callEvents])).toBe(true);
  });
});
