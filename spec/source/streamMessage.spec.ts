import { getEventListeners } from 'node:events';
import { inspect } from 'node:util';
import { lastValueFrom, take, tap, VirtualTimeScheduler } from 'rxjs';
import {
  accumulateMessage,
  AnthropicError,
  APIConnectionError,
  APIStatusError,
  APIUserAbortError,
  finalMessage,
  IncompleteMessageError,
  OverloadedError,
  RateLimitError,
  streamMessage,
  textDeltas,
  type MessageCreateParams,
  type MessageStreamEvent,
  type ResponseInfo,
  type StreamMessageOptions,
} from '../../src/index.js';
import { MessageAccumulator } from '../../src/accumulate/messageAccumulator.js';
import { buildMessage, errorEvent, eventsOf, sseOf, type MessagesServer, type Reply } from '../../src/testing/index.js';
import { streams } from '../fixtures/streams.js';
import { eventStream, writtenBody } from './support/bodies.js';
import { errorOf, outcomeOf, settle, watch, type Outcome, type Watched } from './support/outcome.js';
import { useServers } from './support/servers.js';

const params: MessageCreateParams = {
  model: 'claude-sonnet-5-5',
  max_tokens: 64,
  messages: [{ role: 'user', content: 'Hi' }],
};
const message = buildMessage({ content: 'Hello 😀 wide 世界, how are you today?' });
const events = eventsOf(message);
const sse = sseOf(events);
/** Where an event begins, in bytes. */
const startOf = (position: number) => Buffer.byteLength(sseOf(events.slice(0, position)));
const firstDelta = events.findIndex(({ type }) => type === 'content_block_delta');
const apiKey = 'sk-telltale';

const serve = useServers();

const ask = (server: MessagesServer, options: StreamMessageOptions = {}) =>
  streamMessage(params, { apiKey, baseURL: server.url, ...options });

/** The port of a server that has gone. */
async function closedPort() {
  const server = await serve();
  await server.close();
  return server;
}

/** What comes of a stream whose connection is lost as soon as so many of its events were read, and not before. */
async function lost(reply: Reply, arrived: number): Promise<Outcome<MessageStreamEvent>> {
  const server = await serve({ message, ...reply });
  let count = 0;
  const loseInTime = () => {
    if (count === arrived) void server.close();
  };
  const source = ask(server, { onResponse: loseInTime });
  return outcomeOf(
    source.pipe(
      tap(() => {
        count += 1;
        loseInTime();
      }),
    ),
  );
}

describe('a subscription', () => {
  it('is what makes a request, and each makes one', async () => {
    const server = await serve({ message });
    const source = ask(server);
    await settle();

    expect(server.requests).toHaveLength(0);

    const outcomes = await Promise.all([outcomeOf(source), outcomeOf(source)]);

    expect(outcomes).toEqual(Array(2).fill({ values: events, ended: 'completed', error: undefined }));
    expect(server.requests).toHaveLength(2);
  });

  it('calls fetch in the same turn, and never before', () => {
    const fetch = jest.fn(() => Promise.resolve(eventStream(sse)));
    const source = streamMessage(params, { apiKey, fetch });

    expect(fetch).not.toHaveBeenCalled();

    const subscription = source.subscribe();

    expect(fetch).toHaveBeenCalledTimes(1);
    subscription.unsubscribe();
  });

  it('asks for what the parameters and options were at the call', async () => {
    const server = await serve({ message });
    const given = { ...params, messages: [{ role: 'user' as const, content: 'Hi' }] };
    const options = { apiKey, baseURL: server.url, headers: { 'x-trace': '1' }, betas: ['a'] };
    const source = streamMessage(given, options);
    given.messages.push({ role: 'user', content: 'more' });
    given.max_tokens = 1;
    Object.assign(options, { apiKey: 'other', baseURL: 'http://127.0.0.1:1' });
    options.headers['x-trace'] = '2';
    options.betas.push('b');
    await outcomeOf(source);
    const request = await server.request();

    expect(request.body).toEqual({ ...params, stream: true });
    expect(request.headers).toMatchObject({ 'x-api-key': apiKey, 'x-trace': '1', 'anthropic-beta': 'a' });
  });

  it('emits the events as they arrive, pings too', async () => {
    const withPings = eventsOf(message, { pingEvery: 2 });
    const server = await serve({ events: withPings, stallAtByte: startOf(1) });
    const source = ask(server).pipe(take(1));

    expect(await lastValueFrom(source)).toEqual(withPings[0]);
    expect(await outcomeOf(ask(await serve({ events: withPings })))).toMatchObject({
      values: withPings,
      ended: 'completed',
    });
  });

  it.each(streams)('reads $name', async ({ events, options }) => {
    const server = await serve([
      { events, ...options },
      { events, ...options, gzip: true, chunkBytes: 50 },
      { events, ...options, chunkBytes: 7 },
    ]);
    for (const outcome of [await outcomeOf(ask(server)), await outcomeOf(ask(server)), await outcomeOf(ask(server))]) {
      expect(outcome).toEqual({ values: events, ended: 'completed', error: undefined });
    }
  });
});

