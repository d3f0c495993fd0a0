import type { ContentBlock, Message, ToolUseBlock } from '../api/message.js';
import type { MessageParam, ToolResultParam } from '../api/params.js';
import { blocksOf, isToolResult, isToolUse } from '../history/paramBlocks.js';
import { interruptedResult } from '../tools/toolResult.js';
import { deepFrozenCopy } from '../utils/freeze.js';
import { asString, readPath } from '../utils/inspect.js';
import type { AssistantTurn, ConversationTool, UserContent, UserTurn } from './conversationState.js';
import { showCall } from './messageCalls.js';
import type { GivenEntry } from './transcript.js';

/**
 * Converts a history to the entries of a conversation. Results become part of the calls that they belong to. A call
 * without a result, as a history that was saved in the middle of a run may have, gets one that says so.
 *
 * @param nextId - Returns the id of the next turn.
 */
export function restoredEntries(history: readonly MessageParam[], nextId: () => string): GivenEntry[] {
  const messages = deepFrozenCopy(history);
  const entries: GivenEntry[] = [];
  for (const [index, message] of messages.entries()) {
    if (message.role === 'assistant') {
      const next = messages[index + 1];
      const results = next?.role === 'user' ? blocksOf(next).filter(isToolResult) : [];
      entries.push(assistantEntry(message, results, nextId));
    } else if (message.role === 'user') {
      const isAfterCalls = messages[index - 1]?.role === 'assistant';
      const content = isAfterCalls ? withoutResults(message.content) : message.content;
      if (content !== undefined) {
        entries.push({ kind: 'given', turn: userTurn(nextId(), content), messages: [{ ...message, content }] });
      }
    } else {
      entries.push({ kind: 'given', turn: undefined, messages: [message] });
    }
  }
  return entries;
}

/** Returns a turn of the user. The content must be frozen. */
export function userTurn(id: string, content: UserContent): UserTurn {
  return Object.freeze({ role: 'user', id, content, text: textOf(content) });
}

function assistantEntry(message: MessageParam, results: readonly ToolResultParam[], nextId: () => string): GivenEntry {
  const { content = '' } = message;
  const calls = blocksOf(message).flatMap((block, index) => (isToolUse(block) ? [{ block, index }] : []));
  const known = new Map(results.map((result) => [result.tool_use_id, result]));
  const answered = calls.map((call) => ({ ...call, result: known.get(call.block.id) ?? interrupted(call) }));
  const sent = answered.map(({ result }) => result);
  return {
    kind: 'given',
    turn: assistantTurn(
      nextId(),
      content,
      answered.map((call) => restoredCall(call, known.has(call.block.id))),
    ),
    messages: sent.length === 0 ? [message] : [message, deepFrozenCopy({ role: 'user', content: sent })],
  };
}

/** Nothing else is known about a message of a history: its other fields are empty. */
function assistantTurn(id: string, content: UserContent, tools: readonly ConversationTool[]): AssistantTurn {
  const blocks = typeof content === 'string' ? [{ type: 'text', text: content }] : content;
  const message: Message = {
    id: '',
    type: 'message',
    role: 'assistant',
    model: '',
    // The blocks of an assistant message in a history are those of a message.
    content: [...blocks] as ContentBlock[],
    stop_reason: tools.length > 0 ? 'tool_use' : 'end_turn',
    stop_sequence: null,
    usage: { input_tokens: 0, output_tokens: 0 },
  };
  return deepFrozenCopy({ role: 'assistant', id, message, text: textOf(content), isComplete: true, tools });
}

function restoredCall(
  { block, index, result }: { block: ToolUseBlock; index: number; result: ToolResultParam },
  hasEnded: boolean,
): ConversationTool {
  const status = result.is_error === true ? 'failed' : 'done';
  const { content } = result;
  return showCall(index, block, {
    id: block.id,
    status: hasEnded ? status : 'cancelled',
    progress: undefined,
    result: content,
    error: undefined,
  });
}

function interrupted({ block, index }: { block: ToolUseBlock; index: number }): ToolResultParam {
  const call = { index, id: block.id, block };
  const state = { isPending: false, isHeld: false, begun: undefined, hasStarted: true, result: undefined };
  return interruptedResult({ call, ...state }).result;
}

/** Returns the content without the results of calls; undefined if nothing else is left. */
function withoutResults(content: MessageParam['content']): UserContent | undefined {
  if (content === undefined || typeof content === 'string') return content;
  const others = content.filter((block) => !isToolResult(block));
  return others.length === 0 ? undefined : Object.freeze(others);
}

function textOf(content: UserContent): string {
  if (typeof content === 'string') return content;
  return content.map((block) => (block.type === 'text' ? (asString(readPath(block, 'text')) ?? '') : '')).join('');
}
