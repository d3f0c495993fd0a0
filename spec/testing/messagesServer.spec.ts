import { expectTypeOf } from 'expect-type';
import {
  buildMessage,
  startMessagesServer,
  type MessagesScript,
  type MessagesServer,
  type Reply,
} from '../../src/testing/index.js';

const servers: MessagesServer[] = [];
const serve = async (script?: MessagesScript) => {
  const server = await startMessagesServer(script);
  servers.push(server);
  return server;
};

afterEach(async () => {
  await Promise.all(servers.splice(0).map((server) => server.close()));
});

const post = (server: MessagesServer, init: RequestInit = {}, path = '/v1/messages') =>
  fetch(`${server.url}${path}`, { method: 'POST', body: '{"stream":true}', ...init });

describe('a script', () => {
  it('has a reply for each request, and repeats the last', async () => {
    const server = await serve([{ status: 529 }, { status: 429 }, { status: 201 }]);
    const statuses = [await post(server), await post(server), await post(server), await post(server)];
    expect(statuses.map(({ status }) => status)).toStrictEqual([529, 429, 201, 201]);
  });

  it('is the default reply if it is an empty array', async () => {
    const response = await post(await serve([]), { body: '{}' });
    expect(await response.json()).toMatchObject({ type: 'message', stop_reason: 'end_turn' });
  });

  it('can be a function of the request', async () => {
    const server = await serve(({ body }) => Promise.resolve({ body: { echo: body } }));
    expect(await (await post(server, { body: '{"a":1}' })).json()).toStrictEqual({ echo: { a: 1 } });
  });

  it.each<[string, () => Reply, string]>([
    [
      'throws',
      () => {
        throw new Error('no reply');
      },
      'Error: no reply',
    ],
    [
      'returns an invalid number',
      () => ({ paceMs: -1 }),
      'RangeError: startMessagesServer: paceMs must be an integer from 0 to 2147483647, got -1.',
    ],
    [
      'returns an invalid header',
      () => ({ headers: { a: '\n' } }),
      'TypeError [ERR_INVALID_CHAR]: Invalid character in header content ["a"]',
    ],
  ])('that %s is a 500', async (_, script, message) => {
    const response = await post(await serve(script));
    expect(response.status).toBe(500);
    expect(await response.json()).toStrictEqual({ type: 'error', error: { type: 'api_error', message } });
  });

  it('that fails in the middle of a body terminates the response', async () => {
    const events = [
      { type: 'ping' },
      {
        type: 'ping',
        toJSON: () => {
          throw new Error('no event');
        },
      },
    ];
    const response = await post(await serve({ events }));
    await expect(response.text()).rejects.toThrow('terminated');
  });

  it.each([
    'status',
    'delayMs',
    'paceMs',
    'chunkBytes',
    'padding',
    'cutAtByte',
    'disconnectAtByte',
    'resetAtByte',
    'stallAtByte',
  ])('with an invalid %s is rejected', async (name) => {
    for (const value of [-1, 0.5, NaN, Infinity]) {
      await expect(startMessagesServer([{}, { [name]: value }])).rejects.toThrow(RangeError);
      await expect(startMessagesServer({ [name]: value })).rejects.toThrow(`startMessagesServer: ${name} must be`);
    }
  });

  it('with an invalid noResponse is rejected', async () => {
    const reply = { noResponse: 'crash' } as object;
    await expect(startMessagesServer(reply)).rejects.toThrow(TypeError);
    await expect(startMessagesServer([{}, reply])).rejects.toThrow('startMessagesServer: noResponse must be');
  });

  it('can be for another path', async () => {
    const server = await startMessagesServer({ status: 201 }, { path: '/api/chat' });
    servers.push(server);
    const answers = [await post(server), await post(server, {}, '/api/chat?user=1')];

    expect(answers.map(({ status }) => status)).toStrictEqual([404, 201]);
  });

  it('is not used for requests that the API does not support', async () => {
    const server = await serve([{ status: 201 }]);
    const answers = [
      await post(server, {}, '/v1/complete'),
      await post(server, {}, '//v1/messages'),
      await fetch(`${server.url}/v1/messages`),
      await post(server, { body: 'hello' }),
      await post(server, { body: '[]' }),
      await post(server, { body: '' }),
      await post(server, {}, '/v1/messages?beta=true'),
    ];

    expect(answers.map(({ status }) => status)).toStrictEqual([404, 404, 404, 400, 400, 400, 201]);
    expect(await answers[0]?.json()).toStrictEqual({
      type: 'error',
      error: { type: 'not_found_error', message: 'Not found: POST /v1/complete' },
    });
    expect(await answers[3]?.json()).toMatchObject({ error: { type: 'invalid_request_error' } });
  });
});

