import type { MessageCreateParams } from '../api/params.js';
import { redact, collectSecrets } from './redact.js';
import type { ResponseOptions } from './responseOptions.js';
import { environment, isBrowser, pageAddress, parseURL } from './runtime.js';

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
  readonly url: URL;
  readonly init: RequestInit;
  /** What no error may show. */
  readonly secrets: readonly string[];
}

/** Makes the request, and refuses what can't succeed. No message of an error shows a key. */
export function messageRequest(params: MessageCreateParams, options: StreamMessageOptions): MessageRequest {
  const { authToken, betas = [], apiVersion = NEWEST_API_VERSION } = options;
  const baseURL = options.baseURL ?? (environment('ANTHROPIC_BASE_URL') || DEFAULT_BASE_URL);
  const given = Object.entries(options.headers ?? {}).filter(([, value]) => value !== undefined);
  const hasOther = authToken != null || given.some(([name]) => /^(x-api-key|authorization)$/i.test(name));
  const { apiKey = hasOther ? null : environment('ANTHROPIC_API_KEY') } = options;
  const secrets = collectSecrets([['key', apiKey], ['token', authToken], ...given], baseURL);
  try {
    expectParams(params);
    const url = endpoint(baseURL, betas);
    expect(
      apiKey !== '' && authToken !== '',
      'no API key. Set ANTHROPIC_API_KEY, or pass apiKey, authToken, or apiKey: null to send none.',
    );
    const isExposed = isBrowser() && (apiKey !== null || hasOther);
    expect(
      !isExposed || options.dangerouslyAllowBrowser === true,
      'everyone can read a key in a browser. Use a backend and fromResponse, or pass dangerouslyAllowBrowser: true.',
    );
    const headers = new Headers();
    const all: readonly Header[] = [
      ['accept', 'text/event-stream'],
      ['content-type', 'application/json'],
      ['anthropic-version', apiVersion, 'apiVersion'],
      ['x-api-key', apiKey, 'apiKey'],
      ['authorization', authToken && `Bearer ${authToken}`, 'authToken'],
      ['anthropic-beta', betas.join() || null, 'betas'],
      ['anthropic-dangerous-direct-browser-access', isExposed ? 'true' : null],
      ...given,
    ];
    for (const [name, value, option = `headers['${name.toLowerCase()}']`] of all) {
      if (value == null) {
        headers.delete(name);
        continue;
      }
      // Told here, since `Headers` itself would quote a value that it refuses.
      expect(!/[^\t -~\x80-\xff]/.test(value), `${option} has a character that no header can carry.`);
      headers.set(name, value);
    }
    const body = JSON.stringify({ ...params, stream: true });
    return { url, init: { method: 'POST', headers, body, redirect: 'manual' }, secrets };
  } catch (error) {
    throw redact(error, secrets);
  }
}

/** A header: its name, its value, and the option that it is of. Later ones replace earlier ones, and null removes one. */
type Header = readonly [name: string, value: string | null | undefined, option?: string];

function expect(isMet: unknown, why: string): asserts isMet {
  if (!isMet) throw new TypeError(`streamMessage: ${why}`);
}

function expectParams(params: {
  readonly model: unknown;
  readonly max_tokens: unknown;
  readonly messages: unknown;
}): void {
  const { model, max_tokens, messages } = params;
  expect(typeof model === 'string' && model, 'model must be the name of a model.');
  expect(Number(max_tokens) === max_tokens, 'max_tokens must be a number.');
  expect(
    Array.isArray(messages) && messages.length,
    "messages must not be empty: send at least one { role: 'user', content }.",
  );
  expect(!('betas' in params), 'betas is an option, the second argument.');
}

function endpoint(baseURL: string, betas: readonly string[]): URL {
  const page = pageAddress();
  const url = parseURL(baseURL || '/', page);
  // What stands before an @ may be a password, and what follows a ? a key.
  const shown = baseURL.replace(/.*@|\?.*/gs, '…');
  expect(
    url && (/^https?:/.test(url.href) || page?.startsWith(url.protocol)) && !url.username && !url.password,
    `baseURL must be a URL, with http or https, got '${shown}'. It must not have a password.`,
  );
  url.pathname = url.pathname.replace(/\/*$/, '/v1/messages');
  url.hash = '';
  if (betas.length > 0) url.searchParams.set('beta', 'true');
  return url;
}
