import { isEvent, type MessageStreamEvent } from '../api/events.js';
import { InvalidEventError } from '../errors/classes.js';
import type { Progress } from '../errors/connectionErrors.js';
import { parseJson, type ResponseFacts } from '../errors/statusError.js';
import type { StreamStage } from '../protocol/streamEnd.js';
import { readPath } from '../utils/inspect.js';
import type { EventReader } from './messageDecoder.js';
import { MessageReader } from './messageReader.js';
import type { ServerSentEvent } from './sseDecoder.js';

/** An id that can be compared with another one. */
const INTEGER = /^\d{1,40}$/;

/**
 * Reads one stream from several responses, of which each continues the one before. Remembers the `id` of the last event,
 * after which the next response has to begin, and ignores events that are repeated nevertheless.
 */
export class ResumableReader implements EventReader {
  readonly #reader: MessageReader;
  /** The facts of the current response, for errors. */
  readonly #facts: { headers: Headers | undefined; requestID: string | undefined } = {
    headers: undefined,
    requestID: undefined,
  };
  #emit: ((event: MessageStreamEvent) => void) | undefined;
  /** The ids of the messages that have started. */
  readonly #messageIDs = new Set<unknown>();
  #firstID: string | undefined;
  #lastID: string | undefined;
  /** The id after which the current response has to begin; undefined in the first response. */
  #resumedAfter: string | undefined;
  /** The id of the last repeated event in the current response. */
  #repeatedID: string | undefined;
  /** Whether the current response has had an event, other than a ping, that fits. */
  #hasContinued = false;
  /** Whether an event without an id has been emitted since the last id. A server would send it again. */
  #hasUnnumbered = false;
  /** The id of the event that is being read. */
  #currentID: string | undefined;
  /** The data of the last event whose blank line is missing. */
  #unterminatedData: string | undefined;
  /** Whether the stream ended with an event that has an id, so that resuming it leads to the same end. */
  #isRecordedEnd = false;

  constructor() {
    this.#reader = new MessageReader((event) => {
      this.#pass(event);
    }, this.#facts);
  }

  /** The id of the last event; undefined before the first one. */
  get lastID(): string | undefined {
    return this.#lastID;
  }

  /** Whether another response can continue the stream. */
  get canResume(): boolean {
    const isAtID = this.#lastID !== undefined && !this.#hasUnnumbered;
    return isAtID && !this.#isRecordedEnd && this.stage !== 'complete';
  }

  /** Whether the current response has continued the stream. */
  get hasProgressed(): boolean {
    return this.#lastID !== this.#resumedAfter;
  }

  get progress(): Progress {
    return this.#reader.progress;
  }

  get eventCount(): number {
    return this.#reader.eventCount;
  }

  get activityCount(): number {
    return this.#reader.activityCount;
  }

  get stage(): StreamStage {
    return this.#reader.stage;
  }

  /** Called before each request. */
  startRequest(): void {
    this.#resumedAfter = this.#lastID;
    this.#repeatedID = undefined;
    this.#hasContinued = false;
  }

  /** Called when the headers of a response have arrived. */
  startResponse(emit: (event: MessageStreamEvent) => void, { headers, requestID }: ResponseFacts): void {
    this.#emit = emit;
    this.#facts.headers = headers;
    this.#facts.requestID = requestID;
  }

  /** Throws as `MessageReader` does, and an `InvalidEventError` if the response does not continue the stream. */
  readServerSentEvent(serverEvent: ServerSentEvent): void {
    const id = serverEvent.unterminated === true ? undefined : serverEvent.id || undefined;
    if (this.#isRepeated(serverEvent, id) || this.#willBeRepeated(serverEvent)) return;
    this.#currentID = id;
    try {
      this.#reader.readServerSentEvent(serverEvent);
    } catch (error) {
      throw this.#failure(error);
    }
    if (id === undefined) return;
    this.#firstID ??= id;
    this.#lastID = id;
    this.#hasUnnumbered = false;
  }

  readEvent(event: MessageStreamEvent, data?: string): void {
    this.#currentID = undefined;
    try {
      this.#reader.readEvent(event, data);
    } catch (error) {
      throw this.#failure(error);
    }
  }

  expectComplete(): void {
    this.#reader.expectComplete();
  }

  /** Receives an event that the reader has accepted. */
  #pass(event: MessageStreamEvent): void {
    if (isEvent(event, 'message_start')) this.#messageIDs.add(event.message.id);
    if (event.type !== 'ping') {
      this.#hasContinued = true;
      this.#hasUnnumbered ||= this.#currentID === undefined;
    }
    this.#emit?.(event);
  }

  /** Returns the error to throw for an error of the reader. */
  #failure(error: unknown): unknown {
    this.#isRecordedEnd = this.#currentID !== undefined;
    const isMisfit = this.#resumedAfter !== undefined && !this.#hasContinued && error instanceof InvalidEventError;
    return isMisfit ? this.#misfit(error.data, error) : error;
  }

  /**
   * Whether an event was already received in an earlier response.
   *
   * @throws {InvalidEventError} If the response is that of another generation, or if it repeats events in such a way that
   * the new ones cannot be told from them.
   */
  #isRepeated({ data }: ServerSentEvent, id: string | undefined): boolean {
    const [after, last] = [this.#resumedAfter, this.#lastID];
    if (after === undefined || last === undefined || id === undefined) return false;
    if (id === last || isLess(id, last)) {
      if (this.#isOfUnknownMessage(data)) throw this.#misfit(data);
      this.#repeatedID = id;
      return true;
    }
    // A service joins deltas for a slow client: the joined delta has the last id, but may begin with repeated text.
    const mayBeJoined = last === after && this.#repeatedID !== undefined && this.#repeatedID !== after;
    if (mayBeJoined || id === this.#firstID) throw this.#misfit(data);
    return false;
  }

  #isOfUnknownMessage(data: string): boolean {
    if (!data.includes('message_start')) return false;
    const event = parseJson(data);
    return readPath(event, 'type') === 'message_start' && !this.#messageIDs.has(readPath(event, 'message', 'id'));
  }

  /**
   * Whether an event is ignored because its blank line is missing, so that it may be truncated: the next response repeats
   * it. If that ends in the same way, the server omits the last blank line.
   */
  #willBeRepeated({ unterminated, data }: ServerSentEvent): boolean {
    if (unterminated !== true || this.#lastID === undefined || data === this.#unterminatedData) return false;
    this.#unterminatedData = data;
    return true;
  }

  #misfit(data: string, cause?: InvalidEventError): InvalidEventError {
    return new InvalidEventError(
      `The response to the resumed request does not continue the stream: the server must resume after the event whose id is in the last-event-id header, ${String(this.#resumedAfter)}.`,
      { position: this.eventCount, data, cause, requestID: this.#facts.requestID },
    );
  }
}

function isLess(id: string, other: string): boolean {
  return INTEGER.test(id) && INTEGER.test(other) && BigInt(id) < BigInt(other); // an id may exceed 2^53
}
