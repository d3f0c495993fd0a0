import type { RunningUsage } from '../accumulate/usage.js';
import type { MessageStreamEvent } from '../api/events.js';
import type { StopReason } from '../api/message.js';
import type { MessageParam, ToolResultParam } from '../api/params.js';
import type { RunState } from './runState.js';

/** A call that needs approval waits for the answer of `onTool`. */
export interface ToolApprovalRequiredEvent {
  readonly type: 'tool_approval_required';
  /** The id of the call. */
  readonly id: string;
  /** The index of the call's block in its message. */
  readonly index: number;
  /** The name of the tool. */
  readonly name: string;
  /** The input, as the model wrote it. */
  readonly input: unknown;
  /** The toolset that the tool belongs to, if any. */
  readonly toolset_name?: string;
}

/** A value that a tool emitted while it ran, if it returned an Observable or an async generator. */
export interface ToolProgressEvent {
  readonly type: 'tool_progress';
  /** The id of the call. */
  readonly tool_use_id: string;
  /** The index of the call's block in its message. */
  readonly index: number;
  /** The name of the tool. */
  readonly name: string;
  readonly value: unknown;
}

/** The result of a call: what its tool returned, or why the call failed. */
export interface ToolResultEvent {
  readonly type: 'tool_result';
  /** The id of the call. It differs from that of the model's block if another call of the conversation has that id. */
  readonly tool_use_id: string;
  /** The index of the call's block in its message. */
  readonly index: number;
  /** The name of the tool. */
  readonly name: string;
  readonly result: ToolResultParam;
  /**
   * What the tool threw, or what is wrong with the call. The model reads only the error's message, which is in
   * `result`.
   */
  readonly error?: unknown;
}

/** The end of the run: always its last event, unless the run pauses. */
export interface RunEndEvent {
  readonly type: 'run_end';
  /**
   * Why the last message stopped, or null if it gave no reason; `max_turns` if the run would have continued, but had
   * reached `maxTurns`. A newer server may send reasons that are not listed.
   */
  readonly reason: StopReason | 'max_turns' | null;
  /**
   * The complete conversation, in a form that the API accepts: add the next user message to continue it. If `maxTurns`
   * ended the run after `pause_turn`, send it as it is: the API first has to finish its last message.
   */
  readonly messages: readonly MessageParam[];
  /** The usage of all turns together. */
  readonly usage: RunningUsage;
  /** How many messages the model wrote. */
  readonly turns: number;
}

/** The run waits for decisions about calls, and ends here until it is resumed: always its last event. */
export interface RunPausedEvent {
  readonly type: 'run_paused';
  /** The state that `resumeRun` continues. It has the calls that wait, and the results of the others. */
  readonly state: RunState;
}

/** What a call emits. */
export type ToolEvent = ToolApprovalRequiredEvent | ToolProgressEvent | ToolResultEvent;

/** The events of a run: those of its messages, one message after the other, and the package's own between them. */
export type RunToolsEvent = MessageStreamEvent | ToolEvent | RunEndEvent | RunPausedEvent;
