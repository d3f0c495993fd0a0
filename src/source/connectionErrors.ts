import { AnthropicError, APIConnectionError, APIUserAbortError } from '../errors.js';
import { causesOf, isConnectionFailure, isNamed, readAPIError } from '../isRetryable.js';
import { field, text } from '../unknown.js';
import { afterEvent, type Progress } from '../watchdog.js';
import { makeError } from './statusErrors.js';

/** The error of a request that got no answer, or whose answer broke off: by an abort, whoever made it, or the network. */
export function connectionLost(
  cause: unknown,
  { phase, lastEvent, requestID }: Progress,
): APIConnectionError | APIUserAbortError {
  if (isNamed(cause, 'AbortError')) {
    return new APIUserAbortError('The request was aborted.', {
      cause,
      phase,
      requestID,
    });
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

export function abortedByUser(
  signal: AbortSignal,
  { phase, requestID }: Pick<Progress, 'phase'> & Partial<Progress>,
): APIUserAbortError {
  return new APIUserAbortError('The request was aborted by its signal.', {
    cause: signal.reason,
    phase,
    requestID,
  });
}

/** What a failure says, with what caused it: `fetch failed: connect ECONNREFUSED 127.0.0.1:80`. */
export function describe(cause: unknown): string {
  const said = causesOf(cause).map((error) => text(field(error, 'message')) ?? '');
  return [...new Set(said)].filter(Boolean).slice(0, 4).join(': ') || String(cause);
}
