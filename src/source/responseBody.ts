import { AnthropicError } from '../errors/classes.js';

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
    throw new AnthropicError('The response has no body stream. In React Native, use expo/fetch.');
  }
  return reader;
}
