import { isEvent, type AnyEvent } from '../api/events.js';
import { RUN_EVENTS } from '../api/runEvents.js';
import { canContinue } from '../history/canContinue.js';
import { MessageStates } from '../operators/internal/state/messageStates.js';
import type { Ending } from '../operators/internal/state/stateError.js';
import type { MessageState } from '../operators/messageState.js';
import type { AssistantTurn, Situation } from './conversationState.js';
import { MessageCalls } from './messageCalls.js';
import { RunPause, type Decision, type PausedRun } from './runPause.js';
import type { MessageEntry } from './transcript.js';

/** Events that say how a request is made, and do not show that the service has received it. */
const ANNOUNCEMENTS: ReadonlySet<string> = new Set(['message_restart', 'message_reconnect']);

/** A message of the answer. */
interface AnswerMessage {
  /** The id of its turn. */
  readonly id: string;
  readonly calls: MessageCalls;
  /** The message as it was last shown; undefined before that. */
  readonly turn: AssistantTurn | undefined;
}

/** A message that no event changes any more. */
interface FinishedMessage extends AnswerMessage {
  readonly turn: AssistantTurn;
  readonly entry: MessageEntry;
}

/**
 * Follows one answer, event by event: one message, or the messages of a tool run. An answer ends with `complete` or
 * `end`, unless its run has paused: `resume` then continues it.
 */
export class Answer {
  readonly #nextId: () => string;
  readonly #states = new MessageStates();
  #state: MessageState;
  #finished: readonly FinishedMessage[];
  #finishedTurns: readonly AssistantTurn[];
  /** The last message; undefined before it has started, and once it was withdrawn. */
  #message: AnswerMessage | undefined;
  /** The id of a message that was withdrawn, for the one that replaces it. */
  #freeId: string | undefined;
  #hasEnded = false;
  /** Whether tools of the last message run although the state still shows the retry before that. */
  #hasToolsAfterRetry = false;
  /** The state before the answer ended early. */
  #stateBeforeEnd: MessageState | undefined;
  /** Since the run has been started or resumed. */
  #pause = new RunPause();
  /** What the last request has resumed; undefined once it has been answered. */
  #resumed: PausedRun | undefined;

  /**
   * @param nextId - Returns the id of the next turn.
   * @param continued - The answer whose last message this one continues.
   */
  constructor(nextId: () => string, continued?: Answer) {
    this.#nextId = nextId;
    this.#state = this.#states.connect();
    this.#finished = continued === undefined ? [] : continued.#finished;
    this.#finishedTurns = continued === undefined ? [] : continued.#finishedTurns;
    this.#freeId = continued === undefined ? undefined : continued.lastTurn?.id;
  }

  /** Whether the answer is in progress and something is left to abort. */
  get isUnfinished(): boolean {
    return !this.#hasEnded && (this.#state.status !== 'done' || this.#pause.hasPaused);
  }

