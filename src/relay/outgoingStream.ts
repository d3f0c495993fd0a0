import type { AnyEvent } from '../api/events.js';
import { StreamEnd } from '../protocol/streamEnd.js';
import { wasRetried } from '../rx/retry/retriedErrors.js';
import { MessageReader } from '../source/messageReader.js';
import { isObject } from '../utils/inspect.js';
import { incompleteMessage } from '../errors/connectionErrors.js';
import type { EventFrame, FailureFrame } from './frame.js';
import { idOf, type FrameOptions } from './frameOptions.js';
import { loggedFactsOf, type LoggedFacts } from './log/loggedEvents.js';
import { readErrorJson, toPublicError, type PublicError } from './publicError.js';
import { announcesRetry, toPublicEvent } from './publicEvent.js';

/** The state of one stream that is sent to a client: what has been sent, and what has to follow. */
export class OutgoingStream {
  readonly #options: FrameOptions;
  readonly #reader: MessageReader;
  readonly #describe = (error: unknown): PublicError =>
    toPublicError(error, this.#options.describeError, this.#hasRetried || wasRetried(error));
  /** The event that the reader has just accepted. */
  #accepted: AnyEvent | undefined;
  /** The number of events so far. */
  #position = 0;
  /** Whether the service has already retried the request of the current message. */
  #hasRetried: boolean;
  /** What a log has stored of the last event, if it comes from one. */
  #logged: LoggedFacts | undefined;
  /** The end of a stream from a log, whose events the reader does not see. */
  readonly #loggedEnd = new StreamEnd('run');
  #isLoggedMessageComplete = false;

  /** @param hasRetried - Whether a client must not retry, whatever the error. */
  constructor(options: FrameOptions, hasRetried = false) {
    this.#options = options;
    this.#hasRetried = hasRetried;
    this.#reader = new MessageReader((event) => {
      this.#accepted = event;
    });
  }

  /** Whether the stream may end, and nothing has to follow. */
  get isComplete(): boolean {
    return this.#logged?.isEnd ?? this.#reader.stage === 'complete';
  }

  /** Receives an event before it is known whether it will be sent. */
  observe(event: AnyEvent): void {
    if (loggedFactsOf(event) !== undefined) return; // a client that resumes starts no request
    if (announcesRetry(event)) this.#hasRetried = true;
    else if (event.type === 'message_stop') this.#hasRetried = false;
  }

  /**
   * Returns the frame of an event; undefined if the event is ignored. An event from a log was validated when it was
   * stored, and is sent as it was stored.
   *
   * @throws As `messageEvents` does, if the event is invalid, out of order, or an error.
   */
  read(event: AnyEvent): EventFrame | undefined {
    this.#logged = loggedFactsOf(event);
    return this.#logged === undefined ? this.validate(event) : this.#loggedFrame(event, this.#logged);
  }

  /** Returns the frame of an event that was not stored, as `read` does. */
  validate(event: AnyEvent): EventFrame | undefined {
    this.#reader.readEvent(event);
    const accepted = this.#takeAccepted();
    if (accepted === undefined) return undefined;
    this.#position += 1;
    const id = idOf(accepted, this.#position, this.#options.ids);
    return { kind: 'event', event: toPublicEvent(accepted, this.#describe), id, isEnd: this.isComplete };
  }

  /** @throws {IncompleteMessageError} If the stream is not allowed to end here. */
  expectComplete(): void {
    if (this.#logged === undefined) this.#reader.expectComplete();
    else if (!this.isComplete && !this.#mayLoggedEnd) throw incompleteMessage(this.#logged.position, 'mid-content');
  }

  /** Returns the frame with which the stream ends because of an error. An error from a log is sent as it was stored. */
  fail(error: unknown): FailureFrame {
    const logged = isObject(error) ? loggedFactsOf(error) : undefined;
    if (logged !== undefined) {
      const id = idOf({ type: 'error' }, logged.position, this.#options.ids);
      return { kind: 'failure', error: readErrorJson(logged.data), id, cause: error };
    }
    return { kind: 'failure', error: this.#describe(error), cause: error };
  }

  /** Whether the last message is complete, and no run has begun. It may have a `stop_reason` that a run would continue. */
  get #mayLoggedEnd(): boolean {
    return this.#isLoggedMessageComplete && !this.#loggedEnd.needsRunEnd;
  }

  #loggedFrame(event: AnyEvent, { position, data, isEnd }: LoggedFacts): EventFrame {
    this.#loggedEnd.add(event);
    if (event.type === 'message_stop') this.#isLoggedMessageComplete = true;
    else if (event.type === 'message_start' || event.type === 'message_restart') this.#isLoggedMessageComplete = false;
    return { kind: 'event', event, id: idOf(event, position, this.#options.ids), data, isEnd };
  }

  #takeAccepted(): AnyEvent | undefined {
    const accepted = this.#accepted;
    this.#accepted = undefined;
    return accepted;
  }
}
