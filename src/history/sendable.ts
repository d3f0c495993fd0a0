import { isPausing } from '../api/stopReasons.js';
import { isRecord } from '../utils/inspect.js';
import { toolInputStatus } from '../accumulate/toolInputStatus.js';
import { isApiToolCall, isThinkingBlock, lastFallbackIndex } from '../api/blocks.js';
import type { BetaContentBlock, ContentBlock, Message, ToolUseBlock } from '../api/message.js';

/** Whether the API goes on with a message by itself, when it is sent back. */
export function isUnfinished({ stop_reason }: Message): boolean {
  return isPausing(stop_reason);
}

/** The blocks of a message that the API takes back, as they are. */
export function kept(message: Message): ContentBlock[] {
  return message.content.filter(keeps(message));
}

/** Says of each block of a message, by its index, whether the API takes it back. */
export function keeps(message: Message): (block: BetaContentBlock, index: number) => boolean {
  if (message.stop_reason === 'refusal') return () => false;
  const blocks: readonly BetaContentBlock[] = message.content;
  const fallback = lastFallbackIndex(blocks);
  const answered = new Set(blocks.map((block) => ('tool_use_id' in block ? block.tool_use_id : undefined)));
  const pending = message.stop_reason === 'tool_use' || isUnfinished(message);
  return (block, index) => {
    if (block.type === 'text') return block.text.trim() !== '';
    if (block.type === 'thinking' && block.signature === '') return false;
    if (isApiToolCall(block)) {
      return answered.has(block.id) || (pending && index > fallback);
    }
    return index > fallback || !ONLY_AFTER_FALLBACK.has(block.type);
  };
}

/** @see https://platform.claude.com/docs/en/build-with-claude/refusals-and-fallback#continuing-the-conversation */
const ONLY_AFTER_FALLBACK: ReadonlySet<string> = new Set([
  'thinking',
  'redacted_thinking',
  'connector_text',
  'tool_use',
]);

/** Brings the blocks that are kept of a message into the form in which they are sent. */
export function asSent(blocks: readonly ContentBlock[], message: Message): ContentBlock[] {
  const content = blocks.map((block) =>
    block.type === 'tool_use' && !isRecord(block.input) ? { ...block, input: wrapped(block) } : block,
  );
  if (isUnfinished(message)) return content;
  return content.slice(0, content.map(isThinkingBlock).lastIndexOf(false) + 1);
}

function wrapped(call: ToolUseBlock): unknown {
  return { INVALID_JSON: toolInputStatus(call).raw };
}