describe('requests', () => {
  it('are recorded', async () => {
    const server = await serve();
    const headers = { 'X-Api-Key': 'test', 'anthropic-beta': 'a,b' };
    await post(server, { headers, body: '{"messages":[{"content":"世界"}]}' }, '/v1/messages?beta=true');
    await post(server, { body: 'hello' });

    expect(server.requests).toHaveLength(2);
    expect(server.requests[0]).toMatchObject({
      method: 'POST',
      path: '/v1/messages',
      query: { beta: 'true' },
      headers: { 'x-api-key': 'test', 'anthropic-beta': 'a,b' },
      body: { messages: [{ content: '世界' }] },
    });
    expect(server.requests[1]).toMatchObject({ query: {}, body: 'hello' });
  });

  it('can be awaited before and after they arrive', async () => {
    const server = await serve();
    const early = server.request(2);
    await (await post(server, { body: '{"n":1}' })).text();
    await (await post(server, { body: '{"n":2}' })).text();

    expect(await server.request()).toMatchObject({ body: { n: 1 } });
    expect(await early).toMatchObject({ body: { n: 2 } });
    expect(await early).toBe(server.requests[1]);
  });

  it.each([0, -1, 1.5, NaN])('are never at position %p', async (position) => {
    const server = await serve();
    expect(() => server.request(position)).toThrow(RangeError);
  });

  it('have not hung up if the response was read to its end', async () => {
    const server = await serve();
    await (await post(server)).text();
    const request = await server.request();
    await request.closed;

    expect(request.hungUp).toBe(false);
    expect(server.openConnections).toBe(0);
  });

  it.each(['abort', 'cancel'])('have hung up after %s', async (way) => {
    const server = await serve({ stallAtByte: 100 });
    const leaving = new AbortController();
    const response = await post(server, { signal: leaving.signal });
    const request = await server.request();
    expect([request.hungUp, server.openConnections]).toStrictEqual([false, 1]);

    if (way === 'abort') leaving.abort();
    else await response.body?.cancel();
    await request.closed;
    expect([request.hungUp, server.openConnections]).toStrictEqual([true, 0]);
  });

  it('have hung up if the client disconnects between many writes', async () => {
    const message = buildMessage({ content: 'Hello. '.repeat(20_000) });
    const server = await serve([
      { message, chunkBytes: 10 },
      { message, chunkBytes: 10, gzip: true },
      { message, chunkBytes: 10, paceMs: 1 },
    ]);
    for (const position of [1, 2, 3]) {
      const response = await post(server);
      const reader = response.body?.getReader();
      await reader?.read();
      await reader?.cancel();
      const request = await server.request(position);
      await request.closed;
      expect(request.hungUp).toBe(true);
    }
  });

  it('can hang up before a function has returned its reply', async () => {
    let found: (reply: Reply) => void = () => undefined;
    const server = await serve(() => new Promise<Reply>((resolve) => (found = resolve)));
    const leaving = new AbortController();
    const response = post(server, { signal: leaving.signal });
    const request = await server.request();
    leaving.abort();
    await expect(response).rejects.toThrow('aborted');
    await request.closed;
    found({});

    expect(request.hungUp).toBe(true);
    expect(await (await post(server, {}, '/v1/other')).json()).toMatchObject({ type: 'error' });
  });

  it('are allowed from pages of any origin', async () => {
    const server = await serve();
    const preflight = await fetch(`${server.url}/v1/messages`, {
      method: 'OPTIONS',
      headers: { 'access-control-request-headers': 'authorization,anthropic-version' },
    });

    expect(preflight.status).toBe(204);
    expect(preflight.headers.get('access-control-allow-origin')).toBe('*');
    expect(preflight.headers.get('access-control-allow-headers')).toBe('authorization,anthropic-version');
    expect((await post(server)).headers.get('access-control-allow-origin')).toBe('*');
    expect(server.requests).toHaveLength(1);
  });

  it('can be concurrent', async () => {
    const server = await serve([{ stallAtByte: 0 }, {}]);
    await post(server);
    await (await post(server)).text();
    await (
      await server.request(2)
    ).closed;
    expect(server.openConnections).toBe(1);
  });
});

