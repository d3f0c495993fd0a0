import { AnthropicError } from '../../../errors/classes.js';
import { describeCauses } from '../../../errors/inspectError.js';
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
