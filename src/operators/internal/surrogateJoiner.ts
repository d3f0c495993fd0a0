import { isHighSurrogate } from '../../utils/text.js';

/**
 * Joins surrogate pairs that are split between two deltas of a block: a high surrogate at the end of a delta is held
 * back until the next delta of the same block arrives.
 */
export class SurrogateJoiner {
  /** The high surrogates held back, by the index of their block. */
  readonly #held = new Map<number, string>();

  /** Adds the next text of a block. Returns the text that can be emitted, or '' if there is none. */
  add(index: number, text: string): string {
    const joined = this.#held.size > 0 ? this.take(index) + text : text;
    if (!isHighSurrogate(joined.charCodeAt(joined.length - 1))) return joined;
    this.#held.set(index, joined.slice(-1));
    return joined.slice(0, -1);
  }

  /** Returns the surrogate held back for a block and forgets it. Returns '' if there is none. */
  take(index: number): string {
    const held = this.#held.get(index) ?? '';
    this.#held.delete(index);
    return held;
  }

  /** The indexes of the blocks for which a surrogate is held back. */
  indexes(): IterableIterator<number> {
    return this.#held.keys();
  }

  /** Forgets everything held back. */
  clear(): void {
    this.#held.clear();
  }
}
