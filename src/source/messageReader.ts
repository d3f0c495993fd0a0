import { copyStart } from '../accumulate/copyStart.js';
import { EventOrder } from '../protocol/eventOrder.js';
import { safeStringify } from '../utils/safeStringify.js';
import { incompleteMessage, incompleteRun, type Progress } from '../errors/connectionErrors.js';
import { InvalidEventError, type APIError, type ErrorPhase } from '../errors/classes.js';
import { hasContent, isActivity } from '../api/content.js';
import { isEvent, isTyped, type AnyEvent, type MessageStreamEvent } from '../api/events.js';
import { isObject, readPath } from '../utils/inspect.js';
import { reportsFailure } from '../errors/readError.js';
import { findShapeFault } from '../protocol/eventShape.js';
import { StreamEnd, type StreamKind, type StreamStage } from '../protocol/streamEnd.js';
import { parseEventData } from './deltaPattern.js';
import type { ServerSentEvent } from './sseDecoder.js';
import { eventError, type ResponseFacts } from '../errors/statusError.js';

/**
 * The `event:` names whose data must be an event of the API. `message` is the name that a server-sent event has by
 * default. `ping` is missing, because gateways send pings of their own, with any data.
 */
const API_EVENT_NAMES: ReadonlySet<string> = new Set([
  'message_start',
  'content_block_start',
  'content_block_delta',
  'content_block_stop',
  'message_delta',
  'message_stop',
  'message',
]);

const ERROR_NAME = 'error';

/** Data without content, after its white space has been removed. */
const EMPTY_DATA: ReadonlySet<string> = new Set(['', '{}', '[]', 'null', '""', '[DONE]']);

const UNKNOWN_RESPONSE: ResponseFacts = { headers: undefined, requestID: undefined };

/** Validates the shape and order of a message's events, and emits them. */
export class MessageReader {
  readonly #emit: (event: MessageStreamEvent) => void;
  readonly #response: ResponseFacts;
  readonly #order = new EventOrder();
  readonly #end: StreamEnd;
  #phase: ErrorPhase = 'before-content';
  #lastEvent: string | undefined;
  #activityCount = 0;

  /**
   * @param emit - Called synchronously for each event.
   * @param response - The response that the events are read from, for errors. Default: unknown.
   * @param kind - What the stream contains. Default 'run', which includes a single message.
   */
  constructor(
    emit: (event: MessageStreamEvent) => void,
    response: ResponseFacts = UNKNOWN_RESPONSE,
    kind: StreamKind = 'run',
  ) {
    this.#emit = emit;
    this.#end = new StreamEnd(kind);
    this.#response = response;
  }

  /** How far the stream has progressed, for errors. */
  get progress(): Progress {
    return { phase: this.#phase, lastEvent: this.#lastEvent, requestID: this.#response.requestID };
  }

  /** The number of valid events so far. */
  get eventCount(): number {
    return this.#order.position;
  }

  /** The number of events so far that show that the model is at work. */
  get activityCount(): number {
    return this.#activityCount;
  }

  /** Whether a message has stopped and no other one is open. */
  get isComplete(): boolean {
    return this.#order.isComplete;
  }

  /** How far the stream is from its end. */
  get stage(): StreamStage {
    return this.#end.stage(this.isComplete);
  }

  /**
   * Reads the data of a server-sent event. The name `error` makes any data an error, whatever its case. Ignores data
   * without content, such as `{}` or the `[DONE]` that some gateways send last. Ignores data that is not an event of the API, if its `event:`
   * name is not one of the API's either. After a complete message, ignores everything except an error.
   *
   * @throws {InvalidEventError} If the data is not JSON, lacks a field, or is out of order.
   * @throws {APIStatusError} If it is an error.
   * @throws {APIConnectionError} If it is an error that consists of text only.
   */
  readServerSentEvent(serverEvent: ServerSentEvent): void {
    const { event: name, data } = serverEvent;
    const isError = isErrorName(name);
    let event: unknown;
    try {
      event = parseEventData(data);
    } catch (cause) {
      if (isError) throw this.#failure(data);
      if (serverEvent.unterminated !== true && !this.#canIgnore(serverEvent)) {
        throw this.#invalidEvent('its data is not JSON', data, { cause });
      }
      return;
    }
    if (isError) throw this.#failure(event);
    if (isTyped(event)) {
      this.readEvent(event, data);
      return;
    }
    if (isObject(event) && reportsFailure(event)) throw this.#failure(event);
    if (isObject(event) && name === 'ping') this.readEvent({ ...event, type: name }, data);
    else if (!this.#canIgnore(serverEvent)) throw this.#invalidEvent('its data is not an object with a type', data);
  }

  /**
   * Reads an event that is already an object. Throws as `readServerSentEvent` does.
   *
   * @param data - The JSON that the event was parsed from, if any.
   */
  readEvent(event: AnyEvent, data?: string): void {
    if (this.#order.acceptPlainDelta(event)) {
      this.#emitEvent(event, true);
      return;
    }
    if (reportsFailure(event)) throw this.#failure(event);
    const fault = findShapeFault(event);
    if (fault !== undefined) {
      if (this.isComplete) return;
      throw this.#invalidEvent(fault, data ?? safeStringify(event) ?? event.type);
    }
    this.#lastEvent = event.type;
    if (!this.#order.accept(event)) return;
    this.#end.add(event);
    if (isEvent(event, 'message_start') && !readPath(event.message, 'usage')) {
      this.#emitEvent(copyStart(event), isActivity(event)); // the copy has a usage
      return;
    }
    // Known types were validated above. Unknown types pass through, but are not in the union (see events.ts).
    this.#emitEvent(event as MessageStreamEvent, isActivity(event));
  }

  /**
   * The bytes may end after any complete message, because a service may forward only some turns. A tool run has to end
   * with `run_end` or `run_paused`.
   *
   * @throws {IncompleteMessageError} If the stream is not allowed to end here.
   */
  expectComplete(): void {
    const { requestID } = this.#response;
    if (this.stage === 'waiting' && this.#end.needsRunEnd) throw incompleteRun(this.eventCount, requestID);
    if (!this.isComplete) throw incompleteMessage(this.eventCount, this.#phase, requestID);
  }

  #emitEvent(event: MessageStreamEvent, isActive: boolean): void {
    this.#lastEvent = event.type;
    if (isActive) {
      this.#activityCount += 1;
      if (this.#phase !== 'mid-content' && hasContent(event)) this.#phase = 'mid-content';
    }
    this.#emit(event);
  }

  /**
   * Whether data that is not an event can be ignored: it has no content, it is a gateway's own, or the message is
   * complete.
   */
  #canIgnore({ event: name, data }: ServerSentEvent): boolean {
    return this.isComplete || isGatewayEvent(name) || EMPTY_DATA.has(data.replace(/\s+/g, ''));
  }

  #failure(event: unknown): APIError {
    return eventError(event, this.#phase, this.#response);
  }

  #invalidEvent(fault: string, data: string, cause?: { readonly cause: unknown }): InvalidEventError {
    return new InvalidEventError(`The stream contains an invalid event: ${fault}.`, {
      position: this.eventCount,
      data,
      ...cause,
    });
  }
}

/** Whether an event has the name `error`, whatever its case. Comparing the length first saves a copy of every name. */
function isErrorName(name: string | undefined): boolean {
  return name?.length === ERROR_NAME.length && name.toLowerCase() === ERROR_NAME;
}

/** Whether a gateway may have sent an event of this name itself, so that its data may be anything. */
function isGatewayEvent(name: string | undefined): boolean {
  return name !== undefined && !API_EVENT_NAMES.has(name);
}
