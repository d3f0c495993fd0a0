import { InvalidEventError } from '../errors/classes.js';
import { isEvent, type AnyEvent, type ContentBlockDeltaEvent } from '../api/events.js';
import { safeStringify } from '../utils/safeStringify.js';

/** A type of block and one of delta, both of them known. */
const KNOWN =
  /^(text|thinking|(server_|mcp_)?tool_use|compaction) (text|thinking|citations|signature|input_json|compaction)_delta$/;

/** Those of them that belong together: they have the same name, or these. */
const FITTING = /^(\w+) \1_|text citations|thinking signature|tool_use input_json/;

/** What, like a delta, may only come inside of a message. */
const IN_A_MESSAGE: ReadonlySet<string> = new Set([
  'content_block_start',
  'content_block_stop',
  'message_delta',
  'message_stop',
]);

/** The highest block index that is believed. */
const MAX_INDEX = 65_535;

/**
 * Follows the order of a stream's events: which message is open, and which of its blocks.
 *
 * Unknown event, block and delta types have no order and are let through.
 */
export class EventOrder {
  #messageID: string | undefined;
  /** The types of the blocks that have started, by index; null once a block has stopped. */
  #blocks: (string | null | undefined)[] = [];
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
      (delta?.type === 'input_json_delta' &&
        block?.endsWith('tool_use') === true &&
        typeof delta.partial_json === 'string') ||
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
    const verdict = this.#judge(event);
    if (typeof verdict === 'string') {
      throw new InvalidEventError(`The stream's events are out of order: ${verdict}.`, {
        position: this.#position,
        data: safeStringify(event) ?? event.type,
      });
    }
    this.#position += 1;
    return verdict;
  }

  /** Takes the next event; says why if it cannot. */
  #judge(event: AnyEvent): boolean | string {
    const { type } = event;
    // After a whole message, what goes on is a gateway's noise, and takes nothing from the answer.
    if (IN_A_MESSAGE.has(type) && !this.open) return !this.complete && `a ${type} outside of a message`;
    if (isEvent(event, 'content_block_delta')) {
      const block = this.#blocks[event.index];
      if (block === undefined) return !this.complete && 'a delta for a block that was never started';
      if (block === null) return 'a delta for a block that has stopped';
      const { type: delta } = event.delta;
      const pair = `${block} ${delta}`;
      if (KNOWN.test(pair) && !FITTING.test(pair)) return `a ${delta} for a block of type ${block}`;
    } else if (isEvent(event, 'content_block_start')) {
      const { index } = event;
      if (!(index >= 0 && index <= MAX_INDEX)) return `a block index that is not 0 to ${MAX_INDEX}`;
      if (this.#blocks[index] !== undefined) return 'a block that was started before';
      this.#blocks[index] = event.content_block.type;
    } else if (isEvent(event, 'content_block_stop')) {
      const block = this.#blocks[event.index];
      if (block === undefined) return 'the stop of a block that was never started';
      this.#blocks[event.index] = null;
      return block !== null;
    } else if (isEvent(event, 'message_start')) {
      const { id, content } = event.message;
      if (this.#messageID === id) return false;
      if (this.open) return 'another message starts inside a message';
      this.#messageID = id;
      this.#blocks = content.map(() => null);
    } else if (isEvent(event, 'message_stop') || isEvent(event, 'message_restart')) {
      this.#messageID = undefined;
      this.#blocks = [];
      this.#completed = type === 'message_stop';
    }
    return true;
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

function isDelta(event: AnyEvent): event is UncheckedDelta {
  return event.type === 'content_block_delta';
}
