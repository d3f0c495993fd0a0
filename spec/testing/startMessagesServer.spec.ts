import Anthropic from '@anthropic-ai/sdk';
import {
  buildMessage,
  eventsOf,
  sseOf,
  startMessagesServer,
  textBlock,
  thinkingBlock,
  toolUseBlock,
  type MessagesScript,
  type MessagesServer,
} from '../../src/testing/index.js';

const message = buildMessage({ content: 'Hello 😀 wide 世界, how are you today?' });
const sse = sseOf(eventsOf(message));
const bytes = new TextEncoder().encode(sse);
const insideEmoji = new TextEncoder().encode(sse.slice(0, sse.indexOf('😀'))).length + 2;
/** So long that a spec which waited for it would fail. */
const never = 2 ** 31 - 1;

const servers: MessagesServer[] = [];
const serve = async (script?: MessagesScript) => {
  const server = await startMessagesServer(script);
  servers.push(server);
  return server;
};

afterEach(async () => {
  await Promise.all(servers.splice(0).map((server) => server.close()));
});

const ask = (server: MessagesServer, body: unknown = { stream: true }, init: RequestInit = {}) =>
  fetch(`${server.url}/v1/messages`, {
    method: 'POST',
    body: typeof body === 'string' ? body : JSON.stringify(body),
    ...init,
  });

/** Reads a body until it has at least `enough` bytes, ends or fails. */
async function read(response: Response, enough = Infinity) {
  const reader = (response.body as ReadableStream<Uint8Array>).getReader();
  const chunks: Uint8Array[] = [];
  let ending: unknown = 'reading';
  for (let length = 0; length < enough && ending === 'reading';) {
    try {
      const { done, value } = await reader.read();
      if (done) ending = 'end';
      else length += chunks[chunks.push(value) - 1]?.length ?? 0;
    } catch (error) {
      ending = error;
    }
  }
  return { received: Buffer.concat(chunks), ending, reader };
}

