import { asapScheduler, type Observable } from 'rxjs';
import {
  accumulateMessage,
  AnthropicError,
  OverloadedError,
  retryOnConnectionError,
  runTools,
  serverSentEvents,
  streamMessage,
  tapMessage,
  type AnyEvent,
  type ResponseInfo,
  type StreamMessageOptions,
} from '../../src/index.js';
import { buildMessage, errorEvent, eventsOf, sseOf } from '../../src/testing/index.js';
import { bodyOf, eventStream } from './support/bodies.js';
import { outcomeOf } from './support/outcome.js';
import { params } from './support/greeting.js';
import { expectNoKey, expectSilentConsole, fetchOf, key, type Answer } from './support/secrets.js';

const message = buildMessage({ content: 'Hello, world. How are you?' });

const events = eventsOf(message);

expectSilentConsole();

/** Everything that a stream says beside its events, and those that are the package's own. */
interface Said {
  readonly errors: unknown[];
  readonly others: unknown[];
}

/** Reads a stream that fails, and asks it again once; takes down all that it says. */
async function saidBy(source: Observable<AnyEvent>): Promise<Said> {
  const said: Said = { errors: [], others: [] };
  const again = source.pipe(
    retryOnConnectionError({
      maxRetries: 1,
      initialDelayMs: 0,
      maxRetryAfterMs: 0,
      whenStarted: 'restart',
      shouldRetry: () => true,
      scheduler: asapScheduler,
      onRetry: (retry) => said.others.push(retry),
    }),
    tapMessage({ restart: (event) => said.others.push(event) }),
    accumulateMessage(),
  );
  const { error } = await outcomeOf(again);
  said.errors.push(error);
  return said;
}

const json = (body: unknown, init?: ResponseInit) => Response.json(body, init);

const textOf = (body: string, init?: ResponseInit) => new Response(body, init);

const sse = (...frames: readonly (AnyEvent | string)[]) => eventStream(sseOf(frames));

const fails =
  (error: unknown): Answer =>
  () => {
    throw error as Error;
  };

const begun = events.slice(0, 3);

const rejected = (message: string) => errorEvent('overloaded_error', message);

/** The ways in which a request fails that read a body of events. */
const inEvents: [string, Answer][] = [
  ['an error event', () => sse(rejected(`invalid x-api-key: ${key}`))],
  ['an error event after content', () => sse(...begun, rejected(`invalid x-api-key: ${key}`))],
  ['an error event that nobody knows', () => sse({ type: 'error', headers: { 'x-api-key': key } } as AnyEvent)],
  ['an event that is no JSON', () => sse(`data: x-api-key: ${key}\n\n`)],
  ['an event that is no JSON inside of the key', () => sse(`data: {"k":"${key.slice(0, 30)}\t${key.slice(30)}"}\n\n`)],
  ['an event whose quote is cut in the key', () => sse(`data: ${'x'.repeat(175)}${key}\n\n`)],
  ['an event that lacks a field', () => sse({ type: 'content_block_delta', key } as AnyEvent)],
  ['an event out of order', () => sse({ type: 'content_block_stop', index: 0, key } as AnyEvent)],
  ['an event of a type that is the key, and then the end', () => sse({ type: key })],
  ['a request-id that is the key', () => eventStream('', { headers: { 'request-id': key } })],
];

const axiosLike = (init: RequestInit) => {
  const request: Record<string, unknown> = {
    _header: `POST / HTTP/1.1\r\nx-api-key: ${key}\r\n\r\n`,
    res: { rawHeaders: ['x-api-key', key] },
  };
  request['agent'] = { sockets: { 'a:443': [{ _httpMessage: request }] } };
  const config = { headers: Object.fromEntries(new Headers(init.headers)), data: init.body };
  return Object.assign(new Error('Request failed'), {
    isAxiosError: true,
    config,
    request,
    toJSON: () => ({ config: {} }),
  });
};

