import { isHighSurrogate } from '../utils/text.js';

/** How much of the white space before a seam is looked at, and held back behind it, in UTF-16 code units. */
const LONGEST_SEAM = 200;

/**
 * Joins the text of a continuation to the text before it, so that white space at the seam is neither doubled nor lost:
 * what the continuation begins with is left out as far as the text before already ends with it. So is the first half of a
 * surrogate pair that was cut in two, since the continuation brings the whole character.
 */
export class Seam {
  /** The white space, and half a character, that the text before ends with, as far as it has not come again. */
  #before: string;
  /** The white space that the continuation has begun with; undefined once anything else has come. */
  #begin: string | undefined = '';

  /** @param before - The text that is gone on from. */
  constructor(before: string) {
    const whole = isHighSurrogate(before.charCodeAt(before.length - 1)) ? before.slice(0, -1) : before;
    this.#before = before.slice(Math.max(whole.trimEnd().length, before.length - LONGEST_SEAM));
  }

  /** Adds a piece of the continuation. Returns what of it goes on, '' while nothing can be told. */
  add(text: string): string {
    if (this.#begin === undefined) return text;
    this.#begin += text;
    return this.#begin.length <= LONGEST_SEAM && this.#begin.trimStart() === '' ? '' : this.end();
  }

  /** Ends a block of the continuation. Returns what was held. More of the same white space may come in the next one. */
  endBlock(): string {
    if (this.#begin === undefined || !this.#before.startsWith(this.#begin)) return this.end();
    this.#before = this.#before.slice(this.#begin.length);
    this.#begin = '';
    return '';
  }

  /** Ends the continuation's beginning. Returns what was held. */
  end(): string {
    const begin = this.#begin ?? '';
    this.#begin = undefined;
    let doubled = Math.min(this.#before.length, begin.length);
    while (!this.#before.endsWith(begin.slice(0, doubled))) doubled -= 1;
    return begin.slice(doubled);
  }
}
