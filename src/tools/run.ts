import type { MessageAccumulator } from '../accumulate/messageAccumulator.js';
import type { RunningUsage } from '../accumulate/usage.js';
import type { MessageCreateParams, ToolResultParam } from '../api/params.js';
import { needsNextTurn, nextParams } from '../history/nextParams.js';
import { sumUsage } from '../accumulate/sumUsage.js';
import type { RunEndEvent } from './toolEvents.js';

/** How far a run has come. */
export interface Run {
  /** The next request; once the run has ended, its messages are the whole conversation. */
  readonly params: MessageCreateParams;
  readonly usage: RunningUsage;
  readonly turns: number;
  /** Why the run has ended; undefined while it has not. */
  readonly reason: RunEndEvent['reason'] | undefined;
}

/** What a turn has brought. */
export interface Turn {
  /** The message; undefined before the request is made. */
  accumulator: MessageAccumulator | undefined;
  usage: RunningUsage | undefined;
  readonly results: Map<string, ToolResultParam>;
}

export function beginRun(params: MessageCreateParams): Run {
  return { params, usage: { input_tokens: 0, output_tokens: 0 }, turns: 0, reason: undefined };
}

export function beginTurn(): Turn {
  return { accumulator: undefined, usage: undefined, results: new Map() };
}

/** The run after a turn: gone on, or ended. */
export function afterTurn(run: Run, { accumulator, usage, results }: Turn, maxTurns: number): Run {
  const message = accumulator?.message;
  if (message === undefined) return { ...run, reason: null };
  const turns = run.turns + 1;
  const more = needsNextTurn(message);
  return {
    params: nextParams(run.params, message, results),
    usage: sumUsage(run.usage, usage),
    turns,
    reason: more && turns < maxTurns ? undefined : more ? 'max_turns' : message.stop_reason,
  };
}

export function runEnd({ params, usage, turns, reason = null }: Run): RunEndEvent {
  return { type: 'run_end', reason, messages: params.messages, usage, turns };
}
