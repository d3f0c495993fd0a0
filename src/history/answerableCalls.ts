import { lastFallbackIndex } from '../api/blocks.js';
import type { BetaMessage, ToolUseBlock } from '../api/message.js';

/**
 * Returns the calls to the client's tools that a message asks for. A refused message asks for none. Calls before a
 * `fallback` block are left out, since the model that took over did not make them.
 */
export function answerableCalls({ content, stop_reason }: BetaMessage): ToolUseBlock[] {
  if (stop_reason === 'refusal') return [];
  return content.slice(lastFallbackIndex(content) + 1).filter((block) => block.type === 'tool_use');
}