describe('close', () => {
  it.each<[string, Reply]>([
    ['stalled', { stallAtByte: 10 }],
    ['paced', { paceMs: 2 ** 31 - 1 }],
    ['compressed', { stallAtByte: 10, gzip: true }],
  ])('ends a response that is %s', async (_, reply) => {
    const server = await serve(reply);
    const response = await post(server);
    const request = await server.request();
    const text = response.text();
    await Promise.all([server.close(), expect(text).rejects.toThrow('terminated')]);
    await request.closed;

    expect([request.hungUp, server.openConnections]).toStrictEqual([false, 0]);
    await expect(post(server)).rejects.toThrow('fetch failed');
  });

  it('ends a wait before the headers', async () => {
    const server = await serve({ delayMs: 2 ** 31 - 1 });
    const response = post(server);
    await server.request();
    await Promise.all([server.close(), expect(response).rejects.toThrow('fetch failed')]);
    expect(server.openConnections).toBe(0);
  });

  it('does not wait for a function, or for idle connections', async () => {
    const server = await serve(({ body }) =>
      JSON.stringify(body) === '{}' ? {} : new Promise<Reply>(() => undefined),
    );
    await (await post(server, { body: '{}' })).text();
    const response = post(server);
    await server.request(2);
    await Promise.all([server.close(), expect(response).rejects.toThrow('fetch failed')]);
    expect(server.openConnections).toBe(0);
  });

  it('is called at the end of a block with await using', async () => {
    const server = await serve({ stallAtByte: 0 });
    await post(server);
    await server[Symbol.asyncDispose]();

    expectTypeOf(server[Symbol.asyncDispose]).returns.toEqualTypeOf<Promise<void>>();
    expect(server.openConnections).toBe(0);
    await expect(post(server)).rejects.toThrow('fetch failed');
  });

  it('can be called again', async () => {
    const server = await serve();
    await Promise.all([server.close(), server.close()]);
    await expect(server.close()).resolves.toBeUndefined();
  });

  it('rejects the promises of requests that have not arrived', async () => {
    const server = await serve();
    const early = server.request();
    await server.close();

    await expect(early).rejects.toThrow('request: the server was closed before request 1 arrived.');
    await expect(server.request(2)).rejects.toThrow('request: the server was closed before request 2 arrived.');
  });
});

describe('a port', () => {
  it('can be chosen; the promise rejects if it is in use', async () => {
    const server = await serve();
    const port = Number(new URL(server.url).port);
    await expect(startMessagesServer({}, { port })).rejects.toMatchObject({ code: 'EADDRINUSE' });
    await server.close();

    const next = await startMessagesServer({}, { port });
    servers.push(next);
    expect(next.url).toBe(`http://127.0.0.1:${port}`);
  });
});
