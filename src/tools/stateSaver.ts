import { catchError, concat, defer, EMPTY, share, type Observable } from 'rxjs';

/**
 * Saves the state of a run, one save after the other. Those who ask for a save while another one is in progress share
 * the next one.
 *
 * A save that has begun is finished, even if nobody waits for it any more: two saves at the same time could be stored in
 * the wrong order.
 */
export class StateSaver {
  readonly #write: () => Observable<never>;
  /** The last save that has begun. */
  #current: Observable<never> = EMPTY;
  /** The save that will begin when the current one has ended; undefined if nobody has asked for it. */
  #next: Observable<never> | undefined;

  /** @param write - Saves the state that the run has when the result is subscribed to. */
  constructor(write: () => Observable<never>) {
    this.#write = write;
  }

  /** Completes when the last save that has begun has ended, even if it failed. */
  get idle(): Observable<never> {
    return defer(() => this.#current.pipe(catchError(() => EMPTY)));
  }

  /** Returns an Observable that completes once a state has been saved that is not older than the subscription. */
  save(): Observable<never> {
    return defer(() => {
      this.#next ??= concat(
        this.idle,
        defer(() => this.#begin()),
      ).pipe(share());
      return this.#next;
    });
  }

  #begin(): Observable<never> {
    this.#next = undefined;
    this.#current = defer(this.#write).pipe(
      share({ resetOnComplete: false, resetOnError: false, resetOnRefCountZero: false }),
    );
    return this.#current;
  }
}