describe('onResponse', () => {
  /** Notes what happens, in its order. */
  function noted(server: MessagesServer) {
    const notes: unknown[] = [];
    const source = ask(server, { onResponse: (response) => notes.push(response) });
    return { notes, done: outcomeOf(source).then(({ values, ended }) => notes.push(...values, ended)) };
  }

  it('is called once, before the first event, with what the headers say', async () => {
    const { notes, done } = noted(await serve({ message }));
    await done;
    const response = notes[0] as ResponseInfo;

    expect(notes.slice(1)).toEqual([...events, 'completed']);
    expect(response).toMatchObject({ status: 200, requestID: 'req_0001' });
    expect(response.headers.get('cache-control')).toBe('no-cache');
    expect(response.rateLimits.requests).toEqual({
      limit: 4000,
      remaining: 3999,
      reset: new Date('2030-01-01T00:00:00Z'),
    });
    expect(response.rateLimits.outputTokens?.limit).toBe(80_000);
  });

  it('comes before the first event even if everything arrives at once', async () => {
    const order: string[] = [];
    const fetch = () => Promise.resolve(eventStream(sse));
    const source = streamMessage(params, { apiKey, fetch, onResponse: () => order.push('response') });
    await lastValueFrom(source.pipe(tap(({ type }) => order.push(type))));

    expect(order).toEqual(['response', ...events.map(({ type }) => type)]);
  });

  it('is called for an error status too', async () => {
    const { notes, done } = noted(await serve({ status: 429 }));
    await done;

    expect(notes).toEqual([expect.objectContaining({ status: 429, requestID: 'req_0001' }), 'failed']);
  });

  it('makes its own error that of the stream, and ends the request', async () => {
    const server = await serve({ message, stallAtByte: 0 });
    const error = new Error('thrown by onResponse');
    const seen = await errorOf(
      ask(server, {
        onResponse: () => {
          throw error;
        },
      }),
    );
    const request = await server.request();
    await request.closed;

    expect(seen).toBe(error);
    expect(request.hungUp).toBe(true);
  });

  it('may unsubscribe', async () => {
    const server = await serve({ message });
    const leave = () => {
      seen.subscription.unsubscribe();
    };
    const seen = watch(ask(server, { onResponse: leave }));
    await (
      await server.request()
    ).closed;
    await settle();

    expect(seen).toMatchObject({ values: [], ended: undefined });
  });
});

