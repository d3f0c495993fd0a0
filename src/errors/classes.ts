/*
 * The error classes, except those for HTTP statuses, which are in statusClasses.ts. Their fields use `declare`, which
 * emits no code, so each field is created only once, by the constructor.
 *
 * `name` is a getter on the prototype, because minifiers rename classes, and an own field would be printed with the
 * error.
 */
import type { Message } from '../api/message.js';
import type { MessageParam } from '../api/params.js';
import { EXCERPT_LENGTH, excerpt } from '../utils/text.js';
import { isInstanceInAnyCopy, markError } from './copies.js';
import { isRetryable } from './isRetryable.js';

/** How far the request got: no response yet, a response without content, or content that was already emitted. */
export type ErrorPhase = 'connect' | 'before-content' | 'mid-content';

export interface AnthropicErrorOptions {
  readonly cause?: unknown;
  readonly partial?: Message | undefined;
}

export interface APIErrorOptions extends AnthropicErrorOptions {
  readonly phase?: ErrorPhase | undefined;
  readonly requestID?: string | undefined;
}

/**
 * The base class of the package's errors. `cause` is the error or value that caused this one, if any.
 *
 * If a program loads the package both as an ES module and as CommonJS, `instanceof` recognises the errors of both.
 */
export class AnthropicError extends Error {
  /** @internal */
  static override [Symbol.hasInstance](value: unknown): boolean {
    return isInstanceInAnyCopy(this, value);
  }

  /**
   * The part of the message that had arrived. Operators that accumulate also set it on errors that pass through them.
   */
  declare partial: Message | undefined;
  /**
   * The conversation when a run of `runTools` failed, in a form that the API accepts. Absent on errors of other streams.
   */
  declare readonly messages?: readonly MessageParam[];
  /**
   * How many attempts were made, if a retry operator made more than one. Its message then says so, too. Otherwise absent.
   */
  declare readonly attempts?: number;

  override get name(): string {
    return 'AnthropicError';
  }

  constructor(message: string, options: AnthropicErrorOptions = {}) {
    super(message, options); // `Error` sets `cause` if the options have one
    markError(this);
    this.partial = options.partial;
  }

  /** Whether the same request may succeed if it is sent again. */
  get retryable(): boolean {
    return isRetryable(this);
  }

  /**
   * Returns what `JSON.stringify` sends of the error: its name, its message and its public fields.
   *
   * Left out are `cause`, `stack` and `headers`, which may contain what only the service should see; `partial` and
   * `messages`, which may be large, and whose events the receiver already has; and `value`, which is parsed from `text`.
   */
  toJSON(): Record<string, unknown> {
    const fields = Object.entries(this).filter(([name]) => !NOT_IN_JSON.has(name));
    return { name: this.name, message: this.message, retryable: this.retryable, ...Object.fromEntries(fields) };
  }
}

const NOT_IN_JSON: ReadonlySet<string> = new Set(['cause', 'stack', 'headers', 'partial', 'messages', 'value']);

/** The parameters of a request are invalid, so it was not sent. */
export class InvalidParamsError extends AnthropicError {
  /** The status with which the API would respond. */
  declare readonly status: 400;

  override get name(): 'InvalidParamsError' {
    return 'InvalidParamsError';
  }

  constructor(message: string, options?: AnthropicErrorOptions) {
    super(message, options);
    this.status = 400;
  }
}

/** There is no API key or token, so the request was not sent. */
export class MissingCredentialsError extends AnthropicError {
  override get name(): 'MissingCredentialsError' {
    return 'MissingCredentialsError';
  }
}

/** An error that the API or the network caused. */
export class APIError extends AnthropicError {
  declare readonly phase: ErrorPhase;
  /** The `request-id` of the response, which Anthropic's support asks for. */
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

/** There was no response, or the connection was lost before its end. `cause` is the runtime's own error. */
export class APIConnectionError extends APIError {
  override get name(): 'APIConnectionError' | 'APIConnectionTimeoutError' | 'IncompleteMessageError' {
    return 'APIConnectionError';
  }
}

/** The timeouts that can expire. */
export type TimeoutName = 'headersMs' | 'firstEventMs' | 'idleMs' | 'contentMs' | 'totalMs';

/** A timeout expired. */
export class APIConnectionTimeoutError extends APIConnectionError {
  /** The name of the timeout. */
  declare readonly timeout: TimeoutName;
  /** The duration of the timeout, in ms. */
  declare readonly ms: number;
  /** The type of the last event before the timeout expired; undefined if there was none. */
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

/**
 * The stream ended before `message_stop`, so the message is incomplete, or the stream of a tool run ended before
 * `run_end` or `run_paused`.
 */
export class IncompleteMessageError extends APIConnectionError {
  override get name(): 'IncompleteMessageError' {
    return 'IncompleteMessageError';
  }
}

/** The request was aborted, usually by the `signal` of the options. */
export class APIUserAbortError extends APIError {
  override get name(): 'APIUserAbortError' {
    return 'APIUserAbortError';
  }
}

/** An event is not JSON, lacks a field that its type requires, or is out of order. */
export class InvalidEventError extends AnthropicError {
  /** The position of the event in the stream, counted from 0. */
  declare readonly position: number;
  /** The beginning of the event's data, at most 200 UTF-16 code units. */
  declare readonly data: string;
  /**
   * The `request-id` of the response, which Anthropic's support asks for. Set by the source, if it knows the response.
   */
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
    this.data = options.data.slice(0, EXCERPT_LENGTH);
    this.requestID = options.requestID;
  }
}

/** Structured output, or the input of a tool, does not have the requested form. */
export class InvalidOutputError extends AnthropicError {
  /** The model's text, unchanged. */
  declare readonly text: string;
  /** The part of the value that could be parsed. */
  declare readonly value: unknown;
  /** The issues that the schema reported. */
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
