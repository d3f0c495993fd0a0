import { inspect } from 'node:util';
import Anthropic from '@anthropic-ai/sdk';
import * as classes from '../../src/errors/classes.js';
import * as statusClasses from '../../src/errors/statusClasses.js';
import * as api from '../../src/index.js';
import { buildMessage } from '../../src/testing/index.js';

const {
  AnthropicError,
  APIConnectionError,
  APIConnectionTimeoutError,
  APIError,
  APIStatusError,
  APITimeoutError,
  APIUserAbortError,
  IncompleteMessageError,
  InvalidEventError,
  InvalidOutputError,
  InvalidParamsError,
  MissingCredentialsError,
  OverloadedError,
  RateLimitError,
} = api;

const withStatus = (status: number) => ({ status, requestID: 'req_1' });

/** An error of each class, with the names of the classes that its own class extends. */
const ERRORS: [name: string, error: api.AnthropicError, classes: readonly string[]][] = [
  ['AnthropicError', new AnthropicError('failed'), []],
  ['APIError', new APIError('failed'), ['AnthropicError']],
  ['APIStatusError', new APIStatusError('failed', withStatus(418)), ['APIError', 'AnthropicError']],
  ...(
    [
      ['BadRequestError', 400],
      ['AuthenticationError', 401],
      ['PaymentRequiredError', 402],
      ['PermissionDeniedError', 403],
      ['NotFoundError', 404],
      ['RequestTimeoutError', 408],
      ['ConflictError', 409],
      ['ContentTooLargeError', 413],
      ['UnprocessableEntityError', 422],
      ['RateLimitError', 429],
      ['InternalServerError', 500],
    ] as const
  ).map(([name, status]): (typeof ERRORS)[number] => [
    name,
    new api[name]('failed', withStatus(status)),
    ['APIStatusError', 'APIError', 'AnthropicError'],
  ]),
  ...(
    [
      ['ServiceUnavailableError', 503],
      ['GatewayTimeoutError', 504],
      ['OverloadedError', 529],
    ] as const
  ).map(([name, status]): (typeof ERRORS)[number] => [
    name,
    new api[name]('failed', withStatus(status)),
    ['InternalServerError', 'APIStatusError', 'APIError', 'AnthropicError'],
  ]),
  ['APIConnectionError', new APIConnectionError('failed'), ['APIError', 'AnthropicError']],
  [
    'APIConnectionTimeoutError',
    new APIConnectionTimeoutError('failed', { timeout: 'idleMs', ms: 300_000 }),
    ['APIConnectionError', 'APIError', 'AnthropicError'],
  ],
  [
    'IncompleteMessageError',
    new IncompleteMessageError('failed'),
    ['APIConnectionError', 'APIError', 'AnthropicError'],
  ],
  ['APIUserAbortError', new APIUserAbortError('failed'), ['APIError', 'AnthropicError']],
  ['InvalidEventError', new InvalidEventError('failed', { position: 3, data: '{}' }), ['AnthropicError']],
  ['InvalidOutputError', new InvalidOutputError('failed', { text: '{}' }), ['AnthropicError']],
  ['InvalidParamsError', new InvalidParamsError('failed'), ['AnthropicError']],
  ['MissingCredentialsError', new MissingCredentialsError('failed'), ['AnthropicError']],
];

/** Every error class, from both files. */
const CLASSES = Object.entries({ ...classes, ...statusClasses }).flatMap(([name, type]) =>
  name.endsWith('Error') ? [{ name, type }] : [],
);

