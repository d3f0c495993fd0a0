import {
  catchError,
  concat,
  defer,
  EMPTY,
  ignoreElements,
  mergeMap,
  NEVER,
  of,
  ReplaySubject,
  Subject,
  switchMap,
  tap,
  type MonoTypeOperatorFunction,
  type Observable,
  type Subscription,
} from 'rxjs';
import type { AnyEvent, MessageStreamEvent } from '../api/events.js';
import type { Message } from '../api/message.js';
import type { KnownParams, MessageCreateParams, MessageParam, ToolParam } from '../api/params.js';
import { continuationParams } from '../history/continuationParams.js';
import { endingOf, toStateError, type Ending } from '../operators/internal/state/stateError.js';
import { transform } from '../rx/transform.js';
import { toObservable, type Awaitable } from '../rx/toObservable.js';
import type { Tool } from '../tools/defineTool.js';
import type { Toolset } from '../tools/defineToolset.js';
import type { RunDecisions } from '../tools/runDecisions.js';
import type { RunToolsOptions } from '../tools/runOptions.js';
import type { RunState } from '../tools/runState.js';
import type { RunToolsEvent } from '../tools/toolEvents.js';
import { expectAtLeast, expectFunction, expectFunctions } from '../utils/options.js';
import { readPath } from '../utils/inspect.js';
import { randomId } from '../utils/randomId.js';
import type { Decision } from './answer.js';
import { Approvals } from './approvals.js';
import { Continuation } from './continuation.js';
import type { ConversationState, ConversationTool, ToolsOf, UserContent } from './conversationState.js';
import { ConversationStates } from './conversationStates.js';
import { expectContent } from './userContent.js';

/** What is asked. */
export interface ConversationRequest {
  /** The conversation, which ends with what is asked. */
  readonly messages: readonly MessageParam[];
  /** The definitions of the option `tools`; empty without it. */
  readonly tools: readonly ToolParam[];
  /** Identifies the request: 32 random hexadecimal digits. A service can record the answer under it. */
  readonly id: string;
  /** The id of the last container of the API's code execution, if there is one. */
  readonly container: string | undefined;
  /** The paused run that continues, if this is not a question. */
  readonly resume: ResumedRequest | undefined;
}

/** A run of the service that has paused, and the decisions that it waited for. */
export interface ResumedRequest {
  /** The id of the request whose run has paused. */
  readonly id: string;
  /** The state of the `run_paused` event: what the service has sent of it. */
  readonly state: RunState;
  /** What `resumeRun` receives. */
  readonly decisions: RunDecisions;
}

export interface ConversationOptions<Tools extends readonly (Tool | Toolset)[] = readonly (Tool | Toolset)[]> {
  /**
   * Asks, and returns the events of the answer: those of one message, or of a tool run of the service. With `tools`, it is
   * called for each message of a run. This is the place for operators such as `retryOnConnectionError`.
   */
  readonly request: (request: ConversationRequest) => Observable<AnyEvent>;
  /**
   * The tools that run here, made by `defineTool` and `defineToolset`. They need the option `runTools`. By default, all tools
   * run in the service.
   */
  readonly tools?: Tools | undefined;
  /** The function `runTools`, if there are `tools`: so only programs whose tools run here contain its code (17 kB). */
  readonly runTools?: ((params: KnownParams, options: RunToolsOptions) => Observable<RunToolsEvent>) | undefined;
  /** How many messages an answer may have, if tools run here. Default 10. */
  readonly maxTurns?: number | undefined;
  /** How many tools run at the same time here. Default 4. */
  readonly concurrency?: number | undefined;
  /** The conversation to begin with, as `history` has returned it. Default: none. */
  readonly history?: readonly MessageParam[] | undefined;
  /**
   * Called when an answer is stopped, after its request was aborted, for a service that otherwise continues to generate.
   * The result is awaited; if it fails, the state has the `error`, unless something else has been asked since. By default, aborting the request is enough.
   */
  readonly stop?: ((request: { readonly id: string }) => Awaitable<unknown>) | undefined;
}

