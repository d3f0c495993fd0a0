import type { MessageCreateParams } from '../message.js';
import { redact, secretsOf } from './redact.js';
import type { ResponseOptions } from './responseStream.js';
import { environment, isBrowser, pageAddress } from './runtime.js';

/** The API version that is sent unless another is asked for. */
const NEWEST_API_VERSION = '2026-10-21';

const DEFAULT_BASE_URL = 'https://api.anthropic.com';

/** The headers that say who asks. */
const CREDENTIALS = ['x-api-key', 'authorization'];

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
  const baseURL = options.baseURL ?? environment('ANTHROPIC_BASE_URL') ?? DEFAULT_BASE_URL;
  const { authToken } = options;
  const given = Object.entries(options.headers ?? {})
    .filter(([, value]) => value !== undefined)
    .map(([name, value]) => [name.toLowerCase(), value] as const);
  const hasOwn = given.some(([name]) => CREDENTIALS.includes(name));
  const asksEnvironment = options.apiKey === undefined && authToken == null && !hasOwn;
  const apiKey = asksEnvironment ? environment('ANTHROPIC_API_KEY') : options.apiKey;
  const secrets = secretsOf([...given, ['key', apiKey ?? ''], ['token', authToken ?? '']], baseURL);
  try {
    expectParams(params);
    const url = endpoint(baseURL, options.betas);
    refuseIf(
      (asksEnvironment && apiKey === undefined) || apiKey === '' || authToken === '',
      'no API key. Set ANTHROPIC_API_KEY, or pass apiKey, authToken, or apiKey: null if your baseURL adds it.',
    );
    const exposed = isBrowser() && (apiKey != null || authToken != null || hasOwn);
    refuseIf(
      exposed && options.dangerouslyAllowBrowser !== true,
      'everyone can read a key in a browser. Ask by your backend (see fromResponse), or pass dangerouslyAllowBrowser: true.',
    );
    const headers = headersOf([
      ['accept', 'text/event-stream'],
      ['content-type', 'application/json'],
      ['anthropic-version', options.apiVersion ?? NEWEST_API_VERSION, 'apiVersion'],
      ['x-api-key', apiKey, 'apiKey'],
      ['authorization', authToken == null ? null : `Bearer ${authToken}`, 'authToken'],
      ['anthropic-beta', options.betas?.join(',') || null, 'betas'],
      ['anthropic-dangerous-direct-browser-access', exposed ? 'true' : null],
      ...given,
    ]);
    return { url, headers, body: JSON.stringify({ ...params, stream: true }), secrets };
  } catch (error) {
    throw redact(error, secrets);
  }
}

function refuseIf(isWrong: boolean, why: string): void {
  if (isWrong) throw new TypeError(`streamMessage: ${why}`);
}

function expectParams(params: {
  readonly model: unknown;
  readonly max_tokens: unknown;
  readonly messages: unknown;
}): void {
  const { model, max_tokens, messages } = params;
  refuseIf(typeof model !== 'string' || model === '', "model must be the name of a model, such as 'claude-opus-5-5'.");
  refuseIf(typeof max_tokens !== 'number' || Number.isNaN(max_tokens), 'max_tokens must be a number.');
  refuseIf(
    !Array.isArray(messages) || messages.length === 0,
    "messages must not be empty: send at least one { role: 'user', content }.",
  );
  refuseIf('betas' in params, 'betas is an option, the second argument, not a parameter.');
}

function endpoint(baseURL: string, betas: readonly string[] = []): string {
  const page = pageAddress();
  const url = URL.canParse(baseURL, page) ? new URL(baseURL || '/', page) : new URL('unknown:');
  if (!/^https?:/.test(url.href) && page?.startsWith(url.protocol) !== true) {
    refuseIf(true, `baseURL must be a URL, with http or https, got '${withoutSecrets(baseURL)}'.`);
  }
  refuseIf(
    url.username !== '' || url.password !== '',
    'baseURL must not have a password. Pass an authorization header.',
  );
  url.pathname = `${url.pathname.replace(/\/+$/, '')}/v1/messages`;
  url.hash = '';
  if (betas.length > 0) url.searchParams.set('beta', 'true');
  return url.href;
}

/** A URL as an error may quote it: what stands before an @ may be a password, and what follows a ? a key. */
function withoutSecrets(url: string): string {
  return url.replace(/^([a-z]+:\/\/)?.*@/is, '$1…@').replace(/\?.*/s, '?…');
}

/** A header: its name, its value, and the option that it is of. Null removes it, undefined leaves it as it is. */
type Header = readonly [name: string, value: string | null | undefined, option?: string];

/** Makes headers, of which later ones replace earlier ones. `Headers` itself would quote a value that it refuses. */
function headersOf(list: readonly Header[]): Headers {
  const headers = new Headers();
  for (const [name, value, option = `headers['${name}']`] of list) {
    if (value === undefined) continue;
    if (value === null) {
      headers.delete(name);
      continue;
    }
    const canBeSent = /^[\t\x20-\x7e\x80-\xff]*$/.test(value);
    refuseIf(!canBeSent, `${option} has a character that no header can carry, such as a line break.`);
    headers.set(name, value);
  }
  return headers;
}
