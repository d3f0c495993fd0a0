import { lastValueFrom, take, toArray } from 'rxjs';
import {
  AnthropicError,
  APIConnectionError,
  APIUserAbortError,
  fromResponse,
  IncompleteMessageError,
  InternalServerError,
  InvalidEventError,
  type ResponseInfo,
} from '../../src/index.js';
import { buildMessage, eventsOf, sseOf } from '../../src/testing/index.js';
import { streams } from '../fixtures/streams.js';
import { bodyOf, eventStream, writtenBody } from './support/bodies.js';
import { errorOf, outcomeOf, settle, watch } from './support/outcome.js';

const message = buildMessage({ content: 'Hello, world. How are you?' });

const events = eventsOf(message);

const whole = { values: events, ended: 'completed', error: undefined };

/** A response that is nothing but a text, as raw as it is. */
const of = (text: string) => fromResponse(eventStream(text));

describe('fromResponse', () => {
  it('reads a response', async () => {
    expect(await outcomeOf(of(sseOf(events)))).toEqual(whole);
  });

  it('calls the function once per subscription', async () => {
    const create = jest.fn(() => Promise.resolve(eventStream(sseOf(events))));
    const source = fromResponse(create);

    expect(create).not.toHaveBeenCalled();
    expect(await outcomeOf(source)).toEqual(whole);
    expect(await outcomeOf(source)).toEqual(whole);
    expect(create).toHaveBeenCalledTimes(2);
  });

  it('accepts a function that returns a Response without a promise', async () => {
    expect(await outcomeOf(fromResponse(() => eventStream(sseOf(events))))).toEqual(whole);
  });

  it('gives the function a signal that unsubscribing aborts, and completing does not', async () => {
    const signals: AbortSignal[] = [];
    const source = fromResponse((signal) => {
      signals.push(signal);
      return eventStream(sseOf(events));
    });
    await outcomeOf(source.pipe(take(1)));
    await outcomeOf(source);

    expect(signals.map(({ aborted }) => aborted)).toEqual([true, false]);
  });

  it('cancels the body on unsubscribe', async () => {
    const body = writtenBody();
    const seen = watch(fromResponse(eventStream(body.stream)));
    body.write(sseOf(events.slice(0, 2)));
    await settle();

    expect(body.isCancelled).toBe(false);

    seen.subscription.unsubscribe();
    await settle();

    expect(body.isCancelled).toBe(true);
    expect(seen).toMatchObject({ values: events.slice(0, 2), ended: undefined });
  });

  it('cancels the body if the consumer unsubscribes immediately', async () => {
    const body = writtenBody();
    watch(fromResponse(eventStream(body.stream))).subscription.unsubscribe();
    await settle();

    expect(body.isCancelled).toBe(true);
  });

  it('cancels the body if an event is invalid', async () => {
    const body = writtenBody();
    body.write('data: {oops\n\n');

    expect(await errorOf(fromResponse(eventStream(body.stream)))).toBeInstanceOf(InvalidEventError);
    expect(body.isCancelled).toBe(true);
  });

  it('emits each event synchronously when its bytes are read', async () => {
    const body = writtenBody();
    const seen = watch(fromResponse(eventStream(body.stream)));
    for (const [position, event] of events.entries()) {
      body.write(sseOf([event]));
      await settle();

      expect(seen.values).toHaveLength(position + 1);
    }
    seen.subscription.unsubscribe();
  });

  it.each(['text/event-stream', 'TEXT/Event-Stream; charset=utf-8', 'text/event-stream;x=y'])(
    'accepts the content type %p',
    async (type) => {
      const response = eventStream(sseOf(events), { headers: { 'content-type': type } });

      expect(await outcomeOf(fromResponse(response))).toEqual(whole);
    },
  );

  it('accepts a response without a content type', async () => {
    const response = new Response(bodyOf([sseOf(events)]));

    expect(response.headers.has('content-type')).toBe(false);
    expect(await outcomeOf(fromResponse(response))).toEqual(whole);
  });
});

