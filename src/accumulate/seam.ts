import { isHighSurrogate } from '../utils/text.js';

/**
 * The most white space that is compared on each side of a seam, and held back, in UTF-16 code units. More is emitted.
 */
const MAX_SEAM_LENGTH = 200;

/**
 * Joins the text of a continuation to the text before it, so that white space at the seam is neither doubled nor lost.
 *
 * The model is shown the earlier text without the white space at its end, and usually writes that white space again. So
 * the longest beginning of the continuation that the earlier text already ends with is removed:
 *
 *     text before      continuation       appended
 *     'Hello\n\n'      '\n\nworld'        'world'         all of the white space is repeated
 *     'Hello\n\n'      '\nworld'          'world'         part of it is repeated
 *     'Hello\n'        '\n\nworld'        '\nworld'       it is repeated, and more follows
 *     'Hello '         'world'            'world'         it is not repeated
 *     'Hello'          ' world'           ' world'        there is nothing to repeat
 *     'Hello '         '\n\nworld'        '\n\nworld'     other white space follows
 *     'Hi \ud83d'      '\ud83d\udc4b'     '\udc4b'        half a surrogate pair is repeated, in a complete pair
 *
 * The continuation arrives in pieces, so its leading white space is held back until something else arrives:
 *
 *     const seam = new Seam('Hello \n');
 *     seam.add(' ');      // ''
 *     seam.add('\n');     // ''
 *     seam.add('world');  // 'world'
 *     seam.add(' of');    // ' of'
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
   * Ends a block of the continuation. Returns the text that was held back and is not a repetition.
   *
   * If all of the block is a repetition, the next block may repeat the rest: after 'Hello \n', the blocks ' ' and
   * '\nworld' append only 'world'.
   */
  endBlock(): string {
    if (this.#leading === undefined || !this.#before.startsWith(this.#leading)) return this.end();
    this.#before = this.#before.slice(this.#leading.length);
    this.#leading = '';
    return '';
  }

  /** Ends the seam: later text is returned unchanged. Returns the text that was held back and is not a repetition. */
  end(): string {
    const leading = this.#leading ?? '';
    this.#leading = undefined;
    return leading.slice(overlapLength(this.#before, leading));
  }
}

/** Returns the length of the longest beginning of `after` that `before` ends with. */
function overlapLength(before: string, after: string): number {
  let length = Math.min(before.length, after.length);
  while (!before.endsWith(after.slice(0, length))) length -= 1;
  return length;
}