  get situation(): Situation {
    const state = this.#state;
    if (this.#hasEnded)
      return state.status === 'idle' || state.status === 'tool' ? healthy('done') : situationOf(state);
    const isRetrying = state.status === 'retrying' && !this.#hasToolsAfterRetry;
    if (isRetrying || state.status === 'reconnecting') return situationOf(state);
    const isStill = this.#states.isComplete || this.#message === undefined;
    if (this.#pause.decided !== undefined) return healthy('tool'); // it is about to be resumed
    if (this.#pause.hasPaused || (isStill && this.#message?.calls.isWaiting === true)) return healthy('approval');
    return state.status === 'retrying' ? healthy('tool') : situationOf(state);
  }

  get attempt(): number {
    return this.#state.attempt;
  }

  /** The last message, if it has started and the answer is not complete. */
  get current(): AssistantTurn | undefined {
    return this.isUnfinished ? this.#message?.turn : undefined;
  }

  /** The message that can be continued; undefined if there is none. */
  get continuable(): AssistantTurn['message'] | undefined {
    const turn = this.#message?.turn;
    if (!this.#hasEnded || turn === undefined || turn.isComplete) return undefined;
    return canContinue(turn.message) ? turn.message : undefined;
  }

  /** The turns before the last one: the same array until another message starts. */
  get finishedTurns(): readonly AssistantTurn[] {
    return this.#finishedTurns;
  }

  /** The last turn; undefined before it has started, and if it was withdrawn. */
  get lastTurn(): AssistantTurn | undefined {
    return this.#message?.turn;
  }

  /** What the answer is in the conversation, if it ends here. */
  get entries(): readonly MessageEntry[] {
    const { turn, calls } = this.#message ?? {};
    if (turn === undefined || calls === undefined) return this.finishedEntries;
    return [...this.finishedEntries, { kind: 'message', turn, calls: calls.sentCalls(this.#states) }];
  }

  /** The messages before the last one, as they are in the conversation. */
  get finishedEntries(): readonly MessageEntry[] {
    return this.#finished.map(({ entry }) => entry);
  }

  /**
   * Adds the next event.
   *
   * @throws {InvalidEventError} If it is out of order.
   */
  accept(event: AnyEvent): void {
    const startsMessage = isEvent(event, 'message_start') && (this.#states.isComplete || !this.#states.hasMessage);
    if (!ANNOUNCEMENTS.has(event.type)) this.#resumed = undefined;
    this.#hasToolsAfterRetry =
      !startsMessage && !isEvent(event, 'message_restart') && (this.#hasToolsAfterRetry || RUN_EVENTS.has(event.type));
    if (startsMessage) this.#finishMessage();
    else if (isEvent(event, 'message_restart')) this.#withdrawMessage();
    this.#state = this.#states.accept(event) ?? this.#state;
    if (startsMessage) {
      this.#message = { id: this.#freeId ?? this.#nextId(), calls: new MessageCalls(), turn: undefined };
      this.#freeId = undefined;
    }
    if (!isEvent(event, 'message_restart')) this.#message?.calls.accept(event, this.#states);
    if (event.type === 'run_paused') {
      this.#pause.start(event);
      this.#message?.calls.pause(new Set(this.#pause.undecided));
    } else if (event.type === 'run_end') this.#pause.end();
    this.#updateTurn();
  }

  /** Notes that the request has completed. Ends the answer, unless its run has paused. */
  complete(): void {
    if (this.#hasEnded || this.#pause.hasPaused) return;
    this.#state = this.#states.complete().at(-1) ?? this.#state;
    this.#end();
  }

  /** Ends the answer early. If its run could not be resumed, its calls keep waiting for that. */
  end(ending: Ending): void {
    if (this.#hasEnded) return;
    this.#stateBeforeEnd = this.#state;
    if (this.isUnfinished) this.#state = this.#states.end(ending).at(-1) ?? this.#state;
    if (this.unresumed === undefined || ending.status === 'aborted') this.#end();
    else this.#hasEnded = true;
  }

  /** Ends the calls of an answer whose run is not resumed again. */
  abandon(): void {
    if (this.#hasEnded) this.#end();
  }

  /** Carries out a decision about a call that waits for one. Returns whether there is such a call. */
  decide(id: string, decision: Decision): boolean {
    if (this.#hasEnded) return false;
    const call = this.#message?.calls.waiting(id);
    if (call === undefined && !this.#pause.undecided.includes(id)) return false;
    this.#pause.decide(id, decision);
    if (call !== undefined) this.#message?.calls.decide(call, decision.isApproved);
    this.#updateTurn();
    return true;
  }

  /** What the run continues with, once it has paused and there is a decision about each call that waits. */
  get decided(): PausedRun | undefined {
    return this.#pause.decided;
  }

  /** Continues the run that has paused, or that could not be resumed. Returns what it continues with. */
  resume(): PausedRun | undefined {
    const run = this.#resumed ?? this.decided;
    this.#resumed = run;
    this.#state = (this.#hasEnded ? this.#stateBeforeEnd : undefined) ?? this.#state;
    this.#hasEnded = false;
    this.#hasToolsAfterRetry = true;
    this.#pause = new RunPause();
    return run;
  }

  /** The run that the last request was to resume, if it has failed before anything of it arrived. */
  get unresumed(): PausedRun | undefined {
    return this.#resumed;
  }

  /** Drops the last message, unless it is complete: then the next message has failed, or its tools still run. */
  #withdrawMessage(): void {
    if (this.#message?.turn?.isComplete !== false) return;
    this.#freeId = this.#message.id;
    this.#message = undefined;
  }

  /** Keeps the last message as it is, because the next one starts. */
  #finishMessage(): void {
    const message = this.#message;
    if (message?.turn === undefined) return;
    this.#message = undefined;
    message.calls.finish();
    const tools = message.calls.shown;
    const turn = tools === message.turn.tools ? message.turn : Object.freeze({ ...message.turn, tools });
    const calls = message.calls.sentCalls(this.#states);
    const entry = { kind: 'message', turn, calls } as const;
    this.#finished = [...this.#finished, { ...message, turn, entry }];
    this.#finishedTurns = Object.freeze([...this.#finishedTurns, turn]);
  }

  #end(): void {
    this.#hasEnded = true;
    this.#pause.end();
    this.#message?.calls.end();
    this.#updateTurn();
  }

  #updateTurn(): void {
    if (this.#message === undefined) return;
    const { id, calls, turn } = this.#message;
    // A restart withdraws nothing of a complete message, but the states have begun the next one.
    const isKept = turn?.isComplete === true && this.#state.message === undefined;
    const { message, text } = isKept ? turn : this.#state;
    if (message === undefined) return;
    const isComplete = isKept || this.#states.isComplete;
    const tools = calls.shown;
    if (turn?.message === message && turn.text === text && turn.isComplete === isComplete && turn.tools === tools) {
      return;
    }
    const changed: AssistantTurn = { role: 'assistant', id, message, text, isComplete, tools };
    this.#message = { id, calls, turn: Object.freeze(changed) };
  }
}

function healthy(status: Extract<Situation, { error: undefined }>['status']): Situation {
  return { status, error: undefined, delayMs: undefined };
}

function situationOf(state: MessageState): Situation {
  switch (state.status) {
    case 'retrying':
    case 'reconnecting':
      return { status: state.status, error: state.error, delayMs: state.delayMs };
    case 'error':
      return { status: 'error', error: state.error, delayMs: undefined };
    case 'aborted':
      return { status: 'aborted', error: state.error, delayMs: undefined };
    default:
      return healthy(state.status);
  }
}
