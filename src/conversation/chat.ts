import { catchError, defer, EMPTY, ignoreElements, mergeMap, NEVER, Subject, switchMap, tap } from 'rxjs';
import type { Observable, Subscription } from 'rxjs';
import type { AnyEvent, MessageStreamEvent } from '../api/events.js';
import type { MessageCreateParams, MessageParam, ToolParam } from '../api/params.js';
import { continuationParams } from '../history/continuationParams.js';
import { endingOf, toStateError, type Ending } from '../operators/internal/state/stateError.js';
import { toObservable } from '../rx/toObservable.js';
import { randomId } from '../utils/randomId.js';
import { Approvals } from './approvals.js';
import { Continuation } from './continuation.js';
import type { ConversationState, UserContent } from './conversationState.js';
import { ConversationStates } from './conversationStates.js';
import type { Conversation, ConversationOptions, ResumedRequest } from './conversationTypes.js';
import { expectOptions, UNUSED_PARAMS } from './expectOptions.js';
import { joinContinuation } from './joinContinuation.js';
import { PublishedStates } from './publishedStates.js';
import type { Decision } from './runPause.js';
import { expectContent } from './userContent.js';

const ABORTED: Ending = { status: 'aborted', error: undefined };

/** A conversation: makes the requests, and publishes the states that `ConversationStates` decides. */
export class Chat implements Conversation {
  readonly #options: ConversationOptions;
  readonly #toolParams: readonly ToolParam[];
  readonly #states: ConversationStates;
  readonly #published: PublishedStates;
  readonly #answers = new Subject<Observable<AnyEvent>>();
  readonly #stops = new Subject<string>();
  readonly #subscription: Subscription;
  #approvals = new Approvals();
  /** The id of the last request; undefined if the next one has not been made yet. */
  #id: string | undefined;
  /** The id of the request whose run has paused. */
  #pausedId = '';
  /** The id of the request that was stopped last; undefined if something has been asked since. */
  #stoppedId: string | undefined;
  /** How often the request has been replaced. */
  #changes = 0;
  #isDestroyed = false;

  constructor(options: ConversationOptions) {
    this.#toolParams = expectOptions(options);
    this.#options = options;
    this.#states = new ConversationStates(options.history ?? []);
    this.#published = new PublishedStates(this.#states.state);
    this.#subscription = this.#answers.pipe(switchMap((events) => this.#follow(events))).subscribe();
    this.#stops.pipe(mergeMap((id) => this.#tellService(id))).subscribe();
  }

  get state$(): Observable<ConversationState> {
    return this.#published.state$;
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
      return this.#ask(undefined, continuation);
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
    if (events !== undefined) this.#stoppedId = undefined;
    else if (stopped !== undefined) this.#stoppedId = stopped;
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
  #ask(id = randomId(), continuation?: Continuation): Observable<AnyEvent> {
    const approvals = new Approvals();
    this.#approvals = approvals;
    const { tools, runTools, maxTurns, concurrency } = this.#options;
    const params = { ...UNUSED_PARAMS, messages: this.#states.messagesToAsk(continuation?.partial) };
    const first = (asked: MessageCreateParams): Observable<AnyEvent> => {
      if (continuation === undefined) return this.#request(asked.messages, id);
      const { messages } = continuationParams(asked, continuation.partial, { style: 'user' });
      return joinContinuation(continuation, this.#request(messages, id));
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
        if (id === this.#stoppedId) this.#states.failStop(toStateError(error));
        this.#publish();
        return EMPTY;
      }),
    );
  }

  #publish(): void {
    this.#published.publish(this.#states.state);
  }
}
