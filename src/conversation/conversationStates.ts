import { TotalUsage } from '../accumulate/totalUsage.js';
import type { RunningUsage } from '../accumulate/usage.js';
import type { AnyEvent } from '../api/events.js';
import type { Message } from '../api/message.js';
import type { MessageParam } from '../api/params.js';
import type { AnthropicError } from '../errors/classes.js';
import type { Ending } from '../operators/internal/state/stateError.js';
import { deepFreeze, deepFrozenCopy } from '../utils/freeze.js';
import { readPath } from '../utils/inspect.js';
import { Answer } from './answer.js';
import type { Continuation } from './continuation.js';
import type {
  AssistantTurn,
  ConversationState,
  ConversationTurn,
  Situation,
  UserContent,
} from './conversationState.js';
import { restoredEntries, userTurn } from './restoredEntries.js';
import type { Decision, PausedRun } from './runPause.js';
import { ShownLists } from './shownLists.js';
import { isQuestion, messagesOf, type Entry } from './transcript.js';

/**
 * The states of a conversation: what a user does, and the events of the answers, become one state after the other. Does
 * not ask anything itself.
 */
export class ConversationStates {
  #turnCount = 0;
  /** Everything before the last answer. */
  #entries: readonly Entry[];
  /** The turns of `#entries`. */
  #turns: readonly ConversationTurn[];
  /** The last answer; undefined if the last question has not been asked, or there is none. */
  #answer: Answer | undefined;
  #usage = new TotalUsage();
  #shownUsage: RunningUsage | undefined;
  /** What the answer in progress continues. */
  #continuation: Continuation | undefined;
  #stopError: AnthropicError | undefined;
  readonly #lists = new ShownLists();
  #state: ConversationState;

  constructor(history: readonly MessageParam[]) {
    this.#entries = restoredEntries(history, this.#nextId);
    this.#turns = turnsOf(this.#entries);
    this.#state = Object.freeze(this.#createState());
  }

  /** The state: a new object exactly when something has changed. */
  get state(): ConversationState {
    return this.#state;
  }

  /** Whether something is left to abort. */
  get isUnfinished(): boolean {
    return this.#answer?.isUnfinished === true;
  }

