/** A request that the server has read to its end. */
export interface RecordedRequest {
  readonly method: string;
  /** Without the query: `/v1/messages`. */
  readonly path: string;
  /** `?beta=true` is `{ beta: 'true' }`. */
  readonly query: Readonly<Record<string, string>>;
  /** Names in lower case; the values of a repeated one are joined with `', '`. */
  readonly headers: Readonly<Record<string, string>>;
  /** The parsed JSON; the text, if it is not JSON; undefined, if there is none. */
  readonly body: unknown;
  /** Whether the client closed the connection before the response had ended. Final once `closed` has resolved. */
  readonly hungUp: boolean;
  /** Resolves when the response has ended, however it did. Never rejects. */
  readonly closed: Promise<void>;
}

/** A running server. */
export interface MessagesServer {
  /** Its address, without a slash at the end, as a client's `baseURL` takes it: `http://127.0.0.1:49152`. */
  readonly url: string;
  /** Every request so far, also those that were answered 400 or 404; not a browser's preflights. */
  readonly requests: readonly RecordedRequest[];
  /** How many requests are being answered now, stalled ones among them. */
  readonly openConnections: number;
  /**
   * Waits for a request.
   *
   * @param position - Which one, counted from 1. Default 1.
   * @returns The request, as soon as it has been read, also when that was before the call. Rejects if the server is closed
   *   without it.
   * @throws {RangeError} If `position` is not a whole number from 1 up.
   */
  request(position?: number): Promise<RecordedRequest>;
  /**
   * Breaks off the responses that are open, closes all connections, clears all timers.
   *
   * @returns Resolves when that is done. Calling it again does nothing. Never rejects.
   */
  close(): Promise<void>;
}
