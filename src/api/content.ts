/** Rules about content: which events and blocks have any that a consumer may have shown. */
import { isThinkingBlock } from './blocks.js';
import { isEvent, type AnyEvent, type MessageStreamEvent } from './events.js';
import type { ContentBlock } from './message.js';

/**
 * Whether an event has content that a consumer may have shown: a delta, a block that arrives complete, or the name of a tool
 * call. The start of an empty text or thinking block has none. An event of an unknown type is assumed to have content.
 */
export function hasContent(event: AnyEvent): boolean {
  if (isEvent(event, 'content_block_start')) return blockHasContent(event.content_block);
  if (isEvent(event, 'message_start')) return event.message.content.length > 0;
  return !WITHOUT_CONTENT.has(event.type);
}

/** The event types that never have content. A list of those that do could not include types of the future. */
const WITHOUT_CONTENT: ReadonlySet<string> = new Set<MessageStreamEvent['type']>([
  'content_block_stop',
  'message_delta',
  'message_stop',
  'ping',
  'message_restart',
]);

/** Whether a block has content that a consumer may have shown. */
export function blockHasContent(block: ContentBlock): boolean {
  if (block.type === 'text') return block.text !== '';
  if (block.type === 'thinking') return block.thinking !== '';
  return true;
}

/** Whether an event belongs to the model's thinking: the start of its block, its text or its signature. */
export function isThinking(event: AnyEvent): boolean {
  if (isEvent(event, 'content_block_start')) return isThinkingBlock(event.content_block);
  return isEvent(event, 'content_block_delta') && ['thinking_delta', 'signature_delta'].includes(event.delta.type);
}
