import { isRetryable } from '../errors/isRetryable.js';
import { isNamed } from '../errors/inspectError.js';
import { readAPIError, retryAfterMs } from '../errors/readError.js';
import { asString, readPath } from '../utils/inspect.js';
import { safeStringify } from '../utils/safeStringify.js';
import { publicMessageOf } from './publicMessage.js';

/** What a client learns of an error. */
export interface PublicError {
  /** The status of the response, if it has not begun. The sources of this package also choose the class by it. */
  readonly status: number;
  /** One of the API's error types, such as `overloaded_error`. */
  readonly type: string;
  readonly message: string;
  /** The class of an error that is not the API's. Set only if the sources of this package create it again. */
  readonly name?: string | undefined;
  /** Whether the same request may succeed if the client sends it again. */
  readonly retryable: boolean;
  /** How long the client should wait before that, in ms. */
  readonly retryAfterMs?: number | undefined;
  /** The `request-id` of the API's response, to quote to support. */
  readonly requestID?: string | undefined;
  /** The timeout that expired, and its duration in ms, if the error is an `APIConnectionTimeoutError`. */
  readonly timeout?: string | undefined;
  readonly ms?: number | undefined;
  /** More about the error, as in the API's errors. By default, none. */
  readonly details?: Readonly<Record<string, unknown>> | undefined;
}

/**
 * Changes what a client learns of an error.
 *
 * @param error - The error itself, which may contain what only the service should see.
 * @param publicError - What the client learns by default.
 * @returns The fields to change; undefined to change nothing.
 */
export type DescribeError = (error: unknown, publicError: PublicError) => PublicErrorChanges | undefined;

/** The fields of an error to change. A field that is undefined is not changed. */
export type PublicErrorChanges = { readonly [Name in keyof PublicError]?: PublicError[Name] | undefined };

/** What is public about every error of one kind. */
type Kind = Pick<PublicError, 'status' | 'type' | 'message' | 'name'>;

/** An error of the service itself, or one that only the service can resolve. */
const INTERNAL: Kind = { status: 500, type: 'api_error', message: 'The service failed.' };

/**
 * The kinds of the API's errors, by status. Any other status below 500 is internal: 401, 402 and 403, for example, are
 * about the account of the service, not about its client.
 */
const KIND_BY_STATUS: Readonly<Record<number, Omit<Kind, 'status'>>> = {
  400: { type: 'invalid_request_error', message: 'The request is not valid.' },
  404: { type: 'not_found_error', message: 'The request refers to something that does not exist.' },
  408: { type: 'timeout_error', message: 'The request took too long.' },
  409: { type: 'conflict_error', message: 'The request conflicts with another one.' },
  413: { type: 'request_too_large', message: 'The request is too large.' },
  422: { type: 'invalid_request_error', message: 'The request is not valid.' },
  429: { type: 'rate_limit_error', message: 'There are too many requests.' },
  503: { type: 'api_error', message: 'The model is not available.' },
  504: { type: 'timeout_error', message: 'The model did not respond in time.' },
  529: { type: 'overloaded_error', message: 'The model is overloaded.' },
};

/** The kinds of errors that are not the API's, by class. A class comes before the classes that it inherits from. */
const KIND_BY_NAME: readonly (readonly [name: string, kind: Kind])[] = [
  [
    'APIUserAbortError',
    { status: 499, type: 'api_error', message: 'The request was stopped.', name: 'APIUserAbortError' },
  ],
  [
    'APIConnectionTimeoutError',
    {
      status: 504,
      type: 'timeout_error',
      message: 'The model did not respond in time.',
      name: 'APIConnectionTimeoutError',
    },
  ],
  [
    'IncompleteMessageError',
    { status: 502, type: 'api_error', message: 'The answer is incomplete.', name: 'IncompleteMessageError' },
  ],
  [
    'APIConnectionError',
    { status: 502, type: 'api_error', message: 'The connection to the model was lost.', name: 'APIConnectionError' },
  ],
  ['StreamInterruptedError', { status: 503, type: 'api_error', message: 'The stream was interrupted.' }],
  ['InvalidParamsError', { status: 400, type: 'invalid_request_error', message: 'The request is not valid.' }],
  ['InvalidEventError', { status: 502, type: 'api_error', message: 'The answer could not be read.' }],
  ['InvalidOutputError', { status: 502, type: 'api_error', message: 'The answer does not have the requested form.' }],
];

