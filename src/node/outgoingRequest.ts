import { parseURL } from '../source/runtime.js';
import { toMethod, type OutgoingRequest } from './exchange.js';

/** The headers that are sent unless others are given. */
const DEFAULT_HEADERS: readonly (readonly [name: string, value: string])[] = [
  ['accept', '*/*'],
  ['accept-encoding', 'identity'], // an event is too short for compression to be worth its time
  ['user-agent', 'node'], // as Node's fetch
];

interface Payload {
  readonly bytes: string | Uint8Array | null;
  /** The default of the `content-type` header. */
  readonly type: string | null;
}

/**
 * Reads the arguments of a call of `fetch`.
 *
 * @throws {TypeError} If the address, the method, a header or the body is not valid. No error quotes the address.
 */
export async function createRequest(address: string | URL, init: RequestInit): Promise<OutgoingRequest> {
  const url = parseURL(String(address));
  if (url === undefined || !isSupported(url)) {
    throw new TypeError('The URL must be absolute, with http or https, and without a password.');
  }
  const headers = new Headers(init.headers);
  const { bytes, type } = await readBody(init.body);
  for (const [name, value] of DEFAULT_HEADERS) if (!headers.has(name)) headers.set(name, value);
  if (type !== null && !headers.has('content-type')) headers.set('content-type', type);
  return { url, method: toMethod(init.method ?? 'GET'), headers, body: bytes, signal: init.signal ?? undefined };
}

/** Whether requests can be sent to a URL. */
export function isSupported({ protocol, username, password }: URL): boolean {
  return /^https?:$/.test(protocol) && username === '' && password === '';
}

/** Reads a body completely, because a redirect may need it again. */
async function readBody(body: BodyInit | null | undefined): Promise<Payload> {
  if (body === null || body === undefined) return { bytes: null, type: null };
  if (typeof body === 'string') return { bytes: body, type: 'text/plain;charset=UTF-8' };
  const payload = new Response(body);
  return { bytes: new Uint8Array(await payload.arrayBuffer()), type: payload.headers.get('content-type') };
}
