import { AnthropicError, APIConnectionError, APIUserAbortError } from '../errors.js';
import { causesOf, isNamed } from '../isRetryable.js';
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

/** The error of a request that got no answer: what the package has made of it, or else a fault of the connection. */
export function unanswered(cause: unknown, progress: Progress): AnthropicError {
  return cause instanceof AnthropicError ? cause : connectionLost(cause, progress);
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
