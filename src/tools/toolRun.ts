import type { MessageAccumulator } from '../accumulate/messageAccumulator.js';
import { addUsage } from '../accumulate/addUsage.js';
import type { RunningUsage } from '../accumulate/usage.js';
import type { Message } from '../api/message.js';
import { isPausing } from '../api/stopReasons.js';
import type { MessageCreateParams, MessageParam } from '../api/params.js';
import { containerIdOf } from '../history/nextContainer.js';
import { nextParams } from '../history/nextParams.js';
import { callIdsOf, findUnansweredTurn } from '../history/unansweredTurn.js';
import { deepFrozenCopy } from '../utils/freeze.js';
import { randomId } from '../utils/randomId.js';
import { CallIds } from './callIds.js';
import { STATE_VERSION, type RunState, type SavedCall } from './runState.js';
import type { RunEndEvent, RunPausedEvent, ToolResultEvent } from './toolEvents.js';
import { interruptedResult } from './toolResult.js';
import { ResumedTurn, StreamedTurn, type Turn } from './turn.js';
import { savedCall, type RunCall, type TurnCalls } from './turnCalls.js';

/**
 * The state of one run: the conversation, its usage, and the current turn. The conversation is frozen at any depth,
 * because callbacks and consumers receive it.
 */
export class ToolRun {
  readonly #maxTurns: number;
  readonly #id: string;
  readonly #ids = new CallIds();
  #revision: number;
  /** The parameters of the next request, without the current turn. */
  #params: MessageCreateParams;
  #usage: RunningUsage;
  #turns: number;
  /** The calls of earlier turns that were withdrawn although their tools had been started. */
  #withdrawn: readonly SavedCall[];
  /** Undefined until the run ends. */
  #reason: RunEndEvent['reason'] | undefined;
  /** Whether the run has paused, because calls of the current turn are held. */
  #hasPaused = false;
  /** Undefined between two turns. */
  #turn: Turn | undefined;
  /** Whether the API resumes the last message when it is sent back. */
  #isApiPaused = false;
  /** Messages to add once the API has resumed the message that it paused. */
  #postponed: readonly MessageParam[];

