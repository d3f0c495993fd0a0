import { isConnectionFailure } from './connectionFailure.js';
import { isNamed, readHeader } from './inspectError.js';
import { readAPIError } from './readError.js';

/**
 * Returns whether the same request may succeed if it is sent again.
 *
 * | error | a retry can help |
 * |---|---|
 * | with an HTTP status | 408, 409, 429 (unless a spend limit was reached), 500 and above |
 * | with the header `x-should-retry` | as the header says, whatever the status |
 * | forwarded by a service, with `retryable` in its body | as the service says |
 * | with an API error type and no status | as for the status of that type, such as 529 for `overloaded_error` |
 * | the connection was refused, lost or timed out; the stream ended early | yes |
 * | any other error: aborted, invalid events, errors in your own code | no |
 *
 * Reads the fields of the error instead of checking its class, so it also understands errors from the official SDK and
 * from `fetch`, and a plain `{ type: 'error', error: { type } }` as the API sends it.
 *
 * @param error - Anything that was thrown.
 * @returns Whether a retry can help. The result is always the same for the same error.
 */
export function isRetryable(error: unknown): boolean {
  if (isNamed(error, 'APIUserAbortError', 'AbortError', 'InvalidEventError', 'InvalidOutputError')) return false;

  const shouldRetry = readHeader(error, 'x-should-retry');
  if (shouldRetry === 'true') return true;

  const { status, type, isSpendLimit, retryable } = readAPIError(error);
  if (shouldRetry === 'false' || isSpendLimit) return false;
  if (retryable !== undefined) return retryable;
  // node-fetch sets the type of its own errors to 'system'.
  if (status === undefined) return (type === undefined || type === 'system') && isConnectionFailure(error);
  return status === 408 || status === 409 || status === 429 || status >= 500;
}
