import { ReplaySubject, type Observable } from 'rxjs';
import type { ConversationState } from './conversationState.js';

/** The states that subscribers get: the newest one at once, and then each new one. All subscribers get them in the same order. */
export class PublishedStates {
  readonly state$: Observable<ConversationState>;
  readonly #subject = new ReplaySubject<ConversationState>(1);
  #latest: ConversationState | undefined;
  /** The states to publish after the one that subscribers are receiving. */
  readonly #queue: ConversationState[] = [];
  #isPublishing = false;
  #isComplete = false;

  constructor(first: ConversationState) {
    this.state$ = this.#subject.asObservable();
    this.publish(first);
  }

  /** Emits a state unless it is the last one. If a subscriber publishes another state meanwhile, it is emitted after this one. */
  publish(state: ConversationState): void {
    if (state === this.#latest) return;
    this.#latest = state;
    this.#queue.push(state);
    if (this.#isPublishing) return;
    this.#isPublishing = true;
    for (let next = this.#queue.shift(); next !== undefined; next = this.#queue.shift()) this.#subject.next(next);
    this.#isPublishing = false;
    if (this.#isComplete) this.#subject.complete();
  }

  /** Completes after the last state, also if a subscriber calls this while it receives a state. */
  complete(): void {
    this.#isComplete = true;
    if (!this.#isPublishing) this.#subject.complete();
  }
}
