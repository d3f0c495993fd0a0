import {
  connectFailure,
  connectionLost,
  incompleteMessage,
  noResponse,
  timeoutError,
  userAbort,
} from '../../src/errors/connectionErrors.js';
import { AnthropicError, APIConnectionError, APIConnectionTimeoutError, APIUserAbortError } from '../../src/index.js';
import { buildMessage } from '../../src/testing/index.js';
import { chain, withCode } from './support/errors.js';

const abort = new DOMException('This operation was aborted', 'AbortError');
const terminated = new TypeError('terminated');
const midContent = { phase: 'mid-content', lastEvent: 'content_block_delta', requestID: 'req_1' } as const;
const beforeEvents = { phase: 'before-content', lastEvent: undefined, requestID: undefined } as const;

describe('connectionLost', () => {
  it('describes a stream that failed, with the last event and the cause', () => {
    const error = connectionLost(terminated, midContent);

    expect(error.constructor).toBe(APIConnectionError);
    expect(error).toMatchObject({
      phase: 'mid-content',
      requestID: 'req_1',
      cause: terminated,
      message: 'The connection was lost after content_block_delta: terminated.',
    });
  });

  it('describes a stream that failed before its first event', () => {
    expect(connectionLost(terminated, beforeEvents).message).toBe(
      'The connection was lost before the first event: terminated.',
    );
  });

  it('describes a request without a response', () => {
    const error = connectionLost(terminated, { ...beforeEvents, phase: 'connect' });

    expect(error.message).toBe('The API did not respond: terminated. Check the URL or baseURL, and the network.');
  });

  it.each(['Premature close.', 'Is the computer able to access the url?'])(
    'adds no full stop to a message that ends with a mark: %s',
    (message) => {
      const error = connectionLost(new TypeError(message), midContent);

      expect(error.message).toBe(`The connection was lost after content_block_delta: ${message}`);
    },
  );

  it('recognises an abort', () => {
    const error = connectionLost(abort, midContent);

    expect(error.constructor).toBe(APIUserAbortError);
    expect(error).toMatchObject({ phase: 'mid-content', requestID: 'req_1', cause: abort });
  });
});

describe("a limit of Node's fetch", () => {
  const cause = (code: string) => chain(new TypeError('terminated'), withCode(code, 'Timeout Error'));

  it.each([
    ['UND_ERR_HEADERS_TIMEOUT', 'headersMs', 'No response headers arrived'],
    ['UND_ERR_BODY_TIMEOUT', 'idleMs', 'No bytes arrived'],
  ])('%s is the timeout %s', (code, timeout, missed) => {
    const failure = cause(code);
    const error = connectionLost(failure, midContent);

    expect(error).toBeInstanceOf(APIConnectionTimeoutError);
    expect(error).toMatchObject({
      ...midContent,
      timeout,
      ms: 300_000,
      cause: failure,
      retryable: true,
      message: `${missed} within the limit of Node's fetch (300 s by default), after content_block_delta. To wait longer, pass a fetch whose dispatcher has other limits.`,
    });
    expect(connectFailure(failure)).toMatchObject({ name: 'APIConnectionTimeoutError', timeout, phase: 'connect' });
  });
});

describe('noResponse', () => {
  it('describes a request without a response', () => {
    const cause = chain(new TypeError('fetch failed'), withCode('ECONNREFUSED', 'connect ECONNREFUSED'));
    const error = noResponse(cause);

    expect(error.constructor).toBe(APIConnectionError);
    expect(error).toMatchObject({ phase: 'connect', requestID: undefined, cause });
    expect(error.message).toBe(
      'The API did not respond: fetch failed: connect ECONNREFUSED. Check the URL or baseURL, and the network.',
    );
  });

  it('recognises an abort', () => {
    expect(noResponse(abort)).toMatchObject({ name: 'APIUserAbortError', phase: 'connect', cause: abort });
  });
});

describe('connectFailure', () => {
  it("returns this package's errors unchanged", () => {
    const error = new AnthropicError('failed');

    expect(connectFailure(error)).toBe(error);
  });

  it('converts an abort and a connection failure', () => {
    expect(connectFailure(abort)).toMatchObject({ name: 'APIUserAbortError', cause: abort });
    expect(connectFailure(terminated)).toMatchObject({ name: 'APIConnectionError', cause: terminated });
  });

  it.each([new TypeError('x is not a function'), 'x is not a function'])(
    'treats anything else as a fault of the function: %p',
    (cause) => {
      const error = connectFailure(cause);

      expect(error.constructor).toBe(AnthropicError);
      expect(error.cause).toBe(cause);
      expect(error.message).toBe('The function that creates the response failed: x is not a function.');
    },
  );
});

describe('userAbort', () => {
  it('has the reason as its cause', () => {
    expect(userAbort('bye', { phase: 'connect' })).toMatchObject({
      name: 'APIUserAbortError',
      message: 'The request was aborted.',
      phase: 'connect',
      requestID: undefined,
      cause: 'bye',
    });
    expect(userAbort(abort, midContent)).toMatchObject({ phase: 'mid-content', requestID: 'req_1' });
  });
});

describe('timeoutError', () => {
  it.each([
    ['headersMs', 'No response headers arrived within 5 ms (timeout.headersMs), after content_block_delta.'],
    ['firstEventMs', 'No event arrived within 5 ms (timeout.firstEventMs), after content_block_delta.'],
    ['idleMs', 'No bytes arrived within 5 ms (timeout.idleMs), after content_block_delta.'],
    ['contentMs', 'No content arrived within 5 ms (timeout.contentMs), after content_block_delta.'],
    ['totalMs', 'The response did not end within 5 ms (timeout.totalMs), after content_block_delta.'],
  ] as const)('describes what %s waits for', (timeout, message) => {
    const error = timeoutError(timeout, 5, midContent);

    expect(error.constructor).toBe(APIConnectionTimeoutError);
    expect(error).toMatchObject({ ...midContent, timeout, ms: 5, message });
  });

  it('describes a timeout of another operator in its words', () => {
    const { message } = timeoutError('idleMs', 5, beforeEvents, 'idleTimeout: ', 'No event arrived');

    expect(message).toBe('No event arrived within 5 ms (idleTimeout: idleMs), before the first event.');
  });
});

describe('incompleteMessage', () => {
  it.each([
    [0, 'The stream ended before the first event. '],
    [1, 'The stream ended after 1 event, before message_stop. '],
    [2, 'The stream ended after 2 events, before message_stop. '],
  ])('says how many events arrived: %i', (events, beginning) => {
    const { message } = incompleteMessage(events, 'before-content');

    expect(message).toBe(`${beginning}Send the request again, as retryOnConnectionError() does.`);
  });

  it('has the phase, the request id and the partial message', () => {
    const partial = buildMessage();

    expect(incompleteMessage(3, 'mid-content', 'req_1', partial)).toMatchObject({
      name: 'IncompleteMessageError',
      phase: 'mid-content',
      requestID: 'req_1',
      partial,
    });
  });
});
