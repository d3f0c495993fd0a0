import type { Subscriber } from 'rxjs';
import { Fifo } from '../utils/fifo.js';

/**
 * Emits several values in order, even if the consumer pushes more into the source while it receives one of them: what
 * that emits comes after the values that were there before.
 */
export class OrderedOutput<T> {
  readonly #output: Subscriber<T>;
  /** The values that are left to emit while the consumer receives one. */
  readonly #waiting = new Fifo<T>();

  constructor(output: Subscriber<T>) {
    this.#output = output;
  }

  next(value: T): void {
    if (this.#waiting.length === 0) this.#output.next(value);
    else this.emit([value]);
  }

  /** Emits the values after those that are still waiting. */
  emit(values: readonly T[]): void {
    for (const value of values) this.#waiting.push(value);
    for (let first = this.#waiting.shift(); first !== undefined; first = this.#waiting.shift()) {
      this.#output.next(first.value);
    }
  }
}
