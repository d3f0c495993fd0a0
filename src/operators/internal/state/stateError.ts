import { AnthropicError } from '../../../errors/classes.js';
import { describeCauses } from '../../../errors/inspectError.js';
import { isRetryable } from '../../../errors/isRetryable.js';

/** Returns an error that has `message` and `retryable`: an error of this package itself, anything else as the `cause` of one. */
export function toStateError(error: unknown): AnthropicError {
  return error instanceof AnthropicError ? error : new ForeignError(describeCauses(error), { cause: error });
}

/** Wraps what a source, an SDK or a relay failed with. */
class ForeignError extends AnthropicError {
  override get retryable(): boolean {
    return isRetryable(this.cause);
  }
}
