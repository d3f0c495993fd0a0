import type { AnyEvent } from '../api/events.js';
import { MessageReader } from '../source/messageReader.js';
import type { EventFrame, FailureFrame } from './frame.js';
import { idOf, type FrameOptions } from './frameOptions.js';
import { toPublicError, type PublicError } from './publicError.js';
import { announcesRetry, toPublicEvent } from './publicEvent.js';

/** The state of one stream that is sent to a client: what has been sent, and what has to follow. */
export class OutgoingStream {
  readonly #options: FrameOptions;
  readonly #reader: MessageReader;
  readonly #describe = (error: unknown): PublicError =>
    toPublicError(error, this.#options.describeError, this.#hasRetried);
  /** The event that the reader has just accepted. */
  #accepted: AnyEvent | undefined;
  /** The number of events so far. */
  #position = 0;
  /** Whether the service has already retried the request of the current message. */
  #hasRetried = false;

  constructor(options: FrameOptions) {
    this.#options = options;
    this.#reader = new MessageReader((event) => {
      this.#accepted = event;
    });
  }

  /** Whether the stream may end, and nothing has to follow. */
  get isComplete(): boolean {
    return this.#reader.stage === 'complete';
  }

  /** Receives an event before it is known whether it will be sent. */
  observe(event: AnyEvent): void {
    if (announcesRetry(event)) this.#hasRetried = true;
    else if (event.type === 'message_stop') this.#hasRetried = false;
  }

  /**
   * Returns the frame of an event; undefined if the event is ignored.
   *
   * @throws As `messageEvents` does, if the event is invalid, out of order, or an error.
   */
  read(event: AnyEvent): EventFrame | undefined {
    this.#reader.readEvent(event);
    const accepted = this.#takeAccepted();
    if (accepted === undefined) return undefined;
    this.#position += 1;
    const id = idOf(accepted, this.#position, this.#options.ids);
    return { kind: 'event', event: toPublicEvent(accepted, this.#describe), id, isEnd: this.isComplete };
  }

  /** @throws {IncompleteMessageError} If the stream is not allowed to end here. */
  expectComplete(): void {
    this.#reader.expectComplete();
  }

  /** Returns the frame with which the stream ends because of an error. */
  fail(error: unknown): FailureFrame {
    return { kind: 'failure', error: this.#describe(error), cause: error };
  }

  #takeAccepted(): AnyEvent | undefined {
    const accepted = this.#accepted;
    this.#accepted = undefined;
    return accepted;
  }
}
