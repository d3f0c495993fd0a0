import type { IncompleteMessageError } from '../errors/classes.js';
import { incompleteMessage } from '../errors/connectionErrors.js';
import { blockHasContent } from '../api/content.js';
import { isEvent, type AnyEvent, type MessageDeltaEvent } from '../api/events.js';
import type { BetaContentBlock, ContentBlock, Message } from '../api/message.js';
import { BlockAccumulator } from './blockAccumulator.js';
import { copyStart } from './copyStart.js';
import { EventOrder } from '../protocol/eventOrder.js';
import type { JsonReader } from '../json/jsonReader.js';
import { readPath, asString } from '../utils/inspect.js';
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
  /** The index of the only block that may have changed since it was put into `#content`. */
  #touched = 0;
  /** The blocks by index; it has a hole where none has started. */
  #content: ContentBlock[] = [];
  #hasHoles = false;
  /** The content when it was last read, unless it has changed since. */
  #shownContent: ContentBlock[] | undefined;
  /** The message when it was last read, unless it has changed since. */
  #message: Message | undefined;

  /** Whether the last message has stopped. */
  get isComplete(): boolean {
    return this.#order.isComplete;
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
      this.#addMessageDelta(event);
    } else if (isEvent(event, 'message_start')) {
      this.#reset(copyStart(event).message);
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
    this.#renewTouched();
    this.#shownContent ??= this.#hasHoles ? this.#content.filter(Boolean) : this.#content.slice();
    this.#message ??= { ...this.#head, content: this.#shownContent };
    return this.#message;
  }

  /** The same for an error, after which nothing comes: with the whole text of inputs, also what has shown nothing yet. */
  get partial(): Message | undefined {
    for (const index of this.#blocks.keys()) this.#touch(index)?.renew();
    return this.message;
  }

  /** The block at an index of the events; undefined if it was never started. */
  block(index: number): ContentBlock | undefined {
    return this.#blocks[index]?.block;
  }

  /** What reads the input of the block at an index; undefined before any of it has come as text. */
  json(index: number): JsonReader | undefined {
    return this.#blocks[index]?.json;
  }

  /** The error for a stream that ends here, undefined if it may: after `message_stop`. */
  get incompleteError(): IncompleteMessageError | undefined {
    if (this.isComplete) return undefined;
    const { partial } = this;
    const phase = partial?.content.some(blockHasContent) === true ? 'mid-content' : 'before-content';
    return incompleteMessage(this.#order.position, phase, undefined, partial);
  }

  #start(index: number, block: ContentBlock, whole = false): void {
    this.#blocks[index] = new BlockAccumulator(block, whole);
    this.#touch(index);
    this.#changeHead({ model: fallbackModel(block) });
  }

  #touch(index: number): BlockAccumulator | undefined {
    if (index !== this.#touched) this.#renewTouched();
    this.#touched = index;
    return this.#blocks[index];
  }

  #renewTouched(): void {
    const block = this.block(this.#touched);
    if (block === undefined || block === this.#content[this.#touched]) return;
    this.#hasHoles ||= this.#touched > this.#content.length;
    this.#content[this.#touched] = block;
    this.#shownContent = undefined;
    this.#message = undefined;
  }

  #addMessageDelta({ delta, usage, ...beside }: MessageDeltaEvent): void {
    if (this.#head === undefined) return;
    this.#changeHead({ ...beside, ...delta, type: undefined, usage: overwrite(this.#head.usage, usage) });
    const { stop_reason: reason } = this.#head;
    if (typeof reason !== 'string') return; // a gateway may leave it out
    for (const index of this.#blocks.keys()) this.#touch(index)?.end(reason, index === this.#blocks.length - 1);
  }

  #changeHead(newer: { readonly [Field in keyof Message]?: unknown }): void {
    const head = this.#head && overwrite(this.#head, newer);
    if (head !== this.#head) this.#message = undefined;
    this.#head = head;
  }

  #reset(head: Message | undefined): void {
    this.#head = head;
    this.#blocks = [];
    this.#content = [];
    this.#hasHoles = false;
    this.#shownContent = undefined;
    this.#message = undefined;
  }
}

/** The model that took over, where a block says that one did: from there on the message is by that model. */
function fallbackModel(block: BetaContentBlock): string | undefined {
  return block.type === 'fallback' ? asString(readPath(block.to, 'model')) : undefined;
}
