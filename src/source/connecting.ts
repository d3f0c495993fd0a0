import { AnthropicError } from '../errors.js';
import { isConnectionFailure, isNamed, readAPIError } from '../isRetryable.js';
import { connectionLost, describe } from './connectionErrors.js';
import { makeError } from './statusErrors.js';

/** Makes errors of the package of what a caller's function throws: it may be the network, a status, or a fault of the function. */
export function connecting(
  connect: (signal: AbortSignal) => Response | PromiseLike<Response>,
): (signal: AbortSignal) => Promise<Response> {
  return async (signal) => {
    try {
      return await connect(signal);
    } catch (error) {
      throw unconnected(error);
    }
  };
}

function unconnected(cause: unknown): unknown {
  if (cause instanceof AnthropicError) return cause;
  if (isNamed(cause, 'AbortError') || isConnectionFailure(cause)) {
    return connectionLost(cause, { phase: 'connect', lastEvent: undefined, requestID: undefined });
  }
  const { status, type } = readAPIError(cause);
  const said = describe(cause);
  if (status !== undefined) return makeError(said, { status, type, phase: 'connect', cause });
  return new AnthropicError(`No response was made: ${said}`, { cause });
}
