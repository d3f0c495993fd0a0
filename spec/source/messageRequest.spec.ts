import { inspect } from 'node:util';
import {
  AnthropicError,
  InvalidParamsError,
  isRetryable,
  MissingCredentialsError,
  streamMessage,
  type StreamMessageOptions,
} from '../../src/index.js';
import { outcomeOf } from './support/outcome.js';
import { params } from './support/greeting.js';
import { fetched, key, receivedBy, refusal } from './support/sentRequests.js';
import { useServers } from './support/servers.js';

const serve = useServers();

const received = receivedBy(serve);

/** An array in an array, and so on. */
function nested(depth: number): unknown {
  let value: unknown = [];
  for (let i = 0; i < depth; i += 1) value = [value];
  return value;
}

const environment = { ...process.env };

const global: Record<string, unknown> = globalThis;

beforeEach(() => {
  delete process.env['ANTHROPIC_API_KEY'];
  delete process.env['ANTHROPIC_BASE_URL'];
});

afterEach(() => {
  process.env = { ...environment };
  Reflect.deleteProperty(global, 'location');
});

describe('the request', () => {
  it('is a POST with the key, the newest API version, and stream: true', async () => {
    const request = await received();

    expect(request).toMatchObject({
      method: 'POST',
      path: '/v1/messages',
      query: {},
      body: { ...params, stream: true },
    });
    expect(request.headers).toMatchObject({
      'x-api-key': 'sk-test',
      'anthropic-version': '2026-10-21',
      'content-type': 'application/json',
      accept: 'text/event-stream',
    });
    for (const name of ['authorization', 'anthropic-beta', 'anthropic-dangerous-direct-browser-access']) {
      expect(request.headers).not.toHaveProperty(name);
    }
  });

  it('has all parameters, including unknown ones, and stream: true', async () => {
    const asked = { ...params, stream: false, thinking: { type: 'adaptive' as const }, invented: { a: ['😀', null] } };

    expect((await received(key, asked)).body).toEqual({ ...asked, stream: true });
  });

  it('has a token instead of a key', async () => {
    const { headers } = await received({ authToken: 'tok' });

    expect(headers['authorization']).toBe('Bearer tok');
    expect(headers).not.toHaveProperty('x-api-key');
  });

  it('has both, if both are given', async () => {
    expect((await received({ ...key, authToken: 'tok' })).headers).toMatchObject({
      authorization: 'Bearer tok',
      'x-api-key': 'sk-test',
    });
  });

  it('has no credentials with apiKey: null', async () => {
    process.env['ANTHROPIC_API_KEY'] = 'sk-environment';
    const { headers } = await received({ apiKey: null });

    expect(headers).not.toHaveProperty('x-api-key');
    expect(headers).not.toHaveProperty('authorization');
  });

  it('has the given API version', async () => {
    expect((await received({ ...key, apiVersion: '2023-06-01' })).headers['anthropic-version']).toBe('2023-06-01');
  });

  it('has beta features in a header and in the query', async () => {
    const request = await received({ ...key, betas: ['compact-2026-01-12', 'mcp-client-2025-11-20'] });

    expect(request.headers['anthropic-beta']).toBe('compact-2026-01-12,mcp-client-2025-11-20');
    expect(request.query).toEqual({ beta: 'true' });
    expect(request.body).toEqual({ ...params, stream: true });
  });

  it('has the beta features of the option and of the header, each once', async () => {
    const { headers } = await received({ ...key, betas: ['a', 'b'], headers: { 'Anthropic-Beta': ' c, b,,d' } });

    expect(headers['anthropic-beta']).toBe('a,b,c,d');
    expect((await received({ ...key, headers: { 'anthropic-beta': 'c' } })).headers['anthropic-beta']).toBe('c');
  });

  it('has the user profile and the workspace in headers, not in the body', async () => {
    const asked = { ...params, user_profile_id: 'uprof_1', workspace_id: 'wrkspc_1' };
    const { headers, body } = await received(key, asked);

    expect(headers).toMatchObject({ 'anthropic-user-profile-id': 'uprof_1', 'anthropic-workspace-id': 'wrkspc_1' });
    expect(body).toEqual({ ...params, stream: true });
    expect((await received({ ...key, headers: { 'Anthropic-Workspace-Id': 'own' } }, asked)).headers).toHaveProperty(
      'anthropic-workspace-id',
      'own',
    );
  });

  it('has no headers for them otherwise', async () => {
    const { headers } = await received();

    expect(headers).not.toHaveProperty('anthropic-user-profile-id');
    expect(headers).not.toHaveProperty('anthropic-workspace-id');
  });

  it('has no beta header or query without beta features', async () => {
    const request = await received({ ...key, betas: [] });

    expect(request.headers).not.toHaveProperty('anthropic-beta');
    expect(request.query).toEqual({});
  });

  it('has the given headers, which replace the default ones, and no header that is null', async () => {
    const { headers } = await received({
      ...key,
      betas: ['a'],
      headers: { 'X-Trace': '1', 'Anthropic-Version': '1999-01-01', 'anthropic-beta': null, Accept: undefined },
    });

    expect(headers).toMatchObject({ 'x-trace': '1', 'anthropic-version': '1999-01-01', accept: 'text/event-stream' });
    expect(headers).not.toHaveProperty('anthropic-beta');
  });

  it.each(['x-api-key', 'Authorization'])('takes credentials from the header %s', async (name) => {
    process.env['ANTHROPIC_API_KEY'] = 'sk-environment';
    const { headers } = await received({ headers: { [name]: 'own' } });

    expect(headers[name.toLowerCase()]).toBe('own');
    expect([headers['x-api-key'], headers['authorization']]).not.toContain('sk-environment');
  });

  it('takes no credentials from a header that is undefined', async () => {
    process.env['ANTHROPIC_API_KEY'] = 'sk-environment';

    expect((await received({ headers: { 'x-api-key': undefined } })).headers['x-api-key']).toBe('sk-environment');
  });
});

