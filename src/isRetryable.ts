import { field, isObject, text } from './unknown.js';

/**
 * Says whether sending the same request again may succeed.
 *
 * | error | a retry can help |
 * |---|---|
 * | by status | 408, 409, 429 (unless a spend limit was reached), 500 and above; `x-should-retry` overrules |
 * | by type, where there is no status | as the status that the type stands for: `overloaded_error`, `api_error`, … |
 * | the connection was refused, lost or timed out; the bytes ended early | yes |
 * | anything else: aborted, invalid events, errors of your own code | no |
 *
 * Looks at what the error says, not at its class, so it also understands the official SDK's errors, `fetch`'s own, and
 * a plain `{ type: 'error', error: { type } }` as the API sends it.
 *
 * @param error - Anything that was thrown.
 * @returns The same answer for the same error: nothing is remembered or waited for.
 */
export function isRetryable(error: unknown): boolean {
  if (isNamed(error, 'APIUserAbortError', 'AbortError', 'InvalidEventError', 'InvalidOutputError')) return false;

  const told = header(error, 'x-should-retry');
  if (told === 'true') return true;

  const { status, type, spent } = readAPIError(error);
  if (told === 'false' || spent) return false;
  if (status === undefined) return type === undefined && isConnectionFailure(error);
  return status === 408 || status === 409 || status === 429 || status >= 500;
}

/** The HTTP status that each of the API's error types stands for. */
const STATUS_BY_TYPE = new Map(
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
 * How a connection that could not be made or was lost is told: by a code of Node or undici, or by what fetch says in Node,
 * Chromium, Safari, Firefox and Bun; also as `String(error)` says it.
 */
const CONNECTION_FAILURE =
  /^(\w*error: )?(econn(refused|reset|aborted)|epipe|etimedout|enotfound|eai_again|e(net|host)(unreach|down)|und_err_(socket|\w+_timeout|response|closed|destroyed)|fetch failed|terminated|failed to fetch|network ?error( when .*)?|load failed|error in input stream|socket hang up|the socket connection was closed .*)( \(.*\))?\.?$/i;

/** Whether an error, or what caused it, says that a connection could not be made or was lost. */
export function isConnectionFailure(error: unknown): boolean {
  return (
    isNamed(error, 'APIConnectionError', 'APIConnectionTimeoutError') ||
    causesOf(error).some(
      (cause) =>
        CONNECTION_FAILURE.test(text(field(cause, 'code')) ?? '') ||
        CONNECTION_FAILURE.test(text(field(cause, 'message')) ?? ''),
    )
  );
}

/** An error, what caused it, what caused that, and so on: at most 8, since causes may go round. */
export function causesOf(error: unknown, most = 8): unknown[] {
  return isObject(error) && most > 0 ? [error, ...causesOf(field(error, 'cause'), most - 1)] : [];
}

/**
 * Reads an error of this package or the official SDK, or the API's own JSON: the status, or the one that the type stands for;
 * and whether a spend limit was reached.
 */
export function readAPIError(error: unknown): {
  readonly status: number | undefined;
  readonly type: string | undefined;
  readonly message: string | undefined;
  readonly requestID: string | undefined;
  readonly spent: boolean;
} {
  const isBody = field(error, 'type') === 'error';
  const body = isBody ? error : field(error, 'error');
  const detail = field(body, 'error');
  const status = field(error, 'status');
  const type = text((isBody ? undefined : field(error, 'type')) ?? field(detail, 'type'));
  return {
    status: typeof status === 'number' ? status : STATUS_BY_TYPE.get(type ?? ''),
    type,
    message: text(field(detail, 'message')),
    requestID: text(field(body, 'request_id')),
    spent: /spend_limit_reached$/.test(text(field(detail, 'details', 'error_code')) ?? ''),
  };
}

/**
 * How long an error's response asks to wait before the next request, in ms: `retry-after-ms`, else `retry-after` in seconds or
 * as a date. Undefined if none of them is a wait that a timer can wait (2^31 - 1 ms).
 */
export function retryAfterMs(error: unknown, now = Date.now()): number | undefined {
  const after = header(error, 'retry-after');
  const ms = header(error, 'retry-after-ms');
  return [Number(ms || NaN), Number(after || NaN) * 1000, Date.parse(after) - now].find(
    (wait) => wait >= 0 && wait < 2 ** 31,
  );
}

/** Whether an error, or a class that it is an instance of, has one of these names, in whatever copy of whatever package. */
export function isNamed(error: unknown, ...names: unknown[]): boolean {
  if (!isObject(error)) return false;
  // A class that a minifier has renamed is told by the name that its prototype has.
  const isOne = names.includes(field(error, 'name')) || names.includes(field(error, 'constructor', 'name'));
  return isOne || isNamed(Object.getPrototypeOf(error), ...names);
}

/** A header of an error's response; empty if there is none. */
function header(error: unknown, name: string): string {
  const headers = field(error, 'headers');
  const get = field(headers, 'get'); // also of a Headers that is not this runtime's own
  return text(typeof get === 'function' ? Reflect.apply(get, headers, [name]) : field(headers, name)) ?? '';
}