describe('an error that the function throws', () => {
  it('is an APIConnectionError with its cause', async () => {
    const failure = new TypeError('Failed to fetch');
    for (const source of [
      fromResponse(() => Promise.reject(failure)),
      fromResponse(() => {
        throw failure;
      }),
    ]) {
      const error = await errorOf(source);

      expect(error).toBeInstanceOf(APIConnectionError);
      expect(error).toMatchObject({ cause: failure, phase: 'connect', retryable: true });
      expect(String(error)).toContain('The API did not respond: Failed to fetch');
    }
  });

  it('becomes an APIUserAbortError if it is an AbortError', async () => {
    const failure = new DOMException('This operation was aborted', 'AbortError');
    const before = await errorOf(fromResponse(() => Promise.reject(failure)));
    const during = await errorOf(fromResponse(eventStream(bodyOf([sseOf(events.slice(0, 3))], failure))));

    expect(before).toBeInstanceOf(APIUserAbortError);
    expect(before).toMatchObject({ cause: failure, phase: 'connect', retryable: false });
    expect(during).toBeInstanceOf(APIUserAbortError);
    expect(during).toMatchObject({ cause: failure, phase: 'mid-content', retryable: false });
  });

  it.each<[string, unknown, object]>([
    [
      'an APIStatusError if it says a status',
      { status: 429, message: 'slow' },
      { name: 'RateLimitError', status: 429 },
    ],
    [
      'an AnthropicError if it is a fault of your own',
      new RangeError('mine'),
      { name: 'AnthropicError', retryable: false },
    ],
    [
      'an APIStatusError if its response has a status, as in ky',
      Object.assign(new Error('Request failed with status code 401'), {
        response: new Response(null, { status: 401 }),
      }),
      { name: 'AuthenticationError', status: 401, retryable: false },
    ],
    [
      'an APIStatusError with the wait that its response asks for',
      Object.assign(new Error('Busy'), {
        response: new Response('', { status: 529, headers: { 'retry-after': '7' } }),
      }),
      { name: 'OverloadedError', status: 529, retryable: true, retryAfterMs: 7000 },
    ],
    [
      'an AnthropicError with advice if a server has no base for the URL',
      new TypeError('Failed to parse URL from /api/chat'),
      {
        name: 'AnthropicError',
        retryable: false,
        message: expect.stringContaining('On a server, a URL must be absolute.') as string,
      },
    ],
    ['an AnthropicError if it is no error', 'oops', { name: 'AnthropicError', retryable: false }],
  ])('is %s', async (_, failure, expected) => {
    const throwing = () => {
      throw failure as Error;
    };
    const error = await errorOf(fromResponse(throwing));

    expect(error).toBeInstanceOf(AnthropicError);
    expect(error).toMatchObject({ ...expected, cause: failure });
  });

  it('passes through if it is an error of this package', async () => {
    const failure = new AnthropicError('mine');

    expect(await errorOf(fromResponse(() => Promise.reject(failure)))).toBe(failure);
  });
});

describe('onResponse', () => {
  it('is called once per subscription', async () => {
    const seen: ResponseInfo[] = [];
    const source = fromResponse(() => eventStream(sseOf(events)), { onResponse: (info) => seen.push(info) });
    await outcomeOf(source);
    await outcomeOf(source);

    expect(seen.map(({ status }) => status)).toEqual([200, 200]);
  });

  it('is called for an error status without a body', async () => {
    const seen: number[] = [];
    const onResponse = ({ status }: ResponseInfo) => seen.push(status);
    const error = await errorOf(fromResponse(new Response(null, { status: 500 }), { onResponse }));

    expect(error).toBeInstanceOf(InternalServerError);
    expect(seen).toEqual([500]);
  });
});

describe('a gateway', () => {
  const text = sseOf(events);

  it.each<[string, string]>([
    ['without event lines', sseOf(events, { eventLines: false })],
    ['with CRLF', sseOf(events, { crlf: true })],
    ['with CR', text.replaceAll('\n', '\r')],
    ['that ends with [DONE]', `${text}data: [DONE]\n\n`],
    ['that ends with [DONE] and no blank line', `${text}data: [DONE]`],
    ['that ends without a blank line', text.trimEnd()],
    ['that ends with half an event', `${text}event: ping\ndata: {"typ`],
    ['with comments', `: hello\n\n${text.replaceAll('event: ', ': still here\nevent: ')}:`],
    ['with a byte order mark', `\ufeff${text}`],
    ['with no space after the colon', text.replaceAll(': ', ':').replaceAll('" :', '":')],
    ['with ids, retry and fields of its own', text.replaceAll('data: ', 'id: 7\nretry: 10\nx-gateway: a\ndata: ')],
    ['with wrong event lines', text.replaceAll(/event: .*/g, 'event: message')],
    ['that repeats message_start', sseOf([...events.slice(0, 1), ...events])],
    ['that repeats it later', sseOf([...events.slice(0, 3), ...events.slice(0, 1), ...events.slice(3)])],
    ['that repeats message_stop', sseOf([...events, ...events.slice(-1)])],
    ['that breaks data over lines', text.replaceAll(',"', '\ndata: ,"')],
    ['that pads its data', sseOf(events, { padding: 40 })],
  ])('%s is understood', async (_, sse) => {
    expect(await outcomeOf(of(sse))).toEqual(whole);
  });

  it('that sends unknown events, blocks and deltas has them passed through', async () => {
    const [, , , ...rest] = events;
    const future = [
      { type: 'weather_report', sunny: true },
      ...events.slice(0, 3),
      { type: 'content_block_delta', index: 0, delta: { type: 'scent_delta', scent: 'rose' } },
      { type: 'content_block_start', index: 1, content_block: { type: 'hologram', volume: 3 } },
      { type: 'content_block_delta', index: 1, delta: { type: 'text_delta', text: 'inside of it' } },
      { type: 'content_block_stop', index: 1 },
      ...rest,
      { type: 'afterthought' },
    ];

    expect(await outcomeOf(of(sseOf(future)))).toEqual({ ...whole, values: future });
  });

  it('that omits message_stop makes the stream fail', async () => {
    expect(await errorOf(of(sseOf(events.slice(0, -1))))).toBeInstanceOf(IncompleteMessageError);
    expect(await errorOf(of(`${sseOf(events.slice(0, -1))}data: [DONE]\n\n`))).toBeInstanceOf(IncompleteMessageError);
  });

  it('that sends everything at once has every event emitted in one turn', async () => {
    const body = writtenBody();
    const turns: number[] = [];
    const seen = watch(fromResponse(eventStream(body.stream)));
    await settle();
    body.write(text);
    for (let turn = 0; turn < 10; turn += 1) {
      await Promise.resolve();
      turns.push(seen.values.length);
    }

    seen.subscription.unsubscribe();

    expect([...new Set(turns)]).toEqual([0, events.length]);
  });
});

