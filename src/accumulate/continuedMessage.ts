import { isThinkingBlock, textOfBlock } from '../api/blocks.js';
import { isEvent, type AnyEvent, type ContentBlockDelta, type MessageStreamEvent } from '../api/events.js';
import type { ContentBlock, Message } from '../api/message.js';
import type { Usage } from '../api/usage.js';
import { EventOrder } from '../protocol/eventOrder.js';
import { IncrementalJsonParser } from '../json/incrementalJsonParser.js';
import { MessageAccumulator } from './messageAccumulator.js';
import { overwrite } from './overwrite.js';
import { Seam } from './seam.js';
import { sumUsage } from './sumUsage.js';
import { initialUsage } from './usage.js';

/** Appended to a truncated tool input that would otherwise be valid JSON, so that the call is not run. */
const TRUNCATION_MARK = ' (truncated)';

type Emit<Event> = (event: Event | MessageStreamEvent) => void;

/**
 * Joins the events of several requests into one message: a first request, whose connection was lost, and the requests
 * that continue from what had arrived.
 *
 * The `message_start` of a continuing request is left out, its blocks get the next indexes, and its first text is
 * appended to the text block that was open. Open blocks that cannot continue are stopped. Usage is the total of all
 * requests, and `usage.iterations` lists the usage of each.
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
    this.#request = new ContinuingRequest(partial, this.#openText);
  }

  /**
   * Adds the next event of the current request.
   *
   * @param emit - Called with each resulting event of the joined message.
   * @throws {InvalidEventError} If the event is out of order.
   */
  add(event: Event | MessageStreamEvent, emit: Emit<Event>): void {
    if (this.#request === undefined) this.#pass(event, emit);
    else this.#splice(this.#request, event, emit);
  }

  /** Emits the white space that a continuation started with, if no text has followed it. */
  flush(emit: Emit<Event>): void {
    const held = this.#request?.seam.endBlock() ?? '';
    const index = this.#openText;
    if (index !== undefined) this.#passText(index, held, emit);
  }

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

  /** The index of the last text block that is open. */
  get #openText(): number | undefined {
    const texts = [...this.#open].filter(([, type]) => type === 'text').map(([index]) => index);
    return texts.length === 0 ? undefined : Math.max(...texts);
  }

  #splice(request: ContinuingRequest, event: Event | MessageStreamEvent, emit: Emit<Event>): void {
    if (!request.order.accept(event)) return;
    if (isEvent(event, 'content_block_delta')) {
      const index = request.indexOf(event.index);
      if (event.delta.type !== 'text_delta') this.#pass({ ...event, index }, emit);
      else this.#passText(index, request.seam.add(event.delta.text), emit);
    } else if (isEvent(event, 'content_block_start')) {
      this.#startBlock(request, event.index, event.content_block, emit);
    } else if (isEvent(event, 'content_block_stop')) {
      this.#stopBlock(request, event.index, emit);
    } else if (isEvent(event, 'message_start')) {
      this.#stopAll((index) => index !== request.openText, emit);
      request.usage = initialUsage(event.message);
      this.#pass(
        { type: 'message_delta', delta: { stop_reason: null, stop_sequence: null }, usage: request.totalUsage },
        emit,
      );
      event.message.content.forEach((block, index) => {
        this.#startBlock(request, index, block, emit);
        this.#stopBlock(request, index, emit);
      });
    } else if (isEvent(event, 'message_delta')) {
      this.#stopAll((index) => index === request.openText, emit);
      request.usage = overwrite(request.usage, event.usage);
      this.#pass({ ...event, usage: request.totalUsage }, emit);
    } else if (isEvent(event, 'message_restart')) {
      // The restart withdraws nothing that was emitted: once a continuing request has content, no restart arrives here.
      this.continueFromPartial();
    } else {
      if (isEvent(event, 'message_stop')) this.#request = undefined;
      this.#pass(event, emit);
    }
  }

  /** Appends the first text block to the open one. Any other block, except thinking, stops the open one. */
  #startBlock(request: ContinuingRequest, ownIndex: number, block: ContentBlock, emit: Emit<Event>): void {
    const { openText } = request;
    if (openText !== undefined && !isThinkingBlock(block)) request.openText = undefined;
    if (openText !== undefined && block.type === 'text') {
      request.indexes.set(ownIndex, openText);
      this.#passText(openText, request.seam.add(block.text), emit);
      for (const citation of block.citations ?? []) {
        this.#passDelta(openText, { type: 'citations_delta', citation }, emit);
      }
      return;
    }
    if (openText !== undefined && request.openText === undefined) this.#stopAll((index) => index === openText, emit);
    if (block.type !== 'text' && !isThinkingBlock(block) && !request.repeatsBlocks) {
      this.flush(emit);
      request.seam.end();
    }
    const index = this.#nextIndex;
    request.indexes.set(ownIndex, index);
    const content_block = block.type === 'text' ? { ...block, text: request.seam.add(block.text) } : block;
    this.#pass({ type: 'content_block_start', index, content_block }, emit);
  }

  #stopBlock(request: ContinuingRequest, ownIndex: number, emit: Emit<Event>): void {
    const index = request.indexOf(ownIndex);
    if (this.#open.get(index) === 'text') this.#passText(index, request.seam.endBlock(), emit);
    this.#pass({ type: 'content_block_stop', index }, emit);
  }

  #stopAll(which: (index: number) => boolean, emit: Emit<Event>): void {
    for (const index of [...this.#open.keys()].filter(which)) {
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
}

/** A request that continues the message of an earlier request. */
class ContinuingRequest {
  readonly order = new EventOrder();
  /** The indexes of the request's blocks in the joined message, by their indexes in the request. */
  readonly indexes = new Map<number, number>();
  readonly seam: Seam;
  /**
   * Whether the request may repeat blocks of earlier requests: those after the last text that is not only white space.
   */
  readonly repeatsBlocks: boolean;
  /**
   * The index of the text block to which the request's first text is appended; undefined once that is no longer
   * possible.
   */
  openText: number | undefined;
  /** The usage of the request so far. */
  usage: Usage = { input_tokens: 0, output_tokens: 0 };
  /** The usage of the earlier requests. */
  readonly #earlierUsage: Usage;

  constructor({ content, usage }: Message, openText: number | undefined) {
    const texts = content.map(textOfBlock);
    const lastWords = texts.map((text) => text.trim() !== '').lastIndexOf(true);
    const lastText = texts.map((text) => text !== '').lastIndexOf(true);
    this.seam = new Seam(texts.slice(lastWords).join(''));
    this.repeatsBlocks = content
      .slice(lastWords + 1, lastText)
      .some((block) => block.type !== 'text' && !isThinkingBlock(block));
    this.openText = openText;
    this.#earlierUsage = usage;
  }

  indexOf(ownIndex: number): number {
    return this.indexes.get(ownIndex) ?? ownIndex;
  }

  get totalUsage(): Usage {
    return sumUsage(withIterations(this.#earlierUsage), withIterations(this.usage));
  }
}

/** Whether a truncated input could be mistaken for a complete one. A call without arguments has an empty text. */
function canBeComplete(raw: string): boolean {
  const json = new IncrementalJsonParser();
  json.push(raw);
  json.end();
  return raw === '' || json.isComplete;
}

/**
 * Adds `iterations` to the usage of a single request, with that usage as the only item. A total already has
 * `iterations`.
 */
function withIterations(usage: Usage): Usage {
  const { iterations } = usage;
  return iterations == null || iterations.length === 0
    ? { ...usage, iterations: [{ type: 'message', ...usage }] }
    : usage;
}
