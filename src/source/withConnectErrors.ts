import { APIError } from '../errors/classes.js';
import { readAPIError } from '../errors/readError.js';
import { describeCauses } from '../errors/inspectError.js';
import { connectFailure } from '../errors/connectionErrors.js';
import { statusError } from '../errors/statusError.js';

/**
 * Wraps a caller's function so that everything it throws becomes an error of this package: a connection failure, an abort, an
 * error status (of a client that throws those), or else a fault of the function itself.
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
  const error = connectFailure(cause);
  const isOwnError = error === cause;
  const isConnectionFailure = error instanceof APIError;
  const { status, type } = readAPIError(cause);
  if (isOwnError || isConnectionFailure || status === undefined) return error;
  return statusError(describeCauses(cause), { status, type, phase: 'connect', cause });
}
