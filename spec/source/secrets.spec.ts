/**
 * No error, log or string of the package shows a secret of the request, whoever repeats it: a gateway, `fetch`, a signal. A key
 * that can be told again goes through every way there is out of the sources.
 */
import { inspect } from 'node:util';
import { asapScheduler, type Observable } from 'rxjs';
import {
  accumulateMessage,
  AnthropicError,
  APIStatusError,
  AuthenticationError,
  OverloadedError,
  retryOnConnectionError,
  runTools,
  serverSentEvents,
  streamMessage,
  tapMessage,
  type AnyEvent,
  type MessageCreateParams,
  type ResponseInfo,
  type StreamMessageOptions,
} from '../../src/index.js';
import { buildMessage, errorEvent, eventsOf, sseOf } from '../../src/testing/index.js';
import { bodyOf, eventStream, writtenBody } from './support/bodies.js';
import { virtualClock } from './support/clock.js';
import { outcomeOf, settle, watch } from './support/outcome.js';
import { useServers } from './support/servers.js';

const key = 'sk-ant-api03-Telltale+0123456789/abcdefghij_KLMNOP==';
const message = buildMessage({ content: 'Hello, world. How are you?' });
const events = eventsOf(message);
const params: MessageCreateParams = {
  model: 'claude-sonnet-5-5',
  max_tokens: 64,
  messages: [{ role: 'user', content: 'Hi' }],
};

/** How a key may be written. */
const WRITTEN = [
  ...Array.from({ length: key.length - 11 }, (_, at) => key.slice(at, at + 12)),
  encodeURIComponent(key).slice(20, 40),
];

/** What of a text is the key's. */
const keyIn = (text: string) => WRITTEN.filter((written) => text.includes(written));

/** All texts that can be read from a value. */
function textsOf(value: unknown): string[] {
  const seen = new Set<unknown>();
  const texts = [String(value), inspect(value, { depth: Infinity, showHidden: true, maxStringLength: null })];
  try {
    texts.push(JSON.stringify(value));
  } catch {
    texts.push(''); // where fetch's error goes round, its copy does
  }
  const walk = (one: unknown): void => {
    if (typeof one === 'string' || typeof one === 'symbol') texts.push(String(one));
    if ((typeof one !== 'object' && typeof one !== 'function') || one === null || seen.has(one)) return;
    seen.add(one);
    for (const name of Reflect.ownKeys(one)) {
      walk(name);
      walk(Reflect.get(one, name));
    }
    if (one instanceof Error) [one.name, one.message, one.stack, one.cause].forEach(walk);
    if (one instanceof Headers || one instanceof Map || one instanceof Set) [...one].forEach(walk);
  };
  walk(value);
  return texts;
}

function expectNoKey(values: readonly unknown[]): void {
  for (const value of values) expect(textsOf(value).flatMap(keyIn)).toEqual([]);
}

const serve = useServers();
const methods = ['log', 'info', 'warn', 'error', 'debug', 'trace', 'dir'] as const;
const environment = { ...process.env };
let logged: jest.SpyInstance[] = [];

beforeEach(() => {
  delete process.env['ANTHROPIC_API_KEY'];
  logged = methods.map((method) => jest.spyOn(console, method).mockImplementation(() => undefined));
});

afterEach(() => {
  process.env = { ...environment };
  for (const spy of logged) {
    expect(spy).not.toHaveBeenCalled(); // eslint-disable-line jest/no-standalone-expect -- it holds for every test here
    spy.mockRestore();
  }
});

type Fetch = typeof globalThis.fetch;
type Answer = (url: string, init: RequestInit) => Response | Promise<Response>;

const fetchOf =
  (answer: Answer): Fetch =>
  async (url, init = {}) =>
    answer(url instanceof Request ? url.url : url.toString(), init);

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

