import { IncompleteMessageError, type ErrorPhase } from '../errors.js';
import { blockHasContent, isEvent, type AnyEvent, type MessageDeltaEvent } from '../events.js';
import type { BetaContentBlock, ContentBlock, Message } from '../message.js';
import { BlockAccumulator } from './blockAccumulator.js';
import { EventOrder } from './eventOrder.js';
import { overwrite } from './overwrite.js';

/**
 * Grows a Message from the events of its stream.
 *
 * `message` is a value that never changes; it is a new one exactly when something has changed since it was last read,
 * and shares all blocks that have not. An event costs the same however long the message is; reading `message` after it
 * copies what changed: the block's fields and the list of blocks.
 */
export class MessageAccumulator {
  readonly #order = new EventOrder();
  /** The message but for its content: `message_start`, with what `message_delta` said since. */
  #head: Message | undefined;
  #blocks: (BlockAccumulator | undefined)[] = [];
  /** How many blocks have started; less than `#blocks.length` where the stream left indexes out. */
  #started = 0;
  #hadGaps = false;
  /** The index of a block that may have changed since `#message` was made: most often it is the only one. */
  #touched: number | undefined;
  /** The indexes of others. */
  readonly #alsoTouched = new Set<number>();
  #message: Message | undefined;
  #messageHead: Message | undefined;

  /** Whether the last message has stopped. */
  get complete(): boolean {
    return this.#order.complete;
  }

  /**
   * Takes the next event.
   *
   * @returns False if it was ignored: a repeated start or stop.
   * @throws {InvalidEventError} If the event cannot come here.
   */
  add(event: AnyEvent): boolean {
    if (!this.#order.accept(event)) return false;
    if (isEvent(event, 'content_block_delta')) {
      this.#touch(event.index)?.add(event.delta);
    } else if (isEvent(event, 'content_block_start')) {
      this.#start(event.index, event.content_block);
    } else if (isEvent(event, 'content_block_stop')) {
      this.#touch(event.index)?.stop();
    } else if (isEvent(event, 'message_delta')) {
      this.#changeHead(event);
    } else if (isEvent(event, 'message_start')) {
      this.#reset(event.message);
      event.message.content.forEach((block, index) => {
        this.#start(index, block, true);
      });
    } else if (isEvent(event, 'message_restart')) {
      this.#reset(undefined);
    }
    return true;
  }

  /** The message as far as it has come; undefined before `message_start` and after `message_restart`. */
  get message(): Message | undefined {
    const head = this.#head;
    if (head === undefined) return undefined;
    const content = this.#content(this.#message?.content ?? []);
    if (this.#messageHead !== head || this.#message?.content !== content) {
      this.#message = { ...head, content };
      this.#messageHead = head;
    }
    return this.#message;
  }

  /** The block at an index of the events; undefined if it was never started. */
  block(index: number): ContentBlock | undefined {
    return this.#blocks[index]?.block;
  }

  /** The error for a stream that ends here, undefined if it may: after `message_stop`. */
  get incomplete(): IncompleteMessageError | undefined {
    if (this.complete) return undefined;
    const shown = this.message?.content.some(blockHasContent) === true;
    return incompleteMessage(this.#order.position, shown ? 'mid-content' : 'before-content', undefined, this.message);
  }

  #start(index: number, block: ContentBlock, whole = false): void {
    if (this.#blocks[index] === undefined) this.#started += 1;
    this.#blocks[index] = new BlockAccumulator(block, whole);
    this.#touch(index);
    const model = fallbackModel(block);
    if (model !== undefined && this.#head !== undefined) this.#head = { ...this.#head, model };
  }

  #touch(index: number): BlockAccumulator | undefined {
    if (this.#touched === undefined) this.#touched = index;
    else if (this.#touched !== index) this.#alsoTouched.add(index);
    return this.#blocks[index];
  }

  #changeHead(event: MessageDeltaEvent): void {
    if (this.#head === undefined) return;
    const { type, usage } = this.#head;
    const { delta, ...beside } = event;
    this.#head = overwrite(this.#head, { ...beside, ...delta, type, usage: overwrite(usage, event.usage) });
    const reason = this.#head.stop_reason;
    if (typeof reason !== 'string') return; // a gateway may leave it out
    this.#blocks.forEach((block, index) => {
      block?.settle(reason);
      this.#touch(index);
    });
  }

  #reset(head: Message | undefined): void {
    this.#head = head;
    this.#message = undefined;
    this.#blocks = [];
    this.#started = 0;
    this.#hadGaps = false;
    this.#untouch();
  }

  #untouch(): void {
    this.#touched = undefined;
    if (this.#alsoTouched.size > 0) this.#alsoTouched.clear();
  }

  #content(before: ContentBlock[]): ContentBlock[] {
    const touched = this.#touched;
    if (touched === undefined) return before;
    const hasGaps = this.#started < this.#blocks.length;
    let content = before;
    if (hasGaps || this.#hadGaps) {
      const blocks = this.#blocks.filter((block) => block !== undefined).map(({ block }) => block);
      if (blocks.length !== before.length || blocks.some((block, i) => block !== before[i])) content = blocks;
    } else {
      content = this.#renewed(content, before, touched);
      for (const index of this.#alsoTouched) content = this.#renewed(content, before, index);
    }
    this.#hadGaps = hasGaps;
    this.#untouch();
    return content;
  }

  /** The list of blocks with one as it is now; `before` is not changed. */
  #renewed(content: ContentBlock[], before: ContentBlock[], index: number): ContentBlock[] {
    const block = this.#blocks[index]?.block;
    if (block === undefined || block === content[index]) return content;
    const renewed = content === before ? before.slice() : content;
    renewed[index] = block;
    return renewed;
  }
}

/** The error for a stream that ended after so many events, none of which was a final `message_stop`. */
export function incompleteMessage(
  events: number,
  phase: ErrorPhase,
  requestID?: string,
  partial?: Message,
): IncompleteMessageError {
  const arrived =
    events === 0 ? 'without a single event' : `after ${events} event${events === 1 ? '' : 's'}, before message_stop`;
  return new IncompleteMessageError(
    `The stream ended ${arrived}: what arrived is not an answer. Send the request again, as retryOnConnectionError() does.`,
    { phase, requestID, partial },
  );
}

/** The model that took over, where a block says that one did: from there on the message is by that model. */
function fallbackModel(block: BetaContentBlock): string | undefined {
  if (block.type !== 'fallback') return undefined;
  const taker: { readonly model?: unknown } = block.to;
  return typeof taker.model === 'string' ? taker.model : undefined;
}