/** A conversation. Its methods may be called at any time, also by a subscriber of `state$`. */
export interface Conversation<Call = ConversationTool> {
  /**
   * Emits the state at once, and then each new one. Never fails. Completes after `destroy`. Subscribing starts nothing, and
   * unsubscribing stops nothing.
   */
  readonly state$: Observable<ConversationState<Call>>;
  /** The state now. */
  readonly state: ConversationState<Call>;
  /** The conversation so far, in a form that the API accepts, to save it. An answer in progress is included as it is now. */
  readonly history: readonly MessageParam[];
  /**
   * Asks. An answer in progress is stopped before.
   *
   * @throws {TypeError} If the content is blank.
   */
  send(content: UserContent): void;
  /** Stops the answer in progress. What has arrived stays. Does nothing if no answer is in progress. */
  stop(): void;
  /**
   * Asks the last question again, in place of its answer. If a paused run could not be resumed, resumes it again. Does
   * nothing if there is no question.
   *
   * @param options.id - The id of a recorded request, to read its answer instead. Default: a new one.
   */
  retry(options?: { readonly id?: string | undefined }): void;
  /** Continues the last message, which ended early. Does nothing unless `canContinue`. */
  continue(): void;
  /** Approves a call. Does nothing if it does not wait for approval. */
  approve(id: string): void;
  /**
   * Declines a call. Does nothing if it does not wait for approval.
   *
   * @param reason - Why, for the model. Default: it only reads that the call was declined.
   */
  decline(id: string, reason?: string): void;
  /**
   * Replaces the question at this index of `turns`, drops everything after it, and asks.
   *
   * @throws {RangeError} If this turn is not one of the user.
   * @throws {TypeError} If the content is blank.
   */
  edit(index: number, content: UserContent): void;
  /** Stops the answer in progress, and forgets everything. */
  reset(): void;
  /**
   * Ends the conversation: aborts the request, without calling the option `stop`, and completes `state$`. After that, the
   * methods do nothing.
   */
  destroy(): void;
}

/**
 * Creates a conversation: everything that a chat screen shows, and what its buttons do.
 *
 *     send()             x--------------x-------
 *     the answers         --s--d--z|     --s--d--z|     s: message_start  d: content  z: message_stop
 *     state$         i---c--s--d--D------c--s--d--D--   i: idle  c: connecting  s, d: streaming  D: done
 *
 * `state$` emits one immutable value with all turns, the live tool calls, the status, the usage and the error. The methods
 * `send`, `stop`, `retry`, `continue`, `edit`, `approve`, `decline` and `reset` may be called at any time. There is at most
 * one request at a time: a method that asks first stops the answer in progress.
 *
 * An answer that ends early stays, with the status 'error' or 'aborted'. It is part of the conversation, and `retry()`
 * replaces it, `continue()` continues it, `send()` asks after it. Whatever has happened, the messages that are sent are a
 * conversation that the API accepts: each call has a result, and nothing that is incomplete is sent back.
 *
 * Tools run in the service or here. A service sends the events of its `runTools` or `resumeRun`; if its run has paused,
 * `request` is called again, with `resume`, once there is a decision about each call that waits. With the option `tools`,
 * they run here, and `request` is called for each message of the run. In both cases, each message of the run is a turn, and
 * has its calls in `tools`, with what has become of them.
 *
 * A conversation lives until `destroy`, independently of who subscribes to `state$`. It starts no timers, and asks nothing
 * by itself. States are frozen, and share their unchanged parts with the previous one.
 *
 * @param options.request - Asks, and returns the events of the answer. If it throws, the answer ends with that error.
 * @returns The conversation.
 * @throws {TypeError} At call time, if `request` or `stop` is not a function, `tools` is not an array of tools, or `history` is not
 * an array of messages.
 * @throws {RangeError} At call time, if `maxTurns` or `concurrency` is less than 1 or not a number.
 * @example
 * const chat = conversation({
 *   request: ({ messages }) => fromResponse((signal) => fetch('/chat', { method: 'POST', body: JSON.stringify({ messages }), signal })),
 * });
 * chat.state$.subscribe(({ status, turns }) => render(status, turns)); // 'idle', []
 * chat.send('Hello'); // 'connecting', 'streaming' … 'done'
 */
export function conversation<const Tools extends readonly (Tool | Toolset)[]>(
  options: ConversationOptions<Tools>,
): Conversation<ToolsOf<Tools>>;
export function conversation(options: ConversationOptions): Conversation {
  return new Chat(options);
}

const ABORTED: Ending = { status: 'aborted', error: undefined };

/** The parameters of a run that its requests do not use: the service chooses its own. */
const UNUSED_PARAMS = { model: 'conversation', max_tokens: 1 } as const;

/** Precedes the events of a request that continues a message. */
const START: AnyEvent = { type: 'start' };

/** A message that is continued. */
interface Continued {
  readonly partial: Message;
  readonly continuation: Continuation;
}

class Chat implements Conversation {
  readonly state$: Observable<ConversationState>;
  readonly #options: ConversationOptions;
  readonly #toolParams: readonly ToolParam[];
  readonly #states: ConversationStates;
  readonly #published = new ReplaySubject<ConversationState>(1);
  readonly #answers = new Subject<Observable<AnyEvent>>();
  readonly #stops = new Subject<string>();
  readonly #subscription: Subscription;
  #approvals = new Approvals();
  /** The id of the last request; undefined if the next one has not been made yet. */
  #id: string | undefined;
  /** The id of the request whose run has paused. */
  #pausedId = '';
  /** How often the request has been replaced. */
  #changes = 0;
  #isDestroyed = false;
  /** The state that was published last. */
  #latest: ConversationState;
  /** The states to publish after the one that subscribers are receiving. */
  readonly #queue: ConversationState[] = [];
  #isPublishing = false;