describe('a secret', () => {
  it('of the environment is not shown', async () => {
    process.env['ANTHROPIC_API_KEY'] = key;
    const { error } = await outcomeOf(streamMessage(params, { fetch: fetchOf(() => textOf(key, { status: 500 })) }));

    expect(error).toBeInstanceOf(APIStatusError);
    expectNoKey([error]);
  });

  it('in the address of serverSentEvents is not shown, which fetch may quote', async () => {
    for (const url of [
      `https://user:${encodeURIComponent(key)}@a.example/`,
      `${address}/?token=${encodeURIComponent(key)}`,
    ]) {
      for (const input of [url, new URL(url)]) {
        const { error } = await outcomeOf(
          serverSentEvents(input, { fetch: fetchOf((url) => Promise.reject(new Error(url))) }),
        );

        expect(error).toBeInstanceOf(AnthropicError);
        expectNoKey([error]);
      }
    }
    const { error } = await outcomeOf(serverSentEvents(`https://user:${encodeURIComponent(key)}@a.example/`));

    expect(String(error)).toContain('[redacted]');
    expectNoKey([error]);
  });

  it('that no header can carry is not shown by serverSentEvents', async () => {
    const broken = `${key.slice(0, 20)}\n${key.slice(20)}`;
    for (const headers of [{ 'x-api-key': broken }, [['x-api-key', broken]] as [string, string][]]) {
      const { error } = await outcomeOf(serverSentEvents(address, { headers }));

      expect(error).toBeInstanceOf(AnthropicError);
      expect(String(error)).toContain('[redacted]');
      expectNoKey([error]);
    }
  });

  it('is not shown where a real gateway sends back what it got', async () => {
    const server = await serve(({ headers }) => ({
      status: 500,
      body: { headers },
      headers: { 'x-echo': headers['x-api-key'] ?? '' },
    }));
    const seen: ResponseInfo[] = [];
    const onResponse = (info: ResponseInfo) => seen.push(info);
    const { error } = await outcomeOf(streamMessage(params, { apiKey: key, baseURL: server.url, onResponse }));

    expect(error).toMatchObject({ status: 500, error: { headers: { 'x-api-key': '[redacted]' } } });
    expect(seen[0]?.headers.get('x-echo')).toBe('[redacted]');
    expectNoKey([error, ...seen]);
  });

  it('is not shown by the reason of a signal', async () => {
    const reason = Object.assign(new Error(`stop ${key}`), { key });
    const before = streamMessage(params, { apiKey: key, signal: AbortSignal.abort(reason) });
    const controller = new AbortController();
    const answer: Answer = () => eventStream(writtenBody().stream);
    const during = watch(streamMessage(params, { apiKey: key, signal: controller.signal, fetch: fetchOf(answer) }));
    const run = watch(runTools(params, { tools: [], apiKey: key, signal: controller.signal, fetch: fetchOf(answer) }));
    const never = runTools(params, { tools: [], apiKey: key, signal: AbortSignal.abort(reason) });
    await settle();
    controller.abort(reason);
    const errors = [(await outcomeOf(before)).error, during.error, run.error, (await outcomeOf(never)).error];

    for (const error of errors)
      expect(error).toMatchObject({ name: 'APIUserAbortError', cause: { key: '[redacted]' } });
    expectNoKey(errors);
  });

  it('is not shown by a timeout that says what came last', async () => {
    const clock = virtualClock();
    const body = writtenBody();
    const options = { scheduler: clock.scheduler, timeout: { idleMs: 1000 }, apiKey: key };
    const seen = watch(streamMessage(params, { ...options, fetch: fetchOf(() => eventStream(body.stream)) }));
    body.write(sseOf([{ type: key }]));
    await settle();
    clock.advance(1000);

    expect(seen.error).toMatchObject({ timeout: 'idleMs', lastEvent: '[redacted]' });
    expectNoKey([seen.error]);
  });

  it('is not shown by an error that a timeout finds in what is left', async () => {
    const clock = virtualClock();
    const body = writtenBody();
    const options = { scheduler: clock.scheduler, timeout: { idleMs: 1000 }, apiKey: key };
    const seen = watch(streamMessage(params, { ...options, fetch: fetchOf(() => eventStream(body.stream)) }));
    body.write(sseOf([rejected(key)]).trimEnd());
    await settle();
    clock.advance(1000);

    expect(seen.error).toBeInstanceOf(OverloadedError);
    expectNoKey([seen.error]);
  });

  it('is not shown by what onResponse throws', async () => {
    const onResponse = () => {
      throw new Error(`my key is ${key}`);
    };
    const { error } = await outcomeOf(streamMessage(params, { apiKey: key, onResponse, fetch: fetchOf(() => sse()) }));

    expect(String(error)).toBe('Error: my key is [redacted]');
    expectNoKey([error]);
  });

  it('is not shown where a call is refused', () => {
    const refused: [Partial<MessageCreateParams>, StreamMessageOptions][] = [
      [{ model: '' }, {}],
      [{ messages: [] }, {}],
      [{}, { apiKey: `${key}\n` + key }],
      [{}, { apiKey: null, authToken: `${key}\u2026` }],
      [{}, { headers: { 'x-api-key': `${key}\n${key}` } }],
      [{}, { headers: { [`x-${key}`]: 'line\nbreak' } }],
      [{}, { apiVersion: `${key}\n${key}` }],
      [{}, { betas: [`${key}\n${key}`] }],
      ...[
        `ftp://user:${key}@a.example`,
        `user:${key}@a.example`,
        `ftp://a.example/?key=${key}`,
        `/${key}`,
        `http://?key=other${key}`,
      ].map((baseURL): [object, StreamMessageOptions] => [{}, { baseURL }]),
      [{}, { baseURL: `https://user:${key}@a.example` }],
      [{}, { baseURL: `ftp://user:${key}@a.example`, apiKey: null }],
      [{}, { baseURL: `user:${key}@a.example`, apiKey: null }],
      [{}, { baseURL: `http://?k=${key}`, apiKey: null }],
      [{}, { timeout: { idleMs: -1 } }],
    ];
    for (const [wrong, options] of refused) {
      for (const call of [
        () => streamMessage({ ...params, ...wrong }, { apiKey: key, ...options }),
        () => runTools({ ...params, ...wrong }, { tools: [], apiKey: key, ...options }),
      ]) {
        let error: unknown;
        try {
          void call();
        } catch (thrown) {
          error = thrown;
        }

        expect(Object.prototype.toString.call(error)).toBe('[object Error]'); // Headers' own are of another realm in Jest
        expectNoKey([error]);
      }
    }
  });
});

