import { isThinkingBlock, textOfBlock } from '../api/blocks.js';
import { isEvent, type AnyEvent, type ContentBlockDelta, type MessageStreamEvent } from '../api/events.js';
import type { ContentBlock, Message, Usage } from '../api/message.js';
import { EventOrder } from '../protocol/eventOrder.js';
import { jsonReader } from '../json/jsonReader.js';
import { MessageAccumulator } from './messageAccumulator.js';
import { overwrite } from './overwrite.js';
import { Seam } from './seam.js';
import { sumUsage } from './sumUsage.js';

/** What makes the text of a call no JSON that was cut where it could be taken for whole. */
const CUT_OFF = ' (cut off)';

type Emit<Event> = (event: Event | MessageStreamEvent) => void;

/**
 * Makes one message of the events of several requests: of the first one, that broke off, and of those that go on from
 * where it had come.
 *
 * Of a request that goes on, the `message_start` is left out, its blocks get the next indexes, and its first text goes on
 * in the text block that was open. Blocks that were open and cannot go on are stopped. Usage is that of all requests
 * together, and `usage.iterations` has what each cost.
 */
export class ContinuedMessage<Event extends AnyEvent> {
  /** What has come so far. */
  readonly accumulator = new MessageAccumulator();
  /** The types of the blocks that have started and not stopped, by index. */
  readonly #open = new Map<number, string>();
  #nextIndex = 0;
  #request: ContinuingRequest | undefined;

  /** Whether the request goes on from an earlier one. */
  get isContinuing(): boolean {
    return this.#request !== undefined;
  }

  /** Begins a request that starts over. */
  startOver(): void {
    this.#request = undefined;
  }

  /** Begins a request that goes on from what has come so far. */
  continueFromPartial(): void {
    const { partial } = this.accumulator;
    if (partial === undefined) return;
    this.#request = new ContinuingRequest(partial, this.#openText);
  }

  /**
   * Takes the next event of the request.
   *
   * @param emit - Called for each event of the one message that it makes.
   * @throws {InvalidEventError} If the event cannot come here.
   */
  add(event: Event | MessageStreamEvent, emit: Emit<Event>): void {
    if (this.#request === undefined) this.#pass(event, emit);
    else this.#splice(this.#request, event, emit);
  }

  /** Emits the white space that a continuation began with, if no text came after it. */
  flush(emit: Emit<Event>): void {
    const held = this.#request?.seam.endBlock() ?? '';
    const text = this.#openText;
    if (text !== undefined) this.#passText(text, held, emit);
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
      request.usage = event.message.usage;
      this.#pass(
        { type: 'message_delta', delta: { stop_reason: null, stop_sequence: null }, usage: request.total },
        emit,
      );
      event.message.content.forEach((block, index) => {
        this.#startBlock(request, index, block, emit);
        this.#stopBlock(request, index, emit);
      });
    } else if (isEvent(event, 'message_delta')) {
      this.#stopAll((index) => index === request.openText, emit);
      request.usage = overwrite(request.usage, event.usage);
      this.#pass({ ...event, usage: request.total }, emit);
    } else if (isEvent(event, 'message_restart')) {
      // It withdraws what has not been passed on: a request that has content is left before it comes here.
      this.continueFromPartial();
    } else {
      if (isEvent(event, 'message_stop')) this.#request = undefined;
      this.#pass(event, emit);
    }
  }

  /** The first text goes on in the open text block; anything else that is not thinking ends that block. */
  #startBlock(request: ContinuingRequest, its: number, block: ContentBlock, emit: Emit<Event>): void {
    const { openText } = request;
    if (openText !== undefined && !isThinkingBlock(block)) request.openText = undefined;
    if (openText !== undefined && block.type === 'text') {
      request.indexes.set(its, openText);
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
    request.indexes.set(its, index);
    const content_block = block.type === 'text' ? { ...block, text: request.seam.add(block.text) } : block;
    this.#pass({ type: 'content_block_start', index, content_block }, emit);
  }

  #stopBlock(request: ContinuingRequest, its: number, emit: Emit<Event>): void {
    const index = request.indexOf(its);
    if (this.#open.get(index) === 'text') this.#passText(index, request.seam.endBlock(), emit);
    this.#pass({ type: 'content_block_stop', index }, emit);
  }

  #stopAll(which: (index: number) => boolean, emit: Emit<Event>): void {
    for (const index of [...this.#open.keys()].filter(which)) {
      const block = this.accumulator.block(index);
      if (block !== undefined && 'input' in block && isWhole(this.accumulator.json(index)?.text() ?? '')) {
        this.#passDelta(index, { type: 'input_json_delta', partial_json: CUT_OFF }, emit);
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

/** A request that goes on from what an earlier one has brought. */
class ContinuingRequest {
  readonly order = new EventOrder();
  /** The indexes of its blocks in the one message, by its own. */
  readonly indexes = new Map<number, number>();
  readonly seam: Seam;
  /** Whether it begins with blocks that have come before: behind them, there was no more than white space. */
  readonly repeatsBlocks: boolean;
  /** The text block that its first text goes on in, as long as that can still be. */
  openText: number | undefined;
  /** What it has cost so far. */
  usage: Usage = { input_tokens: 0, output_tokens: 0 };
  /** What the requests before it have cost. */
  readonly #spent: Usage;

  constructor({ content, usage }: Message, openText: number | undefined) {
    const texts = content.map(textOfBlock);
    const words = texts.map((text) => text.trim() !== '').lastIndexOf(true);
    const space = texts.map((text) => text !== '').lastIndexOf(true);
    this.seam = new Seam(texts.slice(words).join(''));
    this.repeatsBlocks = content
      .slice(words + 1, space)
      .some((block) => block.type !== 'text' && !isThinkingBlock(block));
    this.openText = openText;
    this.#spent = usage;
  }

  indexOf(its: number): number {
    return this.indexes.get(its) ?? its;
  }

  get total(): Usage {
    return sumUsage(withIterations(this.#spent), withIterations(this.usage));
  }
}

/** Whether the text of a call could be taken for whole where it ends: none is that of a call without arguments. */
function isWhole(raw: string): boolean {
  const json = jsonReader();
  json.push(raw);
  json.end();
  return raw === '' || json.isWhole();
}

/** A usage that lists itself as one request, unless it lists those that it is the sum of. */
function withIterations(usage: Usage): Usage {
  const { iterations } = usage;
  return iterations == null || iterations.length === 0
    ? { ...usage, iterations: [{ type: 'message', ...usage }] }
    : usage;
}
