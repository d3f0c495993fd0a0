import { streamMessage, type StreamMessageOptions } from '../../src/index.js';
import { params } from './support/greeting.js';
import { fetched, key, receivedBy, refusal } from './support/sentRequests.js';
import { useServers } from './support/servers.js';

const received = receivedBy(useServers());

const global: Record<string, unknown> = globalThis;

const environment = { ...process.env };

/** The globals that identify a worker, and those that identify a server. */
const WORKER_GLOBALS = [
  'WorkerGlobalScope',
  'importScripts',
  'navigator',
  'Deno',
  'Bun',
  'WebSocketPair',
  'EdgeRuntime',
];
const own: PropertyDescriptorMap = Object.fromEntries(
  [...WORKER_GLOBALS, 'process'].flatMap((name) => {
    const descriptor = Object.getOwnPropertyDescriptor(globalThis, name);
    return descriptor === undefined ? [] : [[name, descriptor]];
  }),
);

beforeEach(() => {
  delete process.env['ANTHROPIC_API_KEY'];
  delete process.env['ANTHROPIC_BASE_URL'];
});

afterEach(() => {
  process.env = { ...environment };
  for (const name of ['window', 'document', ...WORKER_GLOBALS]) Reflect.deleteProperty(global, name);
  Object.defineProperties(global, own);
});

describe('in a browser', () => {
  beforeEach(() => {
    Object.assign(global, { window: globalThis, document: {} });
  });

  it.each<[string, StreamMessageOptions]>([
    ['a key', { apiKey: 'sk-secret' }],
    ['a token', { authToken: 'sk-secret' }],
    ['a header with a key', { headers: { 'X-API-Key': 'sk-secret' } }],
    ['a header with a token', { headers: { authorization: 'Bearer sk-secret' } }],
  ])('%s is refused', (_, options) => {
    const error = refusal(options);

    expect(error).toBeInstanceOf(TypeError);
    expect(String(error)).toMatch(/browser.*backend.*fromResponse.*dangerouslyAllowBrowser: true/);
    expect(String(error)).not.toContain('sk-secret');
  });

  it('a key is sent with dangerouslyAllowBrowser and the header that the API requires', async () => {
    const { headers } = await fetched({ ...key, dangerouslyAllowBrowser: true });

    expect(headers.get('x-api-key')).toBe('sk-test');
    expect(headers.get('anthropic-dangerous-direct-browser-access')).toBe('true');
  });

  it.each([
    'http://localhost:8080',
    'http://127.0.0.1:8080',
    'http://127.1.2.3',
    'http://[::1]:8080',
    'http://0x7f.1/v1',
  ])('a key is sent to %s, which is the machine itself', async (baseURL) => {
    const { headers } = await fetched({ ...key, baseURL });

    expect(headers.get('x-api-key')).toBe('sk-test');
  });

  it.each([
    'https://api.anthropic.com',
    'http://localhost.example',
    'http://127.0.0.1.example',
    'http://example.com/localhost',
    'http://128.0.0.1',
    'http://[::2]',
    '/v1',
  ])('a key is not sent to %s', (baseURL) => {
    Object.assign(global, { location: { href: 'https://page.example/' } });

    expect(String(refusal({ ...key, baseURL }))).toContain('dangerouslyAllowBrowser');

    Reflect.deleteProperty(global, 'location');
  });

  it('a request without a key is fine', async () => {
    const { headers } = await fetched({ apiKey: null, baseURL: 'https://backend.example' });

    expect(headers.has('anthropic-dangerous-direct-browser-access')).toBe(false);
  });
});

describe('in a worker', () => {
  const MOZILLA =
    'Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/140.0.0.0 Safari/537.36';

  /** Makes the global scope look like that of a worker in a browser, but for some of its properties. */
  function imitate(changes: Record<string, unknown> = {}) {
    const scope: Record<string, unknown> = {
      process: { env: {} },
      WorkerGlobalScope: Object.defineProperty(() => undefined, Symbol.hasInstance, {
        value: (value: unknown) => value === globalThis,
      }),
      importScripts: () => undefined,
      navigator: { userAgent: MOZILLA },
      ...changes,
    };
    for (const [name, value] of Object.entries(scope)) {
      if (value === undefined) Reflect.deleteProperty(global, name);
      else Object.defineProperty(global, name, { value, configurable: true, writable: true });
    }
  }

  it('of a browser, a key is refused', () => {
    imitate();

    expect(String(refusal(key))).toMatch(/browser.*dangerouslyAllowBrowser: true/);
    expect(() => streamMessage(params, { apiKey: null, baseURL: 'https://backend.example' })).not.toThrow();
  });

  it('of a browser, a key is sent with dangerouslyAllowBrowser and the header that the API requires', async () => {
    imitate();
    const { headers } = await fetched({ ...key, dangerouslyAllowBrowser: true });

    expect(headers.get('anthropic-dangerous-direct-browser-access')).toBe('true');
  });

  it('of a browser that a bundler gave a process, a key is refused', () => {
    imitate({ process: { env: {}, versions: {} } });

    expect(String(refusal(key))).toContain('dangerouslyAllowBrowser');
  });

  it.each<[string, Record<string, unknown>]>([
    ['Cloudflare', { navigator: { userAgent: 'Cloudflare-Workers' }, WebSocketPair: Object }],
    ['Cloudflare, before it had a navigator', { navigator: undefined, WebSocketPair: Object }],
    ['Cloudflare that imitates a browser', { WebSocketPair: Object }],
    ['Cloudflare, whose scope is none', { WorkerGlobalScope: Headers }],
    ['Deno', { navigator: { userAgent: 'Deno/2.5.0' }, Deno: {}, importScripts: undefined }],
    ['Deno that imitates a browser', { Deno: {} }],
    [
      'Bun',
      {
        navigator: { userAgent: 'Bun/1.3.9' },
        Bun: {},
        process: { env: {}, versions: { node: '24.3.0', bun: '1.3.9' } },
      },
    ],
    ['Bun that imitates a browser', { Bun: {} }],
    ['Vercel', { navigator: undefined, EdgeRuntime: 'edge-runtime' }],
    ['Vercel that imitates a browser', { EdgeRuntime: 'edge-runtime' }],
    ['Node', { navigator: { userAgent: 'Node.js/24' }, process: { env: {}, versions: { node: '24.0.0' } } }],
    ['Node that imitates a browser', { process: { env: {}, versions: { node: '24.0.0' } } }],
    ['another server, by its user agent', { navigator: { userAgent: 'Fastly/1.0' } }],
    ['another server, by its scope', { WorkerGlobalScope: undefined }],
    ['another server, without importScripts', { importScripts: undefined }],
  ])('of %s, a key is sent', async (_, changes) => {
    imitate(changes);
    const { headers } = await fetched(key);

    expect(headers.get('x-api-key')).toBe('sk-test');
    expect(headers.has('anthropic-dangerous-direct-browser-access')).toBe(false);
  });
});

it('outside of a browser, dangerouslyAllowBrowser has no effect', async () => {
  const { headers } = await received({ ...key, dangerouslyAllowBrowser: true });

  expect(headers).not.toHaveProperty('anthropic-dangerous-direct-browser-access');
});