describe('the fixtures', () => {
  it.each(streams)('$name', async ({ events, sse }) => {
    expect(await lastValueFrom(of(sse).pipe(toArray()))).toEqual(events);
  });
});

describe('a function that fails', () => {
  it('has its own error as the cause, which is not retryable', async () => {
    const fault = new TypeError("Cannot read properties of undefined (reading 'token')");
    const { error } = await outcomeOf(fromResponse(() => Promise.reject(fault)));

    expect(error).toMatchObject({ name: 'AnthropicError', cause: fault, retryable: false });
  });

  it('fails with the status that it throws', async () => {
    const refused = Object.assign(new Error('Unauthorized'), { status: 401 });
    const { error } = await outcomeOf(fromResponse(() => Promise.reject(refused)));

    expect(error).toMatchObject({ name: 'AuthenticationError', status: 401, cause: refused, retryable: false });
  });

  it('fails with what a client has read of the response', async () => {
    const headers = new Headers({ 'retry-after': '3', 'anthropic-workspace-id': 'wrkspc_1' });
    const details = { error_code: 'tokens_per_minute' };
    const body = { type: 'error', error: { type: 'rate_limit_error', message: 'Slow down.', details } };
    const refused = Object.assign(new Error('429 Slow down.'), { status: 429, headers, error: body });
    const { error } = await outcomeOf(fromResponse(() => Promise.reject(refused)));

    expect(error).toMatchObject({
      name: 'RateLimitError',
      apiMessage: 'Slow down.',
      errorCode: 'tokens_per_minute',
      details,
      workspaceID: 'wrkspc_1',
      retryAfterMs: 3000,
    });
  });

  it('fails with a connection error if the connection failed', async () => {
    const { error } = await outcomeOf(fromResponse(() => Promise.reject(new TypeError('fetch failed'))));

    expect(error).toMatchObject({ name: 'APIConnectionError', retryable: true });
  });

  it('fails if the response has no body property, as in React Native', async () => {
    const response = Object.assign(Object.create(Response.prototype) as object, {}) as Response;
    for (const [name, value] of Object.entries({
      ok: true,
      status: 200,
      headers: new Headers(),
      body: undefined,
      bodyUsed: false,
    })) {
      Object.defineProperty(response, name, { value });
    }
    const { error } = await outcomeOf(fromResponse(response));

    expect(error).toMatchObject({ name: 'AnthropicError', retryable: false });
    expect(String(error)).toContain('React Native');
  });
});

describe('a rejection of the function', () => {
  const angular = { name: 'HttpErrorResponse', status: 0, message: 'Http failure response for /api: 0 Unknown Error' };

  it.each<[string, unknown]>([
    ['in words that are not known', new Error('the tunnel collapsed')],
    ['a timeout of its own', new DOMException('The operation was aborted due to timeout', 'TimeoutError')],
    ['Angular without a response', angular],
    ['with a code that is not known', Object.assign(new Error('bad'), { code: 'ERR_OF_TOMORROW' })],
  ])('is a lost connection: %s', async (_, cause) => {
    // eslint-disable-next-line @typescript-eslint/prefer-promise-reject-errors -- clients reject with plain objects too
    expect(await errorOf(fromResponse(() => Promise.reject(cause)))).toMatchObject({
      name: 'APIConnectionError',
      phase: 'connect',
      retryable: true,
      cause,
    });
  });

  it.each([TypeError, RangeError, ReferenceError, SyntaxError])('is a fault of the code: %p', async (Fault) => {
    expect(await errorOf(fromResponse(() => Promise.reject(new Fault('oops'))))).toMatchObject({
      name: 'AnthropicError',
      retryable: false,
    });
  });
});