  constructor(options: ConversationOptions) {
    const { request, tools, history = [], maxTurns, concurrency, stop } = options;
    expectFunction('conversation', 'request', request);
    expectFunctions('conversation', { stop });
    expectAtLeast(1, 'conversation', { maxTurns, concurrency });
    this.#options = options;
    this.#toolParams = tools === undefined ? [] : this.#expectTools(tools);
    expectHistory(history);
    this.#states = new ConversationStates(history);
    this.#latest = this.#states.state;
    this.#published.next(this.#latest);
    this.state$ = this.#published.asObservable();
    this.#subscription = this.#answers.pipe(switchMap((events) => this.#follow(events))).subscribe();
    this.#stops.pipe(mergeMap((id) => this.#tellService(id))).subscribe();
  }

  /**
   * Returns what the model sees of the tools.
   *
   * @throws {TypeError} If `runTools` would refuse the tools.
   */
  #expectTools(tools: readonly (Tool | Toolset)[]): readonly ToolParam[] {
    const { runTools } = this.#options;
    expectFunction('conversation', 'runTools', runTools);
    if (!isListOf(tools, 'param')) {
      throw new TypeError('conversation: tools must be an array of what defineTool and defineToolset return.');
    }
    // Nothing runs without a subscription, but two tools with the same name are reported now.
    void runTools?.({ ...UNUSED_PARAMS, messages: [NO_MESSAGE] }, { tools, request: () => NEVER });
    return Object.freeze(tools.map(({ param }) => param));
  }

  get state(): ConversationState {
    return this.#states.state;
  }

  get history(): readonly MessageParam[] {
    return this.#states.messages;
  }

  send(content: UserContent): void {
    const sent = expectContent(content, 'send');
    this.#replace(() => {
      this.#states.send(sent);
      return this.#ask();
    });
  }

  stop(): void {
    this.#replace(() => undefined);
  }

  retry({ id }: { readonly id?: string | undefined } = {}): void {
    this.#replace(() => {
      if (this.#states.isUnresumed) return this.#resume();
      return this.#states.retry() ? this.#ask(id) : undefined;
    });
  }

  continue(): void {
    const partial = this.#states.continuable;
    if (partial === undefined) return;
    this.#replace(() => {
      const continuation = new Continuation(partial);
      this.#states.continue(continuation);
      return this.#ask(undefined, { partial, continuation });
    });
  }

  approve(id: string): void {
    this.#decide(id, { isApproved: true });
  }

  decline(id: string, reason?: string): void {
    this.#decide(id, { isApproved: false, reason });
  }

  edit(index: number, content: UserContent): void {
    const sent = expectContent(content, 'edit');
    if (!this.#states.isQuestion(index)) {
      throw new RangeError(`conversation: edit: index must be that of a turn of the user, got ${String(index)}.`);
    }
    this.#replace(() => {
      this.#states.edit(index, sent);
      return this.#ask();
    });
  }

  reset(): void {
    this.#replace(() => {
      this.#states.reset();
      return undefined;
    });
  }

  destroy(): void {
    if (this.#isDestroyed) return;
    this.#isDestroyed = true;
    this.#changes += 1;
    this.#subscription.unsubscribe();
    this.#states.end(ABORTED);
    this.#publish();
    this.#published.complete();
    this.#stops.complete(); // a call to the service that has begun is not aborted
  }

  /** Stops the answer in progress, and does something else. */
  #replace(step: () => Observable<AnyEvent> | undefined): void {
    const stopped = this.#states.isUnfinished ? this.#id : undefined;
    this.#change(() => {
      this.#states.end(ABORTED);
      return step();
    }, stopped);
  }

  /**
   * Unsubscribes from the request in progress, changes the state, and subscribes to the next request, if there is one. What
   * is called meanwhile may call a method itself: the last call counts.
   *
   * @param step - Changes the state, and returns the events of the next request.
   * @param stopped - The id of the request that the service is to stop.
   */
  #change(step: () => Observable<AnyEvent> | undefined, stopped?: string): void {
    if (this.#isDestroyed) return;
    this.#changes += 1;
    const change = this.#changes;
    this.#answers.next(NEVER);
    if (change !== this.#changes) return;
    const events = step();
    this.#id = undefined;
    this.#publish();
    if (stopped !== undefined) this.#stops.next(stopped);
    if (events !== undefined && change === this.#changes) this.#answers.next(events);
  }

  #decide(id: string, decision: Decision): void {
    if (this.#isDestroyed || !this.#states.decide(id, decision)) return;
    const approvals = this.#approvals;
    const { isApproved, reason } = decision;
    this.#publish();
    approvals.give(id, isApproved ? { approved: true } : { approved: false, reason });
    this.#resumeIfDecided();
  }

  /** Continues a paused run once there is a decision about each call that it waits for. */
  #resumeIfDecided(): void {
    if (this.#states.isDecided) this.#change(() => this.#resume());
  }

  #resume(): Observable<AnyEvent> | undefined {
    if (!this.#states.isUnresumed) this.#pausedId = this.#id ?? '';
    const run = this.#states.resume();
    return run && this.#request(this.#states.messagesToAsk(), randomId(), { id: this.#pausedId, ...run });
  }

  /** Returns the events of an answer. */
  #ask(id = randomId(), continued?: Continued): Observable<AnyEvent> {
    const approvals = new Approvals();
    this.#approvals = approvals;
    const { tools, runTools, maxTurns, concurrency } = this.#options;
    const params = { ...UNUSED_PARAMS, messages: this.#states.messagesToAsk(continued?.partial) };
    const first = (asked: MessageCreateParams): Observable<AnyEvent> => {
      if (continued === undefined) return this.#request(asked.messages, id);
      const { messages } = continuationParams(asked, continued.partial, { style: 'user' });
      return concat(of(START), this.#request(messages, id)).pipe(joinWith(continued.continuation));
    };
    if (tools === undefined || runTools === undefined) return first(params);
    return runTools(params, {
      tools,
      maxTurns,
      concurrency,
      request: (asked, { turn }) => {
        const events = turn === 1 ? first(asked) : this.#request(asked.messages, randomId());
        return events as Observable<MessageStreamEvent>; // other events pass through a run, as they do everywhere
      },
      onTool: ({ id: call, needsApproval }) => !needsApproval || approvals.of(call),
    });
  }

  /** Returns the events of one request. */
  #request(messages: readonly MessageParam[], id: string, resume?: ResumedRequest): Observable<AnyEvent> {
    return defer(() => {
      this.#id = id;
      const { container } = this.#states;
      return this.#options.request({ messages, tools: this.#toolParams, id, container, resume });
    });
  }

  /** Adds the events of an answer to the state, and its end. */
  #follow(events: Observable<AnyEvent>): Observable<never> {
    return events.pipe(
      tap({
        next: (event) => {
          this.#states.accept(event);
          this.#publish();
          if (event.type === 'run_paused') this.#resumeIfDecided();
        },
        complete: () => {
          this.#states.complete();
          this.#publish();
        },
      }),
      ignoreElements(),
      catchError((error: unknown) => {
        this.#states.end(endingOf(error));
        this.#publish();
        return EMPTY;
      }),
    );
  }

  #tellService(id: string): Observable<never> {
    return defer(() => toObservable(this.#options.stop?.({ id }))).pipe(
      ignoreElements(),
      catchError((error: unknown) => {
        this.#states.failStop(toStateError(error));
        this.#publish();
        return EMPTY;
      }),
    );
  }

  /** Emits the state if it has changed. A subscriber may change it again: all subscribers get each state, in order. */
  #publish(): void {
    const { state } = this.#states;
    if (state === this.#latest) return;
    this.#latest = state;
    this.#queue.push(state);
    if (this.#isPublishing) return;
    this.#isPublishing = true;
    for (let next = this.#queue.shift(); next !== undefined; next = this.#queue.shift()) this.#published.next(next);
    this.#isPublishing = false;
  }
}

/** Joins the events of a request, after {@link START}, with those of the message that it continues. */
function joinWith(continuation: Continuation): MonoTypeOperatorFunction<AnyEvent> {
  return transform((output) => {
    const emit = (event: AnyEvent): void => {
      output.next(event);
    };
    const end = (): void => {
      continuation.end(emit);
    };
    return {
      next(event) {
        if (event === START) continuation.start(emit);
        else continuation.add(event, emit);
      },
      complete: end,
      error: end,
    };
  });
}

const NO_MESSAGE: MessageParam = { role: 'user', content: '' };

/** @throws {TypeError} If this is not an array of messages. */
function expectHistory(history: unknown): void {
  if (isListOf(history, 'role')) return;
  throw new TypeError('conversation: history must be an array of messages, with role and content.');
}

/** Whether a value is an array of objects that have a field. */
function isListOf(list: unknown, field: string): boolean {
  return Array.isArray(list) && list.every((item) => readPath(item, field) !== undefined);
}
