import { isThinkingBlock } from '../api/blocks.js';
import {
  isEvent,
  type AnyEvent,
  type ContentBlockDelta,
  type ContentBlockDeltaEvent,
  type MessageDeltaEvent,
  type MessageStartEvent,
  type MessageStreamEvent,
} from '../api/events.js';
import type { ContentBlock, TextBlock } from '../api/message.js';
import { IncrementalJsonParser } from '../json/incrementalJsonParser.js';
import { ContinuingRequest } from './continuingRequest.js';
import { MessageAccumulator } from './messageAccumulator.js';
import { overwrite } from './overwrite.js';
import { initialUsage } from './usage.js';

/** Appended to a truncated tool input that would otherwise be valid JSON, so that the call is not run. */
const TRUNCATION_MARK = ' (truncated)';

type Emit<Event> = (event: Event | MessageStreamEvent) => void;

/**
 * Joins the events of several requests into one message: a first request, whose connection was lost, and the requests
 * that continue from what had arrived.
 *
 *     1st request   start  b0 'The ti'                               lost, with the text block 0 open
 *     2nd request                       start   b0 'de.'  e0  delta  stop
 *     joined        start  b0 'The ti'  usage   'de.'     e0  delta  stop
 *
 * The first request's events are emitted unchanged. This is what the events of a continuing request become:
 *
 * | event | in the joined message |
 * |---|---|
 * | `message_start` | a `message_delta` with the usage so far, after the stops of open blocks that cannot continue |
 * | the start of the first text block | nothing: its text is appended to the text block that is open |
 * | the start of any other block | the start of the block with the next free index |
 * | the deltas and the stop of a block | the same, with the block's index in the joined message |
 * | `message_delta` | the same, with the usage of all requests |
 * | `message_restart` | nothing: the request continues again from what had arrived |
 * | any other | the same |
 *
 * Usage is the total of all requests, and `usage.iterations` lists the usage of each.
 */
export class ContinuedMessage<Event extends AnyEvent> {
  /** The message so far. */
  readonly accumulator = new MessageAccumulator();
  /** The types of the blocks that have started but not stopped, by index. */
  readonly #open = new Map<number, string>();
  #nextIndex = 0;
  #request: ContinuingRequest | undefined;

  /** Whether the current request continues from an earlier one. */
  get isContinuing(): boolean {
    return this.#request !== undefined;
  }

  /** Starts a request that begins the message again. */
  startOver(): void {
    this.#request = undefined;
  }

  /** Starts a request that continues from what has arrived. */
  continueFromPartial(): void {
    const { partial } = this.accumulator;
    if (partial === undefined) return;
    this.#request = new ContinuingRequest(partial, this.#lastOpenText);
  }

