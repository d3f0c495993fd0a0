import { isHighSurrogate } from '../surrogates.js';

/** How much of the white space before a seam is looked at, in UTF-16 code units. */
const LONGEST_SEAM = 200;

/**
 * Joins the text of a continuation to the text before it, so that white space at the seam is neither doubled nor lost:
 * what the continuation begins with is left out as far as the text before already ends with it. So is the first half of a
 * surrogate pair that was cut in two, since the continuation brings the whole character.
 */
export class Seam {
  readonly #before: string;
  /** The white space that the continuation has begun with; undefined once anything else has come. */
  #begin: string | undefined = '';

  /** @param before - The text that is gone on from. */
  constructor(before: string) {
    const words = isHighSurrogate(before.charCodeAt(before.length - 1)) ? before.length - 1 : before.trimEnd().length;
    this.#before = before.slice(Math.max(words, before.length - LONGEST_SEAM));
  }

  /** Adds a piece of the continuation. Returns what of it goes on, '' while nothing can be told. */
  add(text: string): string {
    if (this.#begin === undefined) return text;
    this.#begin += text;
    return this.#begin.trimStart() === '' ? '' : this.end();
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
