import { isHighSurrogate } from '../../utils/text.js';
import type { CharacterClassifier } from './characters.js';
import { PunctuationSplitter, type PunctuationRules } from './punctuation.js';

/** Holds text back until a piece of it has ended. */
export class PieceBuffer {
  readonly #characters: CharacterClassifier;
  readonly #splitter: PunctuationSplitter;
  readonly #emit: (piece: string) => void;
  /** The piece so far. */
  #held = '';
  /** Half a surrogate pair at the end of the text, or ''. */
  #half = '';

  /** @param emit - Called with each piece. */
  constructor(characters: CharacterClassifier, rules: PunctuationRules, emit: (piece: string) => void) {
    this.#characters = characters;
    this.#splitter = new PunctuationSplitter(rules);
    this.#emit = emit;
  }

  /** Whether the text held back includes a letter or a digit. */
  get hasWord(): boolean {
    return this.#splitter.hasWord;
  }

  /** Adds text, and emits the pieces that it ends. */
  add(fragment: string): void {
    const text = this.#half + fragment;
    const halfLength = isHighSurrogate(text.charCodeAt(text.length - 1)) ? 1 : 0;
    this.#half = text.slice(text.length - halfLength);
    this.#split(text.slice(0, text.length - halfLength));
  }

  /** Emits the piece so far, except half a surrogate pair at its end. */
  emitHeld(): void {
    const piece = this.#held;
    this.#held = '';
    this.#splitter.startPiece(piece.length);
    if (piece !== '') this.#emit(piece);
  }

  /** Emits all text held back. */
  emitRest(): void {
    const half = this.#half;
    this.#half = '';
    this.#split(half);
    this.emitHeld();
  }

  #split(text: string): void {
    let start = 0;
    for (let i = 0; i < text.length;) {
      const code = text.codePointAt(i) ?? 0;
      const kind = this.#characters.kindOf(code);
      for (let end = this.#splitter.endBefore(code, kind); end > 0; end = this.#splitter.endBefore(code, kind)) {
        const piece = this.#held + text.slice(start, i);
        this.#held = piece.slice(end);
        start = i;
        this.#splitter.startPiece(end);
        this.#emit(piece.slice(0, end));
      }
      this.#splitter.add(code, kind);
      i += code > 0xffff ? 2 : 1;
    }
    this.#held += text.slice(start);
  }
}