describe('a reply', () => {
  it('is the events of a message', async () => {
    const response = await ask(await serve({ message }));

    expect(response.status).toBe(200);
    expect(response.headers.get('content-type')).toBe('text/event-stream; charset=utf-8');
    expect(await response.text()).toBe(sse);
  });

  it('is the message itself for a request that does not stream', async () => {
    const response = await ask(await serve({ message }), { stream: false });

    expect(response.headers.get('content-type')).toBe('application/json');
    expect(await response.json()).toStrictEqual(message);
  });

  it('is a greeting by the model that was asked for if nothing is given', async () => {
    const response = await ask(await serve(), { model: 'claude-haiku-5-5' });
    expect(await response.json()).toStrictEqual(
      buildMessage({ content: 'Hello! How can I help you today?', model: 'claude-haiku-5-5' }),
    );
  });

  it('can be events and raw text, in place of a message', async () => {
    const server = await serve({ message, events: [{ type: 'ping' }, 'data: {oops\n\n', ': half an ev'] });
    const expected = 'event: ping\ndata: {"type":"ping"}\n\ndata: {oops\n\n: half an ev';

    expect(await (await ask(server)).text()).toBe(expected);
    expect(await (await ask(server, {})).text()).toBe(expected);
  });

  it('can be any JSON or text', async () => {
    const server = await serve([
      { status: 400, body: { type: 'error' } },
      { body: '<html>', headers: { 'Content-Type': 'text/html' } },
      { body: '' },
    ]);

    const bad = await ask(server);
    expect([bad.status, bad.headers.get('content-type'), await bad.json()]).toStrictEqual([
      400,
      'application/json',
      { type: 'error' },
    ]);
    const html = await ask(server);
    expect([html.status, html.headers.get('content-type'), await html.text()]).toStrictEqual([
      200,
      'text/html',
      '<html>',
    ]);
    const empty = await ask(server);
    expect([empty.headers.get('content-type'), await empty.text()]).toStrictEqual(['text/plain; charset=utf-8', '']);
  });

  it.each([
    [400, 'invalid_request_error'],
    [401, 'authentication_error'],
    [422, 'invalid_request_error'],
    [429, 'rate_limit_error'],
    [500, 'api_error'],
    [529, 'overloaded_error'],
  ])("is the API's error if only the status %p is given", async (status, type) => {
    const response = await ask(await serve({ status }));

    expect(response.status).toBe(status);
    expect(await response.json()).toStrictEqual({
      type: 'error',
      error: { type, message: `The server was told to answer ${status}.` },
      request_id: 'req_0001',
    });
  });

  it('has the headers of the API, under the given ones', async () => {
    const server = await serve([
      {},
      { headers: { 'Retry-After': '7', 'Anthropic-RateLimit-Requests-Remaining': '0' } },
    ]);
    const [first, second] = [await ask(server), await ask(server)];

    expect(first.headers.get('request-id')).toBe('req_0001');
    expect(first.headers.get('cache-control')).toBe('no-cache');
    expect(first.headers.get('anthropic-ratelimit-requests-limit')).toBe('4000');
    expect(first.headers.get('anthropic-ratelimit-requests-remaining')).toBe('3999');
    expect(first.headers.get('anthropic-ratelimit-output-tokens-reset')).toBe('2030-01-01T00:00:00Z');
    expect(second.headers.get('request-id')).toBe('req_0002');
    expect(second.headers.get('anthropic-ratelimit-requests-remaining')).toBe('0');
    expect(second.headers.get('retry-after')).toBe('7');
  });

  it('can have CR LF, no event lines, and padding', async () => {
    const options = { crlf: true, eventLines: false, padding: 3 };
    const response = await ask(await serve({ message, ...options }));
    expect(await response.text()).toBe(sseOf(eventsOf(message), options));
  });

  it.each([1, 2, 7, 1000, 1_000_000])('is the same in writes of %p bytes', async (chunkBytes) => {
    const server = await serve([
      { message, chunkBytes },
      { message, chunkBytes, gzip: true },
    ]);
    expect(await (await ask(server)).text()).toBe(sse);
    expect(await (await ask(server)).text()).toBe(sse);
  });

  it('does not come all at once', async () => {
    const events = eventsOf(buildMessage({ content: 'Hello. '.repeat(200) }));
    const response = await ask(await serve({ events }));
    let reads = 0;
    for await (const chunk of response.body as ReadableStream<Uint8Array>) reads += Math.sign(chunk.length);

    expect(reads).toBeGreaterThan(events.length / 2);
  });

  it('keeps its order when paced', async () => {
    const response = await ask(await serve({ message, paceMs: 1 }));
    expect(await response.text()).toBe(sse);
  });

  it('sends the first event at once, and the next after the pace', async () => {
    const server = await serve({ message, paceMs: never });
    const { received } = await read(await ask(server), 1);

    expect(received.toString()).toBe(sseOf(eventsOf(message, { cutAt: 1 })));
    expect(server.openConnections).toBe(1);
  });

  it.each([1, insideEmoji, bytes.length])(
    'sends the first %p bytes at once, and the next after the pace',
    async (n) => {
      const server = await serve({ message, chunkBytes: n, paceMs: never });
      const { received } = await read(await ask(server), 1);
      expect(received).toStrictEqual(Buffer.from(bytes.subarray(0, n)));
    },
  );

  it('waits before the headers', async () => {
    const server = await serve({ message, delayMs: never });
    const leaving = new AbortController();
    const response = ask(server, {}, { signal: leaving.signal });
    const request = await server.request();

    expect(server.openConnections).toBe(1);
    leaving.abort();
    await expect(response).rejects.toThrow('aborted');
    await request.closed;
    expect(request.hungUp).toBe(true);
    expect(server.openConnections).toBe(0);
  });

  it('can be compressed, and still streams', async () => {
    const server = await serve([
      { message, gzip: true },
      { message, gzip: true, stallAtByte: 300 },
    ]);
    const whole = await ask(server);
    expect(whole.headers.get('content-encoding')).toBe('gzip');
    expect(await whole.text()).toBe(sse);

    const { received, ending } = await read(await ask(server), 300);
    expect(received).toStrictEqual(Buffer.from(bytes.subarray(0, 300)));
    expect(ending).toBe('reading');
  });

  it('is not made faster than it is read', async () => {
    let made = 0;
    const event = {
      type: 'ping',
      toJSON: () => {
        made++;
        return { type: 'ping', filling: 'x'.repeat(10_000) };
      },
    };
    const events = Array<typeof event>(20_000).fill(event);
    const server = await serve({ events });
    const leaving = new AbortController();
    await read(await ask(server, {}, { signal: leaving.signal }), 100_000);
    leaving.abort();
    const request = await server.request();
    await request.closed;

    expect(request.hungUp).toBe(true);
    expect(made).toBeLessThan(events.length); // 200 MB
  });
});

