import { isHighSurrogate } from '../../surrogates.js';

/**
 * Passes text on in whole characters: half a surrogate pair at the end of a piece waits for its other half, which comes
 * with the next piece of the same block.
 */
export class WholeCharacters {
  readonly #held = new Map<number, string>();

  /** Adds a piece of a block's text. Returns what can be passed on, '' if nothing can. */
  add(index: number, text: string): string {
    let whole = text;
    if (this.#held.size > 0) whole = this.end(index) + text;
    if (!isHighSurrogate(whole.charCodeAt(whole.length - 1))) return whole;
    this.#held.set(index, whole.slice(-1));
    return whole.slice(0, -1);
  }

  /** Ends a block. Returns the half that was waiting, '' if there was none. */
  end(index: number): string {
    const half = this.#held.get(index) ?? '';
    this.#held.delete(index);
    return half;
  }

  /** Ends all blocks. Returns the halves that were waiting, each with its block's index. */
  endAll(): [number, string][] {
    const halves = [...this.#held];
    this.#held.clear();
    return halves;
  }
}
