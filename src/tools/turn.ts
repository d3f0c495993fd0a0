import type { MessageAccumulator } from '../accumulate/messageAccumulator.js';
import { accumulateUsage, type RunningUsage } from '../accumulate/usage.js';
import type { AnyEvent } from '../api/events.js';
import type { Message } from '../api/message.js';
import type { MessageParam } from '../api/params.js';
import { turnMessages, type SentCalls } from '../history/nextParams.js';
import { deepFrozenCopy } from '../utils/freeze.js';
import { answerTurn, type UnansweredTurn } from '../history/unansweredTurn.js';
import type { CallIds } from './callIds.js';
import { TurnCalls, type RunCall } from './turnCalls.js';

/** A turn in progress. */
export interface Turn {
  readonly calls: TurnCalls;
  /** What the turn adds to the conversation so far. */
  readonly messages: readonly MessageParam[];
}

/** A turn whose message the model is writing, or has written in this run. */
export class StreamedTurn implements Turn {
  readonly calls: TurnCalls;
  readonly #accumulator: MessageAccumulator;
  #usage: RunningUsage | undefined;

  /** @param accumulator - Accumulates the events of the turn. The turn only reads it. */
  constructor(accumulator: MessageAccumulator, ids: CallIds) {
    this.#accumulator = accumulator;
    this.calls = new TurnCalls(ids);
  }

  get usage(): RunningUsage | undefined {
    return this.#usage;
  }

  /** The message so far. */
  get message(): Message | undefined {
    return this.#accumulator.message;
  }

  /** The message so far, for an error; undefined once the message is complete. */
  get partial(): Message | undefined {
    return this.#accumulator.isComplete ? undefined : this.#accumulator.partial;
  }

  get messages(): readonly MessageParam[] {
    return this.message === undefined ? [] : turnMessages(this.message, this.sentCalls);
  }

  /** The calls of the message that are part of the conversation so far. */
  get sentCalls(): SentCalls {
    const sent = this.calls.states.map(
      ({ call, result }) => [this.#accumulator.position(call.index), { id: call.id, result }] as const,
    );
    return new Map(sent);
  }

  addEvent(event: AnyEvent): void {
    this.#usage = accumulateUsage(this.#usage, event);
  }

  /** Adds the call in a block; undefined if the block is not a call of a tool that is run here. */
  addCall(index: number): RunCall | undefined {
    const block = this.#accumulator.block(index);
    return block?.type === 'tool_use' ? this.calls.add(index, block) : undefined;
  }
}

/** A turn whose message was written in an earlier run, which ended before all of its calls had a result. */
export class ResumedTurn implements Turn {
  readonly calls: TurnCalls;
  readonly #unanswered: UnansweredTurn;

  constructor(unanswered: UnansweredTurn, ids: CallIds) {
    this.#unanswered = unanswered;
    this.calls = new TurnCalls(ids);
    for (const [index, { block, result }] of unanswered.calls) {
      const { id: tool_use_id } = this.calls.add(index, block);
      const { toolset_name } = block; // the API refuses a result that does not repeat it
      if (result !== undefined) {
        this.calls.end(index, { ...result, tool_use_id, ...(toolset_name != null && { toolset_name }) });
      }
    }
  }

  get messages(): readonly MessageParam[] {
    const calls = this.calls.states.map(({ call, result }) => [call.index, { id: call.id, result }] as const);
    return deepFrozenCopy(answerTurn(this.#unanswered, new Map(calls)));
  }
}
