/** What a conversation shows: its turns, its tool calls, and what is happening. Types only. */
import type { RunningUsage } from '../accumulate/usage.js';
import type { Message } from '../api/message.js';
import type { ContentBlockParam, ToolResultParam } from '../api/params.js';
import type { AnthropicError } from '../errors/classes.js';
import type { DeepPartial } from '../json/deepPartial.js';
import type { Tool } from '../tools/defineTool.js';
import type { Toolset } from '../tools/defineToolset.js';

/**
 * What a conversation is doing:
 *
 * - 'idle': nothing has been asked yet
 * - 'connecting': asked, but no answer has started
 * - 'thinking', 'streaming', 'tool': what the model is doing; 'tool' also while tools run between two messages
 * - 'approval': calls wait for `approve` or `decline`, and nothing else happens
 * - 'retrying': the attempt failed with `error`, its message was withdrawn, and the next one starts after `delayMs`
 * - 'reconnecting': the same, but the message is kept and will be continued
 * - 'done': the answer is complete
 * - 'error', 'aborted': the answer ended early, and what had arrived is the last turn
 */
export type ConversationStatus =
  | 'idle'
  | 'connecting'
  | 'thinking'
  | 'streaming'
  | 'tool'
  | 'approval'
  | 'retrying'
  | 'reconnecting'
  | 'done'
  | 'error'
  | 'aborted';

interface CallFields<Name extends string> {
  /** The id of the call, for `approve` and `decline`. */
  readonly id: string;
  /** The index of the call's block in its message. */
  readonly index: number;
  /** The name of the tool. */
  readonly name: Name;
  /** The last value of a `tool_progress` event; undefined if there was none. */
  readonly progress: unknown;
  /** What the model reads as the result; undefined before the call has ended, and if its tool returned nothing. */
  readonly result: ToolResultParam['content'] | undefined;
  /** Why the call failed, as far as it is known. */
  readonly error: AnthropicError | undefined;
}

/** A call of a tool that `defineTool` has made. */
export interface CallOfTool<Name extends string> extends CallFields<Name> {
  readonly toolset: undefined;
}

/** A call of a tool that belongs to a toolset of the API. */
export interface CallOfToolset extends CallFields<string> {
  /** The name of the toolset. */
  readonly toolset: string;
}

/**
 * A tool call, as a screen shows it. `status` says what has become of it:
 *
 * - 'writing': the model is still writing the input
 * - 'approval': the call waits for `approve` or `decline`
 * - 'running': the input is complete, and there is no result yet
 * - 'done', 'failed': the tool has returned, or has failed
 * - 'declined': the call was declined
 * - 'cancelled': the answer ended, or the call was withdrawn, before there was a result
 *
 * `input` is the part that has arrived. Only with 'approval', 'done' and 'declined' is it known to be complete.
 */
export type ConversationTool<Name extends string = string, Input = unknown> =
  WithInput<CallOfTool<Name>, Input> | WithInput<CallOfToolset, unknown>;

type WithInput<Call, Input> =
  | (Call & {
      readonly status: 'writing' | 'running' | 'failed' | 'cancelled';
      readonly input: DeepPartial<Input>;
    })
  | (Call & { readonly status: 'approval' | 'done' | 'declined'; readonly input: Input });

/** The calls of these tools, distinguished by `name`. */
export type ToolsOf<Tools extends readonly (Tool | Toolset)[]> = number extends Tools['length']
  ? CallOf<Tools[number]>
  : { readonly [Index in keyof Tools]: CallOf<Tools[Index]> }[number];

type CallOf<Item> = Item extends Toolset
  ? WithInput<CallOfToolset, unknown>
  : Item extends Tool<infer Input, infer Name>
    ? WithInput<CallOfTool<Name>, Input>
    : never;

/** What a user says: text, or blocks such as images and documents. */
export type UserContent = string | readonly ContentBlockParam[];

/** What the user has said. */
export interface UserTurn {
  readonly role: 'user';
  /** Identifies the turn in its conversation. Stays the same. */
  readonly id: string;
  readonly content: UserContent;
  /** The text of all text blocks, joined. */
  readonly text: string;
}

/** One message of the model. An answer with tools has several. */
export interface AssistantTurn<Call = ConversationTool> {
  readonly role: 'assistant';
  /** Identifies the turn in its conversation. Stays the same while the message grows. */
  readonly id: string;
  /** The message so far. That of a turn from `history` has only its content; the other fields are empty. */
  readonly message: Message;
  /** The text of all text blocks, joined, in complete characters. */
  readonly text: string;
  /** Whether the message has ended by itself. */
  readonly isComplete: boolean;
  /** The calls of the message, with their results. */
  readonly tools: readonly Call[];
}

export type ConversationTurn<Call = ConversationTool> = UserTurn | AssistantTurn<Call>;

interface StateOf<Call, Status extends ConversationStatus, Failure, Delay = undefined> {
  readonly status: Status;
  /** All turns in order, the one in progress last. */
  readonly turns: readonly ConversationTurn<Call>[];
  /** The message in progress, which is also the last of `turns`; undefined if there is none. */
  readonly current: AssistantTurn<Call> | undefined;
  /** The calls of the answer in progress, or of the last answer. */
  readonly tools: readonly Call[];
  /** The usage of all messages together, including answers that were replaced; undefined before the first message. */
  readonly usage: RunningUsage | undefined;
  /** The error that ended the answer or its previous attempt, or with which the option `stop` failed. */
  readonly error: Failure;
  /** How long the next attempt waits before it starts, in ms, counted from this state; undefined if none waits. */
  readonly delayMs: Delay;
  /** The number of the attempt: that of the last `message_restart` or `message_reconnect`, otherwise 1. */
  readonly attempt: number;
  /** Whether the last question has no complete answer, and `retry()` may bring one. */
  readonly canRetry: boolean;
  /** Whether the last answer is incomplete and `continue()` can continue it. */
  readonly canContinue: boolean;
}

/**
 * Everything that a chat screen shows, discriminated by `status`: with 'error', there is an `error`. A state is frozen at
 * any depth, and shares its unchanged parts with the one before: a turn that has not changed is the same object.
 */
export type ConversationState<Call = ConversationTool> =
  | StateOf<Call, 'idle' | 'connecting' | 'thinking' | 'streaming' | 'tool' | 'approval' | 'done', undefined>
  | StateOf<Call, 'retrying' | 'reconnecting', AnthropicError | undefined, number>
  | StateOf<Call, 'error', AnthropicError>
  | StateOf<Call, 'aborted', AnthropicError | undefined>;

/** What an answer is doing, and why it failed: the fields of a state that depend on each other. */
export type Situation<State = ConversationState> = State extends ConversationState
  ? Pick<State, 'status' | 'error' | 'delayMs'>
  : never;
