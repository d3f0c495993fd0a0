/**
 * Says whether sending the same request again may succeed.
 *
 * | error | a retry can help |
 * |---|---|
 * | by status | 408, 409, 429 (unless a spend limit was reached), 500 and above; `x-should-retry` overrules |
 * | by type, where there is no status | `overloaded_error`, `api_error`, `rate_limit_error`, `timeout_error` |
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
  if (NEVER_RETRIED.some((name) => isNamed(error, name))) return false;

  const told = header(field(error, 'headers'), 'x-should-retry');
  if (told === 'true') return true;
  if (told === 'false') return false;

  const { status, type, errorCode } = readAPIError(error);
  if (errorCode?.endsWith('spend_limit_reached') === true) return false;
  if (status !== undefined) return status === 408 || status === 409 || status === 429 || status >= 500;
  if (type !== undefined) return RETRYABLE_TYPES.has(type);

  return isConnectionFailure(error);
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

const RETRYABLE_TYPES = new Set(['overloaded_error', 'api_error', 'rate_limit_error', 'timeout_error']);

const NEVER_RETRIED = ['APIUserAbortError', 'AbortError', 'InvalidEventError', 'InvalidOutputError'];

const CONNECTION_ERRORS = ['APIConnectionError', 'APIConnectionTimeoutError'];

/** Node's and undici's codes for a connection that could not be made or was lost. */
const CONNECTION_CODES =
  /^(ECONN(REFUSED|RESET|ABORTED)|EPIPE|ETIMEDOUT|ENOTFOUND|EAI_AGAIN|E(NET|HOST)(UNREACH|DOWN)|UND_ERR_(SOCKET|CONNECT_TIMEOUT|HEADERS_TIMEOUT|BODY_TIMEOUT|RESPONSE|CLOSED|DESTROYED))$/;

/** What fetch says of a lost connection in Node, Chromium, Safari, Firefox and Bun; also as `String(error)` says it. */
const CONNECTION_WORDS =
  /^(\w*Error: )?((fetch failed|terminated|failed to fetch|network error|load failed|networkerror when attempting to fetch resource|error in input stream|socket hang up)( \(.*\))?\.?$|the socket connection was closed unexpectedly)/i;

/** Whether an error, or what caused it, says that a connection could not be made or was lost. */
export function isConnectionFailure(error: unknown): boolean {
  if (CONNECTION_ERRORS.some((name) => isNamed(error, name))) return true;
  for (let cause = error, depth = 0; isObject(cause) && depth < 8; cause = field(cause, 'cause'), depth += 1) {
    const code = field(cause, 'code');
    if (typeof code === 'string' && CONNECTION_CODES.test(code)) return true;
    const message = field(cause, 'message');
    if (typeof message === 'string' && CONNECTION_WORDS.test(message)) return true;
  }
  return false;
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
  const ownType = field(error, 'type');
  const body = ownType === 'error' ? error : field(error, 'error');
  const detail = field(body, 'error');
  return {
    status: numberOr(field(error, 'status')),
    type: stringOr(ownType === 'error' ? field(detail, 'type') : (ownType ?? field(detail, 'type'))),
    errorCode: stringOr(field(field(detail, 'details'), 'error_code')),
    message: stringOr(field(detail, 'message')),
    requestID: stringOr(field(error, 'requestID')) ?? stringOr(field(body, 'request_id')),
  };
}

/**
 * How long a response asks to wait before the next request, in ms: `retry-after-ms`, else `retry-after` in seconds or as
 * a date. Undefined if it asks for nothing, or for more than a timer can wait (2^31 - 1 ms).
 */
export function retryAfterMs(headers: unknown, now: number = Date.now()): number | undefined {
  const ms = header(headers, 'retry-after-ms');
  const after = header(headers, 'retry-after');
  let wait = ms === undefined ? NaN : parseFloat(ms);
  if (Number.isNaN(wait) && after !== undefined) {
    wait = /^[\d.]+$/.test(after) ? parseFloat(after) * 1000 : Date.parse(after) - now;
  }
  return wait >= 0 && wait < 2 ** 31 ? wait : undefined;
}

/** How long an error's response asks to wait, as {@link retryAfterMs}. */
export function retryAfterOf(error: unknown, now?: number): number | undefined {
  return retryAfterMs(field(error, 'headers'), now);
}

/** Whether an error, or a class that it is an instance of, has this name, in whatever copy of whatever package. */
export function isNamed(error: unknown, name: string): boolean {
  for (let type: unknown = error; typeof type === 'object' && type !== null; type = Object.getPrototypeOf(type)) {
    // A class that a minifier has renamed is told by the name that its prototype has.
    if (field(type, 'name') === name || field(field(type, 'constructor'), 'name') === name) return true;
  }
  return false;
}

function header(headers: unknown, name: string): string | undefined {
  const get = field(headers, 'get'); // also of a Headers that is not this runtime's own
  return stringOr(typeof get === 'function' ? Reflect.apply(get, headers, [name]) : field(headers, name));
}

function field(value: unknown, name: string): unknown {
  try {
    return isObject(value) ? Reflect.get(value, name) : undefined;
  } catch {
    return undefined; // a field that cannot be read says nothing
  }
}

/** Errors are told by what they say, since those of another realm are no instances of this one's Error. */
function isObject(value: unknown): value is object {
  return (typeof value === 'object' && value !== null) || typeof value === 'function';
}

function stringOr(value: unknown): string | undefined {
  return typeof value === 'string' ? value : undefined;
}

function numberOr(value: unknown): number | undefined {
  return typeof value === 'number' ? value : undefined;
}
