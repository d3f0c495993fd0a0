/** A request that the server has read completely. */
export interface RecordedRequest {
  readonly method: string;
  /** The path without the query: `/v1/messages`. */
  readonly path: string;
  /** The parameters of the query: `?beta=true` is `{ beta: 'true' }`. */
  readonly query: Readonly<Record<string, string>>;
  /** Names are in lower case. The values of a repeated header are joined with `', '`. */
  readonly headers: Readonly<Record<string, string>>;
  /** The parsed JSON; the text if it is not JSON; undefined if there is no body. */
  readonly body: unknown;
  /** Whether the client closed the connection before the end of the response. Final once `closed` has resolved. */
  readonly hungUp: boolean;
  /** Resolves when the response has ended, for whatever reason. Never rejects. */
  readonly closed: Promise<void>;
}

/**
 * `[Symbol.asyncDispose]`, for `await using`. Only if the types of the program know it: TypeScript's library
 * `esnext.disposable` and the types of Node have it.
 */
type AsyncDisposal = SymbolConstructor extends { readonly asyncDispose: infer Name extends symbol }
  ? { readonly [Key in Name]: () => Promise<void> }
  : unknown;

/** A running server. Closed by `close()`, or at the end of a block that begins with `await using`. */
export interface MessagesServer extends AsyncDisposal {
  /** The address, for the `baseURL` of a client. No slash at the end: `http://127.0.0.1:49152`. */
  readonly url: string;
  /** Every request so far, including those that received a 400 or 404, but not the preflight requests of browsers. */
  readonly requests: readonly RecordedRequest[];
  /** How many requests have a response that has not ended, including stalled ones. */
  readonly openConnections: number;
  /**
   * Waits for a request.
   *
   * @param position - The position of the request, counted from 1. Default 1.
   * @returns Resolves as soon as the request has been read, or at once if it already has. Rejects if the server is
   *   closed before that.
   * @throws {RangeError} If `position` is not an integer of at least 1.
   */
  request(position?: number): Promise<RecordedRequest>;
  /**
   * Terminates the open responses, closes all connections and clears all timers.
   *
   * @returns Resolves when the server is closed. Never rejects. A second call does nothing.
   */
  close(): Promise<void>;
}
