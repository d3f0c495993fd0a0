import type { ContentBlock, Message, ToolUseBlock } from '../api/message.js';
import { asSent, keeps, kept } from './sendable.js';

/**
 * The content of a message, whole or cut, as the API takes it back where only some of its calls get an answer. Left out
 * is what `sendable` leaves out, and
 * - `tool_use` that nothing answers; then also the calls to the API's own tools that wait for it;
 * - what a tool of the API has called for a call that is left out, with its result;
 * - thinking without a signature, also where it never had the field;
 * - half a character, where a text was cut in the middle of one: the API takes it for invalid JSON;
 * - a `document` block, which API version 2026-10-21 refuses in an assistant message.
 *
 * @param isAnswered - Whether the result of a call will follow.
 */
export function historyContent(
  message: Message,
  isAnswered: (call: ToolUseBlock) => boolean,
  isRefused: (block: ContentBlock) => boolean = isRefusedAnywhere,
): ContentBlock[] {
  const { stop_reason } = message;
  const answers = kept(message).some((block) => block.type === 'tool_use' && isAnswered(block));
  const keepsBlock = keeps(stop_reason === 'tool_use' && !answers ? { ...message, stop_reason: null } : message);
  const gone = new Set<string | undefined>();
  const blocks = message.content.filter((block, index) => {
    const stays =
      keepsBlock(block, index) &&
      !isRefused(block) &&
      (block.type !== 'tool_use' || isAnswered(block)) &&
      !gone.has(callerOf(block)) &&
      !('tool_use_id' in block && gone.has(block.tool_use_id));
    if (!stays && 'id' in block) gone.add(block.id);
    return stays;
  });
  return asSent(blocks.map(wholeText).filter(saysSomething), message);
}

function isRefusedAnywhere(block: { readonly type: string; readonly signature?: string }): boolean {
  return block.type === 'document' || (block.type === 'thinking' && !block.signature);
}

/** The id of the call whose code made this call. */
function callerOf(block: ContentBlock): string | undefined {
  const caller: { readonly type: string; readonly tool_id?: string } | undefined =
    'caller' in block ? block.caller : undefined;
  return caller?.tool_id;
}

function wholeText(block: ContentBlock): ContentBlock {
  if (block.type !== 'text') return block;
  const text = block.text.replace(/[\uD800-\uDBFF]$/, '');
  return text === block.text ? block : { ...block, text };
}

function saysSomething(block: ContentBlock): boolean {
  return block.type !== 'text' || block.text.trim() !== '';
}
