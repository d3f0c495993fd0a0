import type { MessageAccumulator } from '../accumulate/messageAccumulator.js';
import { addUsage } from '../accumulate/addUsage.js';
import type { RunningUsage } from '../accumulate/usage.js';
import type { Message } from '../api/message.js';
import { isPausing } from '../api/stopReasons.js';
import type { MessageCreateParams, MessageParam } from '../api/params.js';
import { needsNextTurn, nextParams } from '../history/nextParams.js';
import { callIdsOf, findUnansweredTurn } from '../history/unansweredTurn.js';
import { deepFrozenCopy } from '../utils/freeze.js';
import { CallIds } from './callIds.js';
import type { RunEndEvent, ToolResultEvent } from './toolEvents.js';
import { interruptedResult } from './toolResult.js';
import { ResumedTurn, StreamedTurn, type Turn } from './turn.js';
import type { RunCall } from './turnCalls.js';

/**
 * The state of one run: the conversation, its usage, and the current turn. The conversation is frozen at any depth,
 * because callbacks and consumers receive it.
 */
export class ToolRun {
  readonly #maxTurns: number;
  readonly #ids = new CallIds();
  /** The parameters of the next request, without the current turn. */
  #params: MessageCreateParams;
  #usage: RunningUsage = { input_tokens: 0, output_tokens: 0 };
  #turns = 0;
  /** Undefined until the run ends. */
  #reason: RunEndEvent['reason'] | undefined;
  /** Undefined between two turns. */
  #turn: Turn | undefined;
  /** Whether the API resumes the last message when it is sent back. */
  #isPaused = false;
  /** Messages to add once the API has resumed the message that it paused. */
  #postponed: readonly MessageParam[] = [];

  /**
   * @param params - The parameters of the first request. Its messages may end in calls without a result.
   * @param maxTurns - The maximum number of messages in the run.
   */
  constructor(params: MessageCreateParams, maxTurns: number) {
    const unanswered = findUnansweredTurn(params.messages);
    this.#params = { ...params, messages: deepFrozenCopy(unanswered?.before ?? params.messages) };
    this.#maxTurns = maxTurns;
    for (const id of callIdsOf(this.#params.messages)) this.#ids.take(id);
    if (unanswered !== undefined) this.#turn = new ResumedTurn(unanswered, this.#ids);
  }

  /** The parameters of the next request. Once the run has ended, their `messages` are the complete conversation. */
  get params(): MessageCreateParams {
    return this.#params;
  }

  get hasEnded(): boolean {
    return this.#reason !== undefined;
  }

  /** The number of the next turn, counted from 1. */
  get nextTurn(): number {
    return this.#turns + 1;
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

  /** Notes that the tool of a call of the current turn has been started. */
  startCall(call: RunCall): void {
    this.#turn?.calls.start(call);
  }

  /** Whether an earlier call of the same toolset has failed in the current turn. */
  hasFailedBefore(call: RunCall): boolean {
    return this.#turn?.calls.hasFailedBefore(call) === true;
  }

  /** Receives the result of a call of the current turn. */
  addResult({ index, result }: ToolResultEvent): void {
    this.#turn?.calls.end(index, result);
  }

  /** Adds the turn to the conversation, and decides whether another one follows. */
  endTurn(): void {
    const turn = this.#turn;
    if (turn instanceof StreamedTurn) this.#endStreamedTurn(turn);
    else this.#params = { ...this.#params, messages: this.messages };
    this.#turn = undefined;
  }

  /** Adds messages to the conversation after the turn that has ended. */
  append(messages: readonly MessageParam[]): void {
    const added = [...this.#postponed, ...deepFrozenCopy(messages)];
    this.#postponed = this.#isPaused && !this.hasEnded ? added : [];
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
    if (turn instanceof StreamedTurn) this.#usage = addUsage(this.#usage, turn.usage);
    this.#turn = undefined;
    return states.length > 0;
  }

  /** Returns the last event of the run. */
  endEvent(): RunEndEvent {
    return { type: 'run_end', reason: this.#reason ?? null, ...this.progress };
  }

  #endStreamedTurn({ message, sentCalls, usage }: StreamedTurn): void {
    if (message === undefined) {
      this.#reason = null;
      return;
    }
    this.#params = nextParams(this.#params, message, sentCalls);
    this.#usage = addUsage(this.#usage, usage);
    this.#turns += 1;
    this.#isPaused = isPausing(message.stop_reason);
    if (!needsNextTurn(message))
      this.#reason = message.stop_reason ?? null; // a gateway may omit it
    else if (this.#turns >= this.#maxTurns) this.#reason = 'max_turns';
    this.append([]);
  }
}