/**
 * Returns what a client may learn of an error: a status, a type and a message that depend only on its kind. The error's
 * own message, its cause and its headers stay in the service, because they may name hosts, limits of the account, or
 * advice for the service's operators.
 *
 * @param describe - Changes it. If it throws, nothing is changed, because the client must learn of the first error.
 * @param hasRetried - Whether the service has already retried. The client then should not, or retries would multiply.
 */
export function toPublicError(error: unknown, describe?: DescribeError, hasRetried = false): PublicError {
  const kind = kindOf(error);
  const isInternal = kind === INTERNAL;
  const byDefault: PublicError = {
    ...kind,
    message: publicMessageOf(error) ?? kind.message,
    retryable: !isInternal && !hasRetried && isRetryable(error),
    retryAfterMs: isInternal ? undefined : retryAfterMs(error),
    requestID: requestIDOf(error),
    ...(kind.name === 'APIConnectionTimeoutError' && timeoutOf(error)),
  };
  return { ...byDefault, ...changesOf(error, byDefault, describe) };
}

/** The API's JSON of an error, which both the data of an `error` event and the body of a response consist of. */
export function errorJson({ type, message, requestID, ...others }: PublicError): string {
  return JSON.stringify({ type: 'error', error: { type, message, ...others }, request_id: requestID });
}

/** Reads what `errorJson` returned. */
export function readErrorJson(json: string): PublicError {
  const { error, request_id } = JSON.parse(json) as { error: PublicError; request_id?: string };
  return { ...error, requestID: request_id };
}

function kindOf(error: unknown): Kind {
  const named = KIND_BY_NAME.find(([name]) => isNamed(error, name));
  if (named !== undefined) return named[1];
  if (!isNamed(error, 'APIError') && readPath(error, 'type') !== 'error') return INTERNAL;
  const { status = 500, type, isSpendLimit } = readAPIError(error);
  const kind = KIND_BY_STATUS[status];
  if (isSpendLimit || (kind === undefined && status < 500)) return INTERNAL;
  // A type that is not known yet is kept, but not a text that a gateway may have put in its place.
  const publicType = /^[a-z]+(_[a-z]+){0,5}$/.exec(type ?? '')?.[0] ?? kind?.type ?? INTERNAL.type;
  return { status, message: kind?.message ?? INTERNAL.message, type: publicType };
}

function timeoutOf(error: unknown): Pick<PublicError, 'name' | 'timeout' | 'ms'> {
  const [timeout, ms] = [readPath(error, 'timeout'), readPath(error, 'ms')];
  // The official SDK's error of this name has neither.
  return typeof timeout === 'string' && typeof ms === 'number' ? { timeout, ms } : { name: 'APIConnectionError' };
}

/** Returns the ID of the API's request. A text that cannot be the value of a header is not an ID. */
function requestIDOf(error: unknown): string | undefined {
  const isOfAPI = isNamed(error, 'AnthropicError') || readPath(error, 'type') === 'error';
  const id = isOfAPI ? (asString(readPath(error, 'requestID')) ?? readAPIError(error).requestID) : undefined;
  return id !== undefined && /^[\w.:-]{1,200}$/.test(id) ? id : undefined;
}

/** A description with a status or type of its own is another kind of error, so the class no longer fits. */
function changesOf(error: unknown, byDefault: PublicError, describe: DescribeError | undefined): Partial<PublicError> {
  try {
    const changes = describe?.(error, byDefault) ?? {};
    // Fields without a value or without a JSON form change nothing.
    const given = Object.entries(changes).filter(([, value]) => safeStringify(value) !== undefined);
    const { name = byDefault.name, ...others }: Partial<PublicError> = Object.fromEntries(given);
    const isOtherKind = others.status !== undefined || others.type !== undefined;
    return { ...others, name: isOtherKind ? changes.name : name };
  } catch {
    return {}; // the error that is described matters more than that of the callback
  }
}
