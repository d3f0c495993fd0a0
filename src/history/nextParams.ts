import type { Message, ToolUseBlock } from '../api/message.js';
import type { MessageCreateParams, MessageParam, ToolResultParam } from '../api/params.js';
import { nextContainer } from './nextContainer.js';
import { historyContent } from './historyContent.js';
import { isUnfinished, kept } from './sendable.js';

/** Whether another request follows a message. */
export function needsNextTurn(message: Message): boolean {
  return isUnfinished(message) || (message.stop_reason === 'tool_use' && answerableCalls(message).length > 0);
}

/** The calls of a message that are to be answered. */
export function answerableCalls(message: Message): ToolUseBlock[] {
  return kept(message).filter((block) => block.type === 'tool_use');
}

/** The request after a message: the same, with the message, the results of its calls in order, and its container. */
export function nextParams(
  params: MessageCreateParams,
  message: Message,
  results: ReadonlyMap<string, ToolResultParam>,
): MessageCreateParams {
  const content = historyContent(
    message,
    () => true,
    ({ type }: { readonly type: string }) => type === 'document',
  );
  const answers = content
    .map((block) => (block.type === 'tool_use' ? results.get(block.id) : undefined))
    .filter((result) => result !== undefined);
  const turn: MessageParam[] = [
    { role: 'assistant', content },
    { role: 'user', content: answers },
  ];
  const messages = [...params.messages, ...turn.filter((part) => part.content.length > 0)];
  return { ...params, messages, ...nextContainer(params, message), ...nextToolChoice(params) };
}

/** A choice that forces a call holds for the first turn only: kept, the model could never answer. */
function nextToolChoice({ tool_choice: choice }: MessageCreateParams): Pick<MessageCreateParams, 'tool_choice'> {
  if (choice?.type !== 'any' && choice?.type !== 'tool') return {};
  const { disable_parallel_tool_use: disabled } = { disable_parallel_tool_use: undefined, ...choice };
  return { tool_choice: { type: 'auto', ...(disabled === undefined ? {} : { disable_parallel_tool_use: disabled }) } };
}
