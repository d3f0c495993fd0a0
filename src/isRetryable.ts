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
  if (told === 'true' || told === 'false') return told === 'true';

  const { status, type, errorCode } = readAPIError(error);
  if (errorCode?.endsWith('spend_limit_reached') === true) return false;
  if (status === undefined && type === undefined) return isConnectionFailure(error);
  const code = status ?? statusOfType(type) ?? 0;
  return code === 408 || code === 409 || code === 429 || code >= 500;
}

/** The HTTP status that each of the API's error types stands for. */
const STATUS_BY_TYPE: Readonly<Record<string, number>> = {
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
};

/** Node's and undici's codes for a connection that could not be made or was lost. */
const CONNECTION_CODES =
  /^(ECONN(REFUSED|RESET|ABORTED)|EPIPE|ETIMEDOUT|ENOTFOUND|EAI_AGAIN|E(NET|HOST)(UNREACH|DOWN)|UND_ERR_(SOCKET|CONNECT_TIMEOUT|HEADERS_TIMEOUT|BODY_TIMEOUT|RESPONSE|CLOSED|DESTROYED))$/;

/** What fetch says of a lost connection in Node, Chromium, Safari, Firefox and Bun; also as `String(error)` says it. */
const CONNECTION_WORDS =
  /^(\w*Error: )?((fetch failed|terminated|failed to fetch|network error|load failed|networkerror when attempting to fetch resource|error in input stream|socket hang up)( \(.*\))?\.?$|the socket connection was closed unexpectedly)/i;

/** Whether an error, or what caused it, says that a connection could not be made or was lost. */
export function isConnectionFailure(error: unknown): boolean {
  if (isNamed(error, 'APIConnectionError', 'APIConnectionTimeoutError')) return true;
  return causesOf(error).some(
    (cause) =>
      CONNECTION_CODES.test(text(field(cause, 'code')) ?? '') ||
      CONNECTION_WORDS.test(text(field(cause, 'message')) ?? ''),
  );
}

/** An error, what caused it, what caused that, and so on: at most 8, since causes may go round. */
export function causesOf(error: unknown): unknown[] {
  const causes: unknown[] = [];
  for (let cause = error; isObject(cause) && causes.length < 8; cause = field(cause, 'cause')) causes.push(cause);
  return causes;
}

/** The status that an error type stands for, undefined for a type that is not known. */
export function statusOfType(type: string | undefined): number | undefined {
  return type !== undefined && Object.hasOwn(STATUS_BY_TYPE, type) ? STATUS_BY_TYPE[type] : undefined;
}

/** Reads status, type and code from an error of this package or the official SDK, or from the API's own JSON. */
export function readAPIError(error: unknown): {
  readonly status: number | undefined;
  readonly type: string | undefined;
  readonly errorCode: string | undefined;
  readonly message: string | undefined;
  readonly requestID: string | undefined;
} {
  const isBody = field(error, 'type') === 'error';
  const body = isBody ? error : field(error, 'error');
  const detail = field(body, 'error');
  const status = field(error, 'status');
  return {
    status: typeof status === 'number' ? status : undefined,
    type: text((isBody ? undefined : field(error, 'type')) ?? field(detail, 'type')),
    errorCode: text(field(detail, 'details', 'error_code')),
    message: text(field(detail, 'message')),
    requestID: text(field(error, 'requestID')) ?? text(field(body, 'request_id')),
  };
}

/**
 * How long an error's response asks to wait before the next request, in ms: `retry-after-ms`, else `retry-after` in seconds or
 * as a date. Undefined if it asks for nothing, or for more than a timer can wait (2^31 - 1 ms).
 */
export function retryAfterMs(error: unknown, now = Date.now()): number | undefined {
  const after = header(error, 'retry-after') ?? '';
  let wait = parseFloat(header(error, 'retry-after-ms') ?? '');
  if (Number.isNaN(wait)) wait = /^[\d.]+$/.test(after) ? parseFloat(after) * 1000 : Date.parse(after) - now;
  return wait >= 0 && wait < 2 ** 31 ? wait : undefined;
}

/** Whether an error, or a class that it is an instance of, has one of these names, in whatever copy of whatever package. */
export function isNamed(error: unknown, ...names: unknown[]): boolean {
  for (let type: unknown = error; typeof type === 'object' && type !== null; type = Object.getPrototypeOf(type)) {
    // A class that a minifier has renamed is told by the name that its prototype has.
    if (names.includes(field(type, 'name')) || names.includes(field(type, 'constructor', 'name'))) return true;
  }
  return false;
}

/** A header of an error's response. */
function header(error: unknown, name: string): string | undefined {
  const headers = field(error, 'headers');
  const get = field(headers, 'get'); // also of a Headers that is not this runtime's own
  return text(typeof get === 'function' ? Reflect.apply(get, headers, [name]) : field(headers, name));
}
