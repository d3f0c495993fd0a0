import { getEventListeners, once } from 'node:events';
import { Agent, createServer, type IncomingMessage } from 'node:http';
import { connect, type AddressInfo } from 'node:net';
import { text } from 'node:stream/consumers';
import * as zlib from 'node:zlib';
import { expectTypeOf } from 'expect-type';
import { HttpsProxyAgent } from 'https-proxy-agent';
import { lastValueFrom, take } from 'rxjs';
import { Agent as Dispatcher, EnvHttpProxyAgent } from 'undici';
import { fromResponse, serverSentEvents, streamMessage, type FetchLike } from '../../src/index.js';
import { nodeFetch, type NodeFetch } from '../../src/node/index.js';
import { apiKey, askOver, events, message, params, sse } from '../source/support/greeting.js';
import { errorOf, outcomeOf, settle } from '../source/support/outcome.js';
import { useListeners, useServers } from '../source/support/servers.js';
import { transports } from '../source/support/transports.js';

const { brotliCompressSync, deflateSync, gzipSync } = zlib;

/** Compresses with zstd; undefined before Node 22.15, which cannot. */
const zstdCompressSync = Reflect.get(zlib, 'zstdCompressSync') as ((body: string) => Buffer) | undefined;

const serve = useServers();
const { listen } = useListeners();

const whole = { values: events, ended: 'completed', error: undefined };

/** Called after each test. */
const cleanUps: (() => void)[] = [];

afterEach(() => {
  for (const cleanUp of cleanUps.splice(0)) cleanUp();
});

/** A server that answers with what it has received. */
const echo = (): Promise<string> =>
  listen((request, response) => {
    void text(request).then((body) => {
      const { method, url, headers } = request;
      response
        .writeHead(200, { 'content-type': 'text/event-stream' })
        .end(`data: ${JSON.stringify({ method, url, headers, body })}\n\n`);
    });
  });

interface Echo {
  readonly method: string;
  readonly url: string;
  readonly headers: Record<string, string>;
  readonly body: string;
}

async function echoOf(fetch: FetchLike, url: string, init: RequestInit = {}): Promise<Echo> {
  const { data } = await lastValueFrom(serverSentEvents(url, { ...init, signal: undefined, fetch }));
  return JSON.parse(data) as Echo;
}

