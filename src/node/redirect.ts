import { parseURL } from '../source/runtime.js';
import type { OutgoingRequest } from './exchange.js';
import type { NodeResponse } from './nodeResponse.js';
import { isSupported } from './outgoingRequest.js';

const REDIRECTS: readonly number[] = [301, 302, 303, 307, 308];

/** The headers that belong to one origin. */
const OWN_HEADERS = ['authorization', 'proxy-authorization', 'cookie', 'host'] as const;

/** The headers that describe a body. */
const BODY_HEADERS = ['content-encoding', 'content-language', 'content-location', 'content-type'] as const;

/** Whether a response is a redirect. One without an address is an ordinary response. */
export function isRedirect({ status, headers }: NodeResponse): boolean {
  return REDIRECTS.includes(status) && headers.has('location');
}

/**
 * Returns the request that a redirect leads to; undefined if requests cannot be sent to its address.
 *
 * @see https://fetch.spec.whatwg.org/#http-redirect-fetch
 */
export function redirectTo({ status, headers }: NodeResponse, request: OutgoingRequest): OutgoingRequest | undefined {
  const url = parseURL(headers.get('location') ?? '', request.url);
  if (url === undefined || !isSupported(url)) return undefined;
  const { method } = request;
  const next = { ...request, url, headers: new Headers(request.headers) };
  if (url.origin !== request.url.origin) for (const name of OWN_HEADERS) next.headers.delete(name);
  const becomesGet = status === 303 ? method !== 'HEAD' && method !== 'GET' : status < 303 && method === 'POST';
  if (!becomesGet) return next;
  for (const name of BODY_HEADERS) next.headers.delete(name);
  return { ...next, method: 'GET', body: null };
}
