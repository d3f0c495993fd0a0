import type { ErrorPhase, IncompleteMessageError } from '../errors/classes.js';
import { incompleteMessage } from '../errors/connectionErrors.js';
import { blockHasContent } from '../api/content.js';
import { isEvent, type AnyEvent, type MessageDeltaEvent } from '../api/events.js';
import type { BetaContentBlock, ContentBlock, Message } from '../api/message.js';
import { BlockAccumulator } from './blockAccumulator.js';
import { copyStart } from './copyStart.js';
import { EventOrder } from '../protocol/eventOrder.js';
import type { IncrementalJsonParser } from '../json/incrementalJsonParser.js';
import { readPath, asString } from '../utils/inspect.js';
import { deepFrozenCopy } from '../utils/freeze.js';
import { overwrite } from './overwrite.js';

/**
 * Accumulates a Message from the events of its stream.
 *
 * `message` is frozen at any depth. It is a new object whenever something has changed since it was last read, and it shares
 * all unchanged blocks with the previous one. The cost of adding an event does not depend on the length of the message.
 * Reading `message` copies what has changed: the fields of the changed block and the array of blocks.
 */
export class MessageAccumulator {
  readonly #order = new EventOrder();
  /** The message without its content: the fields of `message_start`, updated by each `message_delta`. */
  #head: Message | undefined;
  #blocks: (BlockAccumulator | undefined)[] = [];
  /** The index of the only block that may have changed since it was written to `#content`. */
  #touched = 0;
  /** The blocks by index, with a hole where none has started. */
  #content: ContentBlock[] = [];
  #hasHoles = false;
  /** The content as it was last read; undefined if it has changed since. */
  #shownContent: ContentBlock[] | undefined;
  /** The message as it was last read; undefined if it has changed since. */
  #message: Message | undefined;

  /** Whether the last message has stopped. */
  get isComplete(): boolean {
    return this.#order.isComplete;
  }

  /**
   * Adds the next event.
   *
   * @returns Whether the event was accepted. False if it was ignored, such as a repeated start or stop.
   * @throws {InvalidEventError} If the event is out of order.
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
      this.#reset(deepFrozenCopy(copyStart(event).message));
      event.message.content.forEach((block, index) => {
        this.#start(index, block, true);
      });
    } else if (isEvent(event, 'message_restart')) {
      this.#reset(undefined);
    }
    return true;
  }

  /** The message so far; undefined before `message_start` and after `message_restart`. */
  get message(): Message | undefined {
    if (this.#head === undefined) return undefined;
    this.#updateTouched();
    this.#shownContent ??= this.#hasHoles ? this.#content.filter(Boolean) : this.#content.slice();
    Object.freeze(this.#shownContent);
    this.#message ??= withContent(this.#head, this.#shownContent);
    return this.#message;
  }

  /**
   * The message so far, for an error. The status of each tool input contains all text that has arrived, including text
   * that has not changed `input` yet.
   */
  get partial(): Message | undefined {
    for (const index of this.#blocks.keys()) this.#touch(index)?.renew();
    return this.message;
  }

  /** Returns the block with this index in the events; undefined if it has not started. */
  block(index: number): ContentBlock | undefined {
    return this.#blocks[index]?.block;
  }

  /** Returns the position in `message.content` of the block with this index. They differ if an index was skipped. */
  position(index: number): number {
    this.#updateTouched();
    // Counting takes time for each block before this one, and hardly any message skips an index.
    return this.#hasHoles ? this.#blocks.slice(0, index).filter(Boolean).length : index;
  }

  /** Returns the parser of the input of the block with this index; undefined before any of the JSON has arrived. */
  json(index: number): IncrementalJsonParser | undefined {
    return this.#blocks[index]?.json;
  }

  /** The error to fail with if the stream ends here; undefined after `message_stop`. */
  get incompleteError(): IncompleteMessageError | undefined {
    if (this.isComplete) return undefined;
    const { partial } = this;
    const phase = hasContent(partial) ? 'mid-content' : 'before-content';
    return incompleteMessage(this.#order.position, phase, undefined, partial);
  }

  /** How far the message got, for an error that does not come from the source. */
  get phase(): ErrorPhase {
    if (hasContent(this.message)) return 'mid-content';
    return this.#order.position === 0 ? 'connect' : 'before-content';
  }

  #start(index: number, block: ContentBlock, isFinished = false): void {
    this.#blocks[index] = new BlockAccumulator(block, isFinished ? 'complete' : 'streams');
    this.#touch(index);
    this.#changeHead({ model: fallbackModel(block) });
  }

  /** Returns a block that is about to change. */
  #touch(index: number): BlockAccumulator | undefined {
    if (index !== this.#touched) this.#updateTouched();
    this.#touched = index;
    return this.#blocks[index];
  }

  #updateTouched(): void {
    const block = this.block(this.#touched);
    if (block === undefined || block === this.#content[this.#touched]) return;
    this.#hasHoles ||= this.#touched > this.#content.length;
    this.#content[this.#touched] = block;
    this.#shownContent = undefined;
    this.#message = undefined;
  }

  #addMessageDelta(event: MessageDeltaEvent): void {
    if (this.#head === undefined) return;
    const { delta, usage, ...beside } = deepFrozenCopy(event);
    this.#changeHead({ ...beside, ...delta, type: undefined, usage: overwrite(this.#head.usage, usage) });
    const { stop_reason: reason } = this.#head;
    if (typeof reason !== 'string') return; // a gateway may omit it
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

/** Returns a frozen message. Assigning the content afterwards takes half as long as listing it in the literal. */
function withContent(head: Message, content: ContentBlock[]): Message {
  const message = { ...head };
  message.content = content;
  return Object.freeze(message);
}

function hasContent(message: Message | undefined): boolean {
  return message?.content.some(blockHasContent) === true;
}

/** Returns the model that took over at a `fallback` block: the rest of the message is by that model. */
function fallbackModel(block: BetaContentBlock): string | undefined {
  return block.type === 'fallback' ? asString(readPath(block.to, 'model')) : undefined;
}
