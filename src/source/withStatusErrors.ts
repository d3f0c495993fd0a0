import { AnthropicError } from '../errors/classes.js';
import { isConnectionFailure } from '../errors/connectionFailure.js';
import { describeCauses, isNamed } from '../errors/inspectError.js';
import { readAPIError } from '../errors/readError.js';
import { statusError } from '../errors/statusError.js';
import { readPath } from '../utils/inspect.js';
import type { ResponseLike } from './responseLike.js';

/**
 * Wraps a caller's function so that an error status becomes an error of this package, if the function uses a client
 * that throws for one. Any other error is thrown as it is.
 */
export function withStatusErrors(
  connect: (signal: AbortSignal) => ResponseLike | PromiseLike<ResponseLike>,
): (signal: AbortSignal) => Promise<ResponseLike> {
  return async (signal) => {
    try {
      return await connect(signal);
    } catch (cause) {
      throw toStatusError(cause);
    }
  };
}

function toStatusError(cause: unknown): unknown {
  // Many clients put the response into the error that they throw for its status.
  const response = readPath(cause, 'response');
  const { type, requestID, status = readAPIError(response).status } = readAPIError(cause);
  const isOther = cause instanceof AnthropicError || isNamed(cause, 'AbortError') || isConnectionFailure(cause);
  if (isOther || status === undefined) return cause;
  const headers = readPath(cause, 'headers') ?? readPath(response, 'headers');
  return statusError(describeCauses(cause), {
    status,
    type,
    requestID,
    headers: headers instanceof Headers ? headers : undefined,
    error: readPath(cause, 'error'),
    phase: 'connect',
    cause,
  });
}
