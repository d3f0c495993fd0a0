/** Rules about content blocks: which types are tool calls, thinking or text. */
import type { BetaContentBlock, ContentBlock } from './message.js';

/** The fields of every tool call, whether of your own tool, of a tool that the API runs, or of an MCP server's tool. */
export interface ToolCallBlock {
  readonly type: 'tool_use' | 'server_tool_use' | 'mcp_tool_use';
  readonly id: string;
  readonly name: string;
  readonly input: unknown;
}

/** Whether a block is a tool call of any kind. */
export function isToolCall(block: BetaContentBlock): block is BetaContentBlock & ToolCallBlock {
  return block.type === 'tool_use' || isApiToolCall(block);
}

/** Whether a block calls a tool that the API runs: its own, or an MCP server's. */
export function isApiToolCall(
  block: BetaContentBlock,
): block is BetaContentBlock & ToolCallBlock & { readonly type: 'server_tool_use' | 'mcp_tool_use' } {
  return block.type === 'server_tool_use' || block.type === 'mcp_tool_use';
}

/** Whether a block is the model's thinking, redacted or not. */
export function isThinkingBlock(block: BetaContentBlock): boolean {
  return block.type === 'thinking' || block.type === 'redacted_thinking';
}

/** Returns the text of a text block, and '' for any other block. */
export function textOfBlock(block: ContentBlock): string {
  return block.type === 'text' ? block.text : '';
}

/** Whether a block is text that is empty or only white space. */
export function isBlankText(block: BetaContentBlock): boolean {
  return block.type === 'text' && block.text.trim() === '';
}

/** Returns the text of all text blocks, in order and without separators. */
export function joinText(content: readonly ContentBlock[]): string {
  return content.map(textOfBlock).join('');
}

/**
 * Returns the index of the last `fallback` block, or -1. Another model generated the blocks before it, including the
 * tool calls among them.
 */
export function lastFallbackIndex(content: readonly BetaContentBlock[]): number {
  return content.map(({ type }) => type).lastIndexOf('fallback');
}
