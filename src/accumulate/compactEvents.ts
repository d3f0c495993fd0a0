import {
  isEvent,
  type AnyEvent,
  type ContentBlockDelta,
  type ContentBlockDeltaEvent,
  type ContentBlockStartEvent,
  type MessageDeltaEvent,
  type MessageStartEvent,
} from '../api/events.js';
import type { ContentBlock } from '../api/message.js';
import { BlockAccumulator } from './blockAccumulator.js';
import { copyStart } from './copyStart.js';
import { EventOrder } from '../protocol/eventOrder.js';
import { deepFrozenCopy } from '../utils/freeze.js';
import { DeltaRun } from './deltaRun.js';
import { overwrite } from './overwrite.js';
import { accumulateUsage, type RunningUsage } from './usage.js';

/** An event that replaces several consecutive ones of its type. */
export type RebuiltEvent = MessageStartEvent | ContentBlockStartEvent | ContentBlockDeltaEvent | MessageDeltaEvent;

/** Events that only matter at the moment they arrive. A late subscriber does not need them. */
const TRANSIENT: ReadonlySet<string> = new Set(['ping', 'tool_progress']);

/**
 * The deltas that remain events, because operators select them. All other deltas are merged into the start of their
 * block.
 */
const STANDALONE_DELTAS: ReadonlySet<string> = new Set<ContentBlockDelta['type']>([
  'text_delta',
  'thinking_delta',
  'input_json_delta',
  'citations_delta',
]);

/**
 * Compacts the events of a stream into a few equivalent ones. From these, any operator can rebuild the messages so far,
 * and the stream can continue after them.
 *
 *     added      s  b0  d0 d0 d0  e0  b1  d1 d1  ping  b2 d2 d1 d2  e1 e2  m m  z
 *     events     s  b0  D0        e0  b1  D1           b2 D2        e1 e2  M    z
 *
 *     s: message_start  b, d, e: the start, a delta and the stop of a block  m: message_delta  z: message_stop
 *     D, M: the deltas of a block, or of the message, joined into one
 *
 * A block is kept as its start, one delta with all its text or JSON, and its stop. The number of events therefore
 * depends on the number of blocks, not on how many events arrived. Citations keep their place in the text, so the text
 * between two citations is a separate delta. Blocks keep their indexes. All events keep their order, except that the
 * deltas of interleaved blocks (b1 and b2 above) move to the start of their block. A delta of any other type (a
 * signature, an unknown type) is merged into the block's start.
 *
 * A message that a `message_restart` withdraws is reduced to a `message_start` with its usage:
 *
 *     added      s  b0  d0 d0  r  s  b0  d0          r: message_restart
 *     events     S             r  s  b0  d0          S: without content, with the usage so far
 *
 * Events that the API does not send are preserved, unless a restart withdraws them. `ping` and `tool_progress` events
 * are dropped.
 *
 * The cost of adding an event does not depend on what came before; reading `events` is linear in their number. Events
 * that have been read do not change. Events that were added are returned as they are, so freeze them before.
 */
export class CompactEvents<Event extends AnyEvent> {
  readonly #order = new EventOrder();
  readonly #parts: (Event | RebuiltEvent | StartedBlock)[] = [];
  /** The open message, and where in `#parts` it begins. */
  #open: OpenMessage | undefined;

  /** Whether the last message is complete. */
  get isComplete(): boolean {
    return this.#order.isComplete;
  }

  /** The events so far. */
  get events(): readonly (Event | RebuiltEvent)[] {
    return this.#parts.flatMap<Event | RebuiltEvent>((part) => (part instanceof StartedBlock ? part.events : part));
  }

  /**
   * Adds the next event. An event that is ignored, such as a repeated start, is not kept.
   *
   * @throws {InvalidEventError} If the event is out of order.
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
    } else if (isEvent(event, 'message_start')) {
      const start = deepFrozenCopy(copyStart(event));
      this.#open = { start, firstPart: this.#parts.length, blocks: new Map() };
      this.#parts.push(start);
    } else {
      if (isEvent(event, 'message_stop')) this.#open = undefined;
      else if (isEvent(event, 'message_restart')) this.#withdrawOpen();
      this.#parts.push(event);
    }
  }

  #addMessageDelta(event: Event & MessageDeltaEvent): void {
    const last = this.#parts.at(-1);
    if (last === undefined || last instanceof StartedBlock || !isEvent(last, 'message_delta')) this.#parts.push(event);
    else this.#parts[this.#parts.length - 1] = joinMessageDeltas(last, event);
  }

  /** Replaces the events of the open message by its start, with the usage so far. */
  #withdrawOpen(): void {
    if (this.#open === undefined) return;
    const { start, firstPart } = this.#open;
    let usage: RunningUsage | undefined;
    for (const part of this.#parts.splice(firstPart)) {
      if (!(part instanceof StartedBlock)) usage = accumulateUsage(usage, part);
    }
    this.#parts.push(
      deepFrozenCopy({ ...start, message: { ...start.message, content: [], usage: usage ?? start.message.usage } }),
    );
    this.#open = undefined;
  }
}

interface OpenMessage {
  readonly start: MessageStartEvent;
  readonly firstPart: number;
  readonly blocks: Map<number, StartedBlock>;
}

/** A block that has started, stored as the events from which it can be rebuilt. */
class StartedBlock {
  readonly #start: ContentBlockStartEvent;
  readonly #block: BlockAccumulator;
  /** The block as it started. */
  readonly #startedAs: ContentBlock;
  /** All deltas before the current run. */
  readonly #deltas: ContentBlockDeltaEvent[] = [];
  /** The newest deltas, which are of the same type. */
  #run: DeltaRun | undefined;

  constructor(start: ContentBlockStartEvent) {
    this.#start = start;
    // The JSON of the input is in the deltas.
    this.#block = new BlockAccumulator(start.content_block, 'ignored');
    this.#startedAs = this.#block.block;
  }

  get events(): readonly (ContentBlockStartEvent | ContentBlockDeltaEvent)[] {
    const { block } = this.#block;
    const isChanged = block !== this.#startedAs;
    const start = isChanged ? Object.freeze({ ...this.#start, content_block: block }) : this.#start;
    return [start, ...this.#deltas, ...(this.#run === undefined ? [] : [this.#run.merged])];
  }

  add(event: ContentBlockDeltaEvent): void {
    if (!STANDALONE_DELTAS.has(event.delta.type)) {
      this.#block.add(event.delta);
    } else if (this.#run?.add(event) !== true) {
      if (this.#run !== undefined) this.#deltas.push(this.#run.merged);
      this.#run = new DeltaRun(event);
    }
  }
}

/** Joins two updates of the message into one. */
function joinMessageDeltas(older: MessageDeltaEvent, newer: MessageDeltaEvent): MessageDeltaEvent {
  return Object.freeze({
    ...overwrite(older, newer),
    delta: overwrite(older.delta, newer.delta),
    usage: overwrite(Object.freeze({ ...older.usage }), newer.usage), // a gateway may omit it
  });
}
