import { toolInputStatus } from '../accumulate/toolInputStatus.js';
import { isApiToolCall, isBlankText, isThinkingBlock, lastFallbackIndex } from '../api/blocks.js';
import type { BetaContentBlock, BetaMessage, ContentBlock, Message, ToolUseBlock } from '../api/message.js';
import { isPausing } from '../api/stopReasons.js';
import { isRecord } from '../utils/inspect.js';

/** Which calls the next request answers. */
export interface SendPolicy {
  /**
   * Whether the next user message has a `tool_result` for this call.
   *
   * @param index - The position of the call in the content of the message.
   */
  isAnswered(call: ToolUseBlock, index: number): boolean;
}

/** What the rules can read, besides the block itself. */
interface Context {
  readonly message: BetaMessage;
  readonly policy: SendPolicy;
  /** The index of the last `fallback` block, or -1. */
  readonly fallbackIndex: number;
  /** The ids of the calls that have a result in the message. */
  readonly idsWithResult: ReadonlySet<string>;
  /** Whether the API resumes the message when it is sent back, and then adds the results of its own tools. */
  readonly isResumedByApi: boolean;
  /** The ids of the calls before this block that are left out. */
  readonly leftOutIds: ReadonlySet<string>;
}

/** Decides whether a block is sent back. A block is left out if any rule returns false. */
type Rule = (block: BetaContentBlock, index: number, context: Context) => boolean;

/**
 * Each function documents the reason for its rule. `withoutEnd` and `withoutBlankText` are separate: they need the
 * blocks that the rules have kept.
 */
const RULES: readonly Rule[] = [
  isNotRefused,
  isSignedThinking,
  isNotDocument,
  isNotWithdrawnByFallback,
  isAnsweredClientCall,
  isApiCallWithResult,
  isNotMadeByLeftOutCall,
  isNotResultOfLeftOutCall,
];

/**
 * Returns the content of a message in the form in which the API accepts it as history: everything except the blocks
 * that a rule leaves out. Any of those would make the API respond with status 400, or refuse again.
 *
 * The blocks that are kept are the same objects, with two exceptions: an incomplete character at the end of a text is
 * removed, and an input that is not an object is wrapped in one.
 *
 * @param message - A complete message, a snapshot, or the `partial` of an error.
 * @param policy - Which calls the next request answers.
 */
export function sendableContent(message: Message, policy: SendPolicy): ContentBlock[];
export function sendableContent(message: BetaMessage, policy: SendPolicy): BetaContentBlock[];
export function sendableContent(message: BetaMessage, policy: SendPolicy): BetaContentBlock[] {
  return sendableBlocks(message, policy).map(({ block }) => toSendable(block));
}

/** A block, and its position in the content of its message. */
export interface PlacedBlock {
  readonly block: BetaContentBlock;
  readonly index: number;
}

/**
 * Returns the blocks of a message that are sent back, before {@link toSendable}. None if only `fallback` blocks are left:
 * they mark where another model took over, and are not a turn on their own.
 */
export function sendableBlocks(message: BetaMessage, policy: SendPolicy): PlacedBlock[] {
  const leftOutIds = new Set<string>();
  const context = createContext(message, policy, leftOutIds);
  const content = message.content.map((block, index) => ({ block, index }));
  const kept = content.filter(({ block, index }) => {
    const isSent = RULES.every((rule) => rule(block, index, context));
    if (!isSent && 'id' in block) leftOutIds.add(block.id);
    return isSent;
  });
  const sent = withoutBlankText(withoutEnd(kept, message));
  return sent.some(({ block }) => block.type !== 'fallback') ? sent : [];
}

/** Returns a block in the form in which it is sent back. */
export function toSendable(block: BetaContentBlock): BetaContentBlock {
  return withObjectInput(withWholeCharacters(block));
}

function createContext(message: BetaMessage, policy: SendPolicy, leftOutIds: ReadonlySet<string>): Context {
  const { content, stop_reason } = message;
  const fallbackIndex = lastFallbackIndex(content);
  const isWaitingForClient =
    stop_reason === 'tool_use' &&
    content.some(
      (block, index) => index > fallbackIndex && block.type === 'tool_use' && policy.isAnswered(block, index),
    );
  return {
    message,
    policy,
    fallbackIndex,
    idsWithResult: new Set(content.flatMap((block) => ('tool_use_id' in block ? [block.tool_use_id] : []))),
    isResumedByApi: isPausing(stop_reason) || isWaitingForClient,
    leftOutIds,
  };
}

/**
 * No part of a refused message is sent back: if the history contains any of it, the API refuses again.
 *
 * @see https://platform.claude.com/docs/en/test-and-evaluate/strengthen-guardrails/handle-streaming-refusals
 */
function isNotRefused(_block: BetaContentBlock, _index: number, { message }: Context): boolean {
  return message.stop_reason !== 'refusal';
}

/**
 * The API verifies the signature of thinking, and responds with status 400 if it is missing. A missing signature means
 * that the thinking was truncated.
 *
 * @see https://platform.claude.com/docs/en/build-with-claude/extended-thinking#thinking-encryption
 */
