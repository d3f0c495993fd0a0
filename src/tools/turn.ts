import type { MessageAccumulator } from '../accumulate/messageAccumulator.js';
import { accumulateUsage, type RunningUsage } from '../accumulate/usage.js';
import type { AnyEvent } from '../api/events.js';
import type { Message, StopReason } from '../api/message.js';
import type { MessageParam } from '../api/params.js';
import { needsNextTurn, turnMessages, type SentCalls } from '../history/nextParams.js';
import { deepFrozenCopy } from '../utils/freeze.js';
import { answerTurn, type UnansweredTurn } from '../history/unansweredTurn.js';
import type { CallIds } from './callIds.js';
import type { RunState } from './runState.js';
import { TurnCalls, type RunCall } from './turnCalls.js';

/** A turn in progress. */
export interface Turn {
  readonly calls: TurnCalls;
  /** What the turn adds to the conversation so far. */
  readonly messages: readonly MessageParam[];
  /** How many messages the model has written in the turn that are not counted yet: 0 or 1. */
  readonly newMessages: number;
  /** The usage that is not counted yet. */
  readonly usage: RunningUsage | undefined;
  /** The id of the container of the API's code execution, if the message has one. */
  readonly containerId: string | undefined;
  /** Why the message stopped, if the run ends with the turn; undefined if it continues, or if that is not known yet. */
  readonly endReason: StopReason | null | undefined;
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

  get newMessages(): number {
    return this.message === undefined ? 0 : 1;
  }

  get containerId(): string | undefined {
    return this.message?.container?.id;
  }

  get endReason(): StopReason | null | undefined {
    const { message } = this;
    if (message === undefined || !this.#accumulator.isComplete || needsNextTurn(message)) return undefined;
    return message.stop_reason ?? null; // a gateway may omit it
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
  readonly newMessages = 0;
  readonly usage = undefined;
  readonly containerId = undefined;
  readonly endReason: StopReason | null | undefined;
  readonly #unanswered: UnansweredTurn;

  /**
   * @param endReason - Why the message stopped, if the run ends with the turn.
   * @param saved - What has become of the calls without a result, if it is known.
   */
  constructor(
    unanswered: UnansweredTurn,
    ids: CallIds,
    endReason?: StopReason | null,
    saved?: Pick<RunState, 'pending' | 'started'>,
  ) {
    this.#unanswered = unanswered;
    this.endReason = endReason;
    this.calls = new TurnCalls(ids);
    const pending = new Set(saved?.pending.map(({ id }) => id));
    const started = new Map(saved?.started.map(({ id, input }) => [id, { input }]));
    for (const [index, { block, result }] of unanswered.calls) {
      const call = this.calls.add(index, block);
      const { id: tool_use_id } = call;
      if (pending.has(block.id)) this.calls.pause(call);
      const begun = started.get(block.id);
      if (begun !== undefined) {
        this.calls.begin(call, deepFrozenCopy(begun.input));
        this.calls.start(call);
      }
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