describe('a fault', () => {
  const positions = [0, 1, insideEmoji, 500, bytes.length - 1, bytes.length];

  it.each(positions)('can be an end after %p bytes', async (cutAtByte) => {
    const server = await serve([
      { message, cutAtByte },
      { message, cutAtByte, chunkBytes: 11 },
      { message, cutAtByte, gzip: true },
    ]);
    for (const response of [await ask(server), await ask(server), await ask(server)]) {
      const { received, ending } = await read(response);
      expect(received).toStrictEqual(Buffer.from(bytes.subarray(0, cutAtByte)));
      expect(ending).toBe('end');
    }
  });

  it.each(positions)('can be a lost connection after %p bytes', async (disconnectAtByte) => {
    const server = await serve([
      { message, disconnectAtByte },
      { message, disconnectAtByte, chunkBytes: 11 },
      { message, disconnectAtByte, gzip: true },
    ]);
    for (const position of [1, 2, 3]) {
      const response = await ask(server);
      const { received, ending } = await read(response);
      const request = await server.request(position);
      await request.closed;

      expect(response.status).toBe(200);
      expect(received).toStrictEqual(Buffer.from(bytes.subarray(0, disconnectAtByte)));
      expect(ending).toMatchObject({ name: 'TypeError', message: 'terminated' });
      expect(request.hungUp).toBe(false);
    }
  });

  it.each(positions)('can be a silence after %p bytes', async (stallAtByte) => {
    const server = await serve({ message, stallAtByte });
    const { received, ending, reader } = await read(await ask(server), stallAtByte);
    const request = await server.request();

    expect(received).toStrictEqual(Buffer.from(bytes.subarray(0, stallAtByte)));
    expect(ending).toBe('reading');
    expect(server.openConnections).toBe(1);

    await reader.cancel();
    await request.closed;
    expect(request.hungUp).toBe(true);
    expect(server.openConnections).toBe(0);
  });

  it.each(positions)('can be a reset of the connection after %p bytes', async (resetAtByte) => {
    const server = await serve([
      { message, resetAtByte },
      { message, resetAtByte, chunkBytes: 11 },
      { message, resetAtByte, gzip: true },
    ]);
    for (const position of [1, 2, 3]) {
      const response = await ask(server);
      const { received, ending } = await read(response);
      const request = await server.request(position);
      await request.closed;

      expect(response.status).toBe(200);
      expect(received).toStrictEqual(Buffer.from(bytes.subarray(0, resetAtByte)));
      expect(ending).toMatchObject({ message: 'terminated', cause: { code: 'ECONNRESET' } });
      expect(request.hungUp).toBe(false);
    }
  });

  it('takes nothing of what has left, also from a client with a lot to do', async () => {
    const server = await serve(({ body }) => ({ message, ...(body as { disconnectAtByte: number }) }));
    const answers = Array.from({ length: 40 }, async (_, i) => {
      const disconnectAtByte = 100 + i * 7;
      const { received } = await read(await ask(server, { stream: true, disconnectAtByte }));
      return received.length - disconnectAtByte;
    });

    expect(await Promise.all(answers)).toStrictEqual(answers.map(() => 0));
  });

  it.each([
    ['close', 'UND_ERR_SOCKET'],
    ['reset', 'ECONNRESET'],
  ] as const)('can be a %s in place of an answer', async (noResponse, code) => {
    const server = await serve([{ noResponse }, { message, noResponse, delayMs: never }]);

    await expect(ask(server)).rejects.toMatchObject({ message: 'fetch failed', cause: { code } });
    const request = await server.request();
    await request.closed;
    expect([request.hungUp, server.openConnections]).toStrictEqual([false, 0]);

    const leaving = new AbortController();
    const second = ask(server, {}, { signal: leaving.signal });
    await server.request(2);
    expect(server.openConnections).toBe(1);
    leaving.abort();
    await expect(second).rejects.toThrow('aborted');
  });

  it('can be a server that has nothing to say and never stops', async () => {
    const server = await serve(() => ({
      events: (function* () {
        yield* eventsOf(message, { cutAt: 2 });
        for (;;) yield { type: 'ping' };
      })(),
    }));
    const begin = sseOf(eventsOf(message, { cutAt: 2 }));
    const { received, ending, reader } = await read(await ask(server), 5000);

    expect(ending).toBe('reading');
    expect(received.toString()).toMatch(/(event: ping\ndata: {"type":"ping"}\n\n){20}/);
    expect(received.toString().startsWith(begin)).toBe(true);

    await reader.cancel();
    const request = await server.request();
    await request.closed;
    expect(request.hungUp).toBe(true);
  });

  it('does nothing past the end of the body', async () => {
    const beyond = bytes.length + 1;
    const server = await serve([
      { message, cutAtByte: beyond },
      { message, disconnectAtByte: beyond },
      { message, resetAtByte: beyond },
      { message, stallAtByte: beyond },
    ]);
    for (const response of [await ask(server), await ask(server), await ask(server), await ask(server)]) {
      expect(await response.text()).toBe(sse);
    }
  });

  it.each([
    ['cutAtByte', 'end'],
    ['disconnectAtByte', { cause: { code: 'UND_ERR_SOCKET' } }],
    ['resetAtByte', { cause: { code: 'ECONNRESET' } }],
    ['stallAtByte', 'reading'],
  ])('is the first of several: %s', async (first, expected) => {
    const others = { cutAtByte: 20, disconnectAtByte: 20, resetAtByte: 20, stallAtByte: 20 };
    const server = await serve({ message, ...others, [first]: 10 });
    const { received, ending, reader } = await read(await ask(server), first === 'stallAtByte' ? 10 : Infinity);
    await reader.cancel().catch(() => undefined);

    expect([received.length, { ending }]).toMatchObject([10, { ending: expected }]);
  });
});

