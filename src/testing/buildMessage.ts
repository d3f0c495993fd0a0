import type {
  BetaContentBlock,
  ContentBlock,
  Message,
  TextBlock,
  ThinkingBlock,
  ToolUseBlock,
} from '../api/message.js';
import type { Usage } from '../api/usage.js';

/**
 * Builds a text block.
 *
 *     textBlock('Hello')   // { type: 'text', text: 'Hello' }
 *
 * @param text - The complete text.
 * @param options.citations - The citations of the text. Default: the block has no `citations`.
 * @returns A new block.
 */
export function textBlock(text: string, options: Pick<TextBlock, 'citations'> = {}): TextBlock {
  return { type: 'text', text, ...options };
}

/**
 * Builds a thinking block.
 *
 *     thinkingBlock('Let me see.')   // { type: 'thinking', thinking: 'Let me see.', signature: 'c2lnbmF0dXJl' }
 *
 * @param thinking - The complete thinking; `''` if the request asked to omit it.
 * @param options.signature - Default `'c2lnbmF0dXJl'`, which the API does not accept.
 * @returns A new block.
 */
export function thinkingBlock(thinking: string, options: { readonly signature?: string } = {}): ThinkingBlock {
  return { type: 'thinking', thinking, signature: options.signature ?? 'c2lnbmF0dXJl' };
}

/**
 * Builds a tool call.
 *
 *     toolUseBlock('get_weather', { city: 'Paris' })
 *     // { type: 'tool_use', id: 'toolu_get_weather', name: 'get_weather', input: { city: 'Paris' } }
 *
 * @param name - The tool's name.
 * @param input - The arguments: any JSON value. Default `{}`.
 * @param options.id - Default `'toolu_'` and the name. Set it if a message calls the same tool twice.
 * @returns A new block with `input` itself, not a copy.
 */
export function toolUseBlock(name: string, input: unknown = {}, options: { readonly id?: string } = {}): ToolUseBlock {
  return { type: 'tool_use', id: options.id ?? `toolu_${name}`, name, input };
}

/** A block that `buildMessage` accepts: one of a known type, or one with any other `type`. */
export type AnyContentBlock = BetaContentBlock | { readonly type: string; readonly [field: string]: unknown };

/** The fields of a message. Each has a default. */
export interface BuildMessageOptions extends Partial<Omit<Message, 'type' | 'role' | 'content' | 'usage'>> {
  /** Blocks; a string stands for a text block. Default: no content. */
  readonly content?: string | readonly (string | AnyContentBlock)[] | undefined;
  /** Counts that replace the default ones. */
  readonly usage?: Partial<Usage> | undefined;
}

/**
 * Builds a message. It is complete, unless `stop_reason` is null. The same options always build the same message.
 *
 *     buildMessage({ content: ['Hello', toolUseBlock('get_weather', { city: 'Paris' })] }).stop_reason   // 'tool_use'
 *
 * @param options.content - A text, or an array of blocks and texts. Default: none.
 * @param options.id - Default `'msg_0001'`.
 * @param options.model - Default `'claude-sonnet-5-5'`.
 * @param options.stop_reason - Default `'tool_use'` if the last block is a `tool_use` block, otherwise `'end_turn'`.
 * @param options.stop_sequence - Default null.
 * @param options.usage - Default: 25 input tokens, none of them cached, and one output token per four UTF-16 code units
 *   of the content's JSON.
 * @returns A new message with the given blocks themselves, not copies. Optional fields are present only if given.
 * @see https://platform.claude.com/docs/en/api/messages
 */
export function buildMessage(options: BuildMessageOptions = {}): Message {
  const { content = [], usage, ...fields } = options;
  const parts = typeof content === 'string' ? [content] : content;
  const blocks = parts.map((part) => (typeof part === 'string' ? textBlock(part) : part)) as ContentBlock[];
  return {
    id: 'msg_0001',
    type: 'message',
    role: 'assistant',
    model: 'claude-sonnet-5-5',
    content: blocks,
    stop_reason: blocks.at(-1)?.type === 'tool_use' ? 'tool_use' : 'end_turn',
    stop_sequence: null,
    ...fields,
    usage: {
      input_tokens: 25,
      cache_creation_input_tokens: 0,
      cache_read_input_tokens: 0,
      output_tokens: Math.ceil(JSON.stringify(blocks).length / 4),
      ...usage,
    },
  };
}
