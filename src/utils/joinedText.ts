/**
 * Texts that are joined in one step, when the result is read. Adding a text only pushes it to an array, which costs less
 * than `+=`, and the result is one flat string instead of a chain of its pieces.
 */
export class JoinedText {
  readonly #maxLength: number;
  #texts: string[];
  #length: number;

  /** @param maxLength - Longest result, in UTF-16 code units. The first text may be longer. */
  constructor(first: string, maxLength: number) {
    this.#maxLength = maxLength;
    this.#texts = [first];
    this.#length = first.length;
  }

  /** Adds the next text. Returns false, without adding it, if the result would be longer than `maxLength`. */
  add(text: string): boolean {
    if (this.#length + text.length > this.#maxLength) return false;
    this.#length += text.length;
    this.#texts.push(text);
    return true;
  }

  get text(): string {
    if (this.#texts.length > 1) this.#texts = [this.#texts.join('')];
    return this.#texts[0] ?? '';
  }
}
