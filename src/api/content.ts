/**
 * Rules about content: which events and blocks have content that a consumer may have shown, and which events show that
 * the model is working. An empty delta or a signature shows that the model is working, but has no content.
 */
import { readPath } from '../utils/inspect.js';
import { isThinkingBlock } from './blocks.js';
import { isEvent, type AnyEvent, type MessageStreamEvent } from './events.js';
import type { ContentBlock } from './message.js';

/**
 * Whether an event has content that a consumer may have shown: text, thinking, JSON or a citation, a block that arrives
 * complete, or the name of a tool call. An event, block or delta of an unknown type is assumed to have content.
 */
export function hasContent(event: AnyEvent): boolean {
  if (isEvent(event, 'content_block_delta')) return partHasContent(event.delta);
  if (isEvent(event, 'content_block_start')) return blockHasContent(event.content_block);
  if (isEvent(event, 'message_start')) return event.message.content.some(blockHasContent);
  return !WITHOUT_CONTENT.has(event.type);
}

/**
 * Whether an event shows that the model is working: it has content, is a delta, or starts a redacted thinking block.
 */
export function isActivity(event: AnyEvent): boolean {
  if (isEvent(event, 'content_block_delta')) return true;
  return (
    hasContent(event) || (isEvent(event, 'content_block_start') && event.content_block.type === 'redacted_thinking')
  );
}

/** The event types that never have content. A list of the types that do have content could not include future types. */
const WITHOUT_CONTENT: ReadonlySet<string> = new Set<MessageStreamEvent['type']>([
  'content_block_stop',
  'message_delta',
  'message_stop',
  'ping',
  'message_restart',
  'message_reconnect',
]);

/** Whether a block has content that a consumer may have shown. */
export function blockHasContent(block: ContentBlock): boolean {
  return partHasContent(block);
}

/** Whether an event belongs to the model's thinking: it starts a thinking block, or adds text or a signature to one. */
export function isThinking(event: AnyEvent): boolean {
  if (isEvent(event, 'content_block_start')) return isThinkingBlock(event.content_block);
  return isEvent(event, 'content_block_delta') && ['thinking_delta', 'signature_delta'].includes(event.delta.type);
}

/**
 * The fields in which blocks and deltas have content, by their type. The other fields of these types are only for the
 * API, such as the signature of thinking, or the tools of an MCP server. Blocks and deltas of any other type always have content.
 */
const CONTENT_FIELDS: ReadonlyMap<string, readonly string[]> = new Map([
  ['text', ['text', 'citations']],
  ['text_delta', ['text']],
  ['thinking', ['thinking']],
  ['thinking_delta', ['thinking']],
  ['redacted_thinking', []],
  ['signature_delta', []],
  ['input_json_delta', ['partial_json']],
  ['mcp_tool_listing', []],
  ['compaction', ['content']],
  ['compaction_delta', ['content']],
]);

function partHasContent(part: { readonly type: string }): boolean {
  const fields = CONTENT_FIELDS.get(part.type);
  return fields === undefined || fields.some((field) => isFilled(readPath(part, field)));
}

function isFilled(value: unknown): boolean {
  return (typeof value === 'string' || Array.isArray(value)) && value.length > 0;
}
