import { isLowSurrogate } from '../../../utils/text.js';
import { CONTEXT, LONGEST_OPEN, type Splitter } from './segmentBuffer.js';

const LINE_END = /[\n\r\u0085\u2028\u2029]/;
const SPACE = /^\p{White_Space}+$/u;
const NOT_SPACE = /\P{White_Space}/u;

/** What may end a sentence: Unicode's marks, and line ends. */
const MARKS = '\\p{Sentence_Terminal}\\n\\r\\u0085\\u2028\\u2029';

/** Letters, except half-width voiced sound marks, which combine with the letter before them. */
const LETTER = '(?![\\uff9e\\uff9f])\\p{L}';

/**
 * Finds where a sentence ends, with the white space after it.
 *
 * A mark ends a sentence or not, depending on the text after it. "Nr. 5 is" is one sentence, "So. 5 Is" are two: the
 * first letter decides, or another mark. So the segmenter is only used once a letter or a mark follows a mark, and only
 * for the text around it. A line end needs no letter.
 */
export class SentenceSplitter implements Splitter {
  readonly #sentences: Intl.Segmenter;
  readonly #mark: RegExp;
  readonly #letterOrMark: RegExp;
  /** Whether the settled part of the piece has anything but white space. */
  #hasText = false;
  /** The length of the text that is not settled, in UTF-16 code units. */
  #length = 0;
  /** Where the first mark is of which it is not known whether a sentence ends there, or -1. */
  #openMark = -1;
  #isLineEnd = false;

  constructor(sentences: Intl.Segmenter) {
    // In Greek, a semicolon is a question mark.
    const marks = /^el\b/.test(sentences.resolvedOptions().locale) ? `${MARKS};` : MARKS;
    this.#sentences = sentences;
    this.#mark = new RegExp(`[${marks}]`, 'u');
    this.#letterOrMark = new RegExp(`${LETTER}|[${marks}]`, 'u');
  }

  add(text: string): boolean {
    const start = this.#length;
    this.#length += text.length;
    if (this.#openMark >= 0) return this.#decides(text);
    const found = text.search(this.#mark);
    if (found < 0) return false;
    this.#setOpenMark(text, found, start);
    return this.#decides(text.slice(found + 1));
  }

  findEnd(text: string, isComplete: boolean): number {
    if (this.#openMark < 0) return 0;
    const start = startOfContext(text, this.#openMark);
    let hasText = this.#hasText || NOT_SPACE.test(text.slice(0, start));
    let isAfterLineEnd = false;
    for (const { segment, index } of this.#sentences.segment(text.slice(start))) {
      if (!SPACE.test(segment)) {
        const position = start + index;
        const isDecided = isComplete || isAfterLineEnd || position + segment.length < text.length;
        if (position > this.#openMark && hasText) return isDecided || this.#letterOrMark.test(segment) ? position : 0;
        hasText = true;
      }
      isAfterLineEnd = LINE_END.test(segment.slice(-1));
    }
    this.#setOpenMark(text, this.#findOpenMark(text), 0);
    return 0;
  }

  settle(text: string): number {
    const end = this.#openMark < 0 ? this.#length : this.#openMark;
    if (end < LONGEST_OPEN) return 0;
    const length = startOfContext(text, end);
    this.#hasText ||= NOT_SPACE.test(text.slice(0, length));
    this.#length -= length;
    if (this.#openMark >= 0) this.#openMark -= length;
    return length;
  }

  startPiece(text: string): void {
    this.#hasText = false;
    this.#length = text.length;
    this.#setOpenMark(text, text.search(this.#mark), 0);
  }

  #setOpenMark(text: string, index: number, offset: number): void {
    this.#openMark = index < 0 ? -1 : index + offset;
    this.#isLineEnd = index >= 0 && LINE_END.test(text.charAt(index));
  }

  /** Whether the text after a mark decides whether a sentence ends there. */
  #decides(text: string): boolean {
    return (this.#isLineEnd ? NOT_SPACE : this.#letterOrMark).test(text);
  }

  /** The last mark, if no letter follows it. The marks before it are decided, because a letter or a mark follows. */
  #findOpenMark(text: string): number {
    for (let i = text.length - 1; i >= 0; i -= 1) {
      if (i > 0 && isLowSurrogate(text.charCodeAt(i))) i -= 1;
      const character = String.fromCodePoint(text.codePointAt(i) ?? 0);
      if (this.#mark.test(character)) return i;
      if (this.#letterOrMark.test(character)) return -1;
    }
    return -1;
  }
}

/** Where the text starts that a segmenter has to know to decide about a boundary. Splits no surrogate pair. */
function startOfContext(text: string, boundary: number): number {
  const start = Math.max(0, boundary - CONTEXT);
  return start > 0 && isLowSurrogate(text.charCodeAt(start)) ? start - 1 : start;
}
