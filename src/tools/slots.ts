import { defer, finalize, Subject, switchMap, take, tap, type Observable } from 'rxjs';

/** Limits how many Observables run at the same time. The others wait in the order in which they were subscribed to. */
export class Slots {
  #free: number;
  /** Each emits when a slot is free. In order, the longest wait first. */
  readonly #waiting = new Set<Subject<void>>();
  #isDraining = false;

  constructor(count: number) {
    this.#free = count;
  }

  /** Returns an Observable that subscribes to the source when a slot is free, synchronously if one is free at once. */
  run<T>(source: Observable<T>): Observable<T> {
    return defer(() => {
      if (this.#free > 0 && this.#waiting.size === 0) return this.#occupy(source);
      const turn = new Subject<void>();
      this.#waiting.add(turn);
      return turn.pipe(
        take(1),
        switchMap(() => this.#occupy(source)),
        finalize(() => this.#waiting.delete(turn)),
      );
    });
  }

  #occupy<T>(source: Observable<T>): Observable<T> {
    let hasEnded = false;
    const end = (): void => {
      hasEnded = true;
    };
    this.#free -= 1;
    return source.pipe(
      tap({ complete: end, error: end }),
      finalize(() => {
        this.#free += 1;
        // All Observables are unsubscribed from together, so those that wait are about to be.
        if (hasEnded) this.#drain();
      }),
    );
  }

  /** Starts the waiting Observables in a loop, so that one that ends synchronously does not add to the stack. */
  #drain(): void {
    if (this.#isDraining) return;
    this.#isDraining = true;
    for (const turn of this.#waiting) {
      if (this.#free === 0) break;
      this.#waiting.delete(turn);
      turn.next();
    }
    this.#isDraining = false;
  }
}
