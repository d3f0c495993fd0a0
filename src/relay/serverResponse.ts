/**
 * What is used of Node's `ServerResponse`. The responses of `node:http`, `node:http2` and Express, and `reply.raw` of
 * Fastify, have it.
 */
export interface ServerResponseLike {
  readonly headersSent: boolean;
  readonly writableEnded: boolean;
  readonly destroyed: boolean;
  /** The stream of a response of `node:http2`, which is not marked as destroyed itself. */
  readonly stream?: { readonly destroyed: boolean } | undefined;
  statusCode: number;
  setHeader(name: string, value: string | readonly string[]): unknown;
  /** Missing in the types of `node:http2`, but not in its responses. */
  flushHeaders?(): unknown;
  /** Returns false if the client cannot receive more for now. */
  write(chunk: string): unknown;
  end(): unknown;
  // eslint-disable-next-line @typescript-eslint/unified-signatures -- node:http2 does not have the combined signature
  end(chunk: string): unknown;
  on(event: 'close' | 'finish' | 'drain' | 'error', listener: () => void): unknown;
  off(event: 'close' | 'finish' | 'drain' | 'error', listener: () => void): unknown;
  /** Added by the middleware `compression`: sends what it holds back. */
  flush?(): unknown;
}
