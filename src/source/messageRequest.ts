import type { MessageCreateParams } from '../message.js';
import type { ResponseOptions } from './responseStream.js';

/** The API version that is sent unless another is asked for. */
const NEWEST_API_VERSION = '2026-10-21';

const DEFAULT_BASE_URL = 'https://api.anthropic.com';

export interface StreamMessageOptions extends ResponseOptions {
  /**
   * The API key, sent as `x-api-key`. Default: the environment's `ANTHROPIC_API_KEY`, where there is a `process`. Null
   * sends none, for a `baseURL` of your own that adds it.
   */
  readonly apiKey?: string | null;
  /** A token, sent as `authorization: Bearer`, instead of a key. */
  readonly authToken?: string | null;
  /** The `anthropic-version` header. Default '2026-10-21', the newest. */
  readonly apiVersion?: string;
  /** Where the API is. Default: the environment's `ANTHROPIC_BASE_URL`, else 'https://api.anthropic.com'. */
  readonly baseURL?: string;
  /** More headers; they replace the ones that are sent by default, and null removes one. */
  readonly headers?: Readonly<Record<string, string | null | undefined>>;
  /** Beta features, sent as `anthropic-beta`, with `?beta=true`. */
  readonly betas?: readonly string[];
  /** The function that makes the request. Default `globalThis.fetch`. */
  readonly fetch?: typeof fetch;
  /**
   * Allows a key in a browser, where everyone who opens the page can read it. Better: let your backend make the request,
   * and read its response with `fromResponse`. Default false.
   */
  readonly dangerouslyAllowBrowser?: boolean;
}

export interface MessageRequest {
  readonly url: string;
  readonly headers: Headers;
  readonly body: string;
}

/** Makes the request, and refuses what can't succeed. No message of an error shows a key. */
export function messageRequest(params: MessageCreateParams, options: StreamMessageOptions): MessageRequest {
  expectParams(params);
  const { betas = [] } = options;
  const url = endpoint(options.baseURL ?? environment('ANTHROPIC_BASE_URL') ?? DEFAULT_BASE_URL, betas.length > 0);
  return { url, headers: headersOf(options, betas), body: JSON.stringify({ ...params, stream: true }) };
}

function expectParams(params: {
  readonly model: unknown;
  readonly max_tokens: unknown;
  readonly messages: unknown;
}): void {
  const { model, max_tokens, messages } = params;
  if (typeof model !== 'string' || model === '') {
    throw new TypeError("streamMessage: model must be the name of a model, such as 'claude-opus-5-5'.");
  }
  if (typeof max_tokens !== 'number' || Number.isNaN(max_tokens)) {
    throw new TypeError('streamMessage: max_tokens must be a number: the most tokens that the answer may have.');
  }
  if (!Array.isArray(messages) || messages.length === 0) {
    throw new TypeError("streamMessage: messages must not be empty: send at least one { role: 'user', content }.");
  }
  if ('betas' in params)
    throw new TypeError('streamMessage: betas is an option, the second argument, not a parameter.');
}

function endpoint(baseURL: string, beta: boolean): string {
  const page = text(field(field(globalThis, 'location'), 'href'));
  const scheme = URL.canParse(baseURL, page) ? new URL(baseURL, page).protocol : '';
  const pageScheme = page === undefined ? undefined : new URL(page).protocol;
  if (!['http:', 'https:', pageScheme].includes(scheme)) {
    throw new TypeError(`streamMessage: baseURL must be a URL, with http or https, got '${withoutUser(baseURL)}'.`);
  }
  const { username, password } = new URL(baseURL, page);
  if (username !== '' || password !== '') {
    throw new TypeError('streamMessage: baseURL must not have a user name or password. Pass an authorization header.');
  }
  return new URL(`${baseURL.replace(/\/+$/, '')}/v1/messages${beta ? '?beta=true' : ''}`, page).href;
}

/** A URL as an error may quote it: a password in it is a secret. */
function withoutUser(url: string): string {
  return url.replace(/\/\/[^/@]*@/, '//…@');
}

function headersOf(options: StreamMessageOptions, betas: readonly string[]): Headers {
  const { apiVersion = NEWEST_API_VERSION, authToken, dangerouslyAllowBrowser = false } = options;
  const given = new Map<string, string | null>();
  for (const [name, value] of Object.entries(options.headers ?? {})) {
    if (value !== undefined) given.set(name.toLowerCase(), value);
  }
  const ownCredentials = given.has('x-api-key') || given.has('authorization');
  const apiKey =
    options.apiKey === undefined && authToken == null && !ownCredentials
      ? environment('ANTHROPIC_API_KEY')
      : options.apiKey;
  if ((apiKey === undefined && authToken == null && !ownCredentials) || apiKey === '' || authToken === '') {
    throw new TypeError(
      'streamMessage: no API key. Set ANTHROPIC_API_KEY, or pass apiKey or authToken; pass apiKey: null if your baseURL adds it.',
    );
  }
  const secret = apiKey != null || authToken != null || ownCredentials;
  if (secret && isBrowser() && !dangerouslyAllowBrowser) {
    throw new TypeError(
      'streamMessage: a key in a browser can be read by everyone who opens the page. Let your backend make the request ' +
        '(see fromResponse), or pass dangerouslyAllowBrowser: true.',
    );
  }

  const headers = new Headers({
    accept: 'text/event-stream',
    'content-type': 'application/json',
    'anthropic-version': apiVersion,
  });
  if (apiKey != null) setSecret(headers, 'x-api-key', 'apiKey', apiKey);
  if (authToken != null) setSecret(headers, 'authorization', 'authToken', `Bearer ${authToken}`);
  if (betas.length > 0) headers.set('anthropic-beta', betas.join(','));
  if (secret && isBrowser()) headers.set('anthropic-dangerous-direct-browser-access', 'true');
  for (const [name, value] of given) {
    if (value === null) headers.delete(name);
    else setSecret(headers, name, `headers['${name}']`, value);
  }
  return headers;
}

/** Sets a header whose value no error may quote, as `Headers` does for one that it refuses. */
function setSecret(headers: Headers, name: string, option: string, value: string): void {
  if (!/^[\t\x20-\x7e\x80-\xff]*$/.test(value)) {
    throw new TypeError(`streamMessage: ${option} has a character that no header can carry, such as a line break.`);
  }
  headers.set(name, value);
}

function environment(name: string): string | undefined {
  return text(field(field(field(globalThis, 'process'), 'env'), name)) || undefined;
}

function isBrowser(): boolean {
  return 'window' in globalThis && 'document' in globalThis;
}

/** Looks at what may not be there, and may be of another realm. */
function field(value: unknown, name: string): unknown {
  return typeof value === 'object' && value !== null ? Reflect.get(value, name) : undefined;
}

function text(value: unknown): string | undefined {
  return typeof value === 'string' ? value : undefined;
}
