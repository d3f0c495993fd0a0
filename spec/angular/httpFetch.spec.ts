/**
 * Real requests, with each of Angular's backends, to a server on loopback.
 *
 * @jest-environment <rootDir>/spec/angular/support/browserEnvironment.ts
 */
import { inContext } from './support/testBed.js';
import { provideHttpClient, withFetch, withInterceptors, type HttpInterceptorFn } from '@angular/common/http';
import { catchError } from 'rxjs';
import { httpFetch } from '../../src/angular/index.js';
import { APIConnectionError, fromResponse, isRetryable, streamMessage, textDeltas } from '../../src/index.js';
import { buildMessage, eventsOf, sseOf, type Reply } from '../../src/testing/index.js';
import { errorOf, outcomeOf, watch } from '../source/support/outcome.js';
import { useServers } from '../source/support/servers.js';
import { until } from '../relay/support/until.js';

const message = buildMessage({ content: 'Grüße 👋 aus 東京.' });
const params = { model: 'claude-opus-5-5', max_tokens: 100, messages: [{ role: 'user', content: 'Hi' }] } as const;
const body = JSON.stringify({ ...params, stream: true });
const start = useServers();

type Backend = 'fetch' | 'XMLHttpRequest';
type Fetch = typeof fetch;

/** A `fetch` over `HttpClient` with this backend and these interceptors. */
const fetchOver = (backend: Backend, ...interceptors: HttpInterceptorFn[]): Fetch =>
  inContext(httpFetch, [
    provideHttpClient(withInterceptors(interceptors), ...(backend === 'fetch' ? [withFetch()] : [])),
  ]);

const post = (http: Fetch, url: string, init: RequestInit = {}): Promise<Response> =>
  http(`${url}/v1/messages`, { method: 'POST', body, ...init });

const eventsFrom = (http: Fetch, url: string) => fromResponse((signal) => post(http, url, { signal }));

/** A reply whose connection behaves in this way once the first half of the message has arrived. */
const half = (how: 'stallAtByte' | 'resetAtByte'): Reply => ({
  message,
  [how]: Math.floor(sseOf(eventsOf(message)).length * 0.8),
});

/** The address of a server that has been closed. */
async function deadAddress(): Promise<string> {
  const server = await start();
  await server.close();
  return server.url;
}