describe('a redirect', () => {
  it.each([307, 308])('%p is followed on the same origin, with all that was sent', async (status) => {
    const server = await serve([
      { status, headers: { location: '/v1/messages?hop=1' }, body: '' },
      { status, headers: { location: '?hop=2' }, body: 'moved' },
      { message },
    ]);

    expect(await outcomeOf(ask(server))).toEqual({ values: events, ended: 'completed', error: undefined });
    expect(server.requests.map(({ query }) => query)).toEqual([{}, { hop: '1' }, { hop: '2' }]);
    for (const request of server.requests) {
      expect(request).toMatchObject({ method: 'POST', body: { ...params, stream: true } });
      expect(request.headers['x-api-key']).toBe(apiKey);
    }
  });

  it('is followed to an absolute address of the same origin', async () => {
    const server: MessagesServer = await serve(({ query }) =>
      query['hop'] === '1'
        ? { message }
        : { status: 307, headers: { location: `${server.url}/v1/messages?hop=1` }, body: '' },
    );

    expect(await outcomeOf(ask(server))).toMatchObject({ ended: 'completed' });
  });

  it.each([301, 302, 303, 307, 308])(
    '%p to another origin is refused: that one never sees a request',
    async (status) => {
      const other = await serve({ message });
      const server = await serve({ status, headers: { location: `${other.url}/v1/messages` }, body: '' });
      const error = await errorOf(ask(server));

      expect(error).toBeInstanceOf(APIStatusError);
      expect(error).toMatchObject({ status, retryable: false, phase: 'connect', requestID: 'req_0001' });
      expect(String(error)).toContain(`${server.url} redirects to ${other.url}`);
      expect(String(error)).toContain('Set baseURL');
      expect(server.requests).toHaveLength(1);
      await settle();
      expect(other.requests).toHaveLength(0);
    },
  );

  it.each(['http://localhost', 'https://127.0.0.1', '//localhost'])('to %s counts as another origin', async (start) => {
    const server: MessagesServer = await serve(() => ({
      status: 308,
      headers: { location: `${start}:${new URL(server.url).port}/v1/messages` },
      body: '',
    }));

    expect(await errorOf(ask(server))).toBeInstanceOf(APIStatusError);
    expect(server.requests).toHaveLength(1);
  });

  it.each([301, 302, 303])('%p on the same origin is refused, since it would not be sent as a POST', async (status) => {
    const server = await serve({ status, headers: { location: '/v1/messages?hop=1' }, body: '' });
    const error = await errorOf(ask(server));

    expect(error).toBeInstanceOf(APIStatusError);
    expect(error).toMatchObject({ status, retryable: false });
    expect(String(error)).toContain(
      `${server.url} redirects to ${server.url}, with status ${status}. Only a 307 or 308`,
    );
    expect(server.requests).toHaveLength(1);
  });

  it.each([{}, { location: 'http://' }])('that leads nowhere, with %p, is refused', async (headers) => {
    const server = await serve({ status: 307, headers, body: '' });
    const error = await errorOf(ask(server));

    expect(error).toMatchObject({ status: 307, name: 'APIStatusError' });
    expect(String(error)).toContain('redirects to an invalid address, with status 307');
  });

  it('is refused where a browser hides where it leads', async () => {
    const hidden = Object.defineProperties(new Response(null), {
      type: { value: 'opaqueredirect' },
      status: { value: 0 },
    });
    const error = await errorOf(streamMessage(params, { apiKey, fetch: () => Promise.resolve(hidden) }));

    expect(error).toMatchObject({ status: undefined, name: 'APIStatusError' });
    expect(String(error)).toContain(
      'https://api.anthropic.com redirects to an address that the browser does not reveal.',
    );
  });

  it('has a body that is let go', async () => {
    const body = writtenBody();
    const moved = new Response(body.stream, { status: 307, headers: { location: '/v1/messages' } });
    const answers = [moved, eventStream(sse)];
    const fetch = () => Promise.resolve(answers.shift() ?? Response.error());

    expect(await outcomeOf(streamMessage(params, { apiKey, fetch }))).toMatchObject({ ended: 'completed' });
    expect(body.isCancelled).toBe(true);
  });

  it('is followed five times, not more', async () => {
    const hop = { status: 307, headers: { location: '/v1/messages' }, body: '' };
    const five = await serve([hop, hop, hop, hop, hop, { message }]);

    expect(await outcomeOf(ask(five))).toMatchObject({ ended: 'completed' });

    const endless = await serve(hop);
    const error = await errorOf(ask(endless));

    expect(error).toBeInstanceOf(APIStatusError);
    expect(String(error)).toContain('redirects more than 5 times');
    expect(endless.requests).toHaveLength(6);
  });
});

