import { AnthropicError } from '../../../errors/classes.js';
import { describeCauses, isNamed } from '../../../errors/inspectError.js';
import { isRetryable } from '../../../errors/isRetryable.js';

/**
 * Returns an error of this package unchanged, and anything else as the `cause` of a new one that is `retryable` if the
 * cause is.
 */
export function toStateError(error: unknown): AnthropicError {
  return error instanceof AnthropicError ? error : new ForeignError(describeCauses(error), { cause: error });
}

/** Wraps an error of a source, an SDK or a relay. */
class ForeignError extends AnthropicError {
  override get retryable(): boolean {
    return isRetryable(this.cause);
  }
}

/** How a message ended early. `abort` ends it without an error. */
export type Ending =
  | { readonly status: 'error'; readonly error: AnthropicError }
  | { readonly status: 'aborted'; readonly error: AnthropicError | undefined };

/** The names of the errors that report an aborted request. */
const ABORT_ERRORS = ['APIUserAbortError', 'AbortError'];

/** Returns how a message ended that failed with an error. */
export function endingOf(error: unknown): Ending {
  return { status: isNamed(error, ...ABORT_ERRORS) ? 'aborted' : 'error', error: toStateError(error) };
}