describe('the error classes', () => {
  it('are all in the list of this spec', () => {
    expect(ERRORS.map(([name]) => name).sort()).toEqual(CLASSES.map(({ name }) => name).sort());
  });

  it.each(ERRORS)('%s extends its base classes', (name, error, classes) => {
    const instanceOf = CLASSES.filter(({ type }) => error instanceof type).map((found) => found.name);

    expect(instanceOf.sort()).toEqual([name, ...classes].sort());
    expect(error).toBeInstanceOf(Error);
    expect(Object.prototype.toString.call(error)).toBe('[object Error]');
  });

  it.each(ERRORS)('%s has its name, also when it is printed', (name, error) => {
    expect(error.name).toBe(name);
    expect(Object.hasOwn(error, 'name')).toBe(false);
    expect(String(error)).toMatch(`${name}: failed`);
    expect(error.stack).toMatch(new RegExp(`^${name}: failed`));
    expect(inspect(error)).toMatch(new RegExp(`^${name}: failed`));
  });

  it.each(ERRORS)('%s keeps its name when a minifier renames its class', (name, { constructor }) => {
    const descriptor = Object.getOwnPropertyDescriptor(constructor, 'name') ?? {};
    Object.defineProperty(constructor, 'name', { ...descriptor, value: 'a' });
    try {
      const error = ERRORS.find(([found]) => found === name)?.[1];

      expect(error?.constructor.name).toBe('a');
      expect(error?.name).toBe(name);
    } finally {
      Object.defineProperty(constructor, 'name', descriptor);
    }
  });

  it.each(ERRORS)('%s has no partial message by default', (_, error) => {
    expect(error.partial).toBeUndefined();
  });

  it.each(ERRORS)('%s has no cause by default', (_, error) => {
    expect('cause' in error).toBe(false);
  });

  it('include APITimeoutError, an alias', () => {
    expect(APITimeoutError).toBe(APIConnectionTimeoutError);
  });
});

describe('AnthropicError', () => {
  it('keeps the cause and the partial message of its options', () => {
    const cause = new TypeError('terminated');
    const partial = buildMessage({ content: 'Hello' });
    const error = new AnthropicError('failed', { cause, partial });

    expect(error.message).toBe('failed');
    expect(error.cause).toBe(cause);
    expect(error.partial).toBe(partial);
    expect(Object.keys(error)).not.toContain('cause');
  });

  it('keeps an undefined cause', () => {
    expect('cause' in new AnthropicError('failed', { cause: undefined })).toBe(true);
  });

  it('accepts a partial message later', () => {
    const error = new IncompleteMessageError('failed');
    const partial = buildMessage();
    error.partial = partial;

    expect(error.partial).toBe(partial);
  });

  it.each<[api.AnthropicError, boolean]>([
    [new AnthropicError('failed'), false],
    [new AnthropicError('failed', { cause: new TypeError('fetch failed') }), true],
    [new APIStatusError('failed', { status: 400 }), false],
    [new APIStatusError('failed', { status: 408 }), true],
    [new RateLimitError('failed', { status: 429 }), true],
    [new OverloadedError('failed', { status: 529 }), true],
    [new APIConnectionError('failed'), true],
    [new IncompleteMessageError('failed'), true],
    [new APIConnectionTimeoutError('failed', { timeout: 'totalMs', ms: 1 }), true],
    [new APIUserAbortError('failed'), false],
    [new InvalidEventError('failed', { position: 0, data: '' }), false],
    [new InvalidOutputError('failed', { text: '' }), false],
    [new InvalidParamsError('failed'), false],
    [new MissingCredentialsError('failed'), false],
  ])('retryable says whether a retry can help: %p, %p', (error, retryable) => {
    expect(error.retryable).toBe(retryable);
    expect(api.isRetryable(error)).toBe(retryable);
  });
});

describe('APIError', () => {
  it('has the phase and the id of the request', () => {
    const error = new APIError('failed', { phase: 'mid-content', requestID: 'req_1' });

    expect(error.phase).toBe('mid-content');
    expect(error.requestID).toBe('req_1');
  });

  it('is in the phase connect by default', () => {
    expect(new APIError('failed')).toMatchObject({ phase: 'connect', requestID: undefined });
  });
});