function isSignedThinking(block: BetaContentBlock): boolean {
  if (block.type !== 'thinking') return true;
  const { signature }: { readonly signature?: unknown } = block; // a gateway may omit it
  return typeof signature === 'string' && signature !== '';
}

/** API version 2026-10-21 rejects a `document` block directly in an assistant message, with status 400. */
function isNotDocument({ type }: { readonly type: string }): boolean {
  return type !== 'document';
}

/**
 * Thinking and client tool calls before the last `fallback` block are void, since another model took over. Text before
 * it is kept, and so is a call to one of the API's own tools that has its result.
 *
 * @see https://platform.claude.com/docs/en/build-with-claude/refusals-and-fallback#continuing-the-conversation
 */
function isNotWithdrawnByFallback(block: BetaContentBlock, index: number, { fallbackIndex }: Context): boolean {
  return index > fallbackIndex || !VOID_BEFORE_FALLBACK.has(block.type);
}

const VOID_BEFORE_FALLBACK: ReadonlySet<string> = new Set([
  'thinking',
  'redacted_thinking',
  'connector_text',
  'tool_use',
]);

/** The API rejects a `tool_use` block without its `tool_result` in the next user message, with status 400. */
function isAnsweredClientCall(block: BetaContentBlock, index: number, { policy }: Context): boolean {
  return block.type !== 'tool_use' || policy.isAnswered(block, index);
}

/**
 * The API rejects a call to one of its own tools that has no result, with status 400, unless it will add the result
 * itself: after `pause_turn`, or when the results of the client's calls are sent.
 */
function isApiCallWithResult(block: BetaContentBlock, index: number, context: Context): boolean {
  if (!isApiToolCall(block) || context.idsWithResult.has(block.id)) return true;
  return context.isResumedByApi && index > context.fallbackIndex;
}

/**
 * Code that the API runs may call tools. The API rejects a call whose `caller` does not come earlier in the message,
 * with status 400.
 *
 * @see https://platform.claude.com/docs/en/agents-and-tools/tool-use/programmatic-tool-calling
 */
function isNotMadeByLeftOutCall(block: BetaContentBlock, _index: number, { leftOutIds }: Context): boolean {
  const caller: { readonly type: string; readonly tool_id?: string } | null | undefined =
    'caller' in block ? block.caller : undefined;
  return caller?.tool_id === undefined || !leftOutIds.has(caller.tool_id);
}

/** The API rejects a result whose call is not in the message, with status 400. */
function isNotResultOfLeftOutCall(block: BetaContentBlock, _index: number, { leftOutIds }: Context): boolean {
  return !('tool_use_id' in block) || !leftOutIds.has(block.tool_use_id);
}

/**
 * The API rejects a message that ends with thinking, with status 400, unless it resumes that message, as after
 * `pause_turn`. Blank text at the end is removed too, since it would hide the thinking before it.
 */
function withoutEnd(content: readonly PlacedBlock[], { stop_reason }: BetaMessage): readonly PlacedBlock[] {
  if (isPausing(stop_reason)) return content;
  const last = content.map(({ block }) => !isThinkingBlock(block) && !isBlank(block)).lastIndexOf(true);
  return content.slice(0, last + 1);
}

/**
 * The API rejects a text block that is empty or only white space, with status 400. It accepts one between two blocks of
 * signed thinking, which are bound to what was between them: without it, the API would reject the thinking.
 *
 * @see https://platform.claude.com/docs/en/build-with-claude/extended-thinking#preserving-thinking-blocks
 */
function withoutBlankText(content: readonly PlacedBlock[]): PlacedBlock[] {
  const isThinking = content.map(({ block }) => isThinkingBlock(block));
  const [first, last] = [isThinking.indexOf(true), isThinking.lastIndexOf(true)];
  return content.filter(({ block }, index) => !isBlank(block) || (index > first && index < last));
}

function isBlank(block: BetaContentBlock): boolean {
  return isBlankText(withWholeCharacters(block));
}

/**
 * The API rejects a lone surrogate with status 400. A text that was truncated in the middle of a character ends with
 * one.
 */
function withWholeCharacters(block: BetaContentBlock): BetaContentBlock {
  if (block.type !== 'text') return block;
  const text = withoutHalfCharacter(block.text);
  return text === block.text ? block : { ...block, text };
}

function withoutHalfCharacter(text: string): string {
  return text.replace(/[\uD800-\uDBFF]$/, '');
}

/**
 * The API rejects an input that is not an object, with status 400. Truncated or invalid JSON can have such an input, so
 * its text is wrapped in an object.
 *
 * @see https://platform.claude.com/docs/en/agents-and-tools/tool-use/fine-grained-tool-streaming
 */
function withObjectInput(block: BetaContentBlock): BetaContentBlock {
  if (block.type !== 'tool_use' || isRecord(block.input)) return block;
  if (block.input == null) return { ...block, input: {} }; // as a gateway sends a call without arguments
  return { ...block, input: { INVALID_JSON: toolInputStatus(block).raw } };
}
