import { asString, readPath } from '../utils/inspect.js';
import {
  APIConnectionError,
  APIConnectionTimeoutError,
  APIUserAbortError,
  IncompleteMessageError,
  type APIError,
  type ErrorPhase,
  type TimeoutName,
} from './classes.js';

/**
 * Creates the error that a service had, from the JSON with which `rxjs-anthropic/relay` forwards it. An error of the API
 * is recognised by its type and status, so this is only for the errors that have neither: their JSON has a `name`.
 *
 * @param body - `{ type: 'error', error: { name, message, … } }`. It becomes the error's `cause`, so that `isRetryable`
 * finds what the service says about retries.
 * @returns Undefined if the JSON has no such name.
 */
export function createForwardedError(
  body: unknown,
  phase: ErrorPhase,
  requestID: string | undefined,
): APIError | undefined {
  const error = readPath(body, 'error');
  const message = asString(readPath(error, 'message')) ?? '';
  const options = { phase, requestID: requestID ?? asString(readPath(body, 'request_id')), cause: body };
  switch (readPath(error, 'name')) {
    case 'APIConnectionError':
      return new APIConnectionError(message, options);
    case 'APIConnectionTimeoutError': {
      const timeout = readPath(error, 'timeout') as TimeoutName; // a newer service may have timeouts of other names
      return new APIConnectionTimeoutError(message, { ...options, timeout, ms: Number(readPath(error, 'ms')) });
    }
    case 'IncompleteMessageError':
      return new IncompleteMessageError(message, options);
    case 'APIUserAbortError':
      return new APIUserAbortError(message, options);
    default:
      return undefined;
  }
}
