import type { MessageCreateParams } from '../message.js';
import { redact, secretsOf } from './redact.js';
import type { ResponseOptions } from './responseStream.js';
import { environment, isBrowser, pageAddress } from './runtime.js';

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
  /** What no error may show. */
  readonly secrets: readonly string[];
}

/** Makes the request, and refuses what can't succeed. No message of an error shows a key. */
export function messageRequest(params: MessageCreateParams, options: StreamMessageOptions): MessageRequest {
  const { betas = [] } = options;
  const credentials = credentialsOf(options);
  const baseURL = options.baseURL ?? environment('ANTHROPIC_BASE_URL') ?? DEFAULT_BASE_URL;
  const { apiKey, authToken, given } = credentials;
  const secrets = secretsOf([...given, ['key', apiKey ?? ''], ['token', authToken ?? '']], baseURL);
  try {
    expectParams(params);
    const url = endpoint(baseURL, betas.length > 0);
    const headers = headersOf(options, credentials, betas);
    return { url, headers, body: JSON.stringify({ ...params, stream: true }), secrets };
  } catch (error) {
    throw redact(error, secrets);
  }
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
  const page = pageAddress();
  const scheme = URL.canParse(baseURL, page) ? new URL(baseURL, page).protocol : '';
  const pageScheme = page === undefined ? undefined : new URL(page).protocol;
  if (!['http:', 'https:', pageScheme].includes(scheme)) {
    throw new TypeError(`streamMessage: baseURL must be a URL, with http or https, got '${withoutSecrets(baseURL)}'.`);
  }
  const url = new URL(baseURL || '/', page);
  if (url.username !== '' || url.password !== '') {
    throw new TypeError('streamMessage: baseURL must not have a user name or password. Pass an authorization header.');
  }
  url.pathname = `${url.pathname.replace(/\/+$/, '')}/v1/messages`;
  url.hash = '';
  if (beta) url.searchParams.set('beta', 'true');
  return url.href;
}

/** A URL as an error may quote it: what stands before an @ may be a password, and what follows a ? a key. */
function withoutSecrets(url: string): string {
  return url.replace(/^([a-z]+:\/\/)?.*@/is, '$1…@').replace(/\?.*/s, '?…');
}

/** What the options and the environment have to show who asks. */
interface Credentials {
  readonly apiKey: string | null | undefined;
  readonly authToken: string | null | undefined;
  /** The headers that are given, by their names in lower case. */
  readonly given: ReadonlyMap<string, string | null>;
  /** Whether they hold a key or a token. */
  readonly ownCredentials: boolean;
}

function credentialsOf({ apiKey, authToken, headers = {} }: StreamMessageOptions): Credentials {
  const given = new Map<string, string | null>();
  for (const [name, value] of Object.entries(headers)) {
    if (value !== undefined) given.set(name.toLowerCase(), value);
  }
  const ownCredentials = given.has('x-api-key') || given.has('authorization');
  const asksEnvironment = apiKey === undefined && authToken == null && !ownCredentials;
  return { apiKey: asksEnvironment ? environment('ANTHROPIC_API_KEY') : apiKey, authToken, given, ownCredentials };
}

function headersOf(options: StreamMessageOptions, credentials: Credentials, betas: readonly string[]): Headers {
  const { apiVersion = NEWEST_API_VERSION, dangerouslyAllowBrowser = false } = options;
  const { apiKey, authToken, given, ownCredentials } = credentials;
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
