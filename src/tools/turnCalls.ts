import type { ToolUseBlock } from '../api/message.js';
import type { ToolResultParam } from '../api/params.js';
import type { CallIds } from './callIds.js';
import type { SavedCall } from './runState.js';

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
  /** Whether it waits for a decision whether to run it. */
  readonly isPending: boolean;
  /** Whether it gets no result before the run is resumed. */
  readonly isHeld: boolean;
  /** The input that its tool is about to be started with, or has been started with; undefined before that. */
  readonly begun: { readonly input: unknown } | undefined;
  /** Whether its tool has been started. */
  readonly hasStarted: boolean;
  /** Undefined until the call has ended. */
  readonly result: ToolResultParam | undefined;
}

const NEW = { isPending: false, isHeld: false, begun: undefined, hasStarted: false, result: undefined } as const;

/** The calls of one turn, by the index of their blocks. */
export class TurnCalls {
  readonly #ids: CallIds;
  readonly #states = new Map<number, CallState>();
  readonly #withdrawn: SavedCall[] = [];

  constructor(ids: CallIds) {
    this.#ids = ids;
  }

  get states(): readonly CallState[] {
    return [...this.#states.values()];
  }

  /** The calls that were withdrawn although their tools had been started. */
  get withdrawn(): readonly SavedCall[] {
    return this.#withdrawn;
  }

  /** Whether each call has a result. */
  get areAnswered(): boolean {
    return this.states.every(({ result }) => result !== undefined);
  }

  add(index: number, block: ToolUseBlock): RunCall {
    const call = { index, id: this.#ids.take(block.id), block };
    this.#states.set(index, { call, ...NEW });
    return call;
  }

  /** Returns what has become of a call so far; undefined if it was withdrawn. */
  stateOf({ index }: RunCall): CallState | undefined {
    return this.#states.get(index);
  }

  /** Notes that a call waits for a decision. */
  pause({ index }: RunCall): void {
    this.#update(index, { isPending: true });
  }

  /** Notes that a call gets no result before the run is resumed. */
  hold({ index }: RunCall): void {
    this.#update(index, { isHeld: true });
  }

  /** Notes that the tool of a call is about to be started with this input, before its schema has transformed it. */
  begin({ index }: RunCall, input: unknown): void {
    this.#update(index, { isPending: false, begun: { input } });
  }

  start({ index }: RunCall): void {
    this.#update(index, { hasStarted: true });
  }

  end(index: number, result: ToolResultParam): void {
    this.#update(index, { result });
  }

  /** Whether an earlier call of the same toolset has failed. */
  hasFailedBefore(later: RunCall): boolean {
    return this.#sameToolset(later).some(({ call, result }) => call.index < later.index && result?.is_error === true);
  }

  /** Whether a call of the same toolset is held. */
  isToolsetHeld(call: RunCall): boolean {
    return this.#sameToolset(call).some(({ isHeld }) => isHeld);
  }

  /** Withdraws all calls: none of them is part of the conversation. */
  withdraw(): void {
    for (const { call, begun } of this.states) {
      this.#ids.release(call.id);
      if (begun !== undefined) this.#withdrawn.push(savedCall(call, begun.input));
    }
    this.#states.clear();
  }

  #sameToolset({ block }: RunCall): readonly CallState[] {
    return this.states.filter(({ call }) => call.block.toolset_name === block.toolset_name);
  }

  /** A call that was withdrawn is ignored. */
  #update(index: number, changes: Partial<CallState>): void {
    const state = this.#states.get(index);
    if (state !== undefined) this.#states.set(index, { ...state, ...changes });
  }
}

/** Returns a call as the state of a run has it. */
export function savedCall({ id, block: { name, toolset_name: toolset } }: RunCall, input: unknown): SavedCall {
  return { id, name, input, ...(toolset != null && { toolset_name: toolset }) };
}
