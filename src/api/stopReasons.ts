/** Rules about stop reasons: which ones truncate a message, and which ones let the API continue it. */

/** The stop reasons that end a message in the middle of what the model was writing. */
export type TruncatingStopReason = 'max_tokens' | 'model_context_window_exceeded';

/** Whether a stop reason says that the message was truncated. */
export function isTruncating(stopReason: string | null | undefined): stopReason is TruncatingStopReason {
  return stopReason === 'max_tokens' || stopReason === 'model_context_window_exceeded';
}

/** Whether the API continues the message if it is sent back unchanged. */
export function isPausing(stopReason: string | null): boolean {
  return stopReason === 'pause_turn' || stopReason === 'compaction';
}
