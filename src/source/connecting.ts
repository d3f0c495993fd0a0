import { APIError } from '../errors/classes.js';
import { readAPIError } from '../errors/readError.js';
import { describeCauses } from '../errors/inspectError.js';
import { connectFailure } from '../errors/connectionErrors.js';
import { statusError } from '../errors/statusError.js';

/** Makes errors of the package of what a caller's function throws: it may be the network, a status, or a fault of the function. */
export function withConnectErrors(
  connect: (signal: AbortSignal) => Response | PromiseLike<Response>,
): (signal: AbortSignal) => Promise<Response> {
  return async (signal) => {
    try {
      return await connect(signal);
    } catch (cause) {
      const error = connectFailure(cause);
      const { status, type } = readAPIError(cause);
      if (status === undefined || error === cause || error instanceof APIError) throw error;
      throw statusError(describeCauses(cause), { status, type, phase: 'connect', cause });
    }
  };
}
