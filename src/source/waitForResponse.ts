import { connectFailure } from '../errors/connectionErrors.js';
import { expectResponse } from './responseBody.js';

/** Makes a request. The signal is aborted when the response is no longer needed. */
export type Connect = (signal: AbortSignal) => Response | PromiseLike<Response>;

/**
 * Makes a request, and waits for its headers.
 *
 * @throws {APIConnectionError} If there is no response.
 * @throws {AnthropicError} If the function does not return a response.
 */
export async function waitForResponse(connect: Connect, signal: AbortSignal): Promise<Response> {
  let response: Response;
  try {
    response = await connect(signal);
  } catch (error) {
    throw connectFailure(error);
  }
  expectResponse(response);
  return response;
}
