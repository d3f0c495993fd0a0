/** Reads the blocks of a request's messages, whose types are open. */
import type { ToolUseBlock } from '../api/message.js';
import type { ContentBlockParam, MessageParam, ToolResultParam } from '../api/params.js';
import { isRecord } from '../utils/inspect.js';

/** Returns the blocks of a message; none if its content is a text. */
export function blocksOf({ content = [] }: Pick<MessageParam, 'content'>): readonly ContentBlockParam[] {
  return typeof content === 'string' ? [] : content;
}

export function isToolResult(block: unknown): block is ToolResultParam {
  return isRecord(block) && block['type'] === 'tool_result' && typeof block['tool_use_id'] === 'string';
}

export function isToolUse(block: unknown): block is ToolUseBlock {
  return (
    isRecord(block) &&
    block['type'] === 'tool_use' &&
    typeof block['id'] === 'string' &&
    typeof block['name'] === 'string'
  );
}
