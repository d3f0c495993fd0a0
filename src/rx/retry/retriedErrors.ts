import { isObject } from '../../utils/inspect.js';

/** The errors that remained after the last attempt. The errors themselves are not changed, since anybody may have thrown them. */
const retriedErrors = new WeakSet();

/** Remembers that a request was retried, and failed with this error in the end. */
export function rememberRetried(error: unknown): void {
  if (isObject(error)) retriedErrors.add(error);
}

/** Whether the request that failed with this error has already been retried, so that a client should not retry it again. */
export function wasRetried(error: unknown): boolean {
  return isObject(error) && retriedErrors.has(error);
}