describe.each<Backend>(['fetch', 'XMLHttpRequest'])('httpFetch over the backend %s', (backend) => {
  it('streams a message, whatever the pieces in which its bytes arrive', async () => {
    const { url } = await start([{ message }, { message, chunkBytes: 1 }, { message, chunkBytes: 7 }]);
    const http = fetchOver(backend);

    for (let request = 1; request <= 3; request += 1) {
      expect(await outcomeOf(eventsFrom(http, url))).toMatchObject({ values: eventsOf(message), ended: 'completed' });
    }
  });

  it('passes on text as soon as it arrives', async () => {
    const { url } = await start(half('stallAtByte'));
    const { values, subscription } = watch(eventsFrom(fetchOver(backend), url).pipe(textDeltas()));

    await until(() => values.length > 0);

    expect('Grüße 👋 aus 東京.').toContain(values.join(''));
    subscription.unsubscribe();
  });

  it('sends the method, the headers and the body', async () => {
    const server = await start({ message });
    await post(fetchOver(backend), server.url, {
      headers: [
        ['x-user', 'ada'],
        ['Content-Type', 'application/json'],
      ],
    });

    expect(await server.request()).toMatchObject({
      method: 'POST',
      headers: { accept: '*/*', 'x-user': 'ada', 'content-type': 'application/json' },
      body: { ...params, stream: true },
    });
  });

  it('sends bytes, forms and a Request as fetch does', async () => {
    const server = await start({ message });
    const http = fetchOver(backend);
    const bytes = new TextEncoder().encode(` ${body} `).subarray(1, -1);
    const request = new Request(`${server.url}/v1/messages`, { method: 'post', body, headers: { 'x-user': 'ada' } });

    await post(http, server.url, { body: bytes });
    await post(http, server.url, { body: new URLSearchParams({ model: 'm' }) });
    await http(request);
    await http(new URL(`${server.url}/elsewhere?a=1`));

    expect(server.requests.map(({ method, path, body: sent }) => ({ method, path, sent }))).toEqual([
      { method: 'POST', path: '/v1/messages', sent: { ...params, stream: true } },
      { method: 'POST', path: '/v1/messages', sent: 'model=m' },
      { method: 'POST', path: '/v1/messages', sent: { ...params, stream: true } },
      { method: 'GET', path: '/elsewhere', sent: undefined },
    ]);
    expect(server.requests[2]?.headers['x-user']).toBe('ada');
  });

  it('has the status and the headers of the response', async () => {
    const { url } = await start({
      message,
      headers: { 'request-id': 'req_x', 'access-control-expose-headers': 'request-id' },
    });
    const response = await post(fetchOver(backend), url);

    expect(response.status).toBe(200);
    expect(response.headers.get('request-id')).toBe('req_x');
    expect(response.headers.get('content-type')).toContain('text/event-stream');
    expect(await response.text()).toBe(sseOf(eventsOf(message)));
  });

  it('applies interceptors', async () => {
    const server = await start({ message });
    const addToken: HttpInterceptorFn = (request, next) => next(request.clone({ setHeaders: { 'x-token': 'secret' } }));
    await post(fetchOver(backend, addToken), server.url);

    expect((await server.request()).headers['x-token']).toBe('secret');
  });

  it('lets an interceptor answer a 401 with another request', async () => {
    const server = await start([{ status: 401 }, { message }]);
    const refresh: HttpInterceptorFn = (request, next) =>
      next(request).pipe(catchError(() => next(request.clone({ setHeaders: { 'x-token': 'new' } }))));

    expect((await outcomeOf(eventsFrom(fetchOver(backend, refresh), server.url))).values).toEqual(eventsOf(message));
    expect(server.requests.map(({ headers }) => headers['x-token'])).toEqual([undefined, 'new']);
  });

  it('resolves to a Response for an error status, with its JSON', async () => {
    const { url } = await start({ status: 401 });
    const http = fetchOver(backend);
    const response = await post(http, url);

    expect(response.status).toBe(401);
    expect(await response.json()).toMatchObject({ type: 'error', error: { type: 'authentication_error' } });
    expect(await errorOf(eventsFrom(http, url))).toMatchObject({
      name: 'AuthenticationError',
      status: 401,
      requestID: 'req_0002',
    });
  });

  it('rejects with a TypeError if there is no response, which is an APIConnectionError', async () => {
    const url = await deadAddress();
    const http = fetchOver(backend);

    await expect(post(http, url)).rejects.toMatchObject({ name: 'TypeError', message: 'Failed to fetch' });

    const error = await errorOf(eventsFrom(http, url));

    expect(error).toBeInstanceOf(APIConnectionError);
    expect(isRetryable(error)).toBe(true);
  });

  it('fails if the connection is lost, with what had arrived', async () => {
    const { url } = await start(half('resetAtByte'));
    const { values, error } = await outcomeOf(eventsFrom(fetchOver(backend), url));

    expect(values.length).toBeGreaterThan(1);
    expect(error).toBeInstanceOf(APIConnectionError);
    expect(isRetryable(error)).toBe(true);
  });

  it('aborts the request when the signal is aborted, before the headers', async () => {
    const server = await start({ message, delayMs: 100_000 });
    const controller = new AbortController();
    const response = post(fetchOver(backend), server.url, { signal: controller.signal });
    const request = await server.request();

    controller.abort();

    await expect(response).rejects.toMatchObject({ name: 'AbortError' });
    await request.closed;
    expect(request.hungUp).toBe(true);
  });

  it('makes no request if the signal is aborted already', async () => {
    const server = await start({ message });
    const reason = new Error('not needed');

    await expect(post(fetchOver(backend), server.url, { signal: AbortSignal.abort(reason) })).rejects.toBe(reason);
    expect(server.requests).toEqual([]);
  });

  it('aborts the request when the signal is aborted while the body arrives', async () => {
    const server = await start(half('stallAtByte'));
    const controller = new AbortController();
    const response = await post(fetchOver(backend), server.url, { signal: controller.signal });
    const request = await server.request();

    controller.abort();

    await expect(response.text()).rejects.toMatchObject({ name: 'AbortError' });
    await request.closed;
    expect(request.hungUp).toBe(true);
  });

  it('aborts the request when the body is cancelled', async () => {
    const server = await start(half('stallAtByte'));
    const response = await post(fetchOver(backend), server.url);
    const request = await server.request();

    await response.body?.cancel();
    await request.closed;

    expect(request.hungUp).toBe(true);
  });

  it('aborts the request when the stream is unsubscribed from', async () => {
    const server = await start(half('stallAtByte'));
    const { values, subscription } = watch(eventsFrom(fetchOver(backend), server.url));
    const request = await server.request();
    await until(() => values.length > 0);

    subscription.unsubscribe();
    await request.closed;

    expect(request.hungUp).toBe(true);
  });
});

it('is the fetch of streamMessage', async () => {
  const { url } = await start({ message });
  const options = { apiKey: 'k', baseURL: url, fetch: fetchOver('fetch'), dangerouslyAllowBrowser: true };

  expect((await outcomeOf(streamMessage({ ...params, messages: [...params.messages] }, options))).values).toEqual(
    eventsOf(message),
  );
});