  /**
   * @param params - The parameters of the first request. Its messages may end in calls without a result.
   * @param maxTurns - The maximum number of messages in the run.
   * @param saved - The state of the run, if it is resumed. The messages are those of `params`.
   */
  constructor(params: MessageCreateParams, maxTurns: number, saved?: RunState) {
    const unanswered = findUnansweredTurn(params.messages);
    this.#params = { ...params, messages: deepFrozenCopy(unanswered?.before ?? params.messages) };
    this.#maxTurns = maxTurns;
    this.#id = saved?.runId ?? randomId();
    this.#revision = saved?.revision ?? 0;
    this.#usage = deepFrozenCopy(saved?.usage ?? { input_tokens: 0, output_tokens: 0 });
    this.#turns = saved?.turns ?? 0;
    this.#withdrawn = deepFrozenCopy(saved?.withdrawn ?? []);
    this.#postponed = deepFrozenCopy(saved?.postponed ?? []);
    for (const id of callIdsOf(this.#params.messages)) this.#ids.take(id);
    // The number of turns may be limited otherwise than before.
    const reason = saved?.reason === 'max_turns' ? undefined : saved?.reason;
    if (unanswered !== undefined) this.#turn = new ResumedTurn(unanswered, this.#ids, reason, saved);
    else this.#reason = reason ?? this.#reasonToStop(reason);
  }

  /** The parameters of the next request. Once the run has ended, their `messages` are the complete conversation. */
  get params(): MessageCreateParams {
    return this.#params;
  }

  /** Whether the run has ended or paused. */
  get hasEnded(): boolean {
    return this.#reason !== undefined || this.#hasPaused;
  }

  get hasPaused(): boolean {
    return this.#hasPaused;
  }

  /** The number of the next turn, counted from 1. */
  get nextTurn(): number {
    return this.#turns + 1;
  }

  /** The calls of the current turn; undefined between two turns. */
  get calls(): TurnCalls | undefined {
    return this.#turn?.calls;
  }

  /**
   * The calls without a result of a turn that an earlier run has left; undefined unless that turn is the current one.
   */
  get resumedCalls(): readonly RunCall[] | undefined {
    if (!(this.#turn instanceof ResumedTurn)) return undefined;
    return this.#turn.calls.states.filter(({ result }) => result === undefined).map(({ call }) => call);
  }

  /** The message that the model is writing; undefined if it is complete, or if there is none. */
  get partial(): Message | undefined {
    return this.#turn instanceof StreamedTurn ? this.#turn.partial : undefined;
  }

  /** The conversation, including the current turn so far, whose calls may still be without a result. */
  get messages(): readonly MessageParam[] {
    const { messages } = this.#params;
    return this.#turn === undefined ? messages : Object.freeze([...messages, ...this.#turn.messages]);
  }

  /** The conversation so far, and its usage. */
  get progress(): Pick<RunEndEvent, 'messages' | 'usage' | 'turns'> {
    return { messages: this.#params.messages, usage: this.#usage, turns: this.#turns };
  }

  /** The state from which the run can be resumed at this moment. */
  get state(): RunState {
    const turn = this.#turn;
    const open = (turn?.calls.states ?? []).filter(({ result }) => result === undefined);
    const container = turn?.containerId ?? containerIdOf(this.#params);
    const reason = turn === undefined ? this.#reason : turn.endReason;
    return Object.freeze({
      version: STATE_VERSION,
      runId: this.#id,
      revision: this.#revision,
      messages: this.messages,
      ...deepFrozenCopy({
        pending: open.filter(({ isPending }) => isPending).map(({ call }) => savedCall(call, call.block.input)),
        started: open.flatMap(({ call, begun }) => (begun === undefined ? [] : [savedCall(call, begun.input)])),
        withdrawn: this.#allWithdrawn,
        usage: addUsage(this.#usage, turn?.usage),
      }),
      turns: this.#turns + (turn?.newMessages ?? 0),
      ...(container !== undefined && { container }),
      ...(this.#postponed.length > 0 && { postponed: this.#postponed }),
      ...(reason !== undefined && { reason }),
    });
  }

  /** Returns the state to save next. */
  nextState(): RunState {
    this.#revision += 1;
    return this.state;
  }

  /**
   * Returns the idempotency key of a call. A call whose message was withdrawn may have had the same id, and it may have
   * taken effect: its key is another one.
   */
  keyOf({ id }: RunCall): string {
    const earlier = this.#allWithdrawn.filter((call) => call.id === id).length;
    return `${this.#id}${earlier === 0 ? '' : `.${earlier}`}:${id}`;
  }

  /**
   * Begins a turn, when its request is subscribed to.
   *
   * @param accumulator - Accumulates the events of the turn.
   */
  beginTurn(accumulator: MessageAccumulator): StreamedTurn {
    const turn = new StreamedTurn(accumulator, this.#ids);
    this.#turn = turn;
    return turn;
  }

  /** Receives the result of a call of the current turn. */
  addResult({ index, result }: ToolResultEvent): void {
    this.#turn?.calls.end(index, result);
  }

  /** Pauses the run if calls of the turn are held. Otherwise adds the turn to the conversation, and decides whether another one follows. */
  endTurn(): void {
    const turn = this.#turn;
    if (turn === undefined) return;
    if (!turn.calls.areAnswered) {
      this.#hasPaused = true;
      return;
    }
    this.#withdrawn = this.#allWithdrawn;
    this.#turn = undefined;
    if (turn instanceof StreamedTurn) {
      this.#endStreamedTurn(turn);
      return;
    }
    this.#params = { ...this.#params, messages: Object.freeze([...this.#params.messages, ...turn.messages]) };
    this.#reason = this.#reasonToStop(turn.endReason);
  }

  /** Adds messages to the conversation after the turn that has ended. */
  append(messages: readonly MessageParam[]): void {
    const added = [...this.#postponed, ...deepFrozenCopy(messages)];
    this.#postponed = this.#isApiPaused && !this.hasEnded ? added : [];
    if (this.#postponed.length > 0 || added.length === 0) return;
    this.#params = { ...this.#params, messages: Object.freeze([...this.#params.messages, ...added]) };
  }

  /**
   * Ends the current turn before its end, because the run has failed. If it has calls, it becomes part of the
   * conversation, and each call that has not ended gets a result that says so.
   *
   * @returns Whether the turn has become part of the conversation.
   */
  interrupt(): boolean {
    const turn = this.#turn;
    const states = turn?.calls.states ?? [];
    for (const state of states) {
      if (state.result === undefined) this.addResult(interruptedResult(state));
    }
    if (states.length > 0) this.#params = { ...this.#params, messages: this.messages };
    this.#usage = addUsage(this.#usage, turn?.usage);
    this.#turn = undefined;
    return states.length > 0;
  }

  /** Returns the last event of the run. */
  endEvent(): RunEndEvent | RunPausedEvent {
    if (this.#hasPaused) return { type: 'run_paused', state: this.state };
    return { type: 'run_end', reason: this.#reason ?? null, ...this.progress };
  }

  get #allWithdrawn(): readonly SavedCall[] {
    return [...this.#withdrawn, ...(this.#turn?.calls.withdrawn ?? [])];
  }

  #endStreamedTurn({ message, sentCalls, usage, endReason }: StreamedTurn): void {
    if (message === undefined) {
      this.#reason = null;
      return;
    }
    this.#params = nextParams(this.#params, message, sentCalls);
    this.#usage = addUsage(this.#usage, usage);
    this.#turns += 1;
    this.#isApiPaused = isPausing(message.stop_reason);
    this.#reason = this.#reasonToStop(endReason);
    this.append([]);
  }

  /** @param reason - Why the last message stopped, if the run does not continue after it. */
  #reasonToStop(reason: RunEndEvent['reason'] | undefined): RunEndEvent['reason'] | undefined {
    return reason === undefined && this.#turns >= this.#maxTurns ? 'max_turns' : reason;
  }
}
