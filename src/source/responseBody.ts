import { AnthropicError } from '../errors/classes.js';
import { isObject, readPath } from '../utils/inspect.js';

export type BodyReader = ReadableStreamDefaultReader<Uint8Array>;

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
    throw new AnthropicError(
      body === null
        ? `The response, with status ${response.status}, has no body. The server must answer with a stream of events.`
        : 'The response has no body stream. In React Native, use expo/fetch.',
    );
  }
  return reader;
}

/**
 * Checks what a function that makes a request has returned. Accepts responses of other realms and of polyfills.
 *
 * @throws {AnthropicError} If it is not a Response.
 */
export function expectResponse(value: unknown): asserts value is Response {
  if (isResponse(value)) return;
  throw new AnthropicError(
    `The function that makes the request must return a Response, as fetch does, got ${describe(value)}.`,
  );
}

/** Whether a value has what is read of a Response. */
export function isResponse(value: unknown): value is Response {
  return typeof readPath(value, 'status') === 'number' && typeof readPath(value, 'headers', 'get') === 'function';
}

/**
 * Checks a chunk of a body.
 *
 * @throws {AnthropicError} If it is not bytes.
 */
export function expectBytes(chunk: unknown): asserts chunk is Uint8Array {
  if (ArrayBuffer.isView(chunk)) return;
  throw new AnthropicError(
    `The body of the response must consist of bytes, got ${describe(chunk)}. Pipe text through a TextEncoderStream.`,
  );
}

function describe(value: unknown): string {
  return isObject(value) ? 'an object' : typeof value;
}
