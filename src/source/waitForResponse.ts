import { connectFailure } from '../errors/connectionErrors.js';
import { expectResponse } from './responseBody.js';
import type { ResponseLike } from './responseLike.js';

/** Makes a request. The signal is aborted when the response is no longer needed. */
export type Connect = (signal: AbortSignal) => ResponseLike | PromiseLike<ResponseLike>;

/**
 * Makes a request, and waits for its headers.
 *
 * @throws {APIConnectionError} If there is no response.
 * @throws {AnthropicError} If the function does not return a response.
 */
export async function waitForResponse(connect: Connect, signal: AbortSignal): Promise<ResponseLike> {
  let response: ResponseLike;
  try {
    response = await connect(signal);
  } catch (error) {
    throw connectFailure(error);
  }
  expectResponse(response);
  return response;
}
