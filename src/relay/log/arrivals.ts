import type { AnyEvent } from '../../api/events.js';
import { isObject } from '../../utils/inspect.js';
import { eventJson } from '../frame.js';
import { OutgoingStream } from '../outgoingStream.js';
import { errorJson, type DescribeError } from '../publicError.js';
import type { LogEntry } from './eventLog.js';

/** An event that has arrived but is not stored yet. */
export interface Arrival {
  readonly event: AnyEvent;
  readonly entry: LogEntry;
  /** Whether the stream may end after it. */
  readonly isEnd: boolean;
}

/** How a generation ends: complete, or with an error, which is stored unless the message was complete. */
export interface End {
  readonly failure?: { readonly entry: LogEntry; readonly error: object };
}

/** What arrives from a generation: validates it, and keeps it in the form in which it is stored. */
export class Arrivals {
  readonly #stream: OutgoingStream;
  readonly #onArrival: () => void;
  #waiting: Arrival[] = [];
  #end: End | undefined;
  /** The position of the last event that has arrived. */
  #position: number;

  /**
   * @param position - The position of the last event that is stored.
   * @param onArrival - Called when there is something to store.
   */
  constructor(position: number, describeError: DescribeError | undefined, onArrival: () => void) {
    this.#position = position;
    this.#onArrival = onArrival;
    // A client that sends the request again gets the same stream, with the same error, so no error can be retried.
    this.#stream = new OutgoingStream({ describeError }, true);
  }

  /** How the generation has ended; undefined while it continues. */
  get end(): End | undefined {
    return this.#end;
  }

  /** Whether nothing has to follow the events so far. */
  get isComplete(): boolean {
    return this.#stream.isComplete;
  }

  /** Whether there is nothing to store. */
  get isEmpty(): boolean {
    return this.#waiting.length === 0 && this.#end === undefined;
  }

  /** Receives an event that is stored already. */
  resume(event: AnyEvent): void {
    this.#stream.validate(event);
  }

  /** Receives an event. One that is invalid ends the generation with an error. */
  add(event: AnyEvent): void {
    if (this.#end !== undefined) return;
    try {
      const frame = this.#stream.validate(event);
      if (frame === undefined) return;
      this.#waiting.push({ event, entry: this.#nextEntry(eventJson(frame.event)), isEnd: frame.isEnd });
      this.#onArrival();
    } catch (error) {
      this.fail(error);
    }
  }

  /** The generation has completed, which is an error if it is incomplete. */
  complete(): void {
    try {
      this.#stream.expectComplete();
      this.#finish({});
    } catch (error) {
      this.fail(error);
    }
  }

  /** The generation ends with an error, unless it is complete: nothing may destroy a complete answer. */
  fail(thrown: unknown): void {
    if (this.#end !== undefined) return;
    if (this.isComplete) {
      this.#finish({});
      return;
    }
    const error = isObject(thrown) ? thrown : new Error(`The stream failed: ${String(thrown)}`, { cause: thrown });
    const entry = this.#nextEntry(errorJson(this.#stream.fail(error).error));
    this.#finish({ failure: { entry, error } });
  }

  /** Removes the events that wait to be stored. */
  take(): readonly Arrival[] {
    const arrivals = this.#waiting;
    this.#waiting = [];
    return arrivals;
  }

  #finish(end: End): void {
    this.#end ??= end;
    this.#onArrival();
  }

  #nextEntry(data: string): LogEntry {
    this.#position += 1;
    return { position: this.#position, data };
  }
}
