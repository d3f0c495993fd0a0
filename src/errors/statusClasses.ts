import { asString, readPath } from '../utils/inspect.js';
import { APIError, type APIErrorOptions } from './classes.js';
import { readHeader } from './inspectError.js';
import { readAPIError, retryAfterMs } from './readError.js';

export interface APIStatusErrorOptions extends APIErrorOptions {
  readonly status: number | undefined;
  readonly type?: string | undefined;
  readonly headers?: Headers | undefined;
  readonly error?: unknown;
}

/** The API responded with an error: an HTTP status, or an `error` event in a stream with status 200. */
export class APIStatusError extends APIError {
  /** The HTTP status. For an `error` event, the status that its type stands for; undefined if the type is unknown. */
  declare readonly status: number | undefined;
  /** The API's error type, such as `overloaded_error`. */
  declare readonly type: string | undefined;
  /** The headers of the response. */
  declare readonly headers: Headers | undefined;
  /** The body as the API sent it: `{ type: 'error', error: { type, message } }`. */
  declare readonly error: unknown;

  override get name(): string {
    return 'APIStatusError';
  }

  constructor(message: string, options: APIStatusErrorOptions) {
    super(message, options);
    this.status = options.status;
    this.type = options.type;
    this.headers = options.headers;
    this.error = options.error;
  }

  /** The API's own explanation, without the status and the advice that `message` adds; undefined if there is none. */
  get apiMessage(): string | undefined {
    return readAPIError(this).message;
  }

  /** The API's details of the error. Their fields depend on the error. */
  get details(): Readonly<Record<string, unknown>> | undefined {
    return readAPIError(this).details;
  }

  /** The code that names the cause, from `details.error_code`. Unlike the text, it does not change. */
  get errorCode(): string | undefined {
    return asString(readPath(this.details, 'error_code'));
  }

  /** The workspace of the request, from the header `anthropic-workspace-id`. */
  get workspaceID(): string | undefined {
    return readHeader(this, 'anthropic-workspace-id') || undefined;
  }

  /**
   * How long the API asks to wait, in ms, from the header `retry-after-ms` or `retry-after`; undefined if it does not
   * ask.
   */
  get retryAfterMs(): number | undefined {
    return retryAfterMs(this);
  }

  override toJSON(): Record<string, unknown> {
    const { apiMessage, details, errorCode, workspaceID, retryAfterMs: wait } = this;
    return { ...super.toJSON(), apiMessage, details, errorCode, workspaceID, retryAfterMs: wait };
  }
}

/** Status 400. */
export class BadRequestError extends APIStatusError {
  override get name(): 'BadRequestError' {
    return 'BadRequestError';
  }
}

/** Status 401. */
export class AuthenticationError extends APIStatusError {
  override get name(): 'AuthenticationError' {
    return 'AuthenticationError';
  }
}

/** Status 402. */
export class PaymentRequiredError extends APIStatusError {
  override get name(): 'PaymentRequiredError' {
    return 'PaymentRequiredError';
  }
}

/** Status 403. */
export class PermissionDeniedError extends APIStatusError {
  override get name(): 'PermissionDeniedError' {
    return 'PermissionDeniedError';
  }
}

/** Status 404. */
export class NotFoundError extends APIStatusError {
  override get name(): 'NotFoundError' {
    return 'NotFoundError';
  }
}

/** Status 408. */
export class RequestTimeoutError extends APIStatusError {
  override get name(): 'RequestTimeoutError' {
    return 'RequestTimeoutError';
  }
}

/** Status 409. */
export class ConflictError extends APIStatusError {
  override get name(): 'ConflictError' {
    return 'ConflictError';
  }
}

/** Status 413. */
export class ContentTooLargeError extends APIStatusError {
  override get name(): 'ContentTooLargeError' {
    return 'ContentTooLargeError';
  }
}

/** Status 422. */
export class UnprocessableEntityError extends APIStatusError {
  override get name(): 'UnprocessableEntityError' {
    return 'UnprocessableEntityError';
  }
}

/** Status 429. */
export class RateLimitError extends APIStatusError {
  override get name(): 'RateLimitError' {
    return 'RateLimitError';
  }
}

/** Status 500 and above. */
export class InternalServerError extends APIStatusError {
  override get name(): 'InternalServerError' | 'ServiceUnavailableError' | 'GatewayTimeoutError' | 'OverloadedError' {
    return 'InternalServerError';
  }
}

/** Status 503. */
export class ServiceUnavailableError extends InternalServerError {
  override get name(): 'ServiceUnavailableError' {
    return 'ServiceUnavailableError';
  }
}

/** Status 504. */
export class GatewayTimeoutError extends InternalServerError {
  override get name(): 'GatewayTimeoutError' {
    return 'GatewayTimeoutError';
  }
}

/** Status 529. */
export class OverloadedError extends InternalServerError {
  override get name(): 'OverloadedError' {
    return 'OverloadedError';
  }
}
