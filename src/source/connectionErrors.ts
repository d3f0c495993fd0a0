import { AnthropicError, APIConnectionError, APIUserAbortError } from '../errors.js';
import { causesOf, isConnectionFailure, isNamed } from '../isRetryable.js';
import { field, text } from '../unknown.js';
import { afterEvent, type Progress } from '../watchdog.js';

/** The error of a request that got no answer, or whose answer broke off: by an abort, whoever made it, or the network. */
export function connectionLost(cause: unknown, progress: Progress): APIConnectionError | APIUserAbortError {
  if (isNamed(cause, 'AbortError')) return abortedByUser(cause, progress);
  const { phase, lastEvent } = progress;
  const message =
    phase === 'connect'
      ? `The API gave no answer: ${describe(cause)}. Check the network and the baseURL.`
      : `The connection was lost ${afterEvent(lastEvent)}: ${describe(cause)}.`;
  return new APIConnectionError(message, { ...progress, cause });
}

/** The error of a response that could not be made: what the package has made of it, the network's fault, or else a function's. */
export function unmade(cause: unknown): AnthropicError {
  if (cause instanceof AnthropicError) return cause;
  if (isNamed(cause, 'AbortError') || isConnectionFailure(cause)) return unanswered(cause);
  return new AnthropicError(`No response was made: ${describe(cause)}`, { cause });
}

/** The error of a request that got no answer. */
export function unanswered(cause: unknown): APIConnectionError | APIUserAbortError {
  return connectionLost(cause, { phase: 'connect', lastEvent: undefined, requestID: undefined });
}

/** The error of a request that was aborted, by a signal or by the runtime: the `cause` has its reason. */
export function abortedByUser(
  cause: unknown,
  progress: Pick<Progress, 'phase'> & Partial<Progress>,
): APIUserAbortError {
  return new APIUserAbortError('The request was aborted.', { ...progress, cause });
}

/** What a failure says, with what caused it: `fetch failed: connect ECONNREFUSED 127.0.0.1:80`. */
export function describe(cause: unknown): string {
  const said = causesOf(cause).map((error) => text(field(error, 'message')));
  return [...new Set(said)].filter((words) => words).join(': ') || String(cause);
}
