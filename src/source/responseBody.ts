import { AnthropicError } from '../errors/classes.js';
import { isObject, readPath } from '../utils/inspect.js';
import type { BodyReader, ReadableBody, ResponseLike } from './responseLike.js';

/** What a body may have. A Node stream can be destroyed, and throws errors that nothing listens to. */
interface AnyBody extends Partial<ReadableBody & AsyncIterable<unknown>> {
  readonly locked?: boolean;
  readonly readableDidRead?: boolean;
  cancel?(): unknown;
  on?(event: 'error', listener: () => void): unknown;
  destroy?(): unknown;
}

/**
 * Returns a reader of the response's body. Returns undefined if an error status has no body, because only the status
 * can be reported then.
 *
 * @throws {AnthropicError} If the body was read before, or if a successful response has none.
 */
export function openBody(response: ResponseLike): BodyReader | undefined {
  const body: AnyBody | null | undefined = response.body;
  if (response.bodyUsed || body?.locked || body?.readableDidRead) {
    throw new AnthropicError(
      'The body of the response has already been read. Pass a function that creates a new response.',
    );
  }
  const reader = createReader(body);
  if (reader === undefined && isSuccess(response)) {
    throw new AnthropicError(
      body === null
        ? `The response, with status ${response.status}, has no body. The server must answer with a stream of events.`
        : 'The response has no body stream. In React Native, use expo/fetch.',
    );
  }
  return reader;
}

/** Cancels the body of a response that is not read. */
export async function cancelBody(response: ResponseLike): Promise<void> {
  const body: AnyBody | null | undefined = response.body;
  await (body?.cancel ? body.cancel() : createReader(body)?.cancel());
}

/** @param body - Null if the response has none, and undefined in React Native. */
function createReader(body: AnyBody | null | undefined): BodyReader | undefined {
  if (body?.getReader) return body.getReader();
  const iterator = body?.[Symbol.asyncIterator]?.();
  body?.on?.('error', ignore); // also reported by the iterator, but only while it waits
  return (
    iterator && {
      read: () => iterator.next(),
      async cancel() {
        body?.destroy?.(); // because `return()` waits for the next chunk
        await iterator.return?.();
      },
    }
  );
}

/** Whether the status of a response reports success. */
export function isSuccess({ status }: ResponseLike): boolean {
  return status >= 200 && status < 300;
}
/**
 * Checks what a function that makes a request has returned. Accepts responses of other realms, of polyfills and of other clients.
 *
 * @throws {AnthropicError} If it is not a Response.
 */
export function expectResponse(value: unknown): asserts value is ResponseLike {
  if (isResponse(value)) return;
  throw new AnthropicError(
    `The function that makes the request must return a Response, as fetch does, got ${describe(value)}.`,
  );
}

/** Whether a value has what is read of a Response. */
export function isResponse(value: unknown): value is ResponseLike {
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

/** Handles an error that is reported elsewhere, or that nobody waits for. */
export function ignore(): void {
  // Nothing is left to do.
}