  /**
   * Adds the next event of the current request.
   *
   * @param emit - Called with each resulting event of the joined message.
   * @throws {InvalidEventError} If the event is out of order.
   */
  add(event: Event | MessageStreamEvent, emit: Emit<Event>): void {
    if (this.#request === undefined) this.#pass(event, emit);
    else if (this.#request.order.accept(event)) this.#translate(this.#request, event, emit);
  }

  /** Emits the white space that a continuation started with, if no text has followed it. */
  flush(emit: Emit<Event>): void {
    const heldBack = this.#request?.seam.endBlock() ?? '';
    const index = this.#lastOpenText;
    if (index !== undefined) this.#passText(index, heldBack, emit);
  }

  /** The index of the last text block that is open. */
  get #lastOpenText(): number | undefined {
    const texts = [...this.#open].filter(([, type]) => type === 'text').map(([index]) => index);
    return texts.length === 0 ? undefined : Math.max(...texts);
  }

  /** Emits an event of a continuing request as events of the joined message. */
  #translate(request: ContinuingRequest, event: Event | MessageStreamEvent, emit: Emit<Event>): void {
    if (isEvent(event, 'content_block_delta')) {
      this.#translateDelta(request, event, emit);
    } else if (isEvent(event, 'content_block_start')) {
      this.#startBlock(request, event.index, event.content_block, emit);
    } else if (isEvent(event, 'content_block_stop')) {
      this.#stopBlock(request, event.index, emit);
    } else if (isEvent(event, 'message_start')) {
      this.#translateMessageStart(request, event, emit);
    } else if (isEvent(event, 'message_delta')) {
      this.#translateMessageDelta(request, event, emit);
    } else if (isEvent(event, 'message_restart')) {
      // The restart withdraws nothing that was emitted: once a continuing request has content, no restart arrives here.
      this.continueFromPartial();
    } else {
      if (isEvent(event, 'message_stop')) this.#request = undefined;
      this.#pass(event, emit);
    }
  }

  #translateMessageStart(request: ContinuingRequest, { message }: MessageStartEvent, emit: Emit<Event>): void {
    this.#stopOpenBlocks((index) => index !== request.openText, emit);
    request.usage = initialUsage(message);
    this.#pass(
      { type: 'message_delta', delta: { stop_reason: null, stop_sequence: null }, usage: request.totalUsage },
      emit,
    );
    message.content.forEach((block, index) => {
      this.#startBlock(request, index, block, emit);
      this.#stopBlock(request, index, emit);
    });
  }

  #translateMessageDelta(request: ContinuingRequest, event: MessageDeltaEvent, emit: Emit<Event>): void {
    this.#stopOpenBlocks((index) => index === request.openText, emit);
    request.usage = overwrite(request.usage, event.usage);
    this.#pass({ ...event, usage: request.totalUsage }, emit);
  }

  #translateDelta(request: ContinuingRequest, event: ContentBlockDeltaEvent, emit: Emit<Event>): void {
    const index = request.joinedIndex(event.index);
    if (event.delta.type === 'text_delta') this.#passText(index, request.seam.add(event.delta.text), emit);
    else this.#pass({ ...event, index }, emit);
  }

  #startBlock(request: ContinuingRequest, ownIndex: number, block: ContentBlock, emit: Emit<Event>): void {
    const { openText } = request;
    if (block.type === 'text' && openText !== undefined) {
      request.openText = undefined;
      request.setJoinedIndex(ownIndex, openText);
      this.#appendBlock(request, openText, block, emit);
      return;
    }
    if (block.type !== 'text' && !isThinkingBlock(block)) this.#endEarlierText(request, emit);
    const index = this.#nextIndex;
    request.setJoinedIndex(ownIndex, index);
    const content_block = block.type === 'text' ? { ...block, text: request.seam.add(block.text) } : block;
    this.#pass({ type: 'content_block_start', index, content_block }, emit);
  }

  /** Appends what a text block contains at its start to an open text block. */
  #appendBlock(request: ContinuingRequest, index: number, block: TextBlock, emit: Emit<Event>): void {
    this.#passText(index, request.seam.add(block.text), emit);
    for (const citation of block.citations ?? []) this.#passDelta(index, { type: 'citations_delta', citation }, emit);
  }

  /** Ends the text of the earlier requests, because a block follows that is neither text nor thinking. */
  #endEarlierText(request: ContinuingRequest, emit: Emit<Event>): void {
    const { openText } = request;
    request.openText = undefined;
    this.#stopOpenBlocks((index) => index === openText, emit);
    if (request.repeatsBlocks) return;
    this.flush(emit);
    request.seam.end();
  }

  #stopBlock(request: ContinuingRequest, ownIndex: number, emit: Emit<Event>): void {
    const index = request.joinedIndex(ownIndex);
    if (this.#open.get(index) === 'text') this.#passText(index, request.seam.endBlock(), emit);
    this.#pass({ type: 'content_block_stop', index }, emit);
  }

  /** Stops the open blocks that an earlier request has left incomplete. */
  #stopOpenBlocks(shouldStop: (index: number) => boolean, emit: Emit<Event>): void {
    for (const index of [...this.#open.keys()].filter(shouldStop)) {
      const block = this.accumulator.block(index);
      if (block !== undefined && 'input' in block && canBeComplete(this.accumulator.json(index)?.text ?? '')) {
        this.#passDelta(index, { type: 'input_json_delta', partial_json: TRUNCATION_MARK }, emit);
      }
      this.#pass({ type: 'content_block_stop', index }, emit);
    }
  }

  #passText(index: number, text: string, emit: Emit<Event>): void {
    if (text !== '') this.#passDelta(index, { type: 'text_delta', text }, emit);
  }

  #passDelta(index: number, delta: ContentBlockDelta, emit: Emit<Event>): void {
    this.#pass({ type: 'content_block_delta', index, delta }, emit);
  }

  /** Adds an event to the joined message, and emits it unless it is ignored, such as a repeated stop. */
  #pass(event: MessageStreamEvent | Event, emit: Emit<Event>): void {
    if (!this.accumulator.add(event)) return;
    if (isEvent(event, 'content_block_start')) {
      this.#open.set(event.index, event.content_block.type);
      this.#nextIndex = Math.max(this.#nextIndex, event.index + 1);
    } else if (isEvent(event, 'content_block_stop')) {
      this.#open.delete(event.index);
    } else if (isEvent(event, 'message_start')) {
      this.#open.clear();
      this.#nextIndex = event.message.content.length;
    } else if (isEvent(event, 'message_restart')) {
      this.#open.clear();
    }
    emit(event);
  }
}

/** Whether a truncated input could be mistaken for a complete one. A call without arguments has an empty text. */
function canBeComplete(raw: string): boolean {
  const json = new IncrementalJsonParser();
  json.push(raw);
  json.end();
  return raw === '' || json.isComplete;
}