describe('the environment', () => {
  it('has the key and the address, if the options do not', async () => {
    const server = await serve();
    Object.assign(process.env, { ANTHROPIC_API_KEY: 'sk-environment', ANTHROPIC_BASE_URL: server.url });
    await outcomeOf(streamMessage(params));

    expect((await server.request()).headers['x-api-key']).toBe('sk-environment');
  });

  it('is overridden by the options', async () => {
    Object.assign(process.env, { ANTHROPIC_API_KEY: 'sk-environment', ANTHROPIC_BASE_URL: 'http://127.0.0.1:1' });

    expect((await received()).headers['x-api-key']).toBe('sk-test');
  });

  it('is not searched for a key if a token is given', async () => {
    process.env['ANTHROPIC_API_KEY'] = 'sk-environment';
    const server = await serve();
    await outcomeOf(streamMessage(params, { authToken: 'tok', baseURL: server.url }));

    expect((await server.request()).headers).not.toHaveProperty('x-api-key');
  });

  it('is ignored if it is empty', async () => {
    Object.assign(process.env, { ANTHROPIC_API_KEY: '', ANTHROPIC_BASE_URL: '' });

    expect(refusal({})).toMatchObject({ message: expect.stringContaining('no API key') as string });
    expect((await fetched(key)).url).toBe('https://api.anthropic.com/v1/messages');
  });
});

describe('the address', () => {
  it.each([
    [undefined, 'https://api.anthropic.com/v1/messages'],
    ['https://gateway.example', 'https://gateway.example/v1/messages'],
    ['https://gateway.example/', 'https://gateway.example/v1/messages'],
    ['https://gateway.example//', 'https://gateway.example/v1/messages'],
    ['https://gateway.example/anthropic', 'https://gateway.example/anthropic/v1/messages'],
    ['https://gateway.example/v1', 'https://gateway.example/v1/messages'],
    ['https://gateway.example/anthropic/v1//?a=b', 'https://gateway.example/anthropic/v1/messages?a=b'],
    ['https://gateway.example/v1/messages/', 'https://gateway.example/v1/messages'],
    ['https://gateway.example/v1beta', 'https://gateway.example/v1beta/v1/messages'],
    ['https://gateway.example/v1/eu', 'https://gateway.example/v1/eu/v1/messages'],
    [
      'https://gateway.example/a/?api-version=1&key=a%2Fb#c',
      'https://gateway.example/a/v1/messages?api-version=1&key=a%2Fb',
    ],
    ['http://localhost:8080/anthropic/', 'http://localhost:8080/anthropic/v1/messages'],
  ])('of baseURL %p is %s', async (baseURL, url) => {
    expect((await fetched({ ...key, ...(baseURL !== undefined && { baseURL }) })).url).toBe(url);
  });

  it('keeps its own query with beta features', async () => {
    const options = { ...key, baseURL: 'https://gateway.example/?api-version=1', betas: ['a'] };

    expect((await fetched(options)).url).toBe('https://gateway.example/v1/messages?api-version=1&beta=true');
  });

  it.each([
    ['', 'https://app.example/v1/messages'],
    ['/', 'https://app.example/v1/messages'],
    ['api', 'https://app.example/chat/api/v1/messages'],
    ['?a=b', 'https://app.example/chat/1/v1/messages?a=b'],
    ['https://gateway.example', 'https://gateway.example/v1/messages'],
  ])('of baseURL %p in a page is %s', async (baseURL, url) => {
    Object.assign(global, { location: { href: 'https://app.example/chat/1?q=2' } });

    expect((await fetched({ apiKey: null, baseURL })).url).toBe(url);
  });

  it.each([
    ['https://app.example/chat/1', 'https://app.example/api/v1/messages'],
    ['capacitor://localhost/chat', 'capacitor://localhost/api/v1/messages'],
  ])('may be relative to the page %s', async (href, url) => {
    Object.assign(global, { location: { href } });

    expect((await fetched({ apiKey: null, baseURL: '/api' })).url).toBe(url);
  });
});

