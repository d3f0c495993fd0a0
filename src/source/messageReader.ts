import { EventOrder } from '../protocol/eventOrder.js';
import { safeStringify } from '../utils/safeStringify.js';
import { incompleteMessage, type Progress } from '../errors/connectionErrors.js';
import { InvalidEventError, type ErrorPhase } from '../errors/classes.js';
import { hasContent } from '../api/content.js';
import { isTyped, type AnyEvent, type MessageStreamEvent } from '../api/events.js';
import { isObject } from '../utils/inspect.js';
import { findShapeFault } from '../protocol/eventShape.js';
import type { ServerSentEvent } from './sseDecoder.js';
import { eventError, type ResponseFacts } from '../errors/statusError.js';

/** The names that the API gives its events. `ping` may come without data that says so: gateways send it themselves. */
const EVENT_NAMES: ReadonlySet<string> = new Set([
  'message_start',
  'content_block_start',
  'content_block_delta',
  'content_block_stop',
  'message_delta',
  'message_stop',
  'error',
  'message',
]);

/**
 * Reads the events of a message from server-sent events, or takes them as they are: checks each, and that it may come
 * where it comes, and passes it on.
 */
export class MessageReader implements Progress, ResponseFacts {
  /** The response that the events come in, as far as it is known. */
  headers: Headers | undefined;
  requestID: string | undefined;
  /** Whether content has been passed on. */
  phase: ErrorPhase = 'before-content';
  /** The type of the last event. */
  lastEvent: string | undefined;
  /** How many events with content there were. */
  contents = 0;
  readonly #order = new EventOrder();
  readonly #emit: (event: MessageStreamEvent) => void;

  /** @param emit - Called for each event, in the same turn. */
  constructor(emit: (event: MessageStreamEvent) => void) {
    this.#emit = emit;
  }

  /** Whether a message has stopped and none is open: the bytes may end here. */
  get settled(): boolean {
    return this.#order.isComplete;
  }

  /**
   * Reads an event. `[DONE]`, which some gateways send at the end, says nothing. Neither does an event that is named for a
   * type which is not the API's and whose data is no event of it.
   *
   * @throws {InvalidEventError} If it is not JSON, lacks a field, or comes out of order.
   * @throws {APIStatusError} If it is an `error` event.
   */
  read(serverEvent: ServerSentEvent): void {
    const { data } = serverEvent; // the other fields only where they are needed, which nearly never is
    if (data === '[DONE]') return;
    let event: unknown;
    try {
      event = JSON.parse(data);
    } catch (cause) {
      // It was cut, so it never came; or it never was the API's.
      if (serverEvent.unterminated || isForeign(serverEvent.event)) return;
      throw this.#fault('not JSON', data, { cause });
    }
    if (isTyped(event)) {
      this.take(event, data);
      return;
    }
    const { event: name } = serverEvent;
    if (isObject(event) && (name === 'error' || name === 'ping')) this.take({ ...event, type: name }, data);
    else if (!isForeign(name)) throw this.#fault('not an object with a type', data);
  }

  /** Takes an event as it is; throws as `read` does. */
  take(event: AnyEvent, data?: string): void {
    if (this.#order.acceptPlainDelta(event)) {
      this.#pass(event, true);
      return;
    }
    if (event.type === 'error') throw eventError(event, this.phase, this);
    const fault = findShapeFault(event);
    if (fault !== undefined) throw this.#fault(fault, data ?? safeStringify(event) ?? event.type);
    this.lastEvent = event.type;
    if (!this.#order.accept(event)) return;
    // Known types were checked above; types that are not known yet stay outside of the union, as events.ts says.
    this.#pass(event as MessageStreamEvent, hasContent(event));
  }

  #pass(event: MessageStreamEvent, bringsContent: boolean): void {
    this.lastEvent = event.type;
    if (bringsContent) {
      this.phase = 'mid-content';
      this.contents += 1;
    }
    this.#emit(event);
  }

  /** @throws {IncompleteMessageError} If the stream may not end here. */
  end(): void {
    if (!this.settled) throw incompleteMessage(this.#order.position, this.phase, this.requestID);
  }

  #fault(what: string, data: string, cause?: { readonly cause: unknown }): InvalidEventError {
    return new InvalidEventError(`The stream has an event that is no event of the Messages API: ${what}.`, {
      position: this.#order.position,
      data,
      ...cause,
    });
  }
}

/** Whether an event has a name that the API gives none of its own. */
function isForeign(name: string | undefined): boolean {
  return name !== undefined && !EVENT_NAMES.has(name);
}
