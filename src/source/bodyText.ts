import { InvalidEventError } from '../errors/classes.js';
import { connectionLost, type Progress } from '../errors/connectionErrors.js';
import { readAPIError, reportsFailure } from '../errors/readError.js';
import { eventError, parseJson, responseError } from '../errors/statusError.js';
import { isObject } from '../utils/inspect.js';
import type { ResponseInfo } from './responseInfo.js';
import { DEFAULT_MAX_BUFFER_SIZE } from './sseDecoder.js';

/** How much of a body that is not JSON is kept: in total, in UTF-16 code units, and of each chunk, in bytes. */
const MAX_KEPT = 65_536;

/** How long a body may be silent before its error is reported with what has arrived of it, in ms. */
const STALL_MS = 5000;

/** How much of a body is searched for a field of a server-sent event, in UTF-16 code units. */
const SEARCHED_LENGTH = 200;

/** The beginning of a body that the official SDK's `toReadableStream()` creates. */
const SDK_LINES = /^\{"type":"message_start"/;
const ADVICE_FOR_SDK_LINES =
  "It has one JSON event per line, as the SDK's toReadableStream() sends them: send server-sent events instead.";

/** The fields of a server-sent event. A line without a name before the colon is a comment. */
const FIELDS: readonly string[] = ['data', 'event', 'id', 'retry'];
const FIELD_LINE = new RegExp(`^(${FIELDS.join('|')})?:`, 'm');

/** The text of a body that is not, or may not be, a stream of events: of an error status, a page, or JSON. */
export class BodyText {
  readonly #response: ResponseInfo;
  readonly #isError: boolean;
  /** Null if the response has none. */
  readonly #contentType: string | null;
  readonly #isJson: boolean;
  readonly #maxLength: number;
  readonly #decoder = new TextDecoder();
  #text = '';
  /** Whether the text so far ends like complete JSON. */
  #mayBeComplete = false;
  #failure: { readonly cause: unknown } | undefined;

  /**
   * @param isError - Whether the status reports a failure.
   * @param maxBufferSize - The length up to which JSON is kept, in UTF-16 code units. Of other bodies, 64 Ki are kept.
   */
  constructor(response: ResponseInfo, isError: boolean, maxBufferSize = DEFAULT_MAX_BUFFER_SIZE) {
    this.#response = response;
    this.#isError = isError;
    this.#contentType = response.headers.get('content-type');
    this.#isJson = !isError && /\bjson\b/i.test(this.#contentType ?? '');
    this.#maxLength = this.#isJson ? maxBufferSize : MAX_KEPT;
  }

  /** Whether the body may be a stream of events, according to its content type. */
  get mayBeStream(): boolean {
    return !this.#isError && (this.#contentType === null || /^text\/event-stream\b/i.test(this.#contentType));
  }

  /** Whether no more text is kept. */
  get isFull(): boolean {
    return this.#text.length >= this.#maxLength;
  }

  /**
   * How long a body that is not a stream may be silent, in ms; undefined if only the timeouts of the options limit that:
   * a gateway that ignores `stream` may send the headers, or white space, long before its JSON.
   */
  get silenceMs(): number | undefined {
    return this.#isJson && !this.#mayBeComplete ? undefined : STALL_MS;
  }

  add(bytes: Uint8Array): void {
    if (this.isFull) return;
    const piece = this.#decoder.decode(bytes.subarray(0, this.#maxLength), { stream: true });
    this.#text += piece;
    const last = piece.trimEnd().at(-1);
    if (last !== undefined) this.#mayBeComplete = last === '}' || last === ']';
  }

  /** Called when the connection is lost. */
  fail(cause: unknown): void {
    this.#failure = { cause };
  }

  /** Returns the value of a body of status 200 that is JSON; otherwise undefined. */
  parse(): unknown {
    return this.#isError ? undefined : parseJson(this.#text);
  }

  /** Returns the error of a body that is not a stream of events. */
  createError(progress: Progress): Error {
    if (this.#isError) return responseError(this.#response.status, this.#text, this.#response);
    if (this.#isJson && this.#failure !== undefined && this.parse() === undefined) {
      return connectionLost(this.#failure.cause, progress);
    }
    const limit = this.#isJson && this.isFull ? ' that is longer than maxBufferSize' : '';
    return this.#namedError() ?? this.#invalidBody(`${this.#contentType || 'an empty content type'}${limit}`);
  }

  /**
   * Called when a body that may be a stream has ended without an event.
   *
   * @throws {AnthropicError} If the text is a JSON error, or if there is no content type and there is text of which no
   * line is a field or a comment of a server-sent event.
   */
  expectEvents(): void {
    const error = this.#namedError();
    if (error !== undefined) throw error;
    const text = this.#text.slice(0, SEARCHED_LENGTH);
    const isEmpty = text.trim() === '';
    const isTruncatedField = FIELDS.some((field) => field.startsWith(text));
    if (this.#contentType !== null || isEmpty || isTruncatedField || FIELD_LINE.test(text)) return;
    throw this.#invalidBody('one without a content-type');
  }

  /** Returns the error that the JSON of a body of status 200 names. */
  #namedError(): Error | undefined {
    const body = this.parse();
    const { status, type } = readAPIError({ error: body });
    const isNamed = status !== undefined || type !== undefined;
    if (!isNamed || !isObject(body) || !reportsFailure(body)) return undefined;
    return eventError(body, 'before-content', this.#response);
  }

  /** @param received - The content type, or what there is instead, to follow "got" in the error message. */
  #invalidBody(received: string): InvalidEventError {
    const advice = SDK_LINES.test(this.#text) ? ADVICE_FOR_SDK_LINES : 'Check the URL or baseURL, and the network.';
    return new InvalidEventError(`Expected a text/event-stream response, got ${received}. ${advice}`, {
      position: 0,
      data: this.#text,
    });
  }
}
