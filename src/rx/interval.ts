import type { Subscription } from 'rxjs';
import type { Pace } from './pace.js';

/** An interval that is open from an emission until the next one is permitted. Has at most one timer. */
export class Interval {
  readonly #pace: Pace;
  readonly #onEnd: () => void;
  #timer: Subscription | undefined;
  #isOpen = false;
  /** When it ends at the latest; Infinity if that does not depend on the time. */
  #endsAt = Infinity;

  /** @param onEnd - Called when the interval has ended. May open it again. */
  constructor(pace: Pace, onEnd: () => void) {
    this.#pace = pace;
    this.#onEnd = onEnd;
  }

  get isOpen(): boolean {
    return this.#isOpen;
  }

  /** Starts an interval, unless one is open. */
  open(): void {
    if (this.#isOpen) return;
    this.#isOpen = true;
    const { maxMs } = this.#pace;
    if (maxMs !== Infinity) this.#endsAt = this.#pace.now() + maxMs;
    const timer = this.#pace.onEnd(this.#end);
    // A scheduler may already have called back, and the next interval may already have a timer.
    if (this.isOpen && this.#timer === undefined) this.#timer = timer;
  }

  /** Ends an interval that is open for too long. Called with each value, since browsers delay the timers of hidden tabs. */
  endIfOverdue(): void {
    if (this.#endsAt === Infinity || this.#pace.now() < this.#endsAt) return;
    this.#timer?.unsubscribe();
    this.#end();
  }

  /** Ends the interval without calling back. */
  close(): void {
    this.#timer?.unsubscribe();
    this.#reset();
  }

  readonly #end = (): void => {
    this.#reset();
    this.#onEnd();
  };

  #reset(): void {
    this.#isOpen = false;
    this.#timer = undefined;
    this.#endsAt = Infinity;
  }
}
