import { asString, readPath } from '../utils/inspect.js';
import { readHeader } from './inspectError.js';

/** What an error of the API says, wherever it was read from. */
export interface APIErrorFacts {
  /** The HTTP status; without one, the status that the error's type stands for. */
  readonly status: number | undefined;
  /** The API's error type, such as `overloaded_error`. */
  readonly type: string | undefined;
  readonly message: string | undefined;
  readonly requestID: string | undefined;
  /** Whether a spend limit was reached. */
  readonly isSpendLimit: boolean;
}

/** The HTTP status that each of the API's error types stands for. */
const STATUS_BY_TYPE: ReadonlyMap<string, number> = new Map(
  Object.entries({
    invalid_request_error: 400,
    authentication_error: 401,
    billing_error: 402,
    permission_error: 403,
    not_found_error: 404,
    conflict_error: 409,
    request_too_large: 413,
    rate_limit_error: 429,
    api_error: 500,
    timeout_error: 504,
    overloaded_error: 529,
  }),
);

/** Reads an error of this package or the official SDK, or the API's own JSON. Fields that are missing are undefined. */
export function readAPIError(error: unknown): APIErrorFacts {
  const isBody = readPath(error, 'type') === 'error';
  const body = isBody ? error : readPath(error, 'error');
  const detail = readPath(body, 'error');
  const status = readPath(error, 'status');
  const type = asString((isBody ? undefined : readPath(error, 'type')) ?? readPath(detail, 'type'));
  return {
    status: typeof status === 'number' ? status : STATUS_BY_TYPE.get(type ?? ''),
    type,
    message: asString(readPath(detail, 'message')),
    requestID: asString(readPath(body, 'request_id')),
    isSpendLimit: /spend_limit_reached$/.test(asString(readPath(detail, 'details', 'error_code')) ?? ''),
  };
}

/**
 * Returns how long the response of an error asks to wait before the next request, in ms: `retry-after-ms`, or `retry-after` in
 * seconds or as a date. Returns undefined without such a header, or if a timer cannot wait that long (2^31 - 1 ms).
 */
export function retryAfterMs(error: unknown, now = Date.now()): number | undefined {
  const after = readHeader(error, 'retry-after');
  const ms = readHeader(error, 'retry-after-ms');
  return [Number(ms || NaN), Number(after || NaN) * 1000, Date.parse(after) - now].find(
    (wait) => wait >= 0 && wait < 2 ** 31,
  );
}
