/**
 * Takes a chunk of a body, and never throws.
 *
 * @returns A promise that the next chunk has to wait for, which never rejects; undefined if it need not wait.
 */
export type AcceptChunk = (chunk: unknown) => Promise<void> | undefined;

/** Reads the chunks of a body, one after another. */
export interface BodyReader {
  /** Resolves to the next chunk, or to `done: true` at the end. Rejects if the connection is lost. */
  read(): Promise<{ readonly done?: boolean | undefined; readonly value?: unknown }>;
  /**
   * Passes on each chunk as soon as it arrives, if the reader can do that without a promise for each.
   *
   * @returns Resolves at the end. Rejects if the connection is lost.
   */
  forEach?(accept: AcceptChunk): Promise<void>;
  /** Ends the body early, which closes its connection. */
  cancel(): Promise<unknown>;
}

/** A body that is read by a reader, such as a `ReadableStream` of any realm. */
export interface ReadableBody {
  getReader(): BodyReader;
}

/**
 * The body of a response: a `ReadableStream`, a Node `Readable`, or an async iterable of bytes. A `Readable` is
 * destroyed if it is no longer needed. Of another iterable, `return()` is called.
 */
export type ResponseBody = ReadableBody | AsyncIterable<Uint8Array>;

/** What a source reads of a response. A `Response` has it, and so has an object that you create from another client's. */
export interface ResponseLike {
  readonly status: number;
  readonly headers: Headers;
  readonly body: ResponseBody | null;
  readonly bodyUsed?: boolean | undefined;
}

/** Makes a request. `globalThis.fetch` is one, and `nodeFetch()` of `rxjs-anthropic/node` returns one. */
export type FetchLike = (url: string, init: RequestInit) => PromiseLike<ResponseLike>;
