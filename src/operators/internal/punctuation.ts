import { isHighSurrogate } from '../../utils/text.js';

export interface PunctuationRules {
  /** The length from which a piece ends at the end of any word, in UTF-16 code units. */
  readonly minLength: number;
  /** The length of the longest piece, in UTF-16 code units. At least 2, so that it has room for a surrogate pair. */
  readonly maxLength: number;
  /** The characters that end a piece. */
  readonly marks: string;
}

/** The marks that end sentences and clauses in most languages. */
export const DEFAULT_MARKS = '.,;:!?…。，、；：！？．｡､‥؟،؛।॥';

/** Quotes, brackets and Markdown emphasis that close after a mark, and belong to the piece that the mark ends. */
const CLOSERS = codesOf('\'")]}»”’›」』】）〉》〕］｝〗｣*_`');

/** Quotes that close in some languages and open in others. They close after a mark that has to be followed by white space. */
const AMBIGUOUS_CLOSERS = codesOf('“‘«‹');

/** Japanese never starts a line with these: they lengthen the syllable before them, or repeat the character before them. */
const CONTINUERS = codesOf('ーぁぃぅぇぉっゃゅょゎァィゥェォッャュョヮヵヶ々ゝゞヽヾ\u3099\u309a');

/** Full-width marks that also occur inside numbers and times: 3．14, １，０００, 9：30. */
const MARKS_IN_NUMBERS = codesOf('．，：');

const FULL_STOP = 0x2e;
const ASTERISK = 0x2a;
const FIGURE_SPACE = 0x2007;
const IDEOGRAPHIC_SPACE = 0x3000;

/** Marks below this are ASCII. They also occur inside numbers, URLs and code, where no white space follows. */
const ASCII_END = 0x80;

/** The code unit before the first one. It is no character, and a member of no set. */
const NO_CODE = NaN;

/**
 * Whether the text so far ends with a mark, and perhaps closers after it:
 *
 * - `none`: it does not, or its full stop belongs to an abbreviation or to the number of a list item.
 * - `ends-before-space`: the piece ends here if white space follows.
 * - `ends`: the piece ends here, unless more marks, closers or the rest of a number follow.
 */
type MarkState = 'none' | 'ends-before-space' | 'ends';

/**
 * Decides where a text that arrives in fragments is split. Looks at each UTF-16 code unit once, and splits before the
 * code unit that shows that a piece has ended, so that the pieces do not depend on the fragments.
 */
export class PunctuationSplitter {
  readonly #minLength: number;
  readonly #maxLength: number;
  readonly #marks: ReadonlySet<number>;
  /** The length of the piece so far. */
  #length = 0;
  #markState: MarkState = 'none';
  #previous = NO_CODE;
  #beforePrevious = NO_CODE;

  constructor({ minLength, maxLength, marks }: PunctuationRules) {
    this.#minLength = minLength;
    this.#maxLength = maxLength;
    this.#marks = codesOf(marks);
  }

  /** Whether the piece so far ends before this code unit, the next one of the text. */
  endsBefore(code: number): boolean {
    if (this.#length === 0) return false;
    return this.#endsAtMark(code) || this.#endsAtWord(code) || this.#isFull(code);
  }

  /** Starts a new piece. Its first `length` code units have been added already. */
  startPiece(length = 0): void {
    this.#length = length;
  }

  /** Adds the next code unit to the piece. */
  add(code: number): void {
    this.#markState = this.#markStateAfter(code);
    this.#length += 1;
    this.#beforePrevious = this.#previous;
    this.#previous = code;
  }

  #endsAtMark(code: number): boolean {
    switch (this.#markState) {
      case 'none':
        return false;
      case 'ends-before-space':
        return isSpace(code);
      case 'ends':
        return !this.#belongsToMark(code) && !this.#continuesNumber(code);
    }
  }

  #endsAtWord(code: number): boolean {
    if (this.#length < this.#minLength) return false;
    if (isSpace(code)) return !isSpace(this.#previous);
    return isIdeograph(this.#previous) && !this.#belongsToMark(code) && !CONTINUERS.has(code);
  }

  /** Whether the code unit does not fit into the piece. A high surrogate needs room for its low surrogate too. */
  #isFull(code: number): boolean {
    const needed = isHighSurrogate(code) ? 2 : 1;
    return this.#length + needed > this.#maxLength;
  }

  /** Whether the code unit continues a number in which the text so far ends with a full-width mark. */
  #continuesNumber(code: number): boolean {
    return isDigit(code) && isDigit(this.#beforePrevious) && MARKS_IN_NUMBERS.has(this.#previous);
  }

  /** Whether the code unit belongs to the piece that a mark ends: another mark, a closing quote or bracket, or emphasis. */
  #belongsToMark(code: number): boolean {
    return this.#marks.has(code) || CLOSERS.has(code);
  }

  #markStateAfter(code: number): MarkState {
    if (this.#marks.has(this.#characterEndingWith(code))) {
      if (this.#isAbbreviation(code)) return 'none';
      return code < ASCII_END ? 'ends-before-space' : 'ends';
    }
    if (CLOSERS.has(code)) return this.#markState;
    if (AMBIGUOUS_CLOSERS.has(code) && this.#markState === 'ends-before-space') return this.#markState;
    return 'none';
  }

  /** Returns the code point that the code unit completes: that of a surrogate pair, or the code unit itself. */
  #characterEndingWith(code: number): number {
    if (!isHighSurrogate(this.#previous) || !isLowSurrogate(code)) return code;
    return ((this.#previous - 0xd800) << 10) + (code - 0xdc00) + 0x10000;
  }

  /** Whether the code unit is the full stop of a one-letter abbreviation ("e.g.", "J. S. Bach") or of a list item ("1."). */
  #isAbbreviation(code: number): boolean {
    if (code !== FULL_STOP) return false;
    const before = this.#beforePrevious;
    if (isDigit(this.#previous)) return Number.isNaN(before) || isSpace(before) || before === ASTERISK;
    return isLetterOrDigit(this.#previous) && !isLetterOrDigit(before);
  }
}

function codesOf(characters: string): ReadonlySet<number> {
  return new Set(Array.from(characters, (character) => character.codePointAt(0) ?? NO_CODE));
}

/** Whether a code unit is white space at which a line may break: a no-break space and a figure space are not. */
function isSpace(code: number): boolean {
  return (
    (code >= 0x09 && code <= 0x0d) || // tab to carriage return
    code === 0x20 ||
    (code >= 0x2000 && code <= 0x200b && code !== FIGURE_SPACE) || // en quad to zero width space
    code === IDEOGRAPHIC_SPACE
  );
}

/** Whether a word may end after a character without a space: Chinese and Japanese are written without them. */
function isIdeograph(code: number): boolean {
  return (
    (code >= 0x3040 && code <= 0x30ff) || // Hiragana, Katakana
    (code >= 0x3400 && code <= 0x9fff) || // Han
    (code >= 0xf900 && code <= 0xfaff) // Han, for compatibility
  );
}

function isDigit(code: number): boolean {
  return (
    (code >= 0x30 && code <= 0x39) || // 0 to 9
    (code >= 0xff10 && code <= 0xff19) // full-width 0 to 9
  );
}

function isLetterOrDigit(code: number): boolean {
  return /[\p{L}\p{M}\p{N}]/u.test(String.fromCharCode(code));
}

function isLowSurrogate(code: number): boolean {
  return code >= 0xdc00 && code <= 0xdfff;
}