describe('where no secret shows', () => {
  const source = (answer: Answer, options: StreamMessageOptions = {}) =>
    streamMessage(params, { apiKey: key, fetch: fetchOf(answer), ...options });

  it('a cause is the very error that fetch has thrown', async () => {
    const cause = Object.assign(new TypeError('fetch failed'), { cause: new Error('why'), request: { headers: {} } });

    expect((await outcomeOf(source(fails(cause)))).error).toHaveProperty('cause', cause);
    expect((await outcomeOf(serverSentEvents(address, { fetch: fetchOf(fails(cause)) }))).error).toHaveProperty(
      'cause',
      cause,
    );
  });

  it('an error of the package is the very same', async () => {
    const error = new AuthenticationError('mine', { status: 401 });

    expect((await outcomeOf(source(fails(error)))).error).toBe(error);
  });

  it('a signal’s reason, and what onResponse throws, are the very same', async () => {
    const reason = { why: 'stop' };
    const onResponse = () => {
      throw reason as unknown as Error;
    };

    expect((await outcomeOf(source(() => sse(), { signal: AbortSignal.abort(reason) }))).error).toHaveProperty(
      'cause',
      reason,
    );
    expect((await outcomeOf(source(() => sse(), { onResponse }))).error).toBe(reason);
  });

  it('a header that is undefined is none', async () => {
    const headers = { 'x-gateway-key': undefined };

    expect(
      String((await outcomeOf(source(fails(new Error('undefined is no function')), { headers }))).error),
    ).toContain('undefined is no function');
  });

  it('headers are the response’s own', async () => {
    const response = textOf('no', { status: 500, headers: { 'x-a': 'b' } });
    const seen: ResponseInfo[] = [];
    const { error } = await outcomeOf(source(() => response, { onResponse: (info) => seen.push(info) }));

    expect(error).toHaveProperty('headers', response.headers);
    expect((error as APIStatusError).headers).toBe(response.headers);
    expect(seen[0]?.headers).toBe(response.headers);
  });

  it('what the model says of the key is its answer, as it is', async () => {
    const spoken = eventsOf(buildMessage({ content: `Your key is ${key}.` }));
    const { values } = await outcomeOf(source(() => sse(...spoken)));
    const { error } = await outcomeOf(
      source(() => sse(...spoken.slice(0, -2), rejected(key))).pipe(accumulateMessage()),
    );

    expect(values).toEqual(spoken);
    expect(error).toMatchObject({ partial: { content: [{ text: `Your key is ${key}.` }] } });
    expect(keyIn(String(error))).toEqual([]);
  });
});