describe.each(transports.slice(1))('%s', (_, fetch) => {
  it('sends what fetch sends', async () => {
    const url = await echo();
    for (const init of [
      {},
      { method: 'POST', body: 'text 世' },
      { method: 'put', body: new Uint8Array([65, 66]), headers: { 'x-a': '1' } },
      { method: 'POST', body: new URLSearchParams({ a: '1' }), headers: [['x-a', '2']] },
      { method: 'POST', body: '{}', headers: new Headers({ 'content-type': 'application/json' }) },
    ] satisfies RequestInit[]) {
      const received = await echoOf(fetch, `${url}/path?q=1`, init);
      const expected = await echoOf((...request) => globalThis.fetch(...request), `${url}/path?q=1`, init);
      const names = ['accept', 'content-type', 'content-length', 'user-agent', 'x-a'] as const;

      expect([received.method, received.url, received.body]).toEqual([expected.method, expected.url, expected.body]);
      for (const header of names)
        expect([header, received.headers[header]]).toEqual([header, expected.headers[header]]);
    }
  });

  it.each([
    ['gzip', gzipSync],
    ['x-gzip', gzipSync],
    ['deflate', deflateSync],
    ['br', brotliCompressSync],
    ['gzip, br', (body: string) => brotliCompressSync(gzipSync(body))],
    ...(zstdCompressSync === undefined ? [] : [['zstd', zstdCompressSync] as const]),
    ['identity', (body: string) => body],
  ] as const)('decodes a body with the content-encoding %s', async (coding, encode) => {
    const headers = { 'content-type': 'text/event-stream', 'content-encoding': coding };
    const url = await listen((_, response) => response.writeHead(200, headers).end(encode(sse)));

    expect(await outcomeOf(fromResponse((signal) => fetch(url, { signal })))).toEqual(whole);
  });

  it('reports a body that cannot be decoded as a lost connection', async () => {
    const headers = { 'content-type': 'text/event-stream', 'content-encoding': 'gzip' };
    const url = await listen((_, response) => response.writeHead(200, headers).end('this is not compressed'));

    expect(await errorOf(fromResponse((signal) => fetch(url, { signal })))).toMatchObject({
      name: 'APIConnectionError',
      phase: 'before-content',
      cause: { message: 'terminated' },
    });
  });

  it('follows redirects as fetch does', async () => {
    const other = await echo();
    const url = await listen((request, response) => {
      const [, status = '', location = ''] = /^\/(\d+)\?(.*)/.exec(request.url ?? '') ?? [];
      request.resume().once('end', () => response.writeHead(Number(status), { location }).end('moved'));
    });
    const init = {
      method: 'POST',
      body: '{}',
      headers: { authorization: 'Bearer a', 'x-a': '1', 'content-type': 'application/json' },
    };
    for (const status of [301, 302, 303, 307, 308]) {
      const address = `${url}/${status}?${other}/end`;
      const received = await echoOf(fetch, address, init);
      const expected = await echoOf((...request) => globalThis.fetch(...request), address, init);

      expect([received.method, received.url, received.body]).toEqual([expected.method, expected.url, expected.body]);
      for (const header of ['authorization', 'x-a', 'content-type']) {
        expect([header, received.headers[header]]).toEqual([header, expected.headers[header]]);
      }
    }

    await expect(fetch(`${url}/302?${other}`, { redirect: 'error' })).rejects.toThrow('fetch failed');
    await expect(fetch(`${url}/302?ftp://a.example/`, {})).rejects.toThrow('fetch failed');
    expect((await fetch(`${url}/302?${other}`, { redirect: 'manual' })).status).toBe(302);
  });

  it('rejects an address that it cannot request, without quoting it', async () => {
    for (const address of ['/relative', 'ftp://a.example/', 'http://user:secret@127.0.0.1/']) {
      const error: unknown = await Promise.resolve(fetch(address, {})).catch((cause: unknown) => cause);

      expect(error).toBeInstanceOf(TypeError);
      expect(String(error)).not.toContain('secret');
    }
    await expect(fetch('http://127.0.0.1:1', { method: 'no method' })).rejects.toThrow(TypeError);
  });

  it('rejects with the reason of the signal, and leaves no listener on it', async () => {
    const url = await listen(() => undefined);
    const controller = new AbortController();
    const { signal } = controller;
    const waiting = Promise.resolve(fetch(url, { signal }));
    await settle();
    const reason = new Error('changed my mind');
    controller.abort(reason);

    await expect(waiting).rejects.toBe(reason);
    await expect(fetch(url, { signal })).rejects.toBe(reason);

    const server = await serve({ message });
    const own = new AbortController();
    const source = fromResponse(() =>
      fetch(`${server.url}/v1/messages`, { method: 'POST', body: '{"stream":true}', signal: own.signal }),
    );

    expect(await outcomeOf(source)).toMatchObject({ ended: 'completed' });
    await settle();
    expect(getEventListeners(own.signal, 'abort')).toHaveLength(0);
  });
});

