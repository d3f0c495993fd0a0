import type { ToolUseBlock } from '../api/message.js';
import type { ToolResultParam } from '../api/params.js';
import type { CallIds } from './callIds.js';

/** A call of the current turn. */
export interface RunCall {
  /** The index of its block in the message. */
  readonly index: number;
  /** The id of the call in the conversation. It differs from that of the block if another call has that id. */
  readonly id: string;
  /** The call, as the model made it. */
  readonly block: ToolUseBlock;
}

/** A call, and what has become of it so far. */
export interface CallState {
  readonly call: RunCall;
  /** Whether its tool has been started. */
  readonly hasStarted: boolean;
  /** Undefined until the call has ended. */
  readonly result: ToolResultParam | undefined;
}

/** The calls of one turn, by the index of their blocks. */
export class TurnCalls {
  readonly #ids: CallIds;
  readonly #states = new Map<number, CallState>();

  constructor(ids: CallIds) {
    this.#ids = ids;
  }

  get states(): readonly CallState[] {
    return [...this.#states.values()];
  }

  add(index: number, block: ToolUseBlock): RunCall {
    const call = { index, id: this.#ids.take(block.id), block };
    this.#states.set(index, { call, hasStarted: false, result: undefined });
    return call;
  }

  start({ index }: RunCall): void {
    this.#update(index, { hasStarted: true });
  }

  end(index: number, result: ToolResultParam): void {
    this.#update(index, { result });
  }

  /** Whether an earlier call of the same toolset has failed. */
  hasFailedBefore({ index, block }: RunCall): boolean {
    return this.states.some(
      ({ call, result }) =>
        call.index < index && call.block.toolset_name === block.toolset_name && result?.is_error === true,
    );
  }

  /** Withdraws all calls: none of them is part of the conversation. */
  withdraw(): void {
    for (const { call } of this.states) this.#ids.release(call.id);
    this.#states.clear();
  }

  /** A call that was withdrawn is ignored. */
  #update(index: number, changes: Partial<CallState>): void {
    const state = this.#states.get(index);
    if (state !== undefined) this.#states.set(index, { ...state, ...changes });
  }
}
