import { AnthropicError } from '../errors/classes.js';
import { readAPIError } from '../errors/readError.js';
import { isConnectionFailure } from '../errors/connectionFailure.js';
import { describeCauses, isNamed } from '../errors/inspectError.js';
import { connectFailure } from '../errors/connectionErrors.js';
import { statusError } from '../errors/statusError.js';
import { readPath } from '../utils/inspect.js';

/**
 * Wraps a caller's function so that everything it throws becomes an error of this package: a connection failure, an
 * abort, an error status (if the function uses a client that throws for one), or else a programming error in the
 * function.
 */
export function withConnectErrors(
  connect: (signal: AbortSignal) => Response | PromiseLike<Response>,
): (signal: AbortSignal) => Promise<Response> {
  return async (signal) => {
    try {
      return await connect(signal);
    } catch (cause) {
      throw toConnectError(cause);
    }
  };
}

function toConnectError(cause: unknown): Error {
  // Many clients put the response into the error that they throw for its status.
  const response = readPath(cause, 'response');
  const { type, requestID, status = readAPIError(response).status } = readAPIError(cause);
  const isRead = cause instanceof AnthropicError || isNamed(cause, 'AbortError') || isConnectionFailure(cause);
  if (isRead || status === undefined) return connectFailure(cause);
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
