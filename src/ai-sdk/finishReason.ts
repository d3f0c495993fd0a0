import type { UIFinishReason } from './uiMessageChunk.js';

const FINISH_REASONS: ReadonlyMap<string | null, UIFinishReason> = new Map([
  ['end_turn', 'stop'],
  ['stop_sequence', 'stop'],
  ['max_tokens', 'length'],
  ['model_context_window_exceeded', 'length'],
  ['max_turns', 'length'],
  ['refusal', 'content-filter'],
  ['tool_use', 'tool-calls'],
]);

/** Returns the protocol's word for the reason why a message, or the last message of a run, stopped. */
export function finishReasonOf(stopReason: string | null): UIFinishReason {
  return FINISH_REASONS.get(stopReason) ?? 'other';
}
