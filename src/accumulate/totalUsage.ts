import { isEvent, type AnyEvent } from '../api/events.js';
import { addUsage } from './addUsage.js';
import { accumulateUsage, type RunningUsage } from './usage.js';

/** The usage of several messages together, which follow one another. */
export class TotalUsage {
  /** The usage of the messages that have stopped. */
  #complete: RunningUsage | undefined;
  /** The usage of the message that has not stopped yet. */
  #current: RunningUsage | undefined;

  /** The usage so far: a new object each time. */
  get usage(): RunningUsage {
    return addUsage(this.#complete, this.#current);
  }

  /** Adds the next event. Returns whether the usage has changed. */
  add(event: AnyEvent): boolean {
    const changed = accumulateUsage(this.#current, event);
    const hasChanged = changed !== undefined && changed !== this.#current;
    this.#current = changed;
    if (isEvent(event, 'message_stop')) this.endMessage();
    return hasChanged;
  }

  /** Counts the current message as it is, because no more of it follows. */
  endMessage(): void {
    if (this.#current === undefined) return;
    this.#complete = addUsage(this.#complete, this.#current);
    this.#current = undefined;
  }
}
