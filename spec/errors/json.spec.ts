import {
  AnthropicError,
  APIConnectionTimeoutError,
  InvalidEventError,
  InvalidOutputError,
  InvalidParamsError,
  isRetryable,
  MissingCredentialsError,
  OverloadedError,
  RateLimitError,
} from '../../src/index.js';
import { buildMessage } from '../../src/testing/index.js';

const partial = buildMessage({ content: 'Hello' });
const cause = new TypeError('connect ECONNREFUSED 10.0.0.1:443');
const limited = {
  type: 'error',
  error: {
    type: 'rate_limit_error',
    message: 'Slow down.',
    details: { error_code: 'spend_limit_reached', limit: 5 },
  },
};

/** What the receiver of an error gets. */
const sent = (error: AnthropicError): unknown => JSON.parse(JSON.stringify(error));

describe('an error as JSON', () => {
  it.each<[string, AnthropicError, object]>([
    ['AnthropicError', new AnthropicError('failed', { partial, cause }), { retryable: false }],
    [
      'RateLimitError',
      new RateLimitError('429 rate_limit_error: Slow down. Try again in 3 s.', {
        status: 429,
        type: 'rate_limit_error',
        requestID: 'req_1',
        headers: new Headers({ 'retry-after': '3', 'anthropic-workspace-id': 'wrkspc_1', 'set-cookie': 'secret' }),
        error: limited,
        cause,
        partial,
      }),
      {
        retryable: false,
        phase: 'connect',
        requestID: 'req_1',
        status: 429,
        type: 'rate_limit_error',
        error: limited,
        apiMessage: 'Slow down.',
        errorCode: 'spend_limit_reached',
        details: { error_code: 'spend_limit_reached', limit: 5 },
        workspaceID: 'wrkspc_1',
        retryAfterMs: 3000,
      },
    ],
    [
      'APIConnectionTimeoutError',
      new APIConnectionTimeoutError('failed', { timeout: 'idleMs', ms: 100, lastEvent: 'ping', partial }),
      { retryable: true, phase: 'connect', timeout: 'idleMs', ms: 100, lastEvent: 'ping' },
    ],
    [
      'InvalidEventError',
      new InvalidEventError('failed', { position: 1, data: '{', partial }),
      { retryable: false, position: 1, data: '{' },
    ],
    [
      'InvalidOutputError',
      new InvalidOutputError('failed', { text: '{"a":1}', value: { a: 1 }, issues: [{ message: 'no', path: ['a'] }] }),
      { retryable: false, text: '{"a":1}', issues: [{ message: 'no', path: ['a'] }] },
    ],
    ['InvalidParamsError', new InvalidParamsError('failed', { cause }), { retryable: false, status: 400 }],
    ['MissingCredentialsError', new MissingCredentialsError('failed'), { retryable: false }],
  ])('has the name, the message and the public fields of %s, and nothing else', (name, error, fields) => {
    expect(sent(error)).toStrictEqual({ name, message: error.message, ...fields });
  });

  it('has no message, cause or headers, which may be large or secret', () => {
    const error = new OverloadedError('failed', { status: 529, headers: new Headers({ a: 'secret' }), partial, cause });

    expect(JSON.stringify(error)).not.toMatch(/secret|Hello|ECONNREFUSED/);
  });

  it('is still understood by isRetryable', () => {
    const errors = [
      new OverloadedError('failed', { status: 529 }),
      new RateLimitError('failed', { status: 429, error: limited }),
      new RateLimitError('failed', { status: 429 }),
      new APIConnectionTimeoutError('failed', { timeout: 'idleMs', ms: 100 }),
      new InvalidParamsError('failed'),
    ];

    expect(errors.map((error) => isRetryable(sent(error)))).toEqual(errors.map(isRetryable));
  });
});
