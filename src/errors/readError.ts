import { asString, isObject, isRecord, readPath } from '../utils/inspect.js';
import { MAX_TIMER_MS } from '../utils/timers.js';
import { readHeader } from './inspectError.js';

/** What an API error reports, whatever form it arrived in. */
export interface APIErrorFacts {
  /** The HTTP status. If there is none, the status that the error's type stands for. */
  readonly status: number | undefined;
  /** The API's error type, such as `overloaded_error`. */
  readonly type: string | undefined;
  /** The API's explanation. */
  readonly message: string | undefined;
  readonly requestID: string | undefined;
  /** The API's details: `error_code` and other fields. */
  readonly details: Readonly<Record<string, unknown>> | undefined;
  /** Whether the account has reached a spend limit. */
  readonly isSpendLimit: boolean;
  /** Whether a retry can help, as a service says that has forwarded the error; undefined if it does not say. */
  readonly retryable: boolean | undefined;
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
 * The fields in which gateways repeat the HTTP status, as a number or as a string. In other bodies, these fields can
 * have another meaning.
 */
const STATUS_FIELDS = ['status', 'code', 'statusCode', 'status_code'];

/**
 * The maximum depth of nested errors that is read. Gateways wrap errors: `{ error: { type: 'error', error: { … } } }`.
 */
const MAX_DEPTH = 3;

/**
 * Reads an error of this package, an error of the official SDK, or the JSON that the API sends:
 * `{ type: 'error', error: { type, message }, request_id }`. The errors of both packages have that JSON in their field
 * `error`. Also understands the bodies that gateways send: a bare `{ type, message }`, `{ error: 'text', status }`, and
 * OpenAI's form.
 */
export function readAPIError(error: unknown): APIErrorFacts {
  const bodies = nestedBodies(error);
  const ownStatus = readPath(error, 'status');
  const ownType = readType(error);
  const type = ownType ?? firstFound(bodies, readType);
  const hasOwnStatus = typeof ownStatus === 'number' && ownStatus !== 0; // Angular reports 0 if there is no response
  // The `message` of a complete body without an error type is ignored: the error then quotes the body, which says more.
  const bodiesWithMessage = readType(bodies.at(-1)) === undefined ? bodies.slice(0, -1) : bodies;
  return {
    status: hasOwnStatus ? ownStatus : (firstFound(bodies, readStatus) ?? STATUS_BY_TYPE.get(type ?? '')),
    type,
    message: firstFound(bodiesWithMessage, readMessage),
    requestID: firstFound([...bodies, error], (body) => asString(readPath(body, 'request_id'))),
    details: firstFound(bodies, readDetails),
    isSpendLimit: bodies.some((body) =>
      asString(readPath(body, 'details', 'error_code'))?.endsWith('spend_limit_reached'),
    ),
    // An error that is not the API's keeps the body that it was created from as its cause: see createForwardedError.
    retryable: firstFound([...bodies, ...nestedBodies(readPath(error, 'cause'))], readRetryable),
  };
}

/**
 * Whether an object in a stream reports a failure, whatever the name of its event: it is an `error` event, a bare error
 * object, or an object that has an `error` and is not an event.
 */
export function reportsFailure(value: object): boolean {
  const type = readPath(value, 'type');
  if (readPath(value, 'object') === 'error') return true;
  if (typeof type !== 'string') return Boolean(readPath(value, 'error'));
  return type.toLowerCase() === 'error' || STATUS_BY_TYPE.has(type);
}

/**
 * Returns the body of an error and the errors that are nested in it, innermost first. A field is then read from the
 * first of them that has it:
 *
 *     nestedBodies({ status: 529, error: { type: 'error', error: { type: 'overloaded_error', message: 'Busy' } } })
 *     // [{ type: 'overloaded_error', message: 'Busy' },
 *     //  { type: 'error', error: { type: 'overloaded_error', message: 'Busy' } }]
 */
function nestedBodies(error: unknown): unknown[] {
  const bodies: unknown[] = [];
  let body = readPath(error, 'error');
  while (body !== undefined && bodies.length < MAX_DEPTH) {
    if (Array.isArray(body)) body = readPath(body, '0'); // Google's gateways send a list of one error
    bodies.unshift(body);
    body = readPath(body, 'error');
  }
  return bodies;
}

/** Returns what is found in the first of these bodies in which it is found. */
function firstFound<Found>(bodies: readonly unknown[], read: (body: unknown) => Found | undefined): Found | undefined {
  for (const body of bodies) {
    const found = read(body);
    if (found !== undefined) return found;
  }
  return undefined;
}

/** Returns the type of an error. Ignores `error`, which is the type of an event. */
function readType(body: unknown): string | undefined {
  const type = asString(readPath(body, 'type'));
  return type?.toLowerCase() === 'error' ? undefined : type;
}

/**
 * Returns the HTTP status in a body: in one of its fields, or at the beginning of a text, as in
 * `529 overloaded_error: …`.
 */
function readStatus(body: unknown): number | undefined {
  const candidates = isObject(body)
    ? STATUS_FIELDS.map((field) => readPath(body, field))
    : [/^\d{3}\b/.exec(String(body))?.[0]];
  return candidates.map(Number).find((status) => status >= 400 && status < 600);
}

function readMessage(body: unknown): string | undefined {
  return asString(readPath(body, 'message'));
}

function readDetails(body: unknown): Readonly<Record<string, unknown>> | undefined {
  const details = readPath(body, 'details');
  return isRecord(details) ? details : undefined;
}

function readRetryable(body: unknown): boolean | undefined {
  const retryable = readPath(body, 'retryable');
  return typeof retryable === 'boolean' ? retryable : undefined;
}

/**
 * Returns how long the API asks the client to wait before the next request, in ms.
 *
 * @param now - The current time, in ms since 1970, for a `retry-after` that is a date.
 * @returns The first of `retry-after-ms`, `retry-after` as seconds, `retry-after` as a date, and the `retryAfterMs` in the
 *   body of a forwarded error that a timer supports (0 to 2^31 - 1 ms). Undefined if there is none.
 */
export function retryAfterMs(error: unknown, now = Date.now()): number | undefined {
  const retryAfter = readHeader(error, 'retry-after');
  const waits = [
    parseNumber(readHeader(error, 'retry-after-ms')),
    parseNumber(retryAfter) * 1000,
    Date.parse(retryAfter) - now,
    Number(firstFound(nestedBodies(error), readRetryAfter)),
  ];
  return waits.find((ms) => ms >= 0 && ms <= MAX_TIMER_MS);
}

function readRetryAfter(body: unknown): number | undefined {
  const ms = readPath(body, 'retryAfterMs');
  return typeof ms === 'number' ? ms : undefined;
}

/** Returns the number in a header; NaN if the header is missing, since `Number('')` is 0. */
function parseNumber(header: string): number {
  return header === '' ? NaN : Number(header);
}