describe('an agent', () => {
  /** An agent that is destroyed after the test. */
  function agentOf() {
    const agent = new Agent({ keepAlive: true });
    cleanUps.push(() => {
      agent.destroy();
    });
    return agent;
  }

  it('gets its socket back when a body was read to its end', async () => {
    const sockets = new Set<IncomingMessage['socket']>();
    const url = await listen((request, response) => {
      sockets.add(request.socket);
      request.resume().once('end', () => response.writeHead(200, { 'content-type': 'text/event-stream' }).end(sse));
    });
    const agent = agentOf();
    for (let n = 0; n < 5; n += 1) {
      const fetch = nodeFetch({ agent: n % 2 === 0 ? agent : () => agent });

      expect(await outcomeOf(streamMessage(params, { apiKey, baseURL: url, fetch }))).toEqual(whole);
      await settle();
    }

    expect(sockets.size).toBe(1);
    expect(Object.values(agent.freeSockets).flat()).toHaveLength(1);
  });

  it('loses the socket of a subscriber that unsubscribes', async () => {
    const server = await serve({ message, stallAtByte: 400 });
    const agent = agentOf();
    await lastValueFrom(askOver(nodeFetch({ agent }))(server).pipe(take(1)));
    const request = await server.request();
    await request.closed;

    expect(request.hungUp).toBe(true);
    expect(Object.values(agent.sockets).flat()).toHaveLength(0);
  });

  /** A proxy that notes the targets of its tunnels, and its address. */
  async function startProxy() {
    const targets: (string | undefined)[] = [];
    const proxy = createServer().listen(0, '127.0.0.1');
    proxy.on('connect', ({ url = '' }, socket) => {
      targets.push(url);
      const upstream = connect(Number(url.split(':')[1]), '127.0.0.1', () => {
        socket.write('HTTP/1.1 200 OK\r\n\r\n');
        upstream.pipe(socket).pipe(upstream);
      });
      socket.on('error', () => upstream.destroy());
    });
    await once(proxy, 'listening');
    cleanUps.push(() => {
      proxy.close().closeAllConnections();
    });
    return { targets, url: `http://127.0.0.1:${(proxy.address() as AddressInfo).port}` };
  }

  it('may send requests through a proxy, with CONNECT', async () => {
    const server = await serve({ message });
    const proxy = await startProxy();
    const agent = new HttpsProxyAgent(proxy.url);

    expect(await outcomeOf(askOver(nodeFetch({ agent }))(server))).toEqual(whole);
    expect(proxy.targets).toEqual([new URL(server.url).host]);
  });

  it('may depend on the address, as NO_PROXY demands', async () => {
    const [server, proxy] = [await serve([{ message }, { message }]), await startProxy()];
    const throughProxy = new HttpsProxyAgent(proxy.url);
    const hostsWithoutProxy = ['127.0.0.1'];
    const agent = ({ hostname }: URL) => (hostsWithoutProxy.includes(hostname) ? undefined : throughProxy);
    const fetch = nodeFetch({ agent });
    const { port } = new URL(server.url);

    expect(await outcomeOf(askOver(fetch)(server))).toEqual(whole);
    expect(proxy.targets).toEqual([]);
    expect(await outcomeOf(askOver(fetch)(server, { baseURL: `http://localhost:${port}` }))).toEqual(whole);
    expect(proxy.targets).toEqual([`localhost:${port}`]);
  });

  it('may be a dispatcher that reads HTTP_PROXY and NO_PROXY', async () => {
    const [server, proxy] = [await serve([{ message }, { message }]), await startProxy()];
    const environment = { ...process.env };
    cleanUps.push(() => {
      process.env = environment;
    });
    process.env = { ...environment, HTTP_PROXY: proxy.url, NO_PROXY: '127.0.0.1' };
    const dispatcher = new EnvHttpProxyAgent();
    const fetch = nodeFetch({ dispatcher });
    const { port } = new URL(server.url);

    expect(await outcomeOf(askOver(fetch)(server))).toEqual(whole);
    expect(proxy.targets).toEqual([]);
    expect(await outcomeOf(askOver(fetch)(server, { baseURL: `http://localhost:${port}` }))).toEqual(whole);
    expect(proxy.targets).toEqual([`localhost:${port}`]);
    await dispatcher.close();
  });

  it('cannot be combined with a dispatcher', () => {
    expect(() => nodeFetch({ agent: new Agent(), dispatcher: new Dispatcher() })).toThrow(
      new TypeError('nodeFetch: pass either agent or dispatcher, not both.'),
    );
  });
});

it('a body is paused while it is not read', async () => {
  const server = await serve({ events: [...events.slice(0, 2)], stallAtByte: 400 });
  const response = await nodeFetch()(`${server.url}/v1/messages`, { method: 'POST', body: '{"stream":true}' });
  await settle();

  expect(response).toMatchObject({ ok: true, status: 200, body: { locked: false } });
  expect(await outcomeOf(fromResponse(response).pipe(take(1)))).toMatchObject({ ended: 'completed' });
  expect(String(await errorOf(fromResponse(response)))).toContain('already been read');
});

it('its types need no cast', () => {
  expectTypeOf<NodeFetch>().toExtend<FetchLike>();
  expectTypeOf(nodeFetch).toBeCallableWith({ dispatcher: new Dispatcher() });
  expectTypeOf(streamMessage).toBeCallableWith(params, { fetch: nodeFetch() });
});
