import { AsyncResource } from 'node:async_hooks';
import type { Readable } from 'node:stream';
import type { Method, Send } from './exchange.js';

/** A request as a dispatcher of undici takes it. */
export interface DispatcherRequest {
  readonly origin: string;
  readonly path: string;
  readonly method: Method;
  readonly headers: Record<string, string>;
  readonly body: string | Uint8Array | null;
  readonly signal: AbortSignal | null;
}

/** A response as a dispatcher of undici returns it. */
export interface DispatcherResponse {
  readonly statusCode: number;
  readonly headers: Readonly<Record<string, string | string[] | undefined>>;
  readonly body: Readable;
}

/** What is used of a `Dispatcher` of undici: an `Agent`, a `Pool`, a `ProxyAgent`, what `compose()` returns, and so on. */
export interface DispatcherLike {
  request(options: DispatcherRequest): Promise<DispatcherResponse>;
}

/** Creates what sends requests with a dispatcher of undici. */
export function dispatcherSend(dispatcher: DispatcherLike): Send {
  return async ({ url, method, headers, body, signal = null }) => {
    const response = await dispatcher.request({
      origin: url.origin,
      path: `${url.pathname}${url.search}`,
      method,
      headers: Object.fromEntries(headers),
      body,
      signal,
    });
    return {
      status: response.statusCode,
      headers: pairsOf(response.headers),
      stream: response.body,
      bind: (accept) => AsyncResource.bind(accept), // otherwise the context is that of the request that opened the socket
    };
  };
}

function* pairsOf(headers: DispatcherResponse['headers']): Generator<readonly [name: string, value: string]> {
  for (const [name, values = []] of Object.entries(headers)) {
    for (const value of [values].flat()) yield [name, value];
  }
}
