import { isRetryable } from './isRetryable.js';
import { retryAfterMs } from './readError.js';
import type { Message } from '../api/message.js';

/** How far a request had come: no answer yet, an answer without content, or content that was already passed on. */
export type ErrorPhase = 'connect' | 'before-content' | 'mid-content';

export interface AnthropicErrorOptions {
  readonly cause?: unknown;
  readonly partial?: Message | undefined;
}

export interface APIErrorOptions extends AnthropicErrorOptions {
  readonly phase?: ErrorPhase;
  readonly requestID?: string | undefined;
}

export interface APIStatusErrorOptions extends APIErrorOptions {
  readonly status: number | undefined;
  readonly type?: string | undefined;
  readonly headers?: Headers | undefined;
  readonly error?: unknown;
}

/*
 * The fields of the classes are declared only: the constructors make them, so that each is made once.
 */

/** Every error that the package makes. `cause` is what it was made of. */
export class AnthropicError extends Error {
  /** What had arrived of the message. Set by operators that accumulate, also on an error that passes through them. */
  declare partial: Message | undefined;

  override get name(): string {
    return 'AnthropicError';
  }

  constructor(message: string, options: AnthropicErrorOptions = {}) {
    super(message, options); // which takes the cause, if there is one
    this.partial = options.partial;
  }

  /** Whether the same request may succeed if it is sent again. */
  get retryable(): boolean {
    return isRetryable(this);
  }
}

/** What the API or the network did. */
export class APIError extends AnthropicError {
  declare readonly phase: ErrorPhase;
  /** The `request-id` of the response, to quote to support. */
  declare readonly requestID: string | undefined;

  override get name(): string {
    return 'APIError';
  }

  constructor(message: string, options: APIErrorOptions = {}) {
    super(message, options);
    this.phase = options.phase ?? 'connect';
    this.requestID = options.requestID;
  }
}

/** The API answered with an error: by its HTTP status, or by an `error` event inside a 200. */
export class APIStatusError extends APIError {
  /** The HTTP status; for an `error` event the status that its type stands for, undefined for an unknown type. */
  declare readonly status: number | undefined;
  /** The API's error type, such as `overloaded_error`. */
  declare readonly type: string | undefined;
  /** The response's headers. */
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

  /** How long the API asks to wait, in ms, from `retry-after-ms` or `retry-after`; undefined if it does not say. */
  get retryAfterMs(): number | undefined {
    return retryAfterMs(this);
  }
}

export class BadRequestError extends APIStatusError {
  override get name(): 'BadRequestError' {
    return 'BadRequestError';
  }
}

export class AuthenticationError extends APIStatusError {
  override get name(): 'AuthenticationError' {
    return 'AuthenticationError';
  }
}

export class PermissionDeniedError extends APIStatusError {
  override get name(): 'PermissionDeniedError' {
    return 'PermissionDeniedError';
  }
}

export class NotFoundError extends APIStatusError {
  override get name(): 'NotFoundError' {
    return 'NotFoundError';
  }
}

export class ConflictError extends APIStatusError {
  override get name(): 'ConflictError' {
    return 'ConflictError';
  }
}

export class UnprocessableEntityError extends APIStatusError {
  override get name(): 'UnprocessableEntityError' {
    return 'UnprocessableEntityError';
  }
}

export class RateLimitError extends APIStatusError {
  override get name(): 'RateLimitError' {
    return 'RateLimitError';
  }
}

export class InternalServerError extends APIStatusError {
  override get name(): 'InternalServerError' | 'OverloadedError' {
    return 'InternalServerError';
  }
}

export class OverloadedError extends InternalServerError {
  override get name(): 'OverloadedError' {
    return 'OverloadedError';
  }
}

/** No answer, or the answer broke off: refused, reset, terminated, in every runtime's words (`cause` has them). */
export class APIConnectionError extends APIError {
  override get name(): 'APIConnectionError' | 'APIConnectionTimeoutError' | 'IncompleteMessageError' {
    return 'APIConnectionError';
  }
}

/** The waits that can run out. */
export type TimeoutName = 'headersMs' | 'firstEventMs' | 'idleMs' | 'contentMs' | 'totalMs';

/** A wait ran out. */
export class APIConnectionTimeoutError extends APIConnectionError {
  /** Which wait. */
  declare readonly timeout: TimeoutName;
  /** How long it was, in ms. */
  declare readonly ms: number;
  /** The type of the last event before it, undefined if there was none. */
  declare readonly lastEvent: string | undefined;

  override get name(): 'APIConnectionTimeoutError' {
    return 'APIConnectionTimeoutError';
  }

  constructor(
    message: string,
    options: APIErrorOptions & {
      readonly timeout: TimeoutName;
      readonly ms: number;
      readonly lastEvent?: string | undefined;
    },
  ) {
    super(message, options);
    this.timeout = options.timeout;
    this.ms = options.ms;
    this.lastEvent = options.lastEvent;
  }
}

/** The bytes ended before `message_stop`: what had arrived is no answer. */
export class IncompleteMessageError extends APIConnectionError {
  override get name(): 'IncompleteMessageError' {
    return 'IncompleteMessageError';
  }
}

/** The `signal` of the options was aborted. */
export class APIUserAbortError extends APIError {
  override get name(): 'APIUserAbortError' {
    return 'APIUserAbortError';
  }
}

/** An event that is not JSON, does not have its type's fields, or comes out of order. */
export class InvalidEventError extends AnthropicError {
  /** The event's place in the stream, counted from 0. */
  declare readonly position: number;
  /** The beginning of what it said, at most 200 UTF-16 code units. */
  declare readonly data: string;
  /** The `request-id` of the response, to quote to support. Set by the source, if it knows the response. */
  declare requestID: string | undefined;

  override get name(): 'InvalidEventError' {
    return 'InvalidEventError';
  }

  constructor(
    message: string,
    options: AnthropicErrorOptions & {
      readonly position: number;
      readonly data: string;
      readonly requestID?: string | undefined;
    },
  ) {
    super(`${message} (event ${options.position}: ${excerpt(options.data)})`, options);
    this.position = options.position;
    this.data = options.data.slice(0, 200);
    this.requestID = options.requestID;
  }
}

/** Structured output or a tool's input that does not have the form that was asked for. */
export class InvalidOutputError extends AnthropicError {
  /** The model's text, as it came. */
  declare readonly text: string;
  /** The value as far as the text could be read. */
  declare readonly value: unknown;
  /** What the schema has against it. */
  declare readonly issues: readonly {
    readonly message: string;
    readonly path?: readonly unknown[] | undefined;
  }[];

  override get name(): 'InvalidOutputError' {
    return 'InvalidOutputError';
  }

  constructor(
    message: string,
    options: AnthropicErrorOptions & {
      readonly text: string;
      readonly value?: unknown;
      readonly issues?: InvalidOutputError['issues'];
    },
  ) {
    super(message, options);
    this.text = options.text;
    this.value = options.value;
    this.issues = options.issues ?? [];
  }
}

/** The first 200 UTF-16 code units of `text`, with an ellipsis if there is more. */
export function excerpt(text: string): string {
  return text.length > 200 ? `${text.slice(0, 200)}…` : text;
}
