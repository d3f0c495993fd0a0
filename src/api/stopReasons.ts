/** Rules about stop reasons: which ones truncate a message, and which ones let a turn continue. */

/** The stop reasons that end a message in the middle of what the model was writing. */
export type TruncatingStopReason = 'max_tokens' | 'model_context_window_exceeded';

/** Whether a stop reason says that the message was truncated. */
export function isTruncating(stopReason: string | null | undefined): stopReason is TruncatingStopReason {
  return stopReason === 'max_tokens' || stopReason === 'model_context_window_exceeded';
}

/** Whether the API continues the message if it is sent back unchanged. */
export function isPausing(stopReason: string | null | undefined): boolean {
  return stopReason === 'pause_turn' || stopReason === 'compaction';
}

/** Whether the turn usually continues with another message: the results of tools, or the message itself, are sent back. */
export function isContinued(stopReason: string | null | undefined): boolean {
  return stopReason === 'tool_use' || isPausing(stopReason);
}
