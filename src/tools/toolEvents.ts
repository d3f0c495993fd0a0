import type { RunningUsage } from '../accumulate/usage.js';
import type { MessageStreamEvent } from '../api/events.js';
import type { StopReason } from '../api/message.js';
import type { MessageParam, ToolResultParam } from '../api/params.js';

/** What a tool said while it ran: a value of the Observable that it returned. */
export interface ToolProgressEvent {
  readonly type: 'tool_progress';
  /** The call's id. */
  readonly tool_use_id: string;
  /** The tool's name. */
  readonly name: string;
  readonly value: unknown;
}

/** A call has its result: the tool's, or what kept it from having one. */
export interface ToolResultEvent {
  readonly type: 'tool_result';
  /** The call's id. */
  readonly tool_use_id: string;
  /** The tool's name. */
  readonly name: string;
  readonly result: ToolResultParam;
  /** What the tool threw, or what is wrong with the call. The model sees its message only, as `result` has it. */
  readonly error?: unknown;
}

/** The run is over; always the last event. */
export interface RunEndEvent {
  readonly type: 'run_end';
  /**
   * Why the last message stopped, null if it did not say; `max_turns` if the run would have gone on, but had used up
   * its turns. A newer server may send reasons that are not listed.
   */
  readonly reason: StopReason | 'max_turns' | null;
  /** The whole conversation, in a form that the API accepts: add the next user message and go on. */
  readonly messages: readonly MessageParam[];
  /** What all turns cost together. */
  readonly usage: RunningUsage;
  /** How many messages the model wrote. */
  readonly turns: number;
}

/** The events of a run: those of its messages, one message after the other, and the package's own between them. */
export type RunToolsEvent = MessageStreamEvent | ToolProgressEvent | ToolResultEvent | RunEndEvent;
