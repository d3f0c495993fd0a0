import { AnthropicError } from '../../errors/classes.js';
import { isObject } from '../../utils/inspect.js';
import { withFullStop } from '../../utils/text.js';

/** The errors that remained after the last attempt, of any package. */
const retriedErrors = new WeakSet();

/** The advice to retry that ends messages, and the sentence that replaces it. */
const ADVICE = / (Try again (later|in [\d.]+ s)|Send the request again[^.]*|\d+ attempts were made)\.$/;

/**
 * Remembers that a request was retried, and failed with this error in the end. If the error is one of this package, sets
 * its `attempts`, and its message says how many attempts were made, instead of advising another. Errors of other
 * packages are not changed.
 */
export function rememberRetried(error: unknown, attempts: number): void {
  if (!isObject(error)) return;
  retriedErrors.add(error);
  if (!(error instanceof AnthropicError)) return;
  const { message, stack } = error;
  const newMessage = `${withFullStop(message.replace(ADVICE, ''))} ${attempts} attempts were made.`;
  // Unlike assignments, these do not throw if the error is frozen.
  Reflect.set(error, 'attempts', attempts);
  Reflect.set(error, 'message', newMessage);
  Reflect.set(
    error,
    'stack',
    stack?.replace(message, () => newMessage),
  ); // which was written with the old message
}

/** Whether the request that failed with this error has already been retried, so that a client should not retry it again. */
export function wasRetried(error: unknown): boolean {
  return isObject(error) && retriedErrors.has(error);
}
