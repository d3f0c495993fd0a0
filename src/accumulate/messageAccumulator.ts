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
  /** Its content when it was last read. */
  #content: ContentBlock[] = [];
  /** The message when it was last read, unless its head has changed since. */
  #message: Message | undefined;
  #blocks: (BlockAccumulator | undefined)[] = [];
  /** Whether the blocks did not start one after the other, so that an index may not be the place in the content. */
  #isSparse = false;
  /** The index of the one block that may have changed since the message was read, or that there are several. */
  #touched: number | 'several' | undefined;

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
      this.#touch(event.index)?.end();
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
    if (this.#head === undefined) return undefined;
    const content = this.#renewedContent(this.#content);
    if (content !== this.#content || this.#message === undefined) this.#message = { ...this.#head, content };
    this.#content = content;
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
    this.#isSparse ||= index !== this.#blocks.length;
    this.#blocks[index] = new BlockAccumulator(block, whole);
    this.#touch(index);
    const model = fallbackModel(block);
    if (model !== undefined && this.#head !== undefined) this.#setHead({ ...this.#head, model });
  }

  #touch(index: number): BlockAccumulator | undefined {
    this.#touched = this.#touched === undefined || this.#touched === index ? index : 'several';
    return this.#blocks[index];
  }

  #changeHead(event: MessageDeltaEvent): void {
    if (this.#head === undefined) return;
    const { type, usage } = this.#head;
    const { delta, ...beside } = event;
    const head = overwrite(this.#head, { ...beside, ...delta, type, usage: overwrite(usage, event.usage) });
    this.#setHead(head);
    const reason = head.stop_reason;
    if (typeof reason !== 'string') return; // a gateway may leave it out
    for (const block of this.#blocks) block?.end(reason);
    this.#touched = 'several';
  }

  #setHead(head: Message | undefined): void {
    if (head !== this.#head) this.#message = undefined;
    this.#head = head;
  }

  #reset(head: Message | undefined): void {
    this.#setHead(head);
    this.#content = [];
    this.#blocks = [];
    this.#isSparse = false;
    this.#touched = undefined;
  }

  /** The content as it is now; `before` where nothing has changed. */
  #renewedContent(before: ContentBlock[]): ContentBlock[] {
    const touched = this.#touched;
    if (touched === undefined) return before;
    this.#touched = undefined;
    if (touched === 'several' || this.#isSparse) {
      const content = this.#blocks.filter((block) => block !== undefined).map(({ block }) => block);
      const isSame = content.length === before.length && content.every((block, i) => block === before[i]);
      return isSame ? before : content;
    }
    const block = this.block(touched);
    if (block === undefined || block === before[touched]) return before;
    const content = before.slice();
    content[touched] = block;
    return content;
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
