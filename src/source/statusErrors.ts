import { jsonOf } from '../accumulate/jsonOf.js';
import {
  APIStatusError,
  AuthenticationError,
  BadRequestError,
  ConflictError,
  InternalServerError,
  NotFoundError,
  OverloadedError,
  PermissionDeniedError,
  RateLimitError,
  UnprocessableEntityError,
  excerpt,
  type APIErrorOptions,
  type APIStatusErrorOptions,
  type ErrorPhase,
} from '../errors.js';
import { isRetryable, readAPIError, retryAfterMs, statusOfType } from '../isRetryable.js';

const CLASS_BY_STATUS: Readonly<Record<number, typeof APIStatusError>> = {
  400: BadRequestError,
  401: AuthenticationError,
  403: PermissionDeniedError,
  404: NotFoundError,
  409: ConflictError,
  422: UnprocessableEntityError,
  429: RateLimitError,
  529: OverloadedError,
};

/** What to do about an error, where the status says it. */
const ADVICE: Readonly<Record<number, string>> = {
  401: 'Check the API key.',
  403: 'The key may not do this.',
  404: 'Check the model and the baseURL.',
  413: 'Send less.',
};

/** What is known of the response that an error came with. */
export interface ResponseFacts {
  readonly headers: Headers | undefined;
  readonly requestID: string | undefined;
}

/** Makes the error of a response whose status is no success. `body` is its text. */
export function errorOfResponse(status: number, body: string, response: ResponseFacts): APIStatusError {
  const error = parse(body);
  return saidError(status, { error }, body || 'no body', { phase: 'connect', error }, response);
}

/** Makes the error of an `error` event inside a 200. */
export function errorOfEvent(event: object, phase: ErrorPhase, response: ResponseFacts): APIStatusError {
  return saidError(undefined, event, jsonOf(event) ?? 'an error event', { phase, error: event }, response);
}

function saidError(
  status: number | undefined,
  error: object,
  words: string,
  options: APIErrorOptions & { readonly error: unknown },
  { headers, requestID }: ResponseFacts,
): APIStatusError {
  const said = readAPIError(error);
  return makeError(said.message ?? excerpt(words), {
    ...options,
    status: status ?? statusOfType(said.type),
    type: said.type,
    headers,
    requestID: requestID ?? said.requestID,
  });
}

/** Makes the error of a status, of the class that is named for it. */
export function makeError(said: string, options: APIStatusErrorOptions): APIStatusError {
  const { status = 0, type = '' } = options;
  const StatusError = CLASS_BY_STATUS[status] ?? (status >= 500 ? InternalServerError : APIStatusError);
  const what = `${status || ''} ${type}`.trim() || 'The API failed';
  return new StatusError(`${what}: ${said}${/[.!?…]$/.test(said) ? '' : '.'} ${advice(options)}`.trimEnd(), options);
}

function advice(options: APIStatusErrorOptions): string {
  const { status = 0, headers, error } = options;
  const isTemporary = status === 429 || status >= 500;
  if (isTemporary && !isRetryable(options)) {
    return readAPIError({ error }).errorCode?.endsWith('spend_limit_reached') === true
      ? 'The spend limit is reached: raise it, or wait until it is reset.'
      : 'The API says that trying again will not help.';
  }
  const wait = headers?.get('x-should-retry') === 'false' ? undefined : retryAfterMs(options);
  if (wait !== undefined) return `Try again in ${wait < 1000 ? wait / 1000 : Math.ceil(wait / 1000)} s.`;
  return ADVICE[status] ?? (isTemporary ? 'Try again later.' : '');
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined; // no JSON: the text itself is quoted in the error
  }
}
