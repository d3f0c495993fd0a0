import Anthropic from '@anthropic-ai/sdk';
import { buildMessage, eventsOf, sseOf, textBlock, thinkingBlock, toolUseBlock } from '../../src/testing/index.js';
import { ask, bytes, insideEmoji, message, never, read, serve, sse, closeServers } from './support/server.js';

afterEach(closeServers);

describe('a reply', () => {
  it('has the events of a message', async () => {
    const response = await ask(await serve({ message }));

    expect(response.status).toBe(200);
    expect(response.headers.get('content-type')).toBe('text/event-stream; charset=utf-8');
    expect(await response.text()).toBe(sse);
  });

  it('is the message itself if the request does not stream', async () => {
    const response = await ask(await serve({ message }), { stream: false });

    expect(response.headers.get('content-type')).toBe('application/json');
    expect(await response.json()).toStrictEqual(message);
  });

  it('is a greeting from the requested model by default', async () => {
    const response = await ask(await serve(), { model: 'claude-haiku-5-5' });
    expect(await response.json()).toStrictEqual(
      buildMessage({ content: 'Hello! How can I help you today?', model: 'claude-haiku-5-5' }),
    );
  });

  it('can be events and raw text instead of a message', async () => {
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
  ])("is the API's error by default for the status %p", async (status, type) => {
    const response = await ask(await serve({ status }));

    expect(response.status).toBe(status);
    expect(await response.json()).toStrictEqual({
      type: 'error',
      error: { type, message: `The script replied with status ${status}.` },
      request_id: 'req_0001',
    });
  });

  it('has the headers of the API, which the given ones override', async () => {
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

  it.each([1, 2, 7, 1000, 1_000_000])('has the same bytes in writes of %p', async (chunkBytes) => {
    const server = await serve([
      { message, chunkBytes },
      { message, chunkBytes, gzip: true },
    ]);
    expect(await (await ask(server)).text()).toBe(sse);
    expect(await (await ask(server)).text()).toBe(sse);
  });

  it('arrives in many pieces', async () => {
    const events = eventsOf(buildMessage({ content: 'Hello. '.repeat(200) }));
    const response = await ask(await serve({ events }));
    let reads = 0;
    for await (const chunk of response.body as ReadableStream<Uint8Array>) reads += Math.sign(chunk.length);

    expect(reads).toBeGreaterThan(events.length / 2);
  });

  it('stays in order if it is paced', async () => {
    const response = await ask(await serve({ message, paceMs: 1 }));
    expect(await response.text()).toBe(sse);
  });

  it('sends the first event at once, and the next one after paceMs', async () => {
    const server = await serve({ message, paceMs: never });
    const { received } = await read(await ask(server), 1);

    expect(received.toString()).toBe(sseOf(eventsOf(message, { cutAt: 1 })));
    expect(server.openConnections).toBe(1);
  });

  it.each([1, insideEmoji, bytes.length])(
    'sends the first %p bytes at once, and the next ones after paceMs',
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

  it('is not created faster than it is read', async () => {
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

describe('with the official client', () => {
  it('the final message is the one that was built', async () => {
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
      // with the fields that the client adds
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