describe('with the official client', () => {
  it('is the message that was built', async () => {
    const built = buildMessage({
      content: [
        thinkingBlock('Let me look at the sky.'),
        textBlock('It is blue.', {
          citations: [
            {
              type: 'char_location',
              cited_text: 'blue',
              document_index: 0,
              document_title: 'Sky',
              start_char_index: 4,
              end_char_index: 8,
            },
          ],
        }),
        toolUseBlock('get_weather', { city: 'Paris', days: [1, 2] }),
        toolUseBlock('now'),
      ],
      usage: { output_tokens_details: { thinking_tokens: 7 }, service_tier: 'standard' },
    });
    const server = await serve({ message: built, chunkBytes: 5, padding: 4 });
    const client = new Anthropic({ apiKey: 'test', baseURL: server.url, maxRetries: 0 });
    const params = {
      model: 'claude-sonnet-5-5',
      max_tokens: 100,
      messages: [{ role: 'user' as const, content: 'Hi' }],
    };

    expect(await client.messages.stream(params).finalMessage()).toEqual(
      // what the client adds to a message
      {
        ...built,
        parsed_output: null,
        content: built.content.map((block) => expect.objectContaining(block) as unknown),
      },
    );
    expect(await client.messages.create(params)).toEqual(built);
    expect(server.requests.map(({ body }) => body)).toStrictEqual([{ ...params, stream: true }, params]);
  });
});
