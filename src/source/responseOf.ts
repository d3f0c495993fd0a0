import { isObject } from '../utils/inspect.js';
import type { ResponseInfo } from './responseInfo.js';

/**
 * The response that an event came from, by the first event of each response. The event itself is not changed, since it
 * is what the API sent.
 */
const responses = new WeakMap<object, () => ResponseInfo>();

/**
 * Remembers the response of its first event.
 *
 * @param read - Called only if the response is asked for, since removing secrets from it takes time.
 */
export function rememberResponse(firstEvent: unknown, read: () => ResponseInfo): void {
  if (isObject(firstEvent)) responses.set(firstEvent, read);
}

/** Returns the response whose first event this is; undefined for any other event. */
export function responseOf(event: object): ResponseInfo | undefined {
  return responses.get(event)?.();
}