describe('a call that cannot succeed throws', () => {
  it.each<[string, Partial<Record<string, unknown>>, string]>([
    ['no model', { model: undefined }, 'model must be the name of a model'],
    ['an empty model', { model: '' }, 'model must be the name of a model'],
    ['no max_tokens', { max_tokens: undefined }, 'max_tokens must be a number'],
    ['max_tokens that is a string', { max_tokens: '64' }, 'max_tokens must be a number'],
    ['max_tokens that is NaN', { max_tokens: NaN }, 'max_tokens must be a number'],
    ['no messages', { messages: undefined }, "messages must not be empty: send at least one { role: 'user', content }"],
    ['empty messages', { messages: [] }, "messages must not be empty: send at least one { role: 'user', content }"],
    [
      'messages that are a string',
      { messages: 'Hi' },
      "messages must not be empty: send at least one { role: 'user', content }",
    ],
    ['a workspace that is not a string', { workspace_id: 5 }, 'workspace_id must be a string'],
    ['a user profile with a line break', { user_profile_id: 'a\nb' }, 'user_profile_id must be a string'],
    [
      'betas among the parameters',
      { betas: ['a'] },
      'betas is an option, not a parameter of the message. Pass it in the second argument',
    ],
  ])('for %s', (_, wrong, message) => {
    const error = refusal(key, { ...params, ...wrong });

    expect(error).toBeInstanceOf(InvalidParamsError);
    expect(error).toMatchObject({
      status: 400,
      message: expect.stringContaining(`streamMessage: ${message}`) as string,
    });
    expect(isRetryable(error)).toBe(false);
  });

  it.each([null, 'Hi', [], 5])('for parameters that are not an object: %j', (asked) => {
    const error = refusal(key, asked);

    expect(error).toBeInstanceOf(InvalidParamsError);
    expect(String(error)).toContain('streamMessage: params must be an object with model, max_tokens and messages.');
    expect(() => streamMessage(undefined as never, key)).toThrow(InvalidParamsError);
  });

  it('for parameters that cannot be converted to JSON, with the cause', () => {
    const circular: Record<string, unknown> = { ...params };
    circular['metadata'] = circular;
    for (const asked of [circular, { ...params, top_k: 5n }, { ...params, metadata: nested(20_000) }]) {
      const error = refusal(key, asked);

      expect(error).toBeInstanceOf(InvalidParamsError);
      expect(error).toMatchObject({ status: 400, cause: expect.any(Error) as Error });
      expect(String(error)).toContain('streamMessage: params cannot be converted to JSON: ');
    }
  });

  it('for a missing key, listing the options', () => {
    const error = refusal({});

    expect(error).toBeInstanceOf(MissingCredentialsError);
    expect(error).toBeInstanceOf(AnthropicError);
    expect(isRetryable(error)).toBe(false);
    expect(String(error)).toMatch(/no API key.*ANTHROPIC_API_KEY.*apiKey.*authToken.*apiKey: null/);
  });

  it.each([{ apiKey: '' }, { authToken: '' }])('for an empty key, %p, even if the environment has one', (options) => {
    process.env['ANTHROPIC_API_KEY'] = 'sk-environment';

    expect(String(refusal(options))).toContain('no API key');
  });

  it.each(['', 'nowhere', 'http://', '/api', 'localhost:8080'])('for the baseURL %p', (baseURL) => {
    const error = refusal({ ...key, baseURL });

    expect(error).toBeInstanceOf(TypeError);
    expect(String(error)).toContain(
      `streamMessage: baseURL must be a URL with http or https and without a password, got '${baseURL}'.`,
    );
  });

  it('for a baseURL with a password, without showing it', () => {
    for (const baseURL of ['https://user:telltale@gateway.example', 'ftp://user:telltale@gateway.example']) {
      const error = refusal({ ...key, baseURL });

      expect(error).toBeInstanceOf(TypeError);
      expect(String(error)).toContain('streamMessage: baseURL must ');
      expect(inspect(error, { depth: 10, showHidden: true })).not.toContain('telltale');
    }
  });

  it.each<[string, StreamMessageOptions, string]>([
    ['a key', { apiKey: 'sk-tell\ntale' }, 'apiKey'],
    ['a key with its file’s last line break', { apiKey: 'sk-telltale\n' }, 'apiKey'],
    ['a key that is no ASCII', { apiKey: 'sk-telltale…' }, 'apiKey'],
    ['a token', { authToken: 'sk-telltale\r\n' }, 'authToken'],
    ['a header', { headers: { 'X-Api-Key': 'sk-telltale\n' } }, "headers['x-api-key']"],
  ])('for a line break in %s, without showing it', (_, options, name) => {
    const error = refusal(options);

    expect(error).toBeInstanceOf(TypeError);
    expect(String(error)).toContain(`${name} has a character that is not allowed in a header`);
    expect(inspect(error, { depth: 10, showHidden: true })).not.toMatch(/tell|tale/);
  });

  it('for an invalid timeout or maxBufferSize', () => {
    expect(refusal({ ...key, timeout: { idleMs: -1 } })).toBeInstanceOf(RangeError);
    expect(String(refusal({ ...key, maxBufferSize: 0 }))).toContain('streamMessage: maxBufferSize');
  });
});
