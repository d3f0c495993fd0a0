import * as sdk from '@anthropic-ai/sdk';
import fc from 'fast-check';
import { isConnectionFailure } from '../../src/errors/connectionFailure.js';
import { AnthropicError, APIConnectionError, APIConnectionTimeoutError, isRetryable } from '../../src/index.js';
import { startMessagesServer } from '../../src/testing/index.js';
import { chain, withCode } from './support/errors.js';

/** What each runtime says of a connection that could not be established or was lost. */
const MESSAGES = [
  ['Node', 'fetch failed'],
  ['Node', 'terminated'],
  ['Node', 'socket hang up'],
  ['Chromium', 'Failed to fetch'],
  ['Chromium', 'network error'],
  ['Safari', 'Load failed'],
  ['Safari', 'Load failed (api.anthropic.com)'],
  ['Firefox', 'NetworkError when attempting to fetch resource.'],
  ['Firefox', 'Error in input stream'],
  ['Bun', 'Unable to connect. Is the computer able to access the url?'],
  ['Deno', 'error sending request for url (https://api.anthropic.com/v1/messages)'],
  ['Deno', 'error sending request for url (https://api.anthropic.com/): connection error: reset by peer'],
  ['Deno', 'error reading a body from connection'],
  ['Deno', 'error reading a body from connection: end of file before message length reached'],
  ['Cloudflare', 'Network connection lost.'],
  ['Safari', 'The network connection was lost.'],
  ['Safari', 'The request timed out.'],
  ['Safari', 'The Internet connection appears to be offline.'],
  ['Safari', 'Could not connect to the server.'],
  ['Safari', 'A server with the specified hostname could not be found.'],
  ['Safari', 'An SSL error has occurred and a secure connection to the server cannot be made.'],
  ['Safari', 'The operation couldn’t be completed. (NSURLErrorDomain error -1005.)'],
  ['Deno', 'client error (Connect): tcp connect error: Connection refused (os error 111)'],
  ['Deno', 'request or response body error: operation timed out'],
  ['Cloudflare', 'internal error; reference = 0123abcd'],
  ['React Native', 'Network request failed'],
  ['React Native', 'Network request timed out'],
  ['Electron', 'net::ERR_CONNECTION_RESET'],
  ['node-fetch', 'Invalid response body while trying to fetch https://x.test/: Premature close'],
  ['Bun', 'The socket connection was closed unexpectedly. For more information, pass `verbose: true`'],
] as const;

const CODES = [
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
  'UND_ERR_RESPONSE',
  'UND_ERR_CONNECT_TIMEOUT',
  'UND_ERR_HEADERS_TIMEOUT',
  'UND_ERR_BODY_TIMEOUT',
  'UND_ERR_CLOSED',
  'UND_ERR_DESTROYED',
  'ConnectionRefused',
  'ConnectionClosed',
  'ERR_STREAM_PREMATURE_CLOSE',
  'ERR_HTTP2_STREAM_ERROR',
  'ERR_HTTP2_GOAWAY_SESSION',
  'EPROTO',
  'ESOCKETTIMEDOUT',
  'HPE_INVALID_CHUNK_SIZE',
  'ERR_NETWORK',
] as const;

describe('isConnectionFailure', () => {
  it.each(MESSAGES)('recognises the message of %s: %s', (_, message) => {
    for (const error of [
      new TypeError(message),
      { message },
      new sdk.AnthropicError(`TypeError: ${message}`),
      new sdk.AnthropicError(`Error: ${message}`),
      chain(new Error('It failed.'), new Error('Because:'), new TypeError(message)),
    ]) {
      expect(isConnectionFailure(error)).toBe(true);
      expect(isRetryable(error)).toBe(true);
    }
  });

  it.each(CODES)("recognises Node's code %s", (code) => {
    for (const error of [
      withCode(code),
      chain(new Error('It failed.'), new Error('Because:'), withCode(code)),
      chain(new AnthropicError('It failed.'), withCode(code)),
    ]) {
      expect(isConnectionFailure(error)).toBe(true);
      expect(isRetryable(error)).toBe(true);
    }
  });

  it.each([
    'load failed',
    'LOAD FAILED',
    'Load failed.',
    'Load failed (api.anthropic.com).',
    'Load failed (a (b) c)',
    'TypeError: Load failed (api.anthropic.com).',
    'error: Load failed',
    'MyFetchError: Load failed',
    'The socket connection was closed (unexpectedly)',
    'NetworkError when (attempting to fetch).',
    'network error when loading',
  ])('ignores the case, the class, parentheses and a full stop: %s', (message) => {
    expect(isConnectionFailure({ message })).toBe(true);
  });

  it.each([
    'Load failed (api.anthropic.com',
    'Load failed(api.anthropic.com)',
    'Load failed..',
    'Load failed\n',
    'Load failed (api\nanthropic)',
    'The socket connection was closed',
    'The socket connection was closed \nunexpectedly',
    'Load failed: TypeError',
    'My TypeError: Load failed',
    'TypeError: Error: Load failed',
  ])('does not ignore anything else around a message: %j', (message) => {
    expect(isConnectionFailure({ message })).toBe(false);
  });

  it.each([
    'ENOENT',
    'EACCES',
    'ERR_INVALID_URL',
    'XECONNRESET',
    'ECONNRESETX',
    'UND_ERR_ABORTED',
    'UND_ERR_INVALID_ARG',
    'UND_ERR_TIMEOUT',
    '',
  ])('does not recognise the code %p of another fault', (code) => {
    expect(isConnectionFailure(withCode(code))).toBe(false);
    expect(isRetryable(withCode(code))).toBe(false);
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
  ])('does not recognise the message %p of another fault', (message) => {
    expect(isConnectionFailure(new TypeError(message))).toBe(false);
    expect(isRetryable(new TypeError(message))).toBe(false);
  });

  it("recognises fetch's own error when nothing listens on the port", async () => {
    const server = await startMessagesServer();
    await server.close();
    const error: unknown = await fetch(server.url).catch((reason: unknown) => reason);
    const cause: unknown = Reflect.get(error as object, 'cause');

    expect([error, cause].map(isConnectionFailure)).toEqual([true, true]);
    expect([error, cause].map(isRetryable)).toEqual([true, true]);
  });

  it('recognises the classes of this package and of the official SDK by name, but not when they are a cause', () => {
    const errors = [
      new APIConnectionError('It failed.'),
      new APIConnectionTimeoutError('It failed.', { timeout: 'idleMs', ms: 1 }),
      new sdk.APIConnectionError({}),
      new sdk.APIConnectionTimeoutError(),
    ];

    expect(errors.map(isConnectionFailure)).toEqual([true, true, true, true]);
    expect(errors.map((error) => isConnectionFailure(chain(new Error('It failed.'), error)))).toEqual([
      false,
      false,
      false,
      false,
    ]);
  });

  it.each([undefined, null, 'fetch failed', 1, {}, { message: 1, code: [] }, []])('is false for %p', (error) => {
    expect(isConnectionFailure(error)).toBe(false);
  });

  it('finds the reason in a circular chain of causes', () => {
    const first = new Error('first');
    first.cause = Object.assign(withCode('ECONNRESET'), { cause: first });

    expect(isConnectionFailure(first)).toBe(true);
    expect(isRetryable(first)).toBe(true);
  });
});

