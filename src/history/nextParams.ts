import type { BetaContentBlock, Message } from '../api/message.js';
import type { MessageCreateParams, MessageParam, ToolResultParam } from '../api/params.js';
import { isPausing } from '../api/stopReasons.js';
import { deepFreeze } from '../utils/freeze.js';
import { answerableCalls } from './answerableCalls.js';
import { nextContainer } from './nextContainer.js';
import { sendableBlocks, toSendable } from './sendableContent.js';

/** A call that is sent back, and its result, if it has one yet. */
export interface SentCall {
  /** The id of the call and of its result. */
  readonly id: string;
  readonly result: ToolResultParam | undefined;
}

/** The calls of a message that are sent back, by their positions in its `content`. */
export type SentCalls = ReadonlyMap<number, SentCall>;

/** Whether a tool run makes another request after a message. */
export function needsNextTurn(message: Message): boolean {
  const { stop_reason } = message;
  return isPausing(stop_reason) || (stop_reason === 'tool_use' && answerableCalls(message).length > 0);
}

/**
 * Returns the parameters of the request after a message: the same parameters, with the message and the results of its
 * calls added to `messages`, and with the message's container.
 */
export function nextParams(params: MessageCreateParams, message: Message, calls: SentCalls): MessageCreateParams {
  const messages = Object.freeze([...params.messages, ...turnMessages(message, calls)]);
  return { ...params, messages, ...nextContainer(params, message), ...nextToolChoice(params) };
}

/**
 * Returns what a message and the results of its calls add to the conversation. The results are in the order of the
 * calls. Calls that are not in `calls` are left out. The messages are frozen at any depth.
 */
export function turnMessages(message: Message, calls: SentCalls): readonly MessageParam[] {
  const blocks = sendableBlocks(message, { isAnswered: (_call, index) => calls.has(index) });
  const results = blocks.map(({ index }) => calls.get(index)?.result).filter((result) => result !== undefined);
  const turn = [
    {
      role: 'assistant',
      content: blocks.map(({ block, index }) => withIdOf(calls.get(index), toSendable(block))),
    } as const,
    { role: 'user', content: results } as const,
  ];
  return deepFreeze(turn.filter(({ content }) => content.length > 0));
}

function withIdOf(call: SentCall | undefined, block: BetaContentBlock): BetaContentBlock {
  return call === undefined || !('id' in block) || block.id === call.id ? block : { ...block, id: call.id };
}

/** A `tool_choice` that forces a call applies to the first turn only: otherwise the model could never answer. */
export function nextToolChoice({ tool_choice: choice }: MessageCreateParams): Pick<MessageCreateParams, 'tool_choice'> {
  if (choice?.type !== 'any' && choice?.type !== 'tool') return {};
  const { disable_parallel_tool_use: disabled } = { disable_parallel_tool_use: undefined, ...choice };
  return { tool_choice: { type: 'auto', ...(disabled === undefined ? {} : { disable_parallel_tool_use: disabled }) } };
}