describe('a failure', () => {
  it('is an APIConnectionError where nobody listens', async () => {
    const server = await closedPort();
    const error = await errorOf(ask(server));

    expect(error).toBeInstanceOf(APIConnectionError);
    expect(error).toMatchObject({
      name: 'APIConnectionError',
      phase: 'connect',
      retryable: true,
      requestID: undefined,
      cause: { message: 'fetch failed', cause: { code: 'ECONNREFUSED' } },
    });
    expect(String(error)).toMatch(/The API did not respond: fetch failed: .*ECONNREFUSED/);
  });

  it('is an APIConnectionError where the connection is lost before the headers', async () => {
    const server = await serve({ message, delayMs: 2 ** 31 - 1 });
    const failing = errorOf(ask(server));
    await server.request();
    await server.close();
    const error = await failing;

    expect(error).toBeInstanceOf(APIConnectionError);
    expect(error).toMatchObject({ name: 'APIConnectionError', phase: 'connect', retryable: true });
    expect(error).toMatchObject({ cause: { message: 'fetch failed', cause: { code: 'UND_ERR_SOCKET' } } });
  });

  it.each([0, 10])(
    'is an APIConnectionError where it is lost before the first event, after %p bytes',
    async (bytes) => {
      const { values, error } = await lost({ stallAtByte: bytes }, 0);

      expect(values).toEqual([]);
      expect(error).toBeInstanceOf(APIConnectionError);
      expect(error).toMatchObject({ name: 'APIConnectionError', phase: 'before-content', retryable: true });
      expect(error).toMatchObject({ requestID: 'req_0001', cause: { message: 'terminated' } });
      expect(String(error)).toContain('lost before the first event: terminated');
    },
  );

  it('is an APIConnectionError where it is lost before content', async () => {
    const { values, error } = await lost({ stallAtByte: startOf(firstDelta) + 20 }, firstDelta);

    expect(values).toEqual(events.slice(0, firstDelta));
    expect(error).toMatchObject({ name: 'APIConnectionError', phase: 'before-content' });
    expect(String(error)).toContain('lost after content_block_start');
  });

  it.each([1, 2, 3])(
    'is an APIConnectionError where it is lost in the text, after all that came: %p deltas',
    async (n) => {
      const cut = firstDelta + n;
      for (const reply of [
        { stallAtByte: startOf(cut) },
        { stallAtByte: startOf(cut) + 30, chunkBytes: 13 },
        { stallAtByte: startOf(cut) + 1, gzip: true },
      ]) {
        const { values, error } = await lost(reply, cut);

        expect(values).toEqual(events.slice(0, cut));
        expect(error).toBeInstanceOf(APIConnectionError);
        expect(error).toMatchObject({ name: 'APIConnectionError', phase: 'mid-content', retryable: true });
        expect(error).toMatchObject({ cause: { message: 'terminated' } });
        expect(String(error)).toContain(`The connection was lost after ${events[cut - 1]?.type ?? ''}: terminated`);
      }
    },
  );

  it('is an IncompleteMessageError where the bytes end early', async () => {
    const server = await serve({ message, cutAtByte: startOf(firstDelta + 1) + 3 });
    const { values, error } = await outcomeOf(ask(server));

    expect(values).toEqual(events.slice(0, firstDelta + 1));
    expect(error).toBeInstanceOf(IncompleteMessageError);
    expect(error).toMatchObject({ phase: 'mid-content', retryable: true, requestID: 'req_0001' });
    expect(String(error)).toContain(`ended after ${firstDelta + 1} events, before message_stop`);
  });

  it('is the error of a status', async () => {
    const server = await serve({ status: 429, headers: { 'retry-after': '7', 'request-id': 'req_x' } });
    const error = await errorOf(ask(server));

    expect(error).toBeInstanceOf(RateLimitError);
    expect(error).toMatchObject({
      status: 429,
      type: 'rate_limit_error',
      requestID: 'req_x',
      retryAfterMs: 7000,
      retryable: true,
    });
  });

  it('is the error of an error event in the stream', async () => {
    const server = await serve({
      events: [...events.slice(0, firstDelta + 1), errorEvent('overloaded_error', 'Overloaded')],
    });
    const { values, error } = await outcomeOf(ask(server));

    expect(values).toEqual(events.slice(0, firstDelta + 1));
    expect(error).toBeInstanceOf(OverloadedError);
    expect(error).toMatchObject({ status: 529, phase: 'mid-content', requestID: 'req_0001' });
  });

  it('is an APIConnectionError for whatever keeps fetch from an answer', async () => {
    const lost = new TypeError('Load failed');
    const unheard = new Error('in words that no runtime has used yet');
    const atOnce = () => {
      throw lost;
    };
    for (const [failure, fetch] of [
      [lost, () => Promise.reject(lost)],
      [unheard, () => Promise.reject(unheard)],
      [lost, atOnce],
    ] as const) {
      const error = await errorOf(streamMessage(params, { apiKey, fetch }));

      expect(error).toBeInstanceOf(APIConnectionError);
      expect(error).toMatchObject({ phase: 'connect', cause: failure, retryable: true });
    }
  });

  it('is none of the connection if fetch has a fault of its own, and is not tried again', async () => {
    const fault = new TypeError('x is not a function');
    const fetch = (): never => {
      throw fault;
    };
    const error = await errorOf(streamMessage(params, { apiKey, fetch }));

    expect(error).not.toBeInstanceOf(APIConnectionError);
    expect(error).toMatchObject({ name: 'AnthropicError', cause: fault, retryable: false });
    expect((error as Error).message).toBe('The function that makes the response failed: x is not a function');
  });

  it('stays as it is if fetch throws an error of the package', async () => {
    const failure = new AnthropicError('mine');

    expect(await errorOf(streamMessage(params, { apiKey, fetch: () => Promise.reject(failure) }))).toBe(failure);
  });

  it('is no secret’s way out', async () => {
    const errors = [
      await errorOf(ask(await closedPort())),
      await errorOf(ask(await serve({ status: 401 }))),
      await errorOf(ask(await serve({ message, disconnectAtByte: 600 }))),
      await errorOf(ask(await serve({ message, cutAtByte: 600 }))),
      await errorOf(ask(await serve({ body: '<html>' }))),
      await errorOf(ask(await serve({ status: 302, headers: { location: 'https://elsewhere.example' } }))),
      await errorOf(ask(await serve(), { signal: AbortSignal.abort() })),
    ];

    expect(errors).toHaveLength(7);
    expect(inspect(errors, { depth: Infinity, showHidden: true })).not.toContain('telltale');
  });
});

