import { map, Subject, tap, type Observable, type Observer, type SubjectLike, type Subscription } from 'rxjs';
import { StreamEnd, type StreamStage } from '../../../protocol/streamEnd.js';
import { CompactEvents, type RebuiltEvent } from '../../../accumulate/compactEvents.js';
import { MessageAccumulator } from '../../../accumulate/messageAccumulator.js';
import { isEvent, type AnyEvent } from '../../../api/events.js';
import { deepFreeze, deepFrozenCopy } from '../../../utils/freeze.js';
import { addMissingPartial } from '../../../rx/accumulating.js';

/**
 * One request and its subscribers. A late subscriber first receives the events that rebuild the messages so far, then
 * the new ones.
 *
 * Each subscriber has a queue, because a subscriber may make the source emit or end while it receives an event. A plain
 * Subject would then deliver the second event to later subscribers before the first one, or end them before they
 * receive the first one.
 */
export class SharedRequest<Event extends AnyEvent> implements SubjectLike<Event | RebuiltEvent> {
  #history = new CompactEvents<Event>();
  readonly #end = new StreamEnd('run');
  #isClosed = false;
  #isEmittingStop = false;
  #completion: Delivery<Event | RebuiltEvent> | undefined;
  readonly #queues = new Set<SubscriberQueue<Event | RebuiltEvent>>();

  /**
   * Whether no subscriber can join any more: the request failed, was unsubscribed from, or completed without a complete
   * message.
   */
  get isClosed(): boolean {
    return this.#isClosed;
  }

  /** How far the stream is from its end, according to its events. */
  get stage(): StreamStage {
    return this.#end.stage(this.#history.isComplete);
  }

  /** Whether the subscribers are receiving the end of a message at this moment. */
  get isEmittingStop(): boolean {
    return this.#isEmittingStop;
  }

  /** Returns the source, recorded for late subscribers. Events are recorded before any subscriber receives them. */
  record(source: Observable<Event>): Observable<Event> {
    const close = (): void => {
      this.#isClosed = true;
      this.#history = new CompactEvents(); // frees the memory: no late subscriber needs it
    };
    return source.pipe(
      map(protect),
      tap((event) => {
        this.#history.add(event);
        this.#end.add(event);
      }),
      tap({
        error: (error: unknown) => {
          addMissingPartial(error, accumulate(this.#history.events));
          close();
        },
        complete: () => {
          if (!this.#history.isComplete) close();
        },
        unsubscribe: close,
      }),
    );
  }

  next(event: Event | RebuiltEvent): void {
    this.#isEmittingStop = isEvent(event, 'message_stop');
    this.#deliver((observer) => {
      observer.next(event);
    });
    this.#isEmittingStop = false;
  }

  error(error: unknown): void {
    this.#deliver((observer) => {
      observer.error(error);
    });
  }

  complete(): void {
    this.#completion = (observer) => {
      observer.complete();
    };
    this.#deliver(this.#completion);
  }

  subscribe(observer: Partial<Observer<Event | RebuiltEvent>>): Subscription {
    const queue = new SubscriberQueue<Event | RebuiltEvent>();
    this.#queues.add(queue);
    const subscription = queue.subscribe(observer);
    subscription.add(() => this.#queues.delete(queue));
    for (const event of this.#history.events) {
      queue.enqueue((subscriber) => {
        subscriber.next(event);
      });
    }
    if (this.#completion !== undefined) queue.enqueue(this.#completion);
    queue.drain();
    return subscription;
  }

  /**
   * Enqueues for all subscribers before any queue is drained, so that each of them receives a notification before those
   * that it causes.
   */
  #deliver(delivery: Delivery<Event | RebuiltEvent>): void {
    for (const queue of this.#queues) queue.enqueue(delivery);
    for (const queue of this.#queues) queue.drain();
  }
}

/** Delivers one notification to an observer. */
type Delivery<T> = (observer: Observer<T>) => void;

/** Delivers notifications to one subscriber in order, each after the previous one has returned. */
class SubscriberQueue<T> {
  readonly #subject = new Subject<T>();
  readonly #deliveries: Delivery<T>[] = [];
  #isDraining = false;

  subscribe(observer: Partial<Observer<T>>): Subscription {
    return this.#subject.subscribe(observer);
  }

  enqueue(delivery: Delivery<T>): void {
    this.#deliveries.push(delivery);
  }

  drain(): void {
    if (this.#isDraining) return;
    this.#isDraining = true;
    for (const deliver of this.#deliveries) deliver(this.#subject); // includes those enqueued during the loop
    this.#deliveries.length = 0;
    this.#isDraining = false;
  }
}

/**
 * Freezes an event, so that no subscriber can change what another one receives: an event of the API at any depth; of
 * other events only the fields, because these may be objects of a tool, which may change. A `message_start` is copied,
 * because the official SDK writes to its message.
 */
function protect<Event extends AnyEvent>(event: Event): Event {
  if (isEvent(event, 'message_start')) return deepFrozenCopy(event);
  return isFromAPI(event) ? deepFreeze(event) : Object.freeze(event);
}

function isFromAPI({ type }: AnyEvent): boolean {
  return type.startsWith('content_block_') || type === 'message_delta' || type === 'message_stop' || type === 'ping';
}

function accumulate(events: readonly AnyEvent[]): MessageAccumulator {
  const accumulator = new MessageAccumulator();
  for (const event of events) accumulator.add(event);
  return accumulator;
}
