import type { Message } from '../api/message.js';
import type { MessageCreateParams, ToolResultParam } from '../api/params.js';
import { isPausing } from '../api/stopReasons.js';
import { answerableCalls } from './answerableCalls.js';
import { nextContainer } from './nextContainer.js';
import { sendableContent, type SendPolicy } from './sendableContent.js';

/** A tool run has a result for each call. */
const TOOL_RUN: SendPolicy = { isAnswered: () => true, allowsUnsignedThinking: true };

/** Whether a tool run makes another request after a message. */
export function needsNextTurn(message: Message): boolean {
  const { stop_reason } = message;
  return isPausing(stop_reason) || (stop_reason === 'tool_use' && answerableCalls(message).length > 0);
}

/**
 * Returns the parameters of the request after a message: the same parameters, with the message and the results of its
 * calls added to `messages`, and with the message's container.
 *
 * @param results - The results, by the id of the call. They are sent in the order of the calls.
 */
export function nextParams(
  params: MessageCreateParams,
  message: Message,
  results: ReadonlyMap<string, ToolResultParam>,
): MessageCreateParams {
  const content = sendableContent(message, TOOL_RUN);
  const answers = content
    .map((block) => (block.type === 'tool_use' ? results.get(block.id) : undefined))
    .filter((result) => result !== undefined);
  const turn = [{ role: 'assistant', content } as const, { role: 'user', content: answers } as const];
  const messages = [...params.messages, ...turn.filter((part) => part.content.length > 0)];
  return { ...params, messages, ...nextContainer(params, message), ...nextToolChoice(params) };
}

/** A `tool_choice` that forces a call applies to the first turn only: otherwise the model could never answer. */
function nextToolChoice({ tool_choice: choice }: MessageCreateParams): Pick<MessageCreateParams, 'tool_choice'> {
  if (choice?.type !== 'any' && choice?.type !== 'tool') return {};
  const { disable_parallel_tool_use: disabled } = { disable_parallel_tool_use: undefined, ...choice };
  return { tool_choice: { type: 'auto', ...(disabled === undefined ? {} : { disable_parallel_tool_use: disabled }) } };
}
