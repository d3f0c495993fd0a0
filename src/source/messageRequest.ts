import type { MessageCreateParams } from '../api/params.js';
import { MissingCredentialsError } from '../errors/classes.js';
import { collectSecrets, redact } from './redact.js';
import { show } from '../utils/options.js';
import { createBody, expectParams, isHeaderValue, listParamHeaders } from './requestBody.js';
import type { FetchLike } from './responseLike.js';
import type { ResponseOptions } from './responseOptions.js';
import { isBrowser, isLoopback, parseURL, readEnvironment, readPageAddress } from './runtime.js';

/** The API version that is sent by default. */
const NEWEST_API_VERSION = '2026-10-21';

const DEFAULT_BASE_URL = 'https://api.anthropic.com';

export interface StreamMessageOptions extends ResponseOptions {
  /**
   * The API key, sent as `x-api-key`. Default: the environment variable `ANTHROPIC_API_KEY`, if there is a `process`
   * and no other credentials are given. Null sends no key; use it if a `baseURL` of your own adds the key.
   */
  readonly apiKey?: string | null | undefined;
  /** A token, sent as `authorization: Bearer`, instead of a key. */
  readonly authToken?: string | null | undefined;
  /** The `anthropic-version` header. Default '2026-10-21', the newest version. */
  readonly apiVersion?: string | undefined;
  /**
   * The address of the API, with or without `/v1` at its end. Default: the environment variable `ANTHROPIC_BASE_URL`,
   * or else 'https://api.anthropic.com'.
   */
  readonly baseURL?: string | undefined;
  /**
   * Additional headers. A header replaces the default one of the same name; null removes it. The features in an
   * `anthropic-beta` header are sent together with `betas`.
   */
  readonly headers?: Readonly<Record<string, string | null | undefined>> | undefined;
  /** Beta features, sent as `anthropic-beta`, with `?beta=true`. */
  readonly betas?: readonly string[] | undefined;
  /**
   * The function that makes the request. Default `globalThis.fetch`. On Node, `nodeFetch()` of `rxjs-anthropic/node` takes
   * less time per event.
   */
  readonly fetch?: FetchLike | undefined;
  /**
   * Allows a key in a browser, where every visitor of the page can read it. It is better to make the request in your
   * backend, and to read its response with `fromResponse`. Default false. Not needed if `baseURL` is an address of the
   * machine itself, such as `http://localhost:8080`, where there are no visitors.
   */
  readonly dangerouslyAllowBrowser?: boolean | undefined;
}

export interface MessageRequest {
  readonly url: URL;
  readonly init: RequestInit;
  /** The strings that must not appear in any error. */
  readonly secrets: readonly string[];
}

/**
 * A header with the option that it comes from. A later header replaces an earlier one of the same name, except
 * `anthropic-beta`, whose features are merged. Null removes it.
 */
interface Header {
  readonly name: string;
  readonly value: string | null;
  /** The option that the error names if the value is not allowed. Empty if the value is constant. */
  readonly option: string;
}

/**
 * Creates the request for a message.
 *
 * @throws {InvalidParamsError} If the parameters are invalid.
 * @throws {MissingCredentialsError} If there is no key and no token.
 * @throws {TypeError} If another option is invalid. No error shows a secret.
 */
export function messageRequest(params: MessageCreateParams, options: StreamMessageOptions): MessageRequest {
  const { betas = [] } = options;
  expect(Array.isArray(betas), `betas must be an array of strings, got ${show(betas)}.`);
  const baseURL = options.baseURL ?? (readEnvironment('ANTHROPIC_BASE_URL') || DEFAULT_BASE_URL);
  const ownHeaders = listOwnHeaders(options);
  const credentials = readCredentials(options, ownHeaders);
  const secrets = collectSecrets(
    [
      ['key', credentials.apiKey],
      ['token', credentials.authToken],
      ...ownHeaders.map(({ name, value }) => [name, value] as const),
    ],
    baseURL,
  );
  try {
    expectParams(params, 'streamMessage');
    const url = createURL(baseURL, betas);
    expectCredentials(credentials, url, options);
    const paramHeaders = listParamHeaders(params).map((header) => ({ ...header, option: '' }));
    const headers = createHeaders([...listDefaultHeaders(credentials, options), ...paramHeaders, ...ownHeaders]);
    const body = createBody(params);
    return { url, init: { method: 'POST', headers, body, redirect: 'manual' }, secrets };
  } catch (error) {
    throw redact(error, secrets);
  }
}

interface Credentials {
  readonly apiKey: string | null;
  readonly authToken: string | null;
  /** Whether anyone can read the credentials, because the code runs in a browser. */
  readonly isExposed: boolean;
}