describe('after message_stop', () => {
  it('a lost connection is no failure', async () => {
    const { values, ended } = await lost({ stallAtByte: Buffer.byteLength(sse) }, events.length);

    expect([values, ended]).toEqual([events, 'completed']);
  });

  it('a missing blank line is none either', async () => {
    const server = await serve({ message, cutAtByte: Buffer.byteLength(sse) - 2 });

    expect(await outcomeOf(ask(server))).toEqual({ values: events, ended: 'completed', error: undefined });
  });
});

describe('aborting by a signal', () => {
  it('makes no request if it was aborted before', async () => {
    const server = await serve({ message });
    const reason = new Error('changed my mind');
    const fetch = jest.fn();
    const error = await errorOf(ask(server, { signal: AbortSignal.abort(reason), fetch }));

    expect(error).toBeInstanceOf(APIUserAbortError);
    expect(error).toMatchObject({ cause: reason, phase: 'connect', retryable: false });
    expect(fetch).not.toHaveBeenCalled();
    expect(server.requests).toHaveLength(0);
  });

  it('ends the request before its headers', async () => {
    const server = await serve({ message, delayMs: 2 ** 31 - 1 });
    const controller = new AbortController();
    const seen = watch(ask(server, { signal: controller.signal }));
    const request = await server.request();
    controller.abort('reason');

    expect(seen).toMatchObject({ ended: 'failed', error: { name: 'APIUserAbortError', cause: 'reason' } });
    expect(seen.error).toMatchObject({ phase: 'connect' });
    await request.closed;
    expect(request.hungUp).toBe(true);
  });

  it('ends the request in the middle of its text', async () => {
    const server = await serve({ message, stallAtByte: startOf(firstDelta + 1) });
    const controller = new AbortController();
    const abort = () => {
      controller.abort();
    };
    const source = ask(server, { signal: controller.signal }).pipe(textDeltas(), tap(abort));
    const { values, error } = await outcomeOf(source);
    const request = await server.request();
    await request.closed;

    expect(error).toBeInstanceOf(APIUserAbortError);
    expect(error).toMatchObject({ cause: { name: 'AbortError' }, phase: 'mid-content', requestID: 'req_0001' });
    expect(values.length).toBeLessThan(2);
    expect(request.hungUp).toBe(true);
  });

  it('keeps what had arrived, where messages are accumulated', async () => {
    const server = await serve({ message, stallAtByte: startOf(firstDelta + 1) });
    const controller = new AbortController();
    const failing = new Promise<unknown>((resolve) => {
      ask(server, { signal: controller.signal })
        .pipe(accumulateMessage())
        .subscribe({
          next: ({ content: [block] }) => {
            if (block?.type === 'text' && block.text !== '') controller.abort();
          },
          error: resolve,
        });
    });

    expect(await failing).toBeInstanceOf(APIUserAbortError);
    expect(await failing).toMatchObject({ partial: { content: [{ type: 'text', text: 'Hello 😀 wid' }] } });
  });

  it.each([1, 2, 3, 4])('has what had arrived after %p events, also where only the whole is asked for', async (n) => {
    const server = await serve({ message, stallAtByte: startOf(n) });
    const controller = new AbortController();
    const expected = new MessageAccumulator();
    events.slice(0, n).forEach((event) => expected.add(event));
    const seen = await new Promise<Watched<unknown>>((resolve) => {
      let count = 0;
      const arrive = () => {
        count += 1;
        if (count === n) resolve(waiting);
      };
      const waiting = watch(ask(server, { signal: controller.signal }).pipe(tap(arrive), finalMessage()));
    });
    controller.abort();

    expect(seen).toMatchObject({ values: [], ended: 'failed', error: { name: 'APIUserAbortError', retryable: false } });
    expect((seen.error as APIUserAbortError).partial).toEqual(expected.message);
  });

  it('has no partial message where none had begun', async () => {
    const server = await serve({ message, stallAtByte: 0 });
    const controller = new AbortController();
    const abort = () => {
      controller.abort();
    };
    const source = ask(server, { signal: controller.signal, onResponse: abort }).pipe(finalMessage());
    const before = ask(server, { signal: AbortSignal.abort() }).pipe(finalMessage());

    for (const error of [await errorOf(source), await errorOf(before)]) {
      expect(error).toMatchObject({ name: 'APIUserAbortError', partial: undefined });
    }
  });

  it.each([
    ['before message_stop was passed on', 'APIUserAbortError'],
    ['after it', 'completed'],
  ])('takes nothing back of a message that is whole: %s, %s', async (when, end) => {
    const server = await serve({ message, stallAtByte: Buffer.byteLength(sse) });
    const controller = new AbortController();
    const { signal } = controller;
    const values: unknown[] = [];
    const outcome = new Promise<unknown>((resolve) => {
      const atStop = ({ type }: MessageStreamEvent) => {
        if (type !== 'message_stop') return;
        if (when === 'after it') setImmediate(abort);
        else abort();
      };
      const abort = () => {
        controller.abort();
      };
      ask(server, { signal })
        .pipe(tap(atStop), finalMessage())
        .subscribe({
          next: (value) => values.push(value),
          error: (error: unknown) => {
            resolve((error as Error).name);
          },
          complete: () => {
            resolve('completed');
          },
        });
    });

    expect(await outcome).toBe(end);
    expect(values).toEqual(end === 'completed' ? [message] : []);
    expect(getEventListeners(signal, 'abort')).toHaveLength(0);

    const request = await server.request();
    await request.closed;

    expect(request.hungUp).toBe(true);
  });

  it('fails a stream in which another message has begun', async () => {
    const controller = new AbortController();
    const body = writtenBody();
    const fetch = () => Promise.resolve(eventStream(body.stream));
    const seen = watch(streamMessage(params, { apiKey, fetch, signal: controller.signal }));
    body.write(sse);
    body.write(sseOf(events.slice(0, 1)));
    await settle();
    controller.abort();

    expect(seen).toMatchObject({ ended: 'failed', error: { name: 'APIUserAbortError' } });
    expect(seen.values).toHaveLength(events.length + 1);
  });

  it('means nothing after the stream has ended', async () => {
    const server = await serve([{ message }, { status: 500 }]);
    const controller = new AbortController();
    const ends = [watch(ask(server, { signal: controller.signal }))];
    await (
      await server.request(1)
    ).closed;
    ends.push(watch(ask(server, { signal: controller.signal })));
    await (
      await server.request(2)
    ).closed;
    await settle();
    const before = ends.map(({ ended, error }) => [ended, error]);
    controller.abort();
    await settle();

    expect(before).toMatchObject([['completed', undefined], ['failed', { status: 500 }]]); // prettier-ignore
    expect(ends.map(({ ended, error }) => [ended, error])).toEqual(before);
  });

  it('leaves no listener, however a stream ends', async () => {
    const { signal } = new AbortController();
    const server = await serve([
      { message },
      { status: 500 },
      { message, cutAtByte: 700 },
      { message, stallAtByte: 700 },
    ]);
    const ends = [await outcomeOf(ask(server, { signal })), await outcomeOf(ask(server, { signal }))];
    ends.push(await outcomeOf(ask(server, { signal })));
    const stalled = watch(ask(server, { signal }));

    expect(getEventListeners(signal, 'abort')).toHaveLength(1);

    await server.request(4);
    stalled.subscription.unsubscribe();
    ask(server, { signal }).subscribe().unsubscribe();

    expect(ends.map(({ ended }) => ended)).toEqual(['completed', 'failed', 'failed']);
    expect(getEventListeners(signal, 'abort')).toHaveLength(0);
  });

  it('leaves no listener when it was the signal that ended them', async () => {
    const controller = new AbortController();
    const server = await serve({ message, stallAtByte: 700 });
    const all = Array.from({ length: 5 }, () => watch(ask(server, { signal: controller.signal })));
    await server.request(5);

    expect(getEventListeners(controller.signal, 'abort')).toHaveLength(5);
    controller.abort();
    expect(getEventListeners(controller.signal, 'abort')).toHaveLength(0);
    expect(all.map(({ error }) => (error as Error).name)).toEqual(Array(5).fill('APIUserAbortError'));
  });
});

