import { isHighSurrogate } from '../../../utils/text.js';
import type { TextBuffer } from '../bufferText.js';
import type { GraphemeCutter } from './graphemes.js';

/** Finds where the pieces of a text end. It remembers what it has to know about the piece so far. */
export interface Splitter {
  /** Adds text to the piece. Returns whether it may show where the piece ends, so that `findEnd` has to be called. */
  add(text: string): boolean;
  /**
   * Returns where the piece ends, or 0 if no end is certain yet.
   *
   * @param text - The piece so far, without what was settled.
   * @param isComplete - Whether no text follows.
   */
  findEnd(text: string, isComplete: boolean): number;
  /**
   * Called after `findEnd` has found no end. Returns how much of the text has not to be searched again, so that a long
   * piece is not searched from its beginning for each fragment.
   */
  settle(text: string): number;
  /** Called when a piece has ended, with the text after it. */
  startPiece(text: string): void;
}

/**
 * The length up to which text is added at once, in UTF-16 code units. A splitter searches what is left of it for each
 * piece, so this bounds the time that a piece takes. A splitter may settle text at this length: a long fragment is
 * added so that the text has exactly this length at some time, just as it has if many short ones arrive.
 */
export const LONGEST_OPEN = 256;

/**
 * How much text before a possible boundary is searched again, in UTF-16 code units. Boundaries depend on less, except
 * after as many underscores or combining marks in a row.
 */
export const CONTEXT = 128;

/** Holds text back until a piece of it has ended. The pieces do not depend on the fragments in which it arrives. */
export class SegmentBuffer implements TextBuffer {
  readonly #splitter: Splitter;
  readonly #maxLength: number;
  readonly #cut: GraphemeCutter;
  readonly #emit: (piece: string) => void;
  /** The beginning of the piece, which is not searched again. */
  #settled = '';
  /** The rest of the piece so far. */
  #open = '';
  /** Half a surrogate pair at the end of the text, or ''. */
  #half = '';

  /** @param emit - Called with each piece. */
  constructor(splitter: Splitter, maxLength: number, cut: GraphemeCutter, emit: (piece: string) => void) {
    this.#splitter = splitter;
    this.#maxLength = maxLength;
    this.#cut = cut;
    this.#emit = emit;
  }

  add(fragment: string): void {
    const text = this.#half + fragment;
    const length = text.length - (isHighSurrogate(text.charCodeAt(text.length - 1)) ? 1 : 0);
    this.#half = text.slice(length);
    for (let start = 0; start < length;) {
      const end = this.#endOfSlice(text, start, length);
      this.#addSlice(text.slice(start, end));
      start = end;
    }
  }

  endText(): void {
    this.emitRest();
  }

  emitRest(): void {
    if (this.#half !== '') this.#addSlice(this.#half);
    this.#emitPieces(true);
    const rest = this.#settled + this.#open;
    this.drop();
    if (rest !== '') this.#emit(rest);
  }

  drop(): void {
    this.#settled = '';
    this.#open = '';
    this.#half = '';
    this.#splitter.startPiece('');
  }

  /**
   * Where the next slice ends. One ends where the text has `maxLength` and one character more: where it is split then
   * does not depend on whether the text after that has arrived.
   */
  #endOfSlice(text: string, start: number, length: number): number {
    const open = this.#open.length;
    const room = this.#maxLength + 1 - this.#settled.length - open;
    const most = open < LONGEST_OPEN ? LONGEST_OPEN - open : LONGEST_OPEN;
    const end = start + Math.max(1, Math.min(room, most));
    return Math.min(isHighSurrogate(text.charCodeAt(end - 1)) ? end + 1 : end, length);
  }

  #addSlice(slice: string): void {
    this.#open += slice;
    if (this.#splitter.add(slice)) this.#emitPieces(false);
    this.#emitIfFull();
    const length = this.#splitter.settle(this.#open);
    if (length === 0) return;
    this.#settled += this.#open.slice(0, length);
    this.#open = this.#open.slice(length);
  }

  #emitPieces(isComplete: boolean): void {
    for (let end = this.#findEnd(isComplete); end > 0; end = this.#findEnd(isComplete)) this.#emitFirst(end);
  }

  /** Where the piece ends, counted from its beginning; 0 if no end is certain yet. */
  #findEnd(isComplete: boolean): number {
    const end = this.#splitter.findEnd(this.#open, isComplete);
    return end > 0 ? Math.min(this.#settled.length + end, this.#endIfFull()) : 0;
  }

  #emitIfFull(): void {
    while (this.#settled.length + this.#open.length > this.#maxLength) this.#emitFirst(this.#endIfFull());
  }

  /** Where the piece ends at the latest. */
  #endIfFull(): number {
    if (this.#settled.length + this.#open.length <= this.#maxLength) return this.#maxLength;
    return this.#cut(this.#settled + this.#open, this.#maxLength);
  }

  #emitFirst(length: number): void {
    const text = this.#settled + this.#open;
    this.#settled = '';
    this.#open = text.slice(length);
    this.#splitter.startPiece(this.#open);
    this.#emit(text.slice(0, length));
  }
}