  /** The conversation so far, in a form that the API accepts. */
  get messages(): readonly MessageParam[] {
    return messagesOf([...this.#entries, ...(this.#answer?.entries ?? [])]);
  }

  /**
   * What is sent to ask the last question again, or to continue the answer to it: everything before the last message.
   *
   * @param partial - The last message, if it is continued.
   */
  messagesToAsk(partial?: Message): readonly MessageParam[] {
    return messagesOf([...this.#entries, ...(this.#answer?.finishedEntries ?? [])], partial);
  }

  /** The message that `continue` continues; undefined if there is none. */
  get continuable(): Message | undefined {
    return this.#answer?.continuable;
  }

  /** Whether the run has paused, and there is a decision about each call that it waits for. */
  get isDecided(): boolean {
    return this.#answer?.decided !== undefined;
  }

  /** The id of the last container of the API's code execution; undefined if there is none. */
  get container(): string | undefined {
    const ids = this.#state.turns.map((turn) => (turn.role === 'assistant' ? turn.message.container?.id : undefined));
    return ids.filter((id) => id !== undefined).at(-1);
  }

  /** Whether the request that was to resume a run has failed before anything of it arrived. */
  get isUnresumed(): boolean {
    return this.#state.status === 'error' && this.#answer?.unresumed !== undefined;
  }

  /** Adds a question, which is asked. */
  send(content: UserContent): void {
    this.#keepAnswer();
    this.#add(this.#nextId(), content);
    this.#begin();
  }

  /** Whether the turn with this index is a question. */
  isQuestion(index: number): boolean {
    return this.#state.turns[index]?.role === 'user';
  }

  /** Replaces a question and everything after it. The new question is asked. */
  edit(index: number, content: UserContent): void {
    this.#keepAnswer();
    const replaced = this.#turns[index];
    const at = this.#entries.findIndex(({ turn }) => turn !== undefined && turn === replaced);
    if (replaced === undefined) return;
    this.#setEntries(this.#entries.slice(0, at));
    this.#add(replaced.id, content);
    this.#begin();
  }

  /** Drops the answer to the last question, which is asked again. Returns whether there is a question. */
  retry(): boolean {
    const last = this.#entries.map(isQuestion).lastIndexOf(true);
    if (last === -1) return false;
    this.#setEntries(this.#entries.slice(0, last + 1));
    this.#begin();
    return true;
  }

  /** Continues the last message. It is shown as it is until the first event that is not repeated. */
  continue(continuation: Continuation): void {
    this.#answer = new Answer(this.#nextId, this.#answer);
    this.#continuation = continuation;
    this.#stopError = undefined;
  }

  /** Continues the run that has paused, or that could not be resumed. Returns what it continues with. */
  resume(): PausedRun | undefined {
    const run = this.#answer?.resume();
    this.#stopError = undefined;
    this.#update();
    return run;
  }

  /**
   * Adds the next event of the answer.
   *
   * @throws {InvalidEventError} If it is out of order.
   */
  accept(event: AnyEvent): void {
    if (this.#answer === undefined) return;
    const isRepeated = this.#continuation?.isRepeated(event) === true;
    this.#answer.accept(event);
    if (this.#usage.add(event)) this.#shownUsage = deepFreeze(this.#usage.usage);
    if (!isRepeated) this.#update();
  }

  /** Notes that the request has completed. */
  complete(): void {
    this.#answer?.complete();
    this.#update();
  }

  /** Ends the answer early. */
  end(ending: Ending): void {
    this.#answer?.end(ending);
    this.#update();
  }

  /** Carries out a decision about a call that waits for one. Returns whether there is such a call. */
  decide(id: string, decision: Decision): boolean {
    const isDecided = this.#answer?.decide(id, decision) === true;
    if (isDecided) this.#update();
    return isDecided;
  }

  /** Notes that the service could not be told to stop. */
  failStop(error: AnthropicError): void {
    if (this.#state.status !== 'aborted') return;
    this.#stopError = error;
    this.#update();
  }

  /** Forgets everything. */
  reset(): void {
    this.#answer = undefined;
    this.#continuation = undefined;
    this.#usage = new TotalUsage();
    this.#shownUsage = undefined;
    this.#stopError = undefined;
    this.#setEntries([]);
    this.#update();
  }

  readonly #nextId = (): string => {
    this.#turnCount += 1;
    return `turn-${this.#turnCount}`;
  };

  /** Makes the last answer a part of the conversation before the next one. */
  #keepAnswer(): void {
    if (this.#answer === undefined) return;
    this.#answer.abandon();
    this.#setEntries([...this.#entries, ...this.#answer.entries]);
    this.#answer = undefined;
  }

  #add(id: string, content: UserContent): void {
    const turn = userTurn(id, deepFrozenCopy(content));
    const messages = [Object.freeze({ role: 'user' as const, content: turn.content })];
    this.#setEntries([...this.#entries, { kind: 'given', turn, messages }]);
  }

  #setEntries(entries: readonly Entry[]): void {
    this.#entries = entries;
    this.#turns = turnsOf(entries);
  }

  /** Begins the answer to the last question. */
  #begin(): void {
    this.#answer = new Answer(this.#nextId);
    this.#continuation = undefined;
    this.#usage.endMessage();
    this.#stopError = undefined;
    this.#update();
  }

  #update(): void {
    const next = this.#createState();
    if (FIELDS.some((field) => next[field] !== this.#state[field])) this.#state = Object.freeze(next);
  }

  get #situation(): Situation {
    const situation = this.#answer?.situation ?? IDLE;
    return situation.status === 'aborted' && this.#stopError !== undefined
      ? { ...situation, error: this.#stopError }
      : situation;
  }

  #createState(): ConversationState {
    const answer = this.#answer;
    const situation = this.#situation;
    this.#lists.update(this.#turns, answer?.finishedTurns ?? NO_TURNS, answer?.lastTurn);
    const { turns, tools } = this.#lists;
    return {
      ...situation,
      turns,
      current: answer?.current,
      tools,
      usage: this.#shownUsage,
      attempt: answer?.attempt ?? 1,
      canRetry: answer === undefined ? this.#turns.at(-1)?.role === 'user' : canRetry(situation),
      canContinue: answer?.continuable !== undefined,
    };
  }
}

function turnsOf(entries: readonly Entry[]): readonly ConversationTurn[] {
  return entries.flatMap(({ turn }) => (turn === undefined ? [] : [turn]));
}

const IDLE: Situation = { status: 'idle', error: undefined, delayMs: undefined };
const NO_TURNS: readonly AssistantTurn[] = [];

/** The fields in which states can differ. */
const FIELDS = [
  'turns',
  'status',
  'current',
  'tools',
  'usage',
  'error',
  'delayMs',
  'attempt',
  'canRetry',
  'canContinue',
] as const satisfies readonly (keyof ConversationState)[];

/** Whether it makes sense to ask again. */
function canRetry({ status, error }: Situation): boolean {
  if (status === 'aborted') return true;
  return status === 'error' && (error.retryable || !isRefused(readPath(error, 'status')));
}

/** Whether a status says that the same request would be refused again. Another status may change with time. */
function isRefused(status: unknown): boolean {
  return typeof status === 'number' && status >= 400 && status < 500;
}
