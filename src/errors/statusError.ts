import { safeStringify } from '../utils/safeStringify.js';
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
  type APIStatusErrorOptions,
  type ErrorPhase,
} from './classes.js';
import { isRetryable } from './isRetryable.js';
import { readAPIError, retryAfterMs } from './readError.js';

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
export function responseError(status: number, body: string, response: ResponseFacts): APIStatusError {
  return eventError(parse(body), 'connect', response, status, body);
}

/** Makes the error of an `error` event inside a 200, or of what else the API says so; `json` is its text. */
export function eventError(
  error: unknown,
  phase: ErrorPhase,
  { headers, requestID }: ResponseFacts,
  status?: number,
  json = safeStringify(error),
): APIStatusError {
  const said = readAPIError({ status, error });
  return statusError(said.message || excerpt(json || 'no body'), {
    ...said,
    requestID: requestID ?? said.requestID,
    headers,
    error,
    phase,
  });
}

/** Makes the error of a status, of the class that is named for it. */
export function statusError(said: string, options: APIStatusErrorOptions): APIStatusError {
  const { status = 0, type = '' } = options;
  const StatusError = CLASS_BY_STATUS[status] ?? (status >= 500 ? InternalServerError : APIStatusError);
  const what = `${status || ''} ${type}`.trim() || 'The API failed';
  return new StatusError(`${what}: ${said.replace(/[^.!?…]$/, '$&.')} ${advice(options)}`.trimEnd(), options);
}

function advice(options: APIStatusErrorOptions): string {
  const { status = 0, error } = options;
  const wait = retryAfterMs(options);
  if (isRetryable(options)) {
    return wait === undefined
      ? 'Try again later.'
      : `Try again in ${wait < 1000 ? wait / 1000 : Math.ceil(wait / 1000)} s.`;
  }
  if (readAPIError({ error }).isSpendLimit) return 'The spend limit is reached: raise it, or wait until it is reset.';
  return ADVICE[status] ?? (status === 429 || status >= 500 ? 'The API says that trying again will not help.' : '');
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined; // no JSON: the text itself is quoted in the error
  }
}
