import { Observable } from 'rxjs';
import type { AnyEvent } from '../../../src/index.js';

/** A generation whose events the spec emits. */
export class Generation {
  readonly #subscribers = new Set<{ next(event: AnyEvent): void; error(error: unknown): void; complete(): void }>();
  readonly #started = deferred();
  readonly #stopped = deferred();
  /** How often it was subscribed. */
  starts = 0;
  /** The events that were emitted while somebody subscribed. */
  emitted = 0;

  readonly events$ = new Observable<AnyEvent>((subscriber) => {
    this.starts += 1;
    this.#subscribers.add(subscriber);
    this.#started.resolve();
    return () => {
      this.#subscribers.delete(subscriber);
      this.#stopped.resolve();
    };
  });

  /** Resolves when it is subscribed. */
  get started(): Promise<void> {
    return this.#started.promise;
  }

  /** Resolves when it has ended or is unsubscribed. */
  get stopped(): Promise<void> {
    return this.#stopped.promise;
  }

  get isRunning(): boolean {
    return this.#subscribers.size > 0;
  }

  emit(...events: readonly AnyEvent[]): void {
    for (const event of events) {
      for (const subscriber of this.#subscribers) {
        this.emitted += 1;
        subscriber.next(event);
      }
    }
  }

  fail(error: unknown): void {
    for (const subscriber of this.#subscribers) subscriber.error(error);
  }

  complete(): void {
    for (const subscriber of this.#subscribers) subscriber.complete();
  }
}

function deferred(): { readonly promise: Promise<void>; readonly resolve: () => void } {
  let resolve = (): void => undefined;
  const promise = new Promise<void>((resolvePromise) => {
    resolve = resolvePromise;
  });
  return { promise, resolve };
}
