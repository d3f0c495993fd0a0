import { isConnectionFailure } from './connectionFailure.js';
import { isNamed, readHeader } from './inspectError.js';
import { readAPIError } from './readError.js';

/**
 * Returns whether the same request may succeed if it is sent again.
 *
 * | error | a retry can help |
 * |---|---|
 * | with an HTTP status | 408, 409, 429 (unless a spend limit was reached), 500 and above; the header `x-should-retry` overrides this |
 * | with an API error type and no status | as for the status that the type stands for: `overloaded_error`, `api_error`, … |
 * | the connection was refused, lost or timed out; the stream ended early | yes |
 * | any other error: aborted, invalid events, errors of your own code | no |
 *
 * Reads the fields of the error instead of checking its class, so it also understands errors of the official SDK and of
 * `fetch`, and a plain `{ type: 'error', error: { type } }` as the API sends it.
 *
 * @param error - Anything that was thrown.
 * @returns Always the same answer for the same error.
 */
export function isRetryable(error: unknown): boolean {
  if (isNamed(error, 'APIUserAbortError', 'AbortError', 'InvalidEventError', 'InvalidOutputError')) return false;

  const shouldRetry = readHeader(error, 'x-should-retry');
  if (shouldRetry === 'true') return true;

  const { status, type, isSpendLimit } = readAPIError(error);
  if (shouldRetry === 'false' || isSpendLimit) return false;
  if (status === undefined) return (type === undefined || type === 'system') && isConnectionFailure(error); // 'system': node-fetch
  return status === 408 || status === 409 || status === 429 || status >= 500;
}
