import type { Readable } from 'node:stream';
import type { AcceptChunk } from '../source/responseLike.js';

/** The methods that a request can have. */
const METHODS = ['GET', 'HEAD', 'POST', 'PUT', 'DELETE', 'OPTIONS', 'PATCH'] as const;
export type Method = (typeof METHODS)[number];

/** A request as it is sent. */
export interface OutgoingRequest {
  readonly url: URL;
  readonly method: Method;
  readonly headers: Headers;
  readonly body: string | Uint8Array | null;
  readonly signal: AbortSignal | undefined;
}

/** A response whose headers have arrived. */
export interface IncomingResponse {
  readonly status: number;
  readonly headers: Iterable<readonly [name: string, value: string]>;
  readonly stream: Readable;
  /**
   * Makes a function run in the asynchronous context of the request. Undefined if the events of the stream have that context
   * anyway.
   */
  readonly bind?: ((accept: AcceptChunk) => AcceptChunk) | undefined;
}

/** Sends a request. Rejects with the error of the client if there is no response. */
export type Send = (request: OutgoingRequest) => Promise<IncomingResponse>;

/** @throws {TypeError} If the method is not supported. */
export function toMethod(name: string): Method {
  const method = METHODS.find((known) => known === name.toUpperCase());
  if (method === undefined) throw new TypeError(`The method must be one of ${METHODS.join(', ')}, got '${name}'.`);
  return method;
}
