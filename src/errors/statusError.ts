/** Creates the errors for a response that reports a failure: by its HTTP status, or by an `error` event. */
import { asString, isObject, readPath } from '../utils/inspect.js';
import { safeStringify } from '../utils/safeStringify.js';
import { excerpt, withFullStop } from '../utils/text.js';
import { APIConnectionError, type APIError, type ErrorPhase } from './classes.js';
import { createForwardedError } from './forwardedError.js';
import { isRetryable } from './isRetryable.js';
import { readAPIError, retryAfterMs } from './readError.js';
import {
  APIStatusError,
  AuthenticationError,
  BadRequestError,
  ConflictError,
  ContentTooLargeError,
  GatewayTimeoutError,
  InternalServerError,
  NotFoundError,
  OverloadedError,
  PaymentRequiredError,
  PermissionDeniedError,
  RateLimitError,
  RequestTimeoutError,
  ServiceUnavailableError,
  UnprocessableEntityError,
  type APIStatusErrorOptions,
} from './statusClasses.js';

/**
 * The class for each status. Other statuses use `InternalServerError` if they are at least 500, and `APIStatusError`
 * otherwise.
 */
const CLASS_BY_STATUS: Readonly<Record<number, typeof APIStatusError>> = {
  400: BadRequestError,
  401: AuthenticationError,
  402: PaymentRequiredError,
  403: PermissionDeniedError,
  404: NotFoundError,
  408: RequestTimeoutError,
  409: ConflictError,
  413: ContentTooLargeError,
  422: UnprocessableEntityError,
  429: RateLimitError,
  503: ServiceUnavailableError,
  504: GatewayTimeoutError,
  529: OverloadedError,
};

/** What to do about a status for which a retry cannot help. */
const ADVICE_BY_STATUS: Readonly<Record<number, string>> = {
  304: 'A cache answered: send the request without cache headers.',
  401: 'Check the API key.',
  403: 'The API key does not have permission for this request.',
  404: 'Check the URL or baseURL, and the model.',
  413: 'Shorten the request.',
};

/**
 * Matches explanations that a sampling parameter is not accepted: by the newest API version, or by the newest models. A
 * value that is out of range has other words.
 */
const NOT_ACCEPTED =
  /\b(temperature|top_[pk])\b.*\b(permitted|supported|accepted|deprecated|removed|unexpected|unknown)\b/is;

/** What is known about the response that an error came with. */
export interface ResponseFacts {
  readonly headers: Headers | undefined;
  readonly requestID: string | undefined;
}

/** Creates the error for a response whose status reports a failure. `text` is its body. */
export function responseError(status: number, text: string, response: ResponseFacts): APIError {
  const error = parseJson(text);
  return (
    createForwardedError(error, 'connect', response.requestID) ??
    bodyError({ status, error }, text, 'connect', response)
  );
}

/**
 * Creates the error for an `error` event in a stream with status 200. If the event has no data, or only a text without
 * a status, the service behind the stream has failed, so this is treated as a lost connection.
 */
export function eventError(event: unknown, phase: ErrorPhase, response: ResponseFacts): APIError {
  const forwarded = createForwardedError(event, phase, response.requestID);
  if (forwarded !== undefined) return forwarded;
  const text = textOf(event);
  const failure = { status: undefined, error: event };
  if (text === undefined || readAPIError(failure).status !== undefined) {
    return bodyError(failure, text ?? safeStringify(event) ?? '', phase, response);
  }
  const quote = quoteBody(text);
  const reason = quote === '' ? ' without giving a reason.' : `: ${withFullStop(quote)}`;
  const message = `The service behind the stream failed${reason} Try again later.`;
  return new APIConnectionError(message, { phase, requestID: response.requestID, cause: event });
}

/**
 * Returns the text of an `error` event that has nothing else: a string, `{ message: 'text' }`, `{ error: 'text' }`, or an
 * empty value. Otherwise returns undefined.
 */
function textOf(event: unknown): string | undefined {
  if (!isObject(event)) return asString(event) ?? String(event);
  const [field, another] = Object.keys(event);
  if (field === undefined) return safeStringify(event);
  return another === undefined && /^(message|error)$/.test(field) ? asString(readPath(event, field)) : undefined;
}

/** Creates the error for a failure that the API reported as JSON. Quotes `text` if the JSON has no explanation. */
function bodyError(
  failure: { readonly status: number | undefined; readonly error: unknown },
  text: string,
  phase: ErrorPhase,
  { headers, requestID }: ResponseFacts,
): APIStatusError {
  const facts = readAPIError(failure);
  return statusError(facts.message || quoteBody(text) || 'the response has no body', {
    status: facts.status,
    type: facts.type,
    requestID: requestID ?? facts.requestID,
    headers,
    error: failure.error,
    phase,
  });
}

/**
 * Creates an error of the class for its status. The message contains the status, the type, the explanation and advice:
 * `429 rate_limit_error: Slow down. Try again in 7 s.`
 */
export function statusError(explanation: string, options: APIStatusErrorOptions): APIStatusError {
  const { status = 0, type } = options;
  const StatusError = CLASS_BY_STATUS[status] ?? (status >= 500 ? InternalServerError : APIStatusError);
  const title = [status, type].filter(Boolean).join(' ') || 'The API reported an error';
  return new StatusError(
    `${title}: ${withFullStop(explanation)} ${adviceFor(options, explanation)}`.trimEnd(),
    options,
  );
}

/** Quotes a body in one line: the title if it is a page, as proxies send it, otherwise its beginning. */
function quoteBody(text: string): string {
  const title = /<title[^>]*>([^<]+)/i.exec(text)?.[1];
  return excerpt((title ?? text).replace(/\s+/g, ' ').trim());
}

/** Returns a sentence about what to do, or '' if nothing is known. */
function adviceFor(options: APIStatusErrorOptions, explanation: string): string {
  const { status = 0, error } = options;
  if (isRetryable(options)) return retryAdvice(retryAfterMs(options));
  if (readAPIError({ error }).isSpendLimit) {
    return 'The spend limit has been reached: raise it, or wait until it is reset.';
  }
  if (status === 429 || status >= 500) return 'The API says that trying again will not help.';
  if (status === 400 && NOT_ACCEPTED.test(explanation)) {
    return "Leave it out, or pass apiVersion: '2023-06-01' and a model that accepts it.";
  }
  return ADVICE_BY_STATUS[status] ?? '';
}

function retryAdvice(ms: number | undefined): string {
  if (ms === undefined) return 'Try again later.';
  const seconds = ms < 1000 ? ms / 1000 : Math.ceil(ms / 1000);
  return `Try again in ${seconds} s.`;
}

/** Parses JSON. Returns undefined if the text is not JSON. */
export function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined; // errors quote the text instead
  }
}
