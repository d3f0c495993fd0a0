import type { ResponseInfo } from '../source/responseInfo.js';
import { expectAtLeast } from '../utils/options.js';
import { expectFrameOptions, type FrameOptions } from './frameOptions.js';

/** The options of everything that answers a request with the events of a stream. */
export interface RelayOptions extends FrameOptions {
  /**
   * The most memory that frames may take while the client does not read them, in bytes: two per UTF-16 code unit. Beyond
   * it, the stream ends with an error, after everything that arrived before. Default 16 777 216 (16 MiB).
   */
  readonly maxPendingBytes?: number | undefined;
  /**
   * More headers of the response, or a function that returns them. They replace those that the package sets. The function
   * is called once, with the status and headers of the API's response; undefined if they are not known.
   */
  readonly headers?: HeadersInit | ((upstream: ResponseInfo | undefined) => HeadersInit) | undefined;
}

/** The default of `maxPendingBytes`. */
export const MAX_PENDING_BYTES = 16_777_216;

/**
 * Validates the options at call time.
 *
 * @throws {RangeError} If `heartbeatMs` or `maxPendingBytes` is less than 1 or not a number.
 */
export function expectRelayOptions(caller: string, options: RelayOptions): void {
  expectFrameOptions(caller, options);
  expectAtLeast(1, caller, { maxPendingBytes: options.maxPendingBytes });
}
