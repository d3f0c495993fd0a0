import { InvalidEventError } from '../errors/classes.js';
import { isEvent, type AnyEvent, type ContentBlockDeltaEvent } from '../api/events.js';
import { endsRun } from '../api/runEvents.js';
import { safeStringify } from '../utils/safeStringify.js';

/**
 * The delta types that each known block type accepts. A block ignores the other types listed here, as in the official
 * SDK.
 */
const DELTAS_BY_BLOCK: ReadonlyMap<string, readonly string[]> = new Map([
  ['text', ['text_delta', 'citations_delta']],
  ['thinking', ['thinking_delta', 'signature_delta']],
  ['tool_use', ['input_json_delta']],
  ['server_tool_use', ['input_json_delta']],
  ['mcp_tool_use', ['input_json_delta']],
  ['compaction', ['compaction_delta', 'signature_delta']],
]);

const KNOWN_DELTAS: ReadonlySet<string> = new Set([...DELTAS_BY_BLOCK.values()].flat());

/** The types of event, besides deltas, that are only valid while a message is open. */
const INSIDE_MESSAGE: ReadonlySet<string> = new Set([
  'content_block_start',
  'content_block_stop',
  'message_delta',
  'message_stop',
]);

/** The highest block index that is accepted. An event with a higher index is rejected. */
const MAX_INDEX = 65_535;

/** What to do with an event. An object has the reason to reject it. */
type Verdict = 'accept' | 'ignore' | { readonly reason: string };

/**
 * Validates the order of a stream's events: tracks which message is open, and which of its blocks have started or
 * stopped.
 *
 * Events, blocks and deltas of unknown types are accepted anywhere.
 */
export class EventOrder {
  #messageID: string | undefined;
  /** The types of the blocks that have started, by index; null once a block has stopped. */
  #blocks: (string | null | undefined)[] = [];
  #position = 0;
  #hasStopped = false;

  /** Whether a message has started but not stopped. */
  get isOpen(): boolean {
    return this.#messageID !== undefined;
  }

  /**
   * Whether the last message has stopped, and neither a `message_start` nor a `message_restart` has followed. Also
   * after a run that ended without a message, as a resumed one may.
   */
  get isComplete(): boolean {
    return this.#hasStopped && !this.isOpen;
  }

  /** How many events have been accepted or ignored. */
  get position(): number {
    return this.#position;
  }

  /**
   * Accepts the next event if it is a plain delta, as nearly all events are: text, thinking or JSON, with the field
   * that its type requires, for an open block of that type. For such an event, this replaces both `findShapeFault` and
   * `accept`, and only makes a few comparisons.
   *
   * @returns Whether the event was accepted. If not, nothing has changed, and the event can still be valid.
   */
  acceptPlainDelta(event: AnyEvent): event is ContentBlockDeltaEvent {
    if (!isDelta(event) || typeof event.index !== 'number') return false;
    const isPlain = isPlainDelta(event.delta, this.#blocks[event.index]);
    if (isPlain) this.#position += 1;
    return isPlain;
  }

  /**
   * Accepts the next event.
   *
   * @returns Whether the event was accepted. False if it should be ignored: a repeated `message_start` of the same
   * message, a repeated stop, the stop of a block that was never started, a delta that its block does not accept, or an
   * event of a message that is already complete.
   * @throws {InvalidEventError} If the event is out of order.
   */
  accept(event: AnyEvent): boolean {
    if (this.acceptPlainDelta(event)) return true;
    const verdict = this.#judge(event);
    if (typeof verdict === 'object') {
      throw new InvalidEventError(`The stream's events are out of order: ${verdict.reason}.`, {
        position: this.#position,
        data: safeStringify(event) ?? event.type,
      });
    }
    this.#position += 1;
    if (verdict === 'ignore') return false;
    this.#apply(event);
    return true;
  }

  #judge(event: AnyEvent): Verdict {
    const { type } = event;
    if (INSIDE_MESSAGE.has(type) && !this.isOpen) return this.#outside(`a ${type} outside a message`);
    if (isEvent(event, 'content_block_delta')) return this.#judgeDelta(event);
    if (isEvent(event, 'content_block_start')) {
      const { index } = event;
      if (!(index >= 0 && index <= MAX_INDEX))
        return { reason: `a block index that is not between 0 and ${MAX_INDEX}` };
      if (this.#blocks[index] !== undefined)
        return { reason: 'a content_block_start for a block that has already started' };
    } else if (isEvent(event, 'content_block_stop')) {
      const block = this.#blocks[event.index];
      if (typeof block !== 'string') return 'ignore'; // already stopped, or never started, as in some refusals
    } else if (isEvent(event, 'message_start')) {
      if (event.message.id === this.#messageID) return 'ignore';
      if (this.isOpen) return { reason: 'a message_start inside another message' };
    }
    return 'accept';
  }

  #judgeDelta(event: ContentBlockDeltaEvent): Verdict {
    const block = this.#blocks[event.index];
    if (block === undefined) return this.#outside('a delta for a block that was never started');
    if (block === null) return { reason: 'a delta for a block that has stopped' };
    const { type } = event.delta;
    const accepted = DELTAS_BY_BLOCK.get(block);
    const hasNoPlace = accepted !== undefined && KNOWN_DELTAS.has(type) && !accepted.includes(type);
    return hasNoPlace ? 'ignore' : 'accept';
  }

  /**
   * Ignores the event after a complete message, since such events are noise from a gateway and must not turn a complete
   * answer into an error. Otherwise rejects it.
   */
  #outside(reason: string): Verdict {
    return this.isComplete ? 'ignore' : { reason };
  }

  #apply(event: AnyEvent): void {
    if (isEvent(event, 'content_block_start')) {
      this.#blocks[event.index] = event.content_block.type;
    } else if (isEvent(event, 'content_block_stop')) {
      this.#blocks[event.index] = null;
    } else if (isEvent(event, 'message_start')) {
      this.#messageID = event.message.id;
      this.#blocks = event.message.content.map(() => null);
    } else if (isEvent(event, 'message_stop') || isEvent(event, 'message_restart')) {
      this.#messageID = undefined;
      this.#blocks = [];
      this.#hasStopped = event.type === 'message_stop';
    } else if (endsRun(event)) {
      this.#hasStopped = true;
    }
  }
}

/** A delta event whose fields have not been checked. */
interface UncheckedDeltaEvent extends AnyEvent {
  readonly index?: unknown;
  readonly delta?: {
    readonly type?: unknown;
    readonly text?: unknown;
    readonly partial_json?: unknown;
    readonly thinking?: unknown;
  } | null;
}

function isDelta(event: AnyEvent): event is UncheckedDeltaEvent {
  return event.type === 'content_block_delta';
}

/** Called for nearly every event, so it only compares fields, which takes about 25 ns per event. */
function isPlainDelta(delta: UncheckedDeltaEvent['delta'], block: string | null | undefined): boolean {
  switch (delta?.type) {
    case 'text_delta':
      return block === 'text' && typeof delta.text === 'string';
    case 'input_json_delta':
      return isToolCallType(block) && typeof delta.partial_json === 'string';
    case 'thinking_delta':
      return block === 'thinking' && typeof delta.thinking === 'string';
    default:
      return false;
  }
}

function isToolCallType(block: string | null | undefined): boolean {
  return block === 'tool_use' || block === 'server_tool_use' || block === 'mcp_tool_use';
}
