import { isEvent, type AnyEvent, type ContentBlockDelta } from '../../../api/events.js';
import type { ContentBlock } from '../../../api/message.js';
import { createAppender } from '../../../utils/text.js';
import { SurrogateJoiner } from '../surrogateJoiner.js';
import { textOfPart } from '../textOfPart.js';

/**
 * Joins the text of all text blocks of a message, in the order of the blocks and in complete characters. Half a
 * surrogate pair at the end of a piece is held back until its other half arrives, or its block or the message stops.
 *
 * Adding a piece takes constant time if it belongs to the block of the previous piece or to a new last block. Switching
 * back to an earlier block, which happens if blocks interleave, is linear in the number of blocks.
 */
export class MessageText {
  readonly #append = createAppender();
  readonly #halves = new SurrogateJoiner();
  /**
   * The texts by block, with a hole for each block of another type. The entry of the current block is outdated: see
   * `#current`.
   */
  #texts: string[] = [];
  /** The block that has received the last piece. */
  #index = 0;
  #before = '';
  #current = '';
  #after = '';
  #text = '';

  /** The text so far. */
  get text(): string {
    return this.#text;
  }

  accept(event: AnyEvent): void {
    if (isEvent(event, 'content_block_delta')) {
      this.#add(event.index, event.delta);
    } else if (isEvent(event, 'content_block_start')) {
      this.#add(event.index, event.content_block);
    } else if (isEvent(event, 'content_block_stop')) {
      this.#appendText(event.index, this.#halves.take(event.index));
    } else if (isEvent(event, 'message_start')) {
      this.#clear();
      for (const [index, block] of event.message.content.entries()) this.#add(index, block);
    } else if (isEvent(event, 'message_stop')) {
      this.flush();
    } else if (isEvent(event, 'message_restart')) {
      this.#clear();
    }
  }

  /** Adds the halves that are held back. */
  flush(): void {
    for (const index of this.#halves.indexes()) this.#appendText(index, this.#halves.take(index));
  }

  #clear(): void {
    this.#texts = [];
    this.#text = '';
    this.#select(0);
    this.#halves.clear();
  }

  #add(index: number, part: ContentBlockDelta | ContentBlock): void {
    const text = textOfPart(part);
    if (text !== undefined) this.#appendText(index, this.#halves.add(index, text));
  }

  #appendText(index: number, piece: string): void {
    if (piece === '') return;
    if (index !== this.#index) {
      this.#texts[this.#index] = this.#current;
      this.#select(index);
    }
    this.#current = this.#append(this.#current, piece);
    this.#text = this.#before + this.#current + this.#after;
  }

  /** Makes a block the current one. */
  #select(index: number): void {
    const isLast = index >= this.#texts.length;
    this.#before = isLast ? this.#text : concatenate(this.#texts.slice(0, index));
    this.#after = concatenate(this.#texts.slice(index + 1));
    this.#current = this.#texts[index] ?? '';
    this.#index = index;
  }
}

/** Unlike `join`, this does not copy the texts: V8 keeps the result as a tree of them. */
function concatenate(texts: readonly string[]): string {
  return texts.reduce((joined, text) => joined + text, '');
}