describe('APIStatusError', () => {
  it('keeps the status, type, headers and body of the response', () => {
    const body = { type: 'error', error: { type: 'rate_limit_error', message: 'Slow down' } };
    const headers = new Headers({ 'request-id': 'req_1' });
    const error = new RateLimitError('429 Slow down', { status: 429, type: 'rate_limit_error', headers, error: body });

    expect(error).toMatchObject({ status: 429, type: 'rate_limit_error', phase: 'connect' });
    expect(error.headers).toBe(headers);
    expect(error.error).toBe(body);
  });

  it("has the API's own text, its code and its details, and the workspace", () => {
    const details = { error_code: 'thread_not_found', thread: 't_1' };
    const body = { type: 'error', error: { type: 'not_found_error', message: 'No such thread.', details } };
    const headers = new Headers({ 'anthropic-workspace-id': 'wrkspc_1' });
    const error = new APIStatusError('404 not_found_error: No such thread. Check the model.', {
      status: 404,
      headers,
      error: body,
    });
    const sdk = Anthropic.APIError.generate(404, body, undefined, headers);
    const fields = {
      apiMessage: 'No such thread.',
      errorCode: 'thread_not_found',
      details,
      workspaceID: 'wrkspc_1',
    };

    expect(error).toMatchObject(fields);
    expect(sdk).toMatchObject(fields);
  });

  it.each([undefined, 'Bad gateway', { error: 'no' }, { error: { type: 'a', message: 1, details: 'none' } }])(
    'has none of these if the response has none: %j',
    (body) => {
      const { apiMessage, errorCode, details, workspaceID } = new APIStatusError('failed', {
        status: 502,
        error: body,
      });

      expect([apiMessage, errorCode, details, workspaceID]).toEqual([undefined, undefined, undefined, undefined]);
    },
  );

  it('returns how long the API asks to wait, in ms', () => {
    const headers = new Headers({ 'retry-after': '3' });

    expect(new RateLimitError('failed', { status: 429, headers }).retryAfterMs).toBe(3000);
    expect(new OverloadedError('failed', { status: 529 }).retryAfterMs).toBeUndefined();
  });
});

describe('APIConnectionTimeoutError', () => {
  it('has the name of the timeout, its duration and the last event before it', () => {
    const options = { timeout: 'idleMs', ms: 300_000, lastEvent: 'ping', phase: 'before-content' } as const;

    expect(new APIConnectionTimeoutError('failed', options)).toMatchObject(options);
    expect(new APIConnectionTimeoutError('failed', { timeout: 'headersMs', ms: 1 }).lastEvent).toBeUndefined();
  });
});

describe('InvalidEventError', () => {
  it('has the position and the data of the event', () => {
    const cause = new SyntaxError('Unexpected token');
    const error = new InvalidEventError('Not JSON', { position: 7, data: '{oops', cause });

    expect(error).toMatchObject({ position: 7, data: '{oops', message: 'Not JSON (event 7: {oops)' });
    expect(error.cause).toBe(cause);
  });

  it('has the id of the request, once it is known', () => {
    const options = { position: 0, data: '' };
    const error = new InvalidEventError('failed', options);

    expect(error.requestID).toBeUndefined();
    expect(new InvalidEventError('failed', { ...options, requestID: 'req_1' }).requestID).toBe('req_1');

    error.requestID = 'req_2';

    expect(error.requestID).toBe('req_2');
  });

  it.each([199, 200])('quotes data of %i UTF-16 code units in full', (length) => {
    const data = 'x'.repeat(length);
    const error = new InvalidEventError('Not JSON', { position: 0, data });

    expect(error.data).toBe(data);
    expect(error.message).toBe(`Not JSON (event 0: ${data})`);
  });

  it.each([201, 100_000])('quotes the first 200 UTF-16 code units of %i', (length) => {
    const error = new InvalidEventError('Not JSON', {
      position: 0,
      data: `${'x'.repeat(200)}${'y'.repeat(length - 200)}`,
    });

    expect(error.data).toBe('x'.repeat(200));
    expect(error.message).toBe(`Not JSON (event 0: ${'x'.repeat(200)}…)`);
  });
});

describe('InvalidOutputError', () => {
  it("keeps the text, the value and the schema's objections", () => {
    const issues = [{ message: 'must be a string', path: ['city'] }];
    const value = { city: 1 };
    const error = new InvalidOutputError('failed', { text: '{"city":1}', value, issues });

    expect(error.text).toBe('{"city":1}');
    expect(error.value).toBe(value);
    expect(error.issues).toBe(issues);
  });

  it('has no issues by default', () => {
    expect(new InvalidOutputError('failed', { text: '{' })).toMatchObject({ text: '{', value: undefined, issues: [] });
  });
});
