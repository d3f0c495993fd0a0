import { isHighSurrogate } from '../utils/text.js';

/**
 * The most white space that is compared on each side of a seam, and held back, in UTF-16 code units. More is emitted.
 */
const MAX_SEAM_LENGTH = 200;

/**
 * Joins the text of a continuation to the text before it, so that white space at the seam is neither doubled nor lost:
 * leading white space of the continuation is removed to the extent that the earlier text already ends with it. If the
 * earlier text ends with the first half of a surrogate pair, the continuation repeats the complete character, so its
 * first half is removed too.
 */
export class Seam {
  /** The white space, and half a surrogate pair, at the end of the earlier text that has not been repeated yet. */
  #before: string;
  /** The leading white space of the continuation so far; undefined once anything else has arrived. */
  #leading: string | undefined = '';

  /** @param before - The text that is continued. */
  constructor(before: string) {
    const complete = isHighSurrogate(before.charCodeAt(before.length - 1)) ? before.slice(0, -1) : before;
    this.#before = before.slice(Math.max(complete.trimEnd().length, before.length - MAX_SEAM_LENGTH));
  }

  /** Adds a piece of the continuation. Returns the text to append: '' while only white space has arrived. */
  add(text: string): string {
    if (this.#leading === undefined) return text;
    this.#leading += text;
    const isUndecided = this.#leading.length <= MAX_SEAM_LENGTH && this.#leading.trimStart() === '';
    return isUndecided ? '' : this.end();
  }

  /**
   * Ends a block of the continuation. Returns the text that was held back. The next block may repeat more of the white
   * space.
   */
  endBlock(): string {
    if (this.#leading === undefined || !this.#before.startsWith(this.#leading)) return this.end();
    this.#before = this.#before.slice(this.#leading.length);
    this.#leading = '';
    return '';
  }

  /** Ends the seam: later text is returned unchanged. Returns the text that was held back. */
  end(): string {
    const leading = this.#leading ?? '';
    this.#leading = undefined;
    let repeated = Math.min(this.#before.length, leading.length);
    while (!this.#before.endsWith(leading.slice(0, repeated))) repeated -= 1;
    return leading.slice(repeated);
  }
}
