import { AnthropicError } from '../../errors/classes.js';

/**
 * The lease of a stream is no longer valid, so nothing was appended: another process has taken a newer one, the lease was
 * released, or the stream has ended or expired.
 */
export class LeaseLostError extends AnthropicError {
  /** The stream. */
  declare readonly streamId: string;

  override get name(): 'LeaseLostError' {
    return 'LeaseLostError';
  }

  constructor(streamId: string, options?: { readonly cause?: unknown }) {
    super(`The lease of the stream '${streamId}' is no longer valid: another process may have taken over.`, options);
    this.streamId = streamId;
  }
}
