import {
  isEvent,
  type AnyEvent,
  type ContentBlockDelta,
  type ContentBlockDeltaEvent,
  type ContentBlockStartEvent,
  type MessageDeltaEvent,
  type MessageStartEvent,
} from '../api/events.js';
import { BlockAccumulator } from './blockAccumulator.js';
import { copyStart } from './copyStart.js';
import { EventOrder } from '../protocol/eventOrder.js';
import { textOfDelta, withTextOfDelta } from './joinDeltas.js';
import { overwrite } from './overwrite.js';
import { accumulateUsage, type RunningUsage } from './usage.js';

/** An event that says what several of its type said one after the other. */
export type RebuiltEvent = MessageStartEvent | ContentBlockStartEvent | ContentBlockDeltaEvent | MessageDeltaEvent;

/** Events of the moment: who comes later has no use for them. */
const TRANSIENT: ReadonlySet<string> = new Set(['ping', 'tool_progress']);

/** The deltas that are events of their own to who selects them. All others are put into their block. */
const STANDALONE_DELTAS: ReadonlySet<string> = new Set<ContentBlockDelta['type']>([
  'text_delta',
  'thinking_delta',
  'input_json_delta',
  'citations_delta',
]);

/**
 * Keeps the events of a stream as the few that say the same: they rebuild the messages so far, and the stream can go on
 * after them, in any operator.
 *
 *     add        s b d d d e b d d d ping m m        s: message_start  b, d, e: blocks and their deltas  m: message_delta
 *     events     s b D e b D M                       D, M: what the deltas said together
 *
 * What remains of a block is its start, its text or JSON in one delta, and its stop; so there are about as many events as
 * blocks, however many came. Citations stay where they are in the text, which takes a delta between two of them. Blocks
 * keep their indexes, and all events their order but for deltas: those of interleaved blocks come with their block. A
 * delta of any other kind (a signature, what is not known yet) is put into the block's start.
 *
 * What a `message_restart` withdraws is kept as a `message_start` with what it cost, and no more. Events that are not the
 * API's are kept as they are, but for those that a restart withdraws. A `ping` and a `tool_progress` are not kept.
 *
 * An event costs the same however much came before; reading `events` costs what they are many. What was read does not
 * change.
 */
export class CompactEvents<Event extends AnyEvent> {
  readonly #order = new EventOrder();
  readonly #parts: (Event | RebuiltEvent | StartedBlock)[] = [];
  /** The message that is open, and where in `#parts` it begins. */
  #open: OpenMessage | undefined;

  /** Whether the last message has stopped. */
  get isComplete(): boolean {
    return this.#order.isComplete;
  }

  /** The events so far. */
  get events(): readonly (Event | RebuiltEvent)[] {
    return this.#parts.flatMap<Event | RebuiltEvent>((part) => (part instanceof StartedBlock ? part.events : part));
  }

  /**
   * Takes the next event. One that is out of place but does no harm, as a repeated start, is not kept.
   *
   * @throws {InvalidEventError} If the event cannot come here.
   */
  add(event: Event): void {
    if (!this.#order.accept(event) || TRANSIENT.has(event.type)) return;
    if (isEvent(event, 'content_block_delta')) {
      this.#open?.blocks.get(event.index)?.add(event);
    } else if (isEvent(event, 'content_block_start')) {
      const block = new StartedBlock(event);
      this.#open?.blocks.set(event.index, block);
      this.#parts.push(block);
    } else if (isEvent(event, 'message_delta')) {
      this.#addMessageDelta(event);
    } else {
      if (isEvent(event, 'message_start')) {
        const start = copyStart(event);
        this.#open = { start, begin: this.#parts.length, blocks: new Map() };
        this.#parts.push(start);
        return;
      }
      if (isEvent(event, 'message_stop')) {
        this.#open = undefined;
      } else if (isEvent(event, 'message_restart')) {
        this.#withdraw();
      }
      this.#parts.push(event);
    }
  }

  #addMessageDelta(event: Event & MessageDeltaEvent): void {
    const last = this.#parts.at(-1);
    if (last === undefined || last instanceof StartedBlock || !isEvent(last, 'message_delta')) this.#parts.push(event);
    else this.#parts[this.#parts.length - 1] = joinMessageDeltas(last, event);
  }

  #withdraw(): void {
    if (this.#open === undefined) return;
    const { start, begin } = this.#open;
    let usage: RunningUsage | undefined;
    for (const part of this.#parts.splice(begin)) {
      if (!(part instanceof StartedBlock)) usage = accumulateUsage(usage, part);
    }
    this.#parts.push({ ...start, message: { ...start.message, content: [], usage: usage ?? start.message.usage } });
    this.#open = undefined;
  }
}

interface OpenMessage {
  readonly start: MessageStartEvent;
  readonly begin: number;
  readonly blocks: Map<number, StartedBlock>;
}

/** A block, as the events that start it and bring it as far as it has come. */
class StartedBlock {
  readonly #start: ContentBlockStartEvent;
  readonly #block: BlockAccumulator;
  /** The deltas but for the last. */
  readonly #deltas: ContentBlockDeltaEvent[] = [];
  #last: ContentBlockDeltaEvent | undefined;
  /** The texts that the last delta says: its own, and those of the ones before it that it goes on. */
  #texts: string[] = [];

  constructor(start: ContentBlockStartEvent) {
    this.#start = start;
    this.#block = new BlockAccumulator(start.content_block, true); // its input stays as it came: the JSON is in the deltas
  }

  get events(): readonly (ContentBlockStartEvent | ContentBlockDeltaEvent)[] {
    this.#joinLast();
    const { block } = this.#block;
    const isChanged = block !== this.#start.content_block;
    const start = isChanged ? { ...this.#start, content_block: block } : this.#start;
    return [start, ...this.#deltas, ...(this.#last === undefined ? [] : [this.#last])];
  }

  add(event: ContentBlockDeltaEvent): void {
    const { delta } = event;
    if (!STANDALONE_DELTAS.has(delta.type)) {
      this.#block.add(delta);
      return;
    }
    const text = textOfDelta(delta);
    if (text !== undefined && this.#texts.length > 0 && this.#last?.delta.type === delta.type) {
      this.#texts.push(text);
    } else {
      this.#joinLast();
      if (this.#last !== undefined) this.#deltas.push(this.#last);
      this.#texts = text === undefined ? [] : [text];
    }
    this.#last = event;
  }

  /** Joins the texts of the last delta: once for all of them, since each delta then costs no more than a place in a list. */
  #joinLast(): void {
    if (this.#last === undefined || this.#texts.length < 2) return;
    const text = this.#texts.join('');
    this.#texts = [text];
    this.#last = { ...this.#last, delta: withTextOfDelta(this.#last.delta, text) };
  }
}

/** What two events say of the message, in one. */
function joinMessageDeltas(older: MessageDeltaEvent, newer: MessageDeltaEvent): MessageDeltaEvent {
  return {
    ...overwrite(older, newer),
    delta: overwrite(older.delta, newer.delta),
    usage: overwrite({ ...older.usage }, newer.usage), // a gateway may leave it out
  };
}
