import type { RunningUsage } from '../accumulate/usage.js';
import type { StopReason } from '../api/message.js';
import type { MessageParam } from '../api/params.js';

/** The version of the states that this version of the package writes. */
export const STATE_VERSION = 1;

/** A call in the state of a run. */
export interface SavedCall {
  /** The id of the call. */
  readonly id: string;
  /** The name of the tool. */
  readonly name: string;
  /** The input, before the schema transforms it. */
  readonly input: unknown;
  /** The toolset that the tool belongs to, if any. */
  readonly toolset_name?: string;
}

/**
 * The state of a run, which `resumeRun` continues, in another process if need be. `JSON.parse(JSON.stringify(state))` is
 * equivalent. It contains the conversation and nothing secret: neither the key, nor the other parameters, nor the tools.
 */
export interface RunState {
  /** The version of this format. */
  readonly version: 1;
  /** The id of the run, which stays the same when it is resumed. */
  readonly runId: string;
  /**
   * How often `onState` had been called, including this time. A store that accepts a state only if the one before has
   * `revision - 1` prevents two processes from continuing the same run.
   */
  readonly revision: number;
  /** The conversation so far, with the results so far: calls of the last turn may have none yet. */
  readonly messages: readonly MessageParam[];
  /** The calls that wait for a decision whether to run them. */
  readonly pending: readonly SavedCall[];
  /**
   * The calls whose tools have been started, and that have no result. If the process has ended since, nobody knows
   * whether they took effect.
   */
  readonly started: readonly SavedCall[];
  /**
   * The calls whose tools have been started, but that are no longer part of the conversation, because their message was
   * withdrawn. What they did is not undone.
   */
  readonly withdrawn: readonly SavedCall[];
  /** The usage of all turns together. */
  readonly usage: RunningUsage;
  /** How many messages the model wrote. */
  readonly turns: number;
  /** The id of the container of the API's code execution, if there is one. */
  readonly container?: string;
  /** Messages that follow once the API has resumed the message that it paused. */
  readonly postponed?: readonly MessageParam[];
  /**
   * Why the last message stopped, if the run ends with it: at once, or as soon as its calls have results. Absent if the
   * run continues.
   */
  readonly reason?: StopReason | 'max_turns' | null;
}
