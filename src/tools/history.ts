import { toolInputStatus } from '../accumulate/toolInputStatus.js';
import type { BetaContentBlock, Message, MessageCreateParams, MessageParam, ToolUseBlock } from '../message.js';
import type { ToolResultParam } from './toolEvents.js';

/** After these the API goes on by itself, when the message is sent back. */
const UNFINISHED: ReadonlySet<string> = new Set(['pause_turn', 'compaction']);

/** Whether another request follows a message. */
export function goesOn(message: Message): boolean {
  const { stop_reason } = message;
  if (stop_reason === null) return false;
  return UNFINISHED.has(stop_reason) || (stop_reason === 'tool_use' && callsOf(message).length > 0);
}

/** The calls of a message that are to be answered. */
export function callsOf(message: Message): ToolUseBlock[] {
  return kept(message).filter((block) => block.type === 'tool_use');
}

/** The request after a message: the same, with the message, the results of its calls in order, and its container. */
export function nextParams(
  params: MessageCreateParams,
  message: Message,
  results: ReadonlyMap<string, ToolResultParam>,
): MessageCreateParams {
  const content = sendable(message);
  const answers = callsOf(message)
    .map(({ id }) => results.get(id))
    .filter((result) => result !== undefined);
  const turn: MessageParam[] = [
    { role: 'assistant', content },
    { role: 'user', content: answers },
  ];
  const messages = [...params.messages, ...turn.filter((part) => part.content.length > 0)];
  return { ...params, messages, ...nextContainer(params, message), ...nextToolChoice(params) };
}

/**
 * The content of a message as the API takes it back, which is nearly all of it, unchanged. Left out are
 * - all of a refused message: with it, the API refuses again;
 * - empty text, and thinking that was cut before its signature;
 * - a call to one of the API's own tools without its result, unless the API has still to give it;
 * - before a `fallback` block: thinking, and calls, which the model that took over has not made.
 *
 * An input that is no object, as half a JSON text may be, is wrapped in one.
 */
function sendable(message: Message): BetaContentBlock[] {
  return kept(message).map((block) =>
    block.type === 'tool_use' && !isObject(block.input) ? { ...block, input: wrapped(block) } : block,
  );
}

function kept({ content, stop_reason }: Message): BetaContentBlock[] {
  if (stop_reason === 'refusal') return [];
  const blocks: readonly BetaContentBlock[] = content;
  const fallback = blocks.map(({ type }) => type).lastIndexOf('fallback');
  const answered = new Set(blocks.map((block) => ('tool_use_id' in block ? block.tool_use_id : undefined)));
  const pending = stop_reason === 'tool_use' || (stop_reason !== null && UNFINISHED.has(stop_reason));
  return blocks.filter((block, index) => {
    if (block.type === 'text') return block.text.trim() !== '';
    if (block.type === 'thinking' && block.signature === '') return false;
    if (block.type === 'server_tool_use' || block.type === 'mcp_tool_use') {
      return answered.has(block.id) || (pending && index > fallback);
    }
    return index > fallback || !ONLY_AFTER_FALLBACK.has(block.type);
  });
}

/** @see https://platform.claude.com/docs/en/build-with-claude/refusals-and-fallback#continuing-the-conversation */
const ONLY_AFTER_FALLBACK: ReadonlySet<string> = new Set([
  'thinking',
  'redacted_thinking',
  'connector_text',
  'tool_use',
]);

function wrapped(call: ToolUseBlock): unknown {
  return { INVALID_JSON: toolInputStatus(call).raw };
}

function isObject(value: unknown): boolean {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** What ran in a container goes on in it. */
function nextContainer({ container }: MessageCreateParams, message: Message): Pick<MessageCreateParams, 'container'> {
  const id = message.container?.id;
  if (id === undefined) return {};
  return { container: typeof container === 'object' && container !== null ? { ...container, id } : id };
}

/** A choice that forces a call holds for the first turn only: kept, the model could never answer. */
function nextToolChoice({ tool_choice: choice }: MessageCreateParams): Pick<MessageCreateParams, 'tool_choice'> {
  if (choice?.type !== 'any' && choice?.type !== 'tool') return {};
  const { disable_parallel_tool_use: disabled } = { disable_parallel_tool_use: undefined, ...choice };
  return { tool_choice: { type: 'auto', ...(disabled === undefined ? {} : { disable_parallel_tool_use: disabled }) } };
}
