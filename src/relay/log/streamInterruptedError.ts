import { AnthropicError, type AnthropicErrorOptions } from '../../errors/classes.js';

/**
 * The stream cannot continue in this process: its log cannot be reached, or the process shuts down. Its client can resume it
 * after the last event that it received.
 */
export class StreamInterruptedError extends AnthropicError {
  /** The status with which a relay answers. */
  declare readonly status: 503;

  override get name(): 'StreamInterruptedError' {
    return 'StreamInterruptedError';
  }

  constructor(message: string, options?: AnthropicErrorOptions) {
    super(message, options);
    this.status = 503;
  }
}
