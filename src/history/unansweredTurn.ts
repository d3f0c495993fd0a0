import type { ToolUseBlock } from '../api/message.js';
import type { ContentBlockParam, MessageParam, ToolResultParam } from '../api/params.js';
import type { SentCall } from './nextParams.js';
import { blocksOf, isToolResult, isToolUse } from './paramBlocks.js';
import { toSendable } from './sendableContent.js';

/** The end of a conversation in which calls of the model's last message have no result yet. */
export interface UnansweredTurn {
  /** The messages before the model's message. */
  readonly before: readonly MessageParam[];
  /** The content of the model's message. */
  readonly content: readonly ContentBlockParam[];
  /** All calls of the model's message, by the index of their blocks, with the results that are known. */
  readonly calls: ReadonlyMap<number, { readonly block: ToolUseBlock; readonly result: ToolResultParam | undefined }>;
  /** The messages after it, without the results. */
  readonly after: readonly MessageParam[];
}

/** Finds the calls without a result at the end of a conversation; undefined if there are none. */
export function findUnansweredTurn(messages: readonly MessageParam[]): UnansweredTurn | undefined {
  const at = messages.map(({ role }) => role).lastIndexOf('assistant');
  const content = messages[at]?.content ?? '';
  if (typeof content === 'string') return undefined;
  const following = messages.slice(at + 1);
  const results = following.flatMap((message) => blocksOf(message).filter(isToolResult));
  const calls: [number, { readonly block: ToolUseBlock; readonly result: ToolResultParam | undefined }][] = [];
  content.forEach((block, index) => {
    if (block.type === 'fallback') calls.length = 0; // another model took over
    if (!isToolUse(block)) return;
    const known = results.findIndex(({ tool_use_id }) => tool_use_id === block.id);
    calls.push([index, { block: withInput(block), result: known === -1 ? undefined : results.splice(known, 1)[0] }]);
  });
  if (calls.every(([, { result }]) => result !== undefined)) return undefined;
  return { before: messages.slice(0, at), content, calls: new Map(calls), after: following.flatMap(withoutResults) };
}

/** Returns the ids of all calls of the client's tools in a conversation. */
export function callIdsOf(messages: readonly MessageParam[]): string[] {
  return messages.flatMap((message) =>
    blocksOf(message)
      .filter(isToolUse)
      .map(({ id }) => id),
  );
}

/** Returns the end of a conversation with the results of its calls, which may still be incomplete. */
export function answerTurn(
  { content, after }: UnansweredTurn,
  calls: ReadonlyMap<number, SentCall>,
): readonly MessageParam[] {
  const results = [...calls.values()].map(({ result }) => result).filter((result) => result !== undefined);
  const turn = [
    {
      role: 'assistant',
      content: content.map((block, index) => {
        const id = calls.get(index)?.id;
        return id === undefined || !isToolUse(block) ? block : { ...toSendable(block), id };
      }),
    } as const,
    { role: 'user', content: results } as const,
  ];
  return [...turn.filter((message) => message.content.length > 0), ...after];
}

/** A gateway may send a call without arguments with the input null, or without an input. */
function withInput(block: ToolUseBlock): ToolUseBlock {
  return block.input == null ? { ...block, input: {} } : block;
}

function withoutResults(message: MessageParam): MessageParam[] {
  const blocks = blocksOf(message);
  const content = blocks.filter((block) => !isToolResult(block));
  if (content.length === blocks.length) return [message];
  return content.length === 0 ? [] : [{ ...message, content }];
}
