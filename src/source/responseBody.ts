import { AnthropicError, InvalidEventError } from '../errors/classes.js';
import { readAPIError, reportsFailure } from '../errors/readError.js';
import { eventError, parseJson, type ResponseFacts } from '../errors/statusError.js';
import { isObject } from '../utils/inspect.js';

export type BodyReader = ReadableStreamDefaultReader<Uint8Array>;

/**
 * How much of a body that is not a stream of events is kept: in total, in UTF-16 code units, and of each chunk, in
 * bytes.
 */
const MAX_KEPT = 65_536;

/** How much of a body is searched for a field of a server-sent event, in UTF-16 code units. */
const QUOTE_LENGTH = 201;

/** The beginning of a body that the official SDK's `toReadableStream()` creates. */
const SDK_LINES = /^\{"type":"message_start"/;
const ADVICE_FOR_SDK_LINES =
  "It has one JSON event per line, as the SDK's toReadableStream() sends them: send server-sent events instead.";

/** The fields of a server-sent event. A line without a name before the colon is a comment. */
const FIELDS: readonly string[] = ['data', 'event', 'id', 'retry'];
const FIELD_LINE = new RegExp(`^(${FIELDS.join('|')})?:`, 'm');

/**
 * Returns a reader of the response's body. Returns undefined if an error status has no body, because only the status
 * can be reported then.
 *
 * @throws {AnthropicError} If the body was read before, or if a successful response has none.
 */
export function openBody(response: Response): BodyReader | undefined {
  // `body` is undefined in React Native.
  const { body }: { readonly body?: Partial<ReadableStream<Uint8Array>> | null } = response;
  if (response.bodyUsed || body?.locked === true) {
    throw new AnthropicError(
      'The body of the response has already been read. Pass a function that creates a new response.',
    );
  }
  const reader = body?.getReader?.();
  if (reader === undefined && response.ok) {
    throw new AnthropicError('The response has no body stream. In React Native, use expo/fetch.');
  }
  return reader;
}

/** Collects the beginning of a body that is not, or might not be, a stream of events. */
export class BodyText {
  readonly #decoder = new TextDecoder();
  #text = '';

  get text(): string {
    return this.#text;
  }

  get isFull(): boolean {
    return this.#text.length >= MAX_KEPT;
  }

  add(bytes: Uint8Array): void {
    if (!this.isFull) this.#text += this.#decoder.decode(bytes.subarray(0, MAX_KEPT), { stream: true });
  }

  /**
   * Called when the body has ended without an event.
   *
   * @throws {AnthropicError} If there is text, and none of its lines is a field or a comment of a server-sent event.
   */
  expectEvents(response: ResponseFacts): void {
    const text = this.#text.slice(0, QUOTE_LENGTH);
    const isEmpty = text.trim() === '';
    const isTruncatedField = FIELDS.some((field) => field.startsWith(text));
    if (isEmpty || isTruncatedField || FIELD_LINE.test(text)) return;
    throw notAnEventStream('one without a content-type', this.#text, response);
  }
}

/** Reads the beginning of a body: at most 64 KiB, or what arrived before the connection was lost. */
export async function readBeginning(reader: BodyReader | undefined): Promise<string> {
  const body = new BodyText();
  try {
    while (!body.isFull) {
      const result = await reader?.read();
      if (result?.done !== false) break;
      body.add(result.value);
    }
  } catch {
    // The text is for an error that is already certain, and more useful than the lost connection.
  }
  return body.text;
}

/**
 * Creates the error of a body of status 200 that is not a stream of events: the error that its JSON names, if any.
 *
 * @param received - The content type of the response, or what it is instead, to follow "got" in the error message.
 */
export function notAnEventStream(received: string, text: string, response: ResponseFacts): AnthropicError {
  const body = parseJson(text);
  const { status, type } = readAPIError({ error: body });
  const isNamed = status !== undefined || type !== undefined;
  if (isNamed && isObject(body) && reportsFailure(body)) return eventError(body, 'before-content', response);
  const advice = SDK_LINES.test(text) ? ADVICE_FOR_SDK_LINES : 'Check the network and the baseURL.';
  return new InvalidEventError(`Expected a text/event-stream response, got ${received}. ${advice}`, {
    position: 0,
    data: text,
  });
}
