import type { MessageCreateParams, MessageParam } from '../../../src/index.js';

type Block = Readonly<Record<string, unknown>>;

/** Returns why the API would answer 400 to a request, by the rules that histories break in practice; undefined if it accepts it. */
export function refusalOf({ messages, thinking }: MessageCreateParams): string | undefined {
  const ids = messages.flatMap(({ content }) =>
    blocksOf(content)
      .filter(isToolUse)
      .map(({ id }) => id),
  );
  if (new Set(ids).size < ids.length || ids.includes('')) return 'tool_use ids must be unique';
  for (const [index, { role, content }] of messages.entries()) {
    const blocks = blocksOf(content);
    const next = messages[index + 1];
    const fault =
      role === 'assistant'
        ? assistantFault(blocks, next === undefined ? undefined : blocksOf(next.content))
        : userFault(blocks, blocksOf(messages[index - 1]?.content));
    if (typeof fault === 'string') return `messages.${index}: ${fault}`;
  }
  const last = messages.at(-1);
  if (last?.role !== 'assistant') return undefined;
  const blocks = blocksOf(last.content);
  const text = blocks.at(-1)?.['text'];
  if (blocks.at(-1)?.['type'] === 'server_tool_use') return undefined; // a paused turn
  if (thinking !== undefined) return 'prefill does not go with thinking';
  if (blocks.some(isThinking)) return 'when thinking is disabled, the final message cannot contain it';
  if (typeof text === 'string' && text !== text.trimEnd()) return 'final content cannot end with trailing white space';
  return undefined;
}

/** @param before - The message of the model before these blocks. */
function userFault(blocks: readonly Block[], before: readonly Block[]): string | undefined {
  if (blocks.length === 0) return 'empty';
  for (const { type, text, tool_use_id, toolset_name, content, is_error } of blocks) {
    if (type === 'text' && String(text).trim() === '') return 'text must contain non-whitespace text';
    if (type !== 'tool_result') continue;
    const call = before.filter(isToolUse).find(({ id }) => id === tool_use_id);
    if (call === undefined) return 'tool_result without its tool_use';
    if ((call['toolset_name'] ?? undefined) !== toolset_name) return 'toolset_name of a tool_result does not match';
    const texts = Array.isArray(content) ? (content as Block[]).map((block) => block['text']) : [content];
    if (texts.some((each) => typeof each === 'string' && each.trim() === '')) return 'empty text in a tool_result';
    if (is_error === true && (texts.length === 0 || texts.includes(undefined))) return 'error without content';
  }
  return undefined;
}

function assistantFault(blocks: readonly Block[], next: readonly Block[] | undefined): string | undefined {
  if (blocks.length === 0) return 'empty';
  const paused = blocks.at(-1)?.['type'] === 'server_tool_use' && next === undefined;
  const waits = blocks.some(({ type }) => type === 'tool_use');
  const seen = new Set<unknown>();
  const resultsIn = (list: readonly Block[]) => new Set(list.map(({ tool_use_id }) => tool_use_id));
  for (const [index, block] of blocks.entries()) {
    const { type, id, text, caller } = block;
    if (type === 'text' && String(text).trim() === '' && !isBetweenThinking(blocks, index)) {
      return 'text must contain non-whitespace text';
    }
    if (JSON.stringify(block).search(/\\ud[89ab]/) >= 0) return 'no low surrogate in string';
    if (type === 'document') return 'document in an assistant message';
    if (type === 'thinking' && !block['signature']) return 'thinking without signature';
    if (type === 'tool_use' && next?.some(({ tool_use_id }) => tool_use_id === id) !== true) return 'no tool_result';
    if (type === 'tool_use' && !isObject(block['input'])) return 'input should be an object';
    if (type === 'server_tool_use' && !resultsIn(blocks.slice(index)).has(id) && !paused && !waits) {
      return 'server_tool_use without its result';
    }
    if ('tool_use_id' in block && !seen.has(block['tool_use_id'])) return 'unexpected tool_use_id';
    if (isObject(caller) && 'tool_id' in caller && !seen.has(caller.tool_id)) return 'unknown caller';
    seen.add(id);
  }
  return isThinking(blocks.at(-1) ?? {}) ? 'the final block cannot be thinking' : undefined;
}

/** Blank text between two blocks of signed thinking is part of what the second one is bound to. */
function isBetweenThinking(blocks: readonly Block[], index: number): boolean {
  return blocks.slice(0, index).some(isThinking) && blocks.slice(index).some(isThinking);
}

function blocksOf(content: MessageParam['content'] = ''): readonly Block[] {
  if (typeof content === 'string') return content === '' ? [] : [{ type: 'text', text: content }];
  return content.map((block) => ({ ...block }));
}

function isThinking({ type }: Block): boolean {
  return type === 'thinking' || type === 'redacted_thinking';
}

function isToolUse({ type }: Block): boolean {
  return type === 'tool_use';
}

function isObject(value: unknown): value is object {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
