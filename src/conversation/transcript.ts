import { isApiToolCall } from '../api/blocks.js';
import type { BetaContentBlock, BetaMessage, Message } from '../api/message.js';
import type { ContentBlockParam, MessageParam } from '../api/params.js';
import { turnMessages, type SentCalls } from '../history/nextParams.js';
import { blocksOf } from '../history/paramBlocks.js';
import { callIdsOf } from '../history/unansweredTurn.js';
import { CallIds } from '../tools/callIds.js';
import type { AssistantTurn, ConversationTurn } from './conversationState.js';

/** A part of a conversation that is sent as it is: what the user has said, or a part of an earlier history. */
export interface GivenEntry {
  readonly kind: 'given';
  /** Undefined if it is not shown, such as a system message. */
  readonly turn: ConversationTurn | undefined;
  readonly messages: readonly MessageParam[];
}

/** A message of the model. */
export interface MessageEntry {
  readonly kind: 'message';
  readonly turn: AssistantTurn;
  /** The calls that are sent, with their results. */
  readonly calls: SentCalls;
}

export type Entry = GivenEntry | MessageEntry;

/** Whether an entry is a question, which an answer follows. */
export function isQuestion({ turn }: Entry): boolean {
  return turn?.role === 'user';
}

/**
 * Returns a conversation in the form in which the API accepts it. Consecutive messages of the user, which follow from
 * questions without an answer and from the results of the last call, become one. A refused answer is left out, and so is
 * its question: if the conversation contained them, the API would refuse again.
 *
 * @param partial - A message of the last answer that is sent after these.
 * @see https://platform.claude.com/docs/en/test-and-evaluate/strengthen-guardrails/handle-streaming-refusals
 */
export function messagesOf(entries: readonly Entry[], partial?: Message): readonly MessageParam[] {
  const sent: MessageParam[] = [];
  const callIds = new Set<string>();
  for (const entry of withoutUnfinishedStops(withUniqueIds(withoutRefusals(entries)), partial)) {
    const messages = entry.kind === 'given' ? entry.messages : messagesOfTurn(entry, callIds);
    for (const message of messages) append(sent, message);
  }
  return Object.freeze(sent);
}

/**
 * Removes the stop reason of each message that later messages of the answer do not finish, such as the last one, or one
 * after whose `pause_turn` the next message has failed. With its stop reason, a message may have calls to the API's own tools
 * that get their results only in the next message.
 */
function withoutUnfinishedStops(entries: readonly Entry[], partial: Message | undefined): readonly Entry[] {
  /** The messages of the answer after the current one. */
  let later = partial === undefined ? [] : [partial];
  const result: Entry[] = [];
  for (const entry of [...entries].reverse()) {
    if (entry.kind === 'given') {
      later = [];
      result.push(entry);
      continue;
    }
    const { turn, calls } = entry;
    const message = isFinishedBy(later, turn.message) ? turn.message : { ...turn.message, stop_reason: null };
    if (turnMessages(message, calls).length > 0) later = [message, ...later];
    result.push({ ...entry, turn: { ...turn, message } });
  }
  return result.reverse();
}

/** Whether later messages have the results of all calls to the API's own tools. */
function isFinishedBy(later: readonly BetaMessage[], { content }: BetaMessage): boolean {
  const results = new Set([content, ...later.map((message) => message.content)].flatMap(idsOfResults));
  return later.length > 0 && content.every((block) => !isApiToolCall(block) || results.has(block.id));
}

/**
 * Returns what a message and its results are in the conversation. Results of calls that are not sent are left out.
 *
 * @param callIds - The ids of the calls to the API's own tools so far. Those of this message are added.
 */
function messagesOfTurn({ turn, calls }: MessageEntry, callIds: Set<string>): readonly MessageParam[] {
  const { message } = turn;
  const { content } = message;
  for (const block of content) if (isApiToolCall(block)) callIds.add(block.id);
  const kept = content
    .map((block, index) => ({ block, index }))
    .filter(({ block }) => !('tool_use_id' in block) || callIds.has(block.tool_use_id));
  const positions = new Map(kept.map(({ index }, position) => [index, position]));
  const moved = [...calls].map(([index, call]) => [positions.get(index) ?? index, call] as const);
  const messages = turnMessages({ ...message, content: kept.map(({ block }) => block) }, new Map(moved));
  const sent = new Set(messages.flatMap(blocksOf).flatMap((block) => ('id' in block ? [block.id] : [])));
  for (const block of content) if (isApiToolCall(block) && !sent.has(block.id)) callIds.delete(block.id);
  return messages;
}

function idsOfResults(content: readonly BetaContentBlock[]): string[] {
  return content.flatMap((block) => ('tool_use_id' in block ? [block.tool_use_id] : []));
}

/** The API rejects a request in which two calls have the same id. */
function withUniqueIds(entries: readonly Entry[]): readonly Entry[] {
  const ids = new CallIds();
  return entries.map((entry) => {
    if (entry.kind === 'given') {
      for (const id of callIdsOf(entry.messages)) ids.take(id);
      return entry;
    }
    return {
      ...entry,
      calls: new Map([...entry.calls].map(([index, call]) => [index, withId(call, ids.take(call.id))])),
    };
  });
}

function withoutRefusals(entries: readonly Entry[]): readonly Entry[] {
  const kept: Entry[] = [];
  for (const entry of entries) {
    if (entry.kind === 'message' && entry.turn.message.stop_reason === 'refusal') {
      const question = kept.map(isQuestion).lastIndexOf(true);
      if (question >= 0) kept.length = question;
    } else {
      kept.push(entry);
    }
  }
  return kept;
}

function withId<Call extends { readonly id: string; readonly result: { readonly tool_use_id: string } | undefined }>(
  call: Call,
  id: string,
): Call {
  const { result } = call;
  if (call.id === id && result?.tool_use_id === id) return call;
  return { ...call, id, result: result && { ...result, tool_use_id: id } };
}

function append(sent: MessageParam[], message: MessageParam): void {
  const before = sent.at(-1);
  if (before?.role !== 'user' || message.role !== 'user') {
    sent.push(message);
    return;
  }
  const content = Object.freeze([before, message].flatMap(textAndBlocksOf));
  sent[sent.length - 1] = Object.freeze({ ...message, content });
}

function textAndBlocksOf(message: MessageParam): readonly ContentBlockParam[] {
  const { content } = message;
  return typeof content === 'string' ? [{ type: 'text', text: content }] : blocksOf(message);
}
