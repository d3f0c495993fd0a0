import { APIError } from '../errors.js';
import { readAPIError } from '../isRetryable.js';
import { describe, unmade } from './connectionErrors.js';
import { makeError } from './statusErrors.js';

/** Makes errors of the package of what a caller's function throws: it may be the network, a status, or a fault of the function. */
export function connecting(
  connect: (signal: AbortSignal) => Response | PromiseLike<Response>,
): (signal: AbortSignal) => Promise<Response> {
  return async (signal) => {
    try {
      return await connect(signal);
    } catch (cause) {
      const error = unmade(cause);
      const { status, type } = readAPIError(cause);
      if (status === undefined || error === cause || error instanceof APIError) throw error;
      throw makeError(describe(cause), { status, type, phase: 'connect', cause });
    }
  };
}
