import { AnthropicError, APIConnectionError, APIUserAbortError } from '../errors.js';
import { isConnectionFailure, isNamed, readAPIError } from '../isRetryable.js';
import { afterEvent, type Progress } from '../watchdog.js';
import { makeError } from './statusErrors.js';

/** The error of a request that got no answer, or whose answer broke off: by an abort, whoever made it, or the network. */
export function connectionLost(
  cause: unknown,
  { phase, lastEvent, requestID }: Progress,
): APIConnectionError | APIUserAbortError {
  if (isNamed(cause, 'AbortError')) {
    return new APIUserAbortError('The request was aborted.', { cause, phase, requestID });
  }
  const message =
    phase === 'connect'
      ? `The API gave no answer: ${describe(cause)}. Check the network and the baseURL.`
      : `The connection was lost ${afterEvent(lastEvent)}: ${describe(cause)}.`;
  return new APIConnectionError(message, { cause, phase, requestID });
}

/** The error of a response that could not be made: by the network, by a status that was thrown, or by a fault of the caller. */
export function unconnected(error: unknown, progress: Progress): AnthropicError {
  if (error instanceof AnthropicError) return error;
  if (isNamed(error, 'AbortError') || isConnectionFailure(error)) return connectionLost(error, progress);
  const { status, type } = readAPIError(error);
  const said = describe(error);
  if (status !== undefined) return makeError(said, { status, type, phase: 'connect', cause: error });
  return new AnthropicError(`No response was made: ${said}`, { cause: error });
}

export function abortedByUser(signal: AbortSignal, { phase, requestID }: Progress): APIUserAbortError {
  return new APIUserAbortError('The request was aborted by its signal.', { cause: signal.reason, phase, requestID });
}

/** What a failure says, with what caused it: `fetch failed: connect ECONNREFUSED 127.0.0.1:80`. */
export function describe(cause: unknown): string {
  const said = new Set<string>();
  for (let error = cause, depth = 0; hasMessage(error) && depth < 4; error = error.cause, depth += 1) {
    if (error.message !== '') said.add(error.message);
  }
  return said.size === 0 ? String(cause) : [...said].join(': ');
}

function hasMessage(error: unknown): error is { readonly message: string; readonly cause?: unknown } {
  return typeof error === 'object' && error !== null && 'message' in error && typeof error.message === 'string';
}