function readCredentials(options: StreamMessageOptions, ownHeaders: readonly Header[]): Credentials {
  const authToken = options.authToken ?? null;
  const hasOther = authToken !== null || ownHeaders.some(({ name }) => /^(x-api-key|authorization)$/i.test(name));
  const defaultKey = hasOther ? null : readEnvironment('ANTHROPIC_API_KEY');
  const apiKey = options.apiKey === undefined ? defaultKey : options.apiKey;
  return { apiKey, authToken, isExposed: isBrowser() && (apiKey !== null || hasOther) };
}

function expectCredentials(
  credentials: Credentials,
  url: URL,
  { dangerouslyAllowBrowser }: StreamMessageOptions,
): void {
  const { apiKey, authToken, isExposed } = credentials;
  if (apiKey === '' || authToken === '') {
    throw new MissingCredentialsError(
      'streamMessage: no API key. Set ANTHROPIC_API_KEY, or pass apiKey, authToken, or apiKey: null to send none.',
    );
  }
  expect(
    !isExposed || dangerouslyAllowBrowser === true || isLoopback(url),
    'everyone can read a key in a browser. Use a backend and fromResponse, or pass dangerouslyAllowBrowser: true.',
  );
}

/** Lists the headers among the options. A header that is undefined counts as not given. */
function listOwnHeaders({ headers = {} }: StreamMessageOptions): Header[] {
  const isObject = typeof headers === 'object' && !(Symbol.iterator in headers);
  expect(isObject, 'headers must be an object of strings. Pass Object.fromEntries(headers) instead of Headers.');
  return Object.entries(headers).flatMap(([name, value]) =>
    value === undefined ? [] : [{ name, value, option: `headers['${name.toLowerCase()}']` }],
  );
}

function listDefaultHeaders(
  { apiKey, authToken, isExposed }: Credentials,
  { apiVersion = NEWEST_API_VERSION, betas = [] }: StreamMessageOptions,
): Header[] {
  const authorization = authToken === null ? null : `Bearer ${authToken}`;
  const beta = betas.join(',');
  const browserAccess = isExposed ? 'true' : null;
  return [
    { name: 'accept', value: 'text/event-stream', option: '' },
    { name: 'content-type', value: 'application/json', option: '' },
    { name: 'anthropic-version', value: apiVersion, option: 'apiVersion' },
    { name: 'x-api-key', value: apiKey, option: 'apiKey' },
    { name: 'authorization', value: authorization, option: 'authToken' },
    { name: 'anthropic-beta', value: beta === '' ? null : beta, option: 'betas' },
    { name: 'anthropic-dangerous-direct-browser-access', value: browserAccess, option: '' },
  ];
}

function createHeaders(list: readonly Header[]): Headers {
  const headers = new Headers();
  for (const { name, value, option } of list) {
    if (value === null) {
      headers.delete(name);
    } else {
      // Checked here, because the error of `Headers` would quote the value.
      expect(isHeaderValue(value), `${option} has a character that is not allowed in a header.`);
      headers.set(name, /^anthropic-beta$/i.test(name) ? mergeLists(headers.get(name) ?? '', value) : value);
    }
  }
  return headers;
}

/** Merges two lists that are separated by commas. Each item is kept once. */
function mergeLists(older: string, newer: string): string {
  const items = `${older},${newer}`.split(',').map((item) => item.trim());
  return [...new Set(items)].filter((item) => item !== '').join(',');
}

function expect(isMet: unknown, reason: string): asserts isMet {
  if (!isMet) throw new TypeError(`streamMessage: ${reason}`);
}

function createURL(baseURL: string, betas: readonly string[]): URL {
  const page = readPageAddress();
  const url = parseURL(baseURL || '/', page);
  // The text before an @ may be a password, and the text after a ? may be a key.
  const shown = baseURL.replace(/.*@|\?.*/gs, '…');
  expect(
    url !== undefined && hasSupportedProtocol(url, page) && url.username === '' && url.password === '',
    `baseURL must be a URL with http or https and without a password, got '${shown}'.`,
  );
  url.pathname = url.pathname.replace(/(?:\/v1(?:\/messages)?)?\/*$/, '/v1/messages');
  url.hash = '';
  if (betas.length > 0) url.searchParams.set('beta', 'true');
  return url;
}

/** Whether `fetch` supports the protocol: http, https, or that of the page, such as `capacitor:` in an app. */
function hasSupportedProtocol({ protocol }: URL, page: string | undefined): boolean {
  return protocol === 'http:' || protocol === 'https:' || page?.startsWith(protocol) === true;
}