/** The ways in which a request fails before any event. */
const beforeEvents: [string, Answer][] = [
  ['JSON of the API', () => json(errorEvent('authentication_error', `invalid x-api-key: ${key}`), { status: 401 })],
  ['JSON of a gateway', () => json({ request: { headers: [['X-Api-Key', key]] } }, { status: 502 })],
  ['JSON with the key as a name', () => json({ error: { [key]: 'unknown' } }, { status: 403 })],
  ['JSON with a spend limit', () => json({ error: { details: { error_code: `${key}spend_limit_reached` } } }, { status: 429 })],
  ['text', () => textOf(`No route for x-api-key: ${key}`, { status: 500 })],
  ['a text that is cut in the key', () => textOf(`${'x'.repeat(175)}${key}`, { status: 500 })],
  ['headers', () => textOf('', { status: 429, headers: { 'x-echo': key, 'retry-after-ms': '0', 'set-cookie': `k=${key}` } })],
  ['a request-id', () => textOf('', { status: 500, headers: { 'request-id': key } })],
  ['a redirect', () => textOf('', { status: 302, headers: { location: `https://b.example/?k=${encodeURIComponent(key)}` } })],
  ['a redirect for ever', (url) => textOf('', { status: 307, headers: { location: `${new URL(url).origin}/${key}` } })],
  ['a page', () => textOf(`<p>${key}</p>`, { headers: { 'content-type': 'text/html' } })],
  ['a page that is cut in the key', () => textOf(`${'x'.repeat(175)}${key}`, { headers: { 'content-type': 'text/html' } })],
  ['a content type', () => textOf('x', { headers: { 'content-type': `text/html; key=${key}` } })],
  ['what is not said to be events', () => new Response(bodyOf([JSON.stringify({ sent: { 'x-api-key': key } })]))],
  ['a body that breaks off', () => eventStream(bodyOf([sseOf(begun)], new Error(`closed while sending ${key}`)))],
  ['a body that breaks off with a string', () => eventStream(bodyOf([sseOf(begun)], `closed while sending ${key}`))],
  ['a body that was aborted', () => eventStream(bodyOf([''], new DOMException(key, 'AbortError')))],
  ['an error', fails(new Error(`could not send x-api-key: ${key}`))],
  ['an error with the headers as they are in a URL', fails(new Error(`https://a.example/?key=${encodeURIComponent(key)}`))],
  ['an error with causes', fails(new TypeError('fetch failed', { cause: new Error('a', { cause: new Error(key) }) }))],
  ['an error with many errors', fails(new AggregateError([new Error('a'), new Error(key)], 'all failed'))],
  ['an error with a status', fails(Object.assign(new Error(`refused: ${key}`), { status: 401, headers: { 'x-api-key': key } }))],
  ['an error as of axios', (_, init) => Promise.reject(axiosLike(init))],
  ['an error with the request', (url, init) => Promise.reject(Object.assign(new Error('x'), { request: new Request(url, init), options: init }))],
  ['an error with a map, a symbol and bytes', fails(Object.assign(new Error('x'), { map: new Map([[key, key]]), [Symbol(key)]: 1, bytes: Buffer.from(key) }))],
  ['an error that goes round', () => { const error = new Error(key); error.cause = error; return Promise.reject(error); }],
  ['an error of the package', fails(new OverloadedError(`529: ${key}`, { status: 529, headers: new Headers({ echo: key }), error: { key } }))],
  ['an abort', fails(new DOMException(`aborted: ${key}`, 'AbortError'))],
  ['a string', fails(`could not send ${key}`)],
  ['an object', fails({ headers: { 'x-api-key': key }, message: key })],
  ['a throw', () => { throw new Error(key); }],
]; // prettier-ignore

/** The ways to give a secret. */
const given: Record<string, StreamMessageOptions> = {
  apiKey: { apiKey: key },
  authToken: { authToken: key },
  'x-api-key': { headers: { 'X-Api-Key': key } },
  authorization: { headers: { authorization: `Bearer ${key}` } },
  'proxy-authorization': { apiKey: null, headers: { 'Proxy-Authorization': `Bearer ${key}` } },
  cookie: { apiKey: null, headers: { Cookie: `theme=dark; session=${key}` } },
  'a header of a gateway': { apiKey: null, headers: { 'X-Gateway-Secret': key } },
  'a header that is replaced': { apiKey: key, headers: { 'x-api-key': 'sk-other-key' } },
  'a query parameter': { apiKey: null, baseURL: `https://a.example/?api-key=${encodeURIComponent(key)}` },
};

const address = 'https://a.example';

describe.each([...beforeEvents, ...inEvents])('a request that fails with %s', (_, answer) => {
  it('shows no key of streamMessage, retried or not', async () => {
    const seen: ResponseInfo[] = [];
    const onResponse = (info: ResponseInfo) => seen.push(info);
    const source = streamMessage(params, { apiKey: key, baseURL: address, fetch: fetchOf(answer), onResponse });
    const { errors, others } = await saidBy(source);

    expect(errors[0]).toBeInstanceOf(AnthropicError);
    expect(others.length).toBeGreaterThan(0);
    expectNoKey([...errors, ...others, ...seen]);
  });

  it('shows no key of runTools', async () => {
    const { error } = await outcomeOf(
      runTools(params, { tools: [], apiKey: key, baseURL: address, fetch: fetchOf(answer) }),
    );

    expect(error).toBeInstanceOf(AnthropicError);
    expectNoKey([error]);
  });
});

describe.each(beforeEvents)('a request of serverSentEvents that fails with %s', (_, answer) => {
  const bearer = `Bearer ${key}`;

  it.each<[string, HeadersInit]>([
    ['a record', { 'X-Api-Key': key }],
    ['pairs', [['authorization', bearer]]],
    ['Headers', new Headers({ authorization: bearer })],
  ])('shows no key of %s', async (_, headers) => {
    const seen: ResponseInfo[] = [];
    const onResponse = (info: ResponseInfo) => seen.push(info);
    const source = serverSentEvents(address, { headers, fetch: fetchOf(answer), onResponse });
    const { error } = await outcomeOf(source);

    expect(error).toBeInstanceOf(AnthropicError);
    expectNoKey([error, ...seen]);
  });
});

describe.each(Object.entries(given))('a secret that is given as %s', (_, options) => {
  it.each<[string, Answer]>([
    ['in a body', () => textOf(`got: ${key}`, { status: 500 })],
    ['in headers', () => textOf('', { status: 500, headers: { echo: key } })],
    ['in an error event', () => sse(rejected(key))],
    ['in an error of fetch', (_, init) => Promise.reject(Object.assign(new Error(key), { init }))],
  ])('is not shown %s', async (_, answer) => {
    const seen: ResponseInfo[] = [];
    const onResponse = (info: ResponseInfo) => seen.push(info);
    const source = streamMessage(params, { baseURL: address, ...options, fetch: fetchOf(answer), onResponse });
    const { errors, others } = await saidBy(source);

    expect(errors[0]).toBeInstanceOf(AnthropicError);
    expectNoKey([...errors, ...others, ...seen]);
  });
});
