import { lastFallbackIndex } from '../api/blocks.js';
import type { Message, ToolUseBlock } from '../api/message.js';

/**
 * Returns the client's tool calls that a message asks for: none of a refused message, and none before a `fallback` block,
 * since the model that took over has not made them.
 */
export function answerableCalls({ content, stop_reason }: Message): ToolUseBlock[] {
  if (stop_reason === 'refusal') return [];
  return content.slice(lastFallbackIndex(content) + 1).filter((block) => block.type === 'tool_use');
}