describe('the texts that isConnectionFailure accepts', () => {
  /** The same rule as one expression, written independently of the table. */
  const ORACLE =
    /^(\w*error: )?(econn(refused|reset|aborted)|epipe|e(socket)?timedout|hpe_\w+|could not connect to the server|a server with the specified hostname could not be found|an ssl error has occurred and .*|the operation couldn.t be completed\. .*|client error \(connect\).*|request or response body error.*|internal error; reference = \w+|enotfound|eai_again|e(net|host)(unreach|down)|und_err_(socket|\w+_timeout|response|closed|destroyed)|fetch failed|terminated|failed to fetch|network ?error( when .*)?|load failed|error in input stream|socket hang up|the socket connection was closed .*|err_(http2_\w+|stream_premature_close|network)|eproto|connection(refused|closed|reset)|failedtoopensocket|unable to connect\. is the computer .*|error sending request .*|error reading a body from connection.*|(the )?network connection( was)? lost|the request timed out|the internet connection appears to be offline|network request (failed|timed out)|net::err_\w+|(invalid response body while .*: )?premature close)( \(.*\))?\.?$/i;

  const core = fc.constantFrom(...MESSAGES.map(([, message]) => message), ...CODES);
  const noise = fc.string({
    maxLength: 6,
    unit: fc.constantFrom(
      ' ',
      '(',
      ')',
      '.',
      ':',
      '\n',
      '\r',
      '\u2028',
      'x',
      '_',
      'error: ',
      ' (',
      ').',
      'Error',
      ' when ',
    ),
  });
  const decorated = fc.tuple(noise, core, noise).map((parts) => parts.join(''));
  const truncated = fc
    .tuple(core, fc.nat(90), noise, fc.constantFrom('', 'TypeError: ', 'error: '))
    .map(([text, length, end, start]) => start + text.slice(0, length) + end);

  it('are those of the oracle', () => {
    fc.assert(
      fc.property(fc.oneof(decorated, truncated, noise), (text) => {
        expect(isConnectionFailure({ message: text })).toBe(ORACLE.test(text));
        expect(isConnectionFailure({ code: text })).toBe(ORACLE.test(text));
      }),
      { numRuns: 3000 },
    );
  });

  it.each([
    ['Load failed ', ' ('],
    ['The socket connection was closed ', ' ('],
    ['The socket connection was closed ', ' ()'],
    ['NetworkError when ', ' (x)'],
    ['UND_ERR_', '_TIMEOUT'],
    ['', 'error: '],
    ['', 'error'],
  ])('are tested in linear time: %j followed by many %j', (start, part) => {
    const line = start + part.repeat(200_000); // quadratic time would exceed the timeout of the test

    expect(isConnectionFailure({ message: line })).toBe(ORACLE.test(line));
    expect(isConnectionFailure({ message: `${line}\nx` })).toBe(false);
  });

  it.each<[string, unknown]>([
    [
      'a TimeoutError of AbortSignal.timeout()',
      new DOMException('The operation was aborted due to timeout', 'TimeoutError'),
    ],
    ['a DOMException of the network', new DOMException('A network error occurred.', 'NetworkError')],
    [
      "Angular's HttpErrorResponse without a response",
      {
        name: 'HttpErrorResponse',
        status: 0,
        message: 'Http failure response for /api: 0 Unknown Error',
        error: { type: 'error' },
      },
    ],
    [
      "node-fetch's error",
      Object.assign(new Error('request failed'), { type: 'system', code: 'ERR_STREAM_PREMATURE_CLOSE' }),
    ],
  ])('recognises %s', (_, error) => {
    expect(isConnectionFailure(error)).toBe(true);
    expect(isRetryable(error)).toBe(true);
  });
});