describe('unsubscribing', () => {
  const scheduled = () => {
    const scheduler = new VirtualTimeScheduler();
    return { scheduler, timeout: { totalMs: 1000, contentMs: 1000 } };
  };

  it('at once emits nothing, and leaves no timer', async () => {
    const server = await serve({ message });
    const options = scheduled();
    const seen = watch(ask(server, options));
    seen.subscription.unsubscribe();
    await settle();

    expect(options.scheduler.actions).toHaveLength(0);
    expect(seen).toMatchObject({ values: [], ended: undefined });
    await Promise.all(server.requests.map(({ closed }) => closed));
    expect(server.openConnections).toBe(0);
  });

  it('before the headers hangs up', async () => {
    const server = await serve({ message, delayMs: 2 ** 31 - 1 });
    const options = scheduled();
    const seen = watch(ask(server, options));
    const request = await server.request();

    expect(options.scheduler.actions).not.toHaveLength(0);

    seen.subscription.unsubscribe();

    expect(options.scheduler.actions).toHaveLength(0);
    await request.closed;
    expect(request.hungUp).toBe(true);
    expect(seen).toMatchObject({ values: [], ended: undefined });
  });

  it('before the first event hangs up', async () => {
    const server = await serve({ message, stallAtByte: 0 });
    const options = scheduled();
    const seen = await new Promise<Watched<unknown>>((resolve) => {
      const onResponse = () => {
        resolve(waiting);
      };
      const waiting = watch(ask(server, { ...options, onResponse }));
    });
    seen.subscription.unsubscribe();
    const request = await server.request();
    await request.closed;

    expect(request.hungUp).toBe(true);
    expect(seen).toMatchObject({ values: [], ended: undefined });
    expect(options.scheduler.actions).toHaveLength(0);
  });

  it.each(events.map((_, n) => n).slice(1))('after %p events hangs up, and no more comes', async (n) => {
    const server = await serve({ message, stallAtByte: startOf(n) });
    const options = scheduled();
    const { values, ended } = await outcomeOf(ask(server, options).pipe(take(n)));
    const request = await server.request();
    await request.closed;
    await settle();

    expect(request.hungUp).toBe(true);
    expect([values, ended]).toEqual([events.slice(0, n), 'completed']);
    expect(options.scheduler.actions).toHaveLength(0);
  });

  it('in the middle of what has arrived lets no more of it out', async () => {
    const fetch = () => Promise.resolve(eventStream(sse));
    const seen: unknown[] = [];
    const subscription = streamMessage(params, { apiKey, fetch }).subscribe((event) => {
      seen.push(event);
      if (seen.length === 3) subscription.unsubscribe();
    });
    await settle();

    expect(seen).toEqual(events.slice(0, 3));
  });

  it('cancels the body of an answer that came too late', async () => {
    const response = eventStream(sse);
    let answer: (response: Response) => void = () => undefined;
    const fetch = () => new Promise<Response>((resolve) => (answer = resolve));
    const seen = watch(streamMessage(params, { apiKey, fetch }));
    seen.subscription.unsubscribe();
    answer(response);
    await settle();

    await expect(response.body?.getReader().read()).resolves.toEqual({ done: true, value: undefined });
    expect(seen).toMatchObject({ values: [], ended: undefined });
  });
});
