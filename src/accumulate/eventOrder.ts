import { InvalidEventError } from '../errors.js';
import { isEvent, type AnyEvent, type ContentBlockDeltaEvent } from '../events.js';
import { jsonOf } from './jsonOf.js';

/** The blocks that each known delta can belong to. */
const BLOCKS_OF_DELTA: ReadonlyMap<string, readonly string[]> = new Map([
  ['text_delta', ['text']],
  ['citations_delta', ['text']],
  ['thinking_delta', ['thinking']],
  ['signature_delta', ['thinking']],
  ['input_json_delta', ['tool_use', 'server_tool_use', 'mcp_tool_use']],
  ['compaction_delta', ['compaction']],
]);

const BLOCKS_WITH_DELTAS = new Set([...BLOCKS_OF_DELTA.values()].flat());

/** What may only come inside of a message. After a whole one it is a gateway's noise, and takes nothing from the answer. */
const IN_A_MESSAGE: ReadonlySet<string> = new Set([
  'content_block_start',
  'content_block_delta',
  'content_block_stop',
  'message_delta',
  'message_stop',
]);

/** Stands for the type of a block that has stopped: no block has it. */
const STOPPED = Symbol('stopped');

/** The highest block index that is believed. */
const MAX_INDEX = 65_535;

/**
 * Follows the order of a stream's events: which message is open, and which of its blocks.
 *
 * Unknown event, block and delta types have no order and are let through.
 */
export class EventOrder {
  #messageID: string | undefined;
  #blocks: (string | typeof STOPPED | undefined)[] = [];
  #position = 0;
  #completed = false;

  /** Whether a message has started and not stopped. */
  get open(): boolean {
    return this.#messageID !== undefined;
  }

  /** Whether a message has stopped, none is open, and it was not withdrawn. */
  get complete(): boolean {
    return this.#completed && !this.open;
  }

  /** How many events have been seen. */
  get position(): number {
    return this.#position;
  }

  /**
   * Takes the next event if it is what nearly all are: a delta of text, thinking or JSON, with its fields, for an open
   * block of its kind. Costs a few comparisons.
   *
   * @returns Whether it was. If not, nothing has been taken.
   */
  acceptPlainDelta(event: AnyEvent): event is ContentBlockDeltaEvent {
    if (!isDelta(event) || typeof event.index !== 'number') return false;
    const { delta, index } = event;
    const block = this.#blocks[index];
    const isPlain =
      (delta?.type === 'text_delta' && block === 'text' && typeof delta.text === 'string') ||
      (delta?.type === 'input_json_delta' && isToolUse(block) && typeof delta.partial_json === 'string') ||
      (delta?.type === 'thinking_delta' && block === 'thinking' && typeof delta.thinking === 'string');
    if (isPlain) this.#position += 1;
    return isPlain;
  }

  /**
   * Takes the next event.
   *
   * @returns False if the event is to be ignored: a repeated `message_start` of the same message, a repeated stop,
   * what goes on after a whole message.
   * @throws {InvalidEventError} If the event cannot come here.
   */
  accept(event: AnyEvent): boolean {
    if (this.acceptPlainDelta(event)) return true;
    const accepted = this.#accept(event);
    this.#position += 1;
    return accepted;
  }

  #accept(event: AnyEvent): boolean {
    const isBlockDelta = isEvent(event, 'content_block_delta');
    if (IN_A_MESSAGE.has(event.type)) {
      if (this.complete) return false;
      if (!this.open && !isBlockDelta) throw this.#fault(`a ${event.type} outside of a message`, event);
    }
    if (isBlockDelta) {
      const block = this.#blocks[event.index];
      if (block === undefined) throw this.#fault('a delta for a block that was never started', event);
      if (block === STOPPED) throw this.#fault('a delta for a block that has stopped', event);
      const { type } = event.delta;
      if (BLOCKS_OF_DELTA.get(type)?.includes(block) === false && BLOCKS_WITH_DELTAS.has(block)) {
        throw this.#fault(`a ${type} for a block of type ${block}`, event);
      }
    } else if (isEvent(event, 'content_block_start')) {
      const { index } = event;
      if (!(index >= 0 && index <= MAX_INDEX)) throw this.#fault(`a block index that is not 0 to ${MAX_INDEX}`, event);
      if (this.#blocks[index] !== undefined) throw this.#fault('a block that was started before', event);
      this.#blocks[index] = event.content_block.type;
    } else if (isEvent(event, 'content_block_stop')) {
      const block = this.#blocks[event.index];
      if (block === undefined) throw this.#fault('the stop of a block that was never started', event);
      this.#blocks[event.index] = STOPPED;
      return block !== STOPPED;
    } else if (isEvent(event, 'message_start')) {
      if (this.#messageID === event.message.id) return false;
      if (this.open) throw this.#fault('another message starts inside a message', event);
      this.#messageID = event.message.id;
      this.#blocks = event.message.content.map(() => STOPPED);
    } else if (isEvent(event, 'message_stop') || isEvent(event, 'message_restart')) {
      this.#messageID = undefined;
      this.#blocks = [];
      this.#completed = event.type === 'message_stop';
    }
    return true;
  }

  #fault(what: string, event: AnyEvent): InvalidEventError {
    return new InvalidEventError(`The stream's events are out of order: ${what}.`, {
      position: this.#position,
      data: jsonOf(event) ?? event.type,
    });
  }
}

/** A delta whose fields nobody has looked at. */
interface UncheckedDelta extends AnyEvent {
  readonly index?: unknown;
  readonly delta?: {
    readonly type?: unknown;
    readonly text?: unknown;
    readonly partial_json?: unknown;
    readonly thinking?: unknown;
  } | null;
}

function isToolUse(block: string | symbol | undefined): boolean {
  return block === 'tool_use' || block === 'server_tool_use' || block === 'mcp_tool_use';
}

function isDelta(event: AnyEvent): event is UncheckedDelta {
  return event.type === 'content_block_delta';
}
