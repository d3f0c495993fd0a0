import { isHighSurrogate } from '../../utils/text.js';

export interface PunctuationRules {
  readonly minLength: number;
  readonly maxLength: number;
  readonly marks: string;
}

/** Marks of most languages' sentences and clauses. */
export const DEFAULT_MARKS = '.,;:!?…。，、；：！？．｡､‥؟،؛।॥';

/** What may stand between a mark and the end of its piece. */
const CLOSERS = codesOf('\'")]}»”’›」』】）〉》〕］｝〗｣*_`');

/** Quotes that open in one language and close in another: they close where only white space may follow. */
const OTHER_CLOSERS = codesOf('“‘«‹');

/** What Japanese never begins a line with: it goes on with the syllable, or repeats the character, before it. */
const CONTINUERS = codesOf('ーぁぃぅぇぉっゃゅょゎァィゥェォッャュョヮヵヶ々ゝゞヽヾ\u3099\u309a');

/** Marks that also stand inside numbers and times: 3．14, １，０００, 9：30. */
const MARKS_IN_NUMBERS = codesOf('．，：');

const FULL_STOP = 0x2e;
const ASTERISK = 0x2a;
const FIGURE_SPACE = 0x2007;

function codesOf(characters: string): ReadonlySet<number> {
  return new Set(Array.from(characters, (character) => character.codePointAt(0) ?? NaN));
}

/** Whether the code unit is white space, but for the spaces that forbid a break. */
function isSpace(code: number): boolean {
  return (
    (code >= 9 && code <= 13) ||
    code === 0x20 ||
    code === 0x3000 ||
    (code >= 0x2000 && code <= 0x200b && code !== FIGURE_SPACE)
  );
}

/** Whether words end at this character without a space: Han, Hiragana, Katakana. */
function isIdeograph(code: number): boolean {
  return (code >= 0x3040 && code <= 0x30ff) || (code >= 0x3400 && code <= 0x9fff) || (code >= 0xf900 && code <= 0xfaff);
}

function isLetterOrDigit(code: number): boolean {
  return /[\p{L}\p{M}\p{N}]/u.test(String.fromCharCode(code));
}

function isDigit(code: number): boolean {
  return (code >= 0x30 && code <= 0x39) || (code >= 0xff10 && code <= 0xff19);
}

/**
 * Finds where a text that arrives in fragments may be cut, looking at each UTF-16 code unit once. A cut stands before
 * the code unit that shows that it is one, so where the text is cut does not depend on the fragments.
 */
export class PunctuationSplitter {
  readonly #rules: PunctuationRules;
  readonly #marks: ReadonlySet<number>;
  #length = 0;
  #previous = NaN;
  #beforePrevious = NaN;
  /** Which kind of mark, with closers after it, the text so far ends with. */
  #ending: 'none' | 'needs-space' | 'needs-none' = 'none';

  constructor(rules: PunctuationRules) {
    this.#rules = rules;
    this.#marks = codesOf(rules.marks);
  }

  /** Takes the next code unit; returns whether the text is to be cut before it. */
  cutsBefore(code: number): boolean {
    const cuts = this.#length > 0 && this.#isEnd(code);
    if (cuts) this.#length = 0;
    this.#follow(code);
    return cuts;
  }

  /** Begins a new piece without a cut: what was held was emitted for another reason, but for its last `kept` units. */
  beginPiece(kept: number): void {
    this.#length = kept;
  }

  #isEnd(code: number): boolean {
    const { minLength, maxLength } = this.#rules;
    if (this.#ending === 'needs-space' && isSpace(code)) return true;
    if (this.#ending === 'needs-none' && !this.#isTail(code) && !this.#isInNumber(code)) return true;
    if (this.#length >= minLength && this.#isWordEnd(code)) return true;
    return this.#length + (isHighSurrogate(code) ? 2 : 1) > maxLength; // a pair that has begun has room for its other half
  }

  #isWordEnd(code: number): boolean {
    if (isSpace(code)) return !isSpace(this.#previous);
    return isIdeograph(this.#previous) && !this.#isTail(code) && !CONTINUERS.has(code);
  }

  /** Whether the code unit goes on with a number after a mark. */
  #isInNumber(code: number): boolean {
    return isDigit(code) && isDigit(this.#beforePrevious) && MARKS_IN_NUMBERS.has(this.#previous);
  }

  /** Whether the code unit goes on with what a mark ends: more marks, closing quotes and brackets, emphasis. */
  #isTail(code: number): boolean {
    return this.#marks.has(code) || CLOSERS.has(code);
  }

  #follow(code: number): void {
    if (this.#marks.has(this.#characterEndingIn(code))) {
      this.#ending = this.#isAbbreviation(code) ? 'none' : code < 0x80 ? 'needs-space' : 'needs-none';
    } else if (!CLOSERS.has(code) && !(this.#ending === 'needs-space' && OTHER_CLOSERS.has(code))) {
      this.#ending = 'none';
    }
    this.#length += 1;
    this.#beforePrevious = this.#previous;
    this.#previous = code;
  }

  /** The code point that the code unit ends: half a pair alone, or the character. */
  #characterEndingIn(code: number): number {
    if (!isHighSurrogate(this.#previous) || (code & 0xfc00) !== 0xdc00) return code;
    return ((this.#previous - 0xd800) << 10) + (code - 0xdc00) + 0x10000;
  }

  /** Whether a full stop belongs to an abbreviation of single letters ("e.g.", "J. S. Bach") or a list's number ("1."). */
  #isAbbreviation(code: number): boolean {
    if (code !== FULL_STOP) return false;
    const before = this.#beforePrevious;
    if (isDigit(this.#previous)) return Number.isNaN(before) || isSpace(before) || before === ASTERISK;
    return isLetterOrDigit(this.#previous) && !isLetterOrDigit(before);
  }
}
