import { isEvent, type AnyEvent, type ContentBlockDelta } from '../../../api/events.js';
import type { ContentBlock } from '../../../api/message.js';
import { createAppender } from '../../../utils/text.js';
import { SurrogateJoiner } from '../surrogateJoiner.js';
import { textOfPart } from '../textOfPart.js';

/**
 * Joins the text of all text blocks of a message in complete characters. Half a surrogate pair at the end of a piece is held
 * back until its other half arrives, or its block or the message stops.
 */
export class MessageText {
  readonly #append = createAppender();
  readonly #halves = new SurrogateJoiner();
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
      this.#appendText(this.#halves.take(event.index));
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
    for (const index of this.#halves.indexes()) this.#appendText(this.#halves.take(index));
  }

  #clear(): void {
    this.#text = '';
    this.#halves.clear();
  }

  #add(index: number, part: ContentBlockDelta | ContentBlock): void {
    const text = textOfPart(part);
    if (text !== undefined) this.#appendText(this.#halves.add(index, text));
  }

  #appendText(piece: string): void {
    this.#text = this.#append(this.#text, piece);
  }
}
