import type {
  BetaContentBlock,
  ContentBlock,
  Message,
  TextBlock,
  ThinkingBlock,
  ToolUseBlock,
  Usage,
} from '../api/message.js';

/**
 * Builds a text block.
 *
 *     textBlock('Hello')   // { type: 'text', text: 'Hello' }
 *
 * @param text - The whole text.
 * @param options.citations - What the text cites. Default: the block has no `citations`.
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
 * @param thinking - The whole thinking; `''` is what a request gets that asked for thinking to be omitted.
 * @param options.signature - Default `'c2lnbmF0dXJl'`, which no API accepts.
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
 * @param options.id - Default `'toolu_'` and the name: give one where a message calls the same tool twice.
 * @returns A new block, which holds `input` itself, not a copy.
 */
export function toolUseBlock(name: string, input: unknown = {}, options: { readonly id?: string } = {}): ToolUseBlock {
  return { type: 'tool_use', id: options.id ?? `toolu_${name}`, name, input };
}

/** A block as `buildMessage` takes it: one that is typed, or one of a type that has no type here yet. */
export type AnyContentBlock = BetaContentBlock | { readonly type: string; readonly [field: string]: unknown };

/** What `buildMessage` takes: the fields of a message, each with a default. */
export interface BuildMessageOptions extends Partial<Omit<Message, 'type' | 'role' | 'content' | 'usage'>> {
  /** A string is a text block. Default: no content. */
  readonly content?: string | readonly (string | AnyContentBlock)[];
  /** Counts that take the place of the default ones. */
  readonly usage?: Partial<Usage>;
}

/**
 * Builds a message, complete unless `stop_reason: null` says otherwise. The same options give the same message.
 *
 *     buildMessage({ content: ['Hello', toolUseBlock('get_weather', { city: 'Paris' })] }).stop_reason   // 'tool_use'
 *
 * @param options.content - A text, or blocks and texts. Default: none.
 * @param options.id - Default `'msg_0001'`.
 * @param options.model - Default `'claude-sonnet-5-5'`.
 * @param options.stop_reason - Default `'tool_use'` if the last block is a `tool_use` block, else `'end_turn'`.
 * @param options.stop_sequence - Default null.
 * @param options.usage - By default 25 input tokens, none of them cached, and one output token for every four UTF-16
 *   code units of the content's JSON.
 * @returns A new message, which holds the given blocks themselves. Other fields of a message are there if given.
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
