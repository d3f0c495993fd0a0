import { isThinkingBlock, textOfBlock } from '../api/blocks.js';
import type { Message } from '../api/message.js';
import type { Usage } from '../api/usage.js';
import { EventOrder } from '../protocol/eventOrder.js';
import { Seam } from './seam.js';
import { addUsage } from './addUsage.js';

/** The state of one request that continues the message of an earlier request. */
export class ContinuingRequest {
  /** The order of the request's own events. */
  readonly order = new EventOrder();
  /** Where the request's text meets the earlier text. */
  readonly seam: Seam;
  /**
   * Whether the request may repeat blocks of earlier requests. Its prompt ends with the last text that is not only
   * white space, so the model did not see any block after that text. White space that follows such a block may
   * therefore still be a repetition.
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
  /** The indexes of the request's blocks in the joined message, by their indexes in the request. */
  readonly #joinedIndexes = new Map<number, number>();

  /**
   * @param partial - The message so far, of all earlier requests.
   * @param openText - The index of the last text block that is open; undefined if there is none.
   */
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

  /** The usage of all requests together. */
  get totalUsage(): Usage {
    return addUsage(withIterations(this.#earlierUsage), withIterations(this.usage));
  }

  /** Sets the index that a block of the request has in the joined message. */
  setJoinedIndex(ownIndex: number, index: number): void {
    this.#joinedIndexes.set(ownIndex, index);
  }

  /** Returns the index that a block of the request has in the joined message. */
  joinedIndex(ownIndex: number): number {
    return this.#joinedIndexes.get(ownIndex) ?? ownIndex;
  }
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
