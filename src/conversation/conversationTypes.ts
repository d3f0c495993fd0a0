/** What a program passes to a conversation, and what it gets. Types only. */
import type { Observable } from 'rxjs';
import type { AnyEvent } from '../api/events.js';
import type { KnownParams, MessageParam, ToolParam } from '../api/params.js';
import type { Awaitable } from '../rx/toObservable.js';
import type { Tool } from '../tools/defineTool.js';
import type { Toolset } from '../tools/defineToolset.js';
import type { RunDecisions } from '../tools/runDecisions.js';
import type { RunToolsOptions } from '../tools/runOptions.js';
import type { RunState } from '../tools/runState.js';
import type { RunToolsEvent } from '../tools/toolEvents.js';
import type { ConversationState, ConversationTool, UserContent } from './conversationState.js';

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
