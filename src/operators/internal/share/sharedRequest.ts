import { Subject, tap, type Observable, type Observer, type SubjectLike, type Subscription } from 'rxjs';
import { CompactEvents, type RebuiltEvent } from '../../../accumulate/compactEvents.js';
import { MessageAccumulator } from '../../../accumulate/messageAccumulator.js';
import type { AnyEvent } from '../../../api/events.js';
import { addPartial } from '../../../rx/accumulating.js';

/**
 * One request, and those who share it: each gets what rebuilds the messages so far, then what comes.
 *
 * Each has a queue of its own: where a subscriber makes the source emit or end while it takes an event, a plain Subject
 * gives the second event first to those after it in the list, or ends them without the first.
 */
export class SharedRequest<Event extends AnyEvent> implements SubjectLike<Event | RebuiltEvent> {
  #kept = new CompactEvents<Event>();
  #isOver = false;
  #completion: Told<Event | RebuiltEvent> | undefined;
  readonly #members = new Set<Member<Event | RebuiltEvent>>();

  /** Whether nobody can join any more: it failed, was left, or completed without a whole message. */
  get isOver(): boolean {
    return this.#isOver;
  }

  /** Passes the source's events on, and keeps what they say. It does so before they can reach anyone. */
  keeping(source: Observable<Event>): Observable<Event> {
    const end = (): void => {
      this.#isOver = true;
      this.#kept = new CompactEvents(); // nobody can join any more
    };
    return source.pipe(
      tap((event) => {
        this.#kept.add(event);
      }),
      tap({
        error: (error: unknown) => {
          addPartial(error, accumulated(this.#kept.events));
          end();
        },
        complete: () => {
          if (!this.#kept.isWhole) end();
        },
        unsubscribe: end,
      }),
    );
  }

  next(event: Event | RebuiltEvent): void {
    this.#tell((member) => {
      member.next(event);
    });
  }

  error(error: unknown): void {
    this.#tell((member) => {
      member.error(error);
    });
  }

  complete(): void {
    this.#completion = (member) => {
      member.complete();
    };
    this.#tell(this.#completion);
  }

  subscribe(observer: Partial<Observer<Event | RebuiltEvent>>): Subscription {
    const member = new Member<Event | RebuiltEvent>();
    this.#members.add(member);
    const subscription = member.subscribe(observer);
    subscription.add(() => this.#members.delete(member));
    for (const event of this.#kept.events) {
      member.tell((given) => {
        given.next(event);
      });
    }
    if (this.#completion !== undefined) member.tell(this.#completion);
    member.take();
    return subscription;
  }

  /** Tells all before any of them takes it: what one of them causes comes after it for everyone. */
  #tell(told: Told<Event | RebuiltEvent>): void {
    for (const member of this.#members) member.tell(told);
    for (const member of this.#members) member.take();
  }
}

type Told<T> = (to: Observer<T>) => void;

/** One who shares: takes what it was told in order, one thing at a time. */
class Member<T> {
  readonly #given = new Subject<T>();
  readonly #told: Told<T>[] = [];
  #isTaking = false;

  subscribe(observer: Partial<Observer<T>>): Subscription {
    return this.#given.subscribe(observer);
  }

  tell(told: Told<T>): void {
    this.#told.push(told);
  }

  take(): void {
    if (this.#isTaking) return;
    this.#isTaking = true;
    for (const told of this.#told) told(this.#given); // also what it is told meanwhile
    this.#told.length = 0;
    this.#isTaking = false;
  }
}

function accumulated(events: readonly AnyEvent[]): MessageAccumulator {
  const accumulator = new MessageAccumulator();
  for (const event of events) accumulator.add(event);
  return accumulator;
}
