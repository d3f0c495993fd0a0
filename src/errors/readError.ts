import { asString, readPath } from '../utils/inspect.js';
import { MAX_TIMER_MS } from '../utils/timers.js';
import { readHeader } from './inspectError.js';

/** What an error of the API says, in whatever form it was read. */
export interface APIErrorFacts {
  /** The HTTP status. If there is none, the status that the error's type stands for. */
  readonly status: number | undefined;
  /** The API's error type, such as `overloaded_error`. */
  readonly type: string | undefined;
  /** The API's explanation. */
  readonly message: string | undefined;
  readonly requestID: string | undefined;
  /** Whether the account has reached a spend limit. */
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

/**
 * Reads an error of this package, an error of the official SDK, or the JSON that the API sends:
 * `{ type: 'error', error: { type, message }, request_id }`. The errors of both packages have that JSON in their field `error`.
 */
export function readAPIError(error: unknown): APIErrorFacts {
  const isBody = readPath(error, 'type') === 'error';
  const body = isBody ? error : readPath(error, 'error');
  const detail = readPath(body, 'error');
  const status = readPath(error, 'status');
  const ownType = isBody ? undefined : readPath(error, 'type');
  const type = asString(ownType ?? readPath(detail, 'type'));
  return {
    status: typeof status === 'number' ? status : STATUS_BY_TYPE.get(type ?? ''),
    type,
    message: asString(readPath(detail, 'message')),
    requestID: asString(readPath(body, 'request_id')),
    isSpendLimit: asString(readPath(detail, 'details', 'error_code'))?.endsWith('spend_limit_reached') === true,
  };
}

/**
 * Returns how long an error's response asks to wait before the next request, in ms.
 *
 * @param now - The current time, in ms since 1970, for a `retry-after` that is a date.
 * @returns The first of these that a timer supports (0 to 2^31 - 1 ms), otherwise undefined: `retry-after-ms`, `retry-after` as
 *   seconds, `retry-after` as a date.
 */
export function retryAfterMs(error: unknown, now = Date.now()): number | undefined {
  const retryAfter = readHeader(error, 'retry-after');
  const waits = [
    parseNumber(readHeader(error, 'retry-after-ms')),
    parseNumber(retryAfter) * 1000,
    Date.parse(retryAfter) - now,
  ];
  return waits.find((ms) => ms >= 0 && ms <= MAX_TIMER_MS);
}

/** Returns the number in a header; NaN if there is no header, which `Number` would read as 0. */
function parseNumber(header: string): number {
  return header === '' ? NaN : Number(header);
}
