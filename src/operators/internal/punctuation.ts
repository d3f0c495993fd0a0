import { FULL_STOP, isOfWord, setOf, ZERO_WIDTH_JOINER, type CharacterKind } from './characters.js';
import { LastWord } from './fullStops.js';

export interface PunctuationRules {
  /** The length from which a piece ends at the end of any word, in UTF-16 code units. */
  readonly minLength: number;
  /** The length of the longest piece, in UTF-16 code units. At least 2, so that it has room for a surrogate pair. */
  readonly maxLength: number;
}

/** Full-width and Arabic marks that also occur inside numbers and times: 3．14, １，０００, 9：30. */
const MARKS_IN_NUMBERS = setOf('．，：،۔։');

/** Brackets that close what is before them, even after white space. */
const CLOSING_BRACKETS = setOf(')]}）】］｝');

/** Brackets and apostrophes (l’« Oui ») before guillemets that open. */
const BEFORE_OPENING_GUILLEMETS = setOf("([{（【［｛'’");

const OPENING_GUILLEMETS = setOf('«‹');
const CLOSING_GUILLEMETS = setOf('»›');
const LOWER_CASE = /\p{Lowercase}/u;

/**
 * Whether the text so far ends with a mark, and perhaps closers after it:
 *
 * - `none`: it does not.
 * - `abbreviated`: it does, but neither a sentence nor a word ends there.
 * - `ends-unless-digit`, `ends-unless-lower-case`: the piece ends here if white space follows, unless a digit or a
 *   lower-case letter comes after the white space.
 * - `ends-before-space`: the piece ends here if white space follows.
 * - `ends`: the piece ends here, unless more marks, closers or the rest of a number follow.
 */
type MarkState = 'none' | 'abbreviated' | 'ends-unless-digit' | 'ends-unless-lower-case' | 'ends-before-space' | 'ends';

/**
 * Decides where a text that arrives in fragments is split. Looks at each character once, and splits when the character
 * arrives that shows that a piece has ended, so that the pieces do not depend on the fragments. White space alone does
 * not show it, since French has a space before some marks; the character after the white space does:
 *
 *     text            mark state after each word         the piece ends before the white space
 *     'Hi, you'       ',' ends-before-space              yes: 'y' does not belong to 'Hi,'
 *     'Oui ! Bon'     'i' none, '!' ends-before-space    not before '!', which belongs to 'Oui'; before ' Bon'
 *     'Dr. Li'        '.' abbreviated                    no: the full stop belongs to the abbreviation
 *     'No. 5'         '.' ends-unless-digit              no: a digit follows
 *     'etc. and'      '.' ends-unless-lower-case         no: a lower-case letter follows
 *     'etc. And'      '.' ends-unless-lower-case         yes
 *
 * For each character, call `endBefore`. If it returns a length, emit that much of the text and call `startPiece`, until
 * `endBefore` returns 0; then call `add`.
 */
export class PunctuationSplitter {
  readonly #minLength: number;
  readonly #maxLength: number;
  readonly #lastWord = new LastWord();
  /** The length of the piece so far, in UTF-16 code units, like all lengths here. */
  #length = 0;
  #hasWord = false;
  #markState: MarkState = 'none';
  /** The length before the white space at the end of the piece; 0 if there is none. */
  #lengthBeforeSpace = 0;
  /** Whether the piece ends before that white space, unless the next character belongs to the piece. */
  #endsBeforeSpace = false;
  /** Where the last character begins. Its extenders stay together with it. */
  #lastStart = 0;
  #lastKind: CharacterKind = 'break';
  #kindBeforeLast: CharacterKind = 'break';
  #previous = NaN;
  #isInGuillemets = false;

  constructor({ minLength, maxLength }: PunctuationRules) {
    this.#minLength = minLength;
    this.#maxLength = maxLength;
  }

  /** Whether the piece so far holds a letter or a digit. Without one, only `maxLength` ends it. */
  get hasWord(): boolean {
    return this.#hasWord;
  }

  /**
   * Returns the length of the piece that has ended if this character is the next one of the text, or 0 if no piece has
   * ended.
   */
  endBefore(code: number, kind: CharacterKind): number {
    const end = this.#hasWord ? this.#endOfWords(code, kind) : 0;
    return end > 0 ? end : this.#endIfFull(code, kind);
  }

  /** Starts a new piece after the first `end` code units of the piece so far. */
  startPiece(end: number): void {
    if (this.#lengthBeforeSpace > 0) this.#markState = 'none';
    this.#hasWord = end <= this.#lastStart && isOfWord(this.#lastKind);
    this.#length -= end;
    this.#lastStart = Math.max(0, this.#lastStart - end);
    this.#lengthBeforeSpace = 0;
    this.#endsBeforeSpace = false;
  }

  /** Adds the next character to the piece. */
  add(code: number, kind: CharacterKind): void {
    if (kind === 'space' || kind === 'no-break-space') {
      this.#addSpace(kind);
    } else {
      this.#markState = this.#markStateAfter(code, kind);
      this.#lengthBeforeSpace = 0;
      this.#endsBeforeSpace = false;
    }
    if (kind === 'ambiguous-quote' && OPENING_GUILLEMETS.has(code)) this.#isInGuillemets = this.#isOpening();
    if (kind === 'closer' && CLOSING_GUILLEMETS.has(code)) this.#isInGuillemets = false;
    this.#lastWord.add(code, kind);
    this.#hasWord ||= isOfWord(kind);
    if (!this.#isExtender(kind)) {
      this.#kindBeforeLast = this.#lastKind;
      this.#lastKind = kind;
      this.#lastStart = this.#length;
    }
    this.#length += unitsOf(code);
    this.#previous = code;
  }

  #addSpace(kind: CharacterKind): void {
    if (this.#lengthBeforeSpace === 0) this.#lengthBeforeSpace = this.#length;
    const ends = kind === 'space' ? this.#endsAtSpace() : this.#markState === 'ends';
    if (this.#hasWord && ends) this.#endsBeforeSpace = true;
  }

  #endsAtSpace(): boolean {
    if (this.#markState === 'abbreviated') return false;
    return this.#markState !== 'none' || this.#lengthBeforeSpace >= this.#minLength;
  }

  /** Where a piece that holds a word ends, because of a mark, a line break or the end of a word. */
  #endOfWords(code: number, kind: CharacterKind): number {
    if (kind === 'letter' && this.#lastKind === 'letter') return 0; // inside a word, like most characters
    if (kind === 'break') return this.#lengthBeforeSpace > 0 ? this.#lengthBeforeSpace : this.#length;
    if (kind === 'space' || kind === 'no-break-space') return 0;
    if (this.#lengthBeforeSpace > 0) {
      return this.#endsBeforeSpace && !this.#belongsBeforeSpace(code, kind) ? this.#lengthBeforeSpace : 0;
    }
    const canEnd = this.#markState === 'ends' ? !this.#continuesNumber(kind) : this.#canEndAfterIdeograph(kind);
    return canEnd && !this.#belongsToPrevious(kind) ? this.#length : 0;
  }

  #canEndAfterIdeograph(kind: CharacterKind): boolean {
    const isAfterIdeograph = this.#lastKind === 'ideograph' || this.#lastKind === 'continuer';
    return isAfterIdeograph && kind !== 'continuer' && this.#length >= this.#minLength;
  }

  /**
   * Where the piece ends if the next character does not fit into it. An extender takes the character that it extends to
   * the next piece, if both fit there.
   */
  #endIfFull(code: number, kind: CharacterKind): number {
    const length = this.#length + unitsOf(code);
    if (length <= this.#maxLength) return 0;
    const staysTogether = this.#isExtender(kind) && length - this.#lastStart <= this.#maxLength;
    return staysTogether && this.#lastStart > 0 ? this.#lastStart : this.#length;
  }

  /** Whether the character belongs to the one before it: an extender, another mark, or a closing quote or bracket. */
  #belongsToPrevious(kind: CharacterKind): boolean {
    return kind === 'mark' || kind === 'spaced-mark' || kind === 'closer' || this.#isExtender(kind);
  }

  /** Whether the character forms one character with the one before it, as the parts of a joined emoji do. */
  #isExtender(kind: CharacterKind): boolean {
    return kind === 'extender' || this.#previous === ZERO_WIDTH_JOINER;
  }

  /** Whether the character belongs to the text before the preceding white space: "Quoi ?", "« Oui. »", "etc. and". */
  #belongsBeforeSpace(code: number, kind: CharacterKind): boolean {
    if (kind === 'mark' || kind === 'spaced-mark') return code !== FULL_STOP; // "I know .NET"
    if (kind === 'closer') return CLOSING_BRACKETS.has(code) || this.#closesGuillemets(code);
    if (this.#markState === 'ends-unless-digit') return kind === 'digit';
    return this.#markState === 'ends-unless-lower-case' && LOWER_CASE.test(String.fromCodePoint(code));
  }

  #closesGuillemets(code: number): boolean {
    return this.#isInGuillemets && CLOSING_GUILLEMETS.has(code);
  }

  /** Whether an opening guillemet at this position opens a quotation. In German, it closes one. */
  #isOpening(): boolean {
    if (this.#lastKind === 'space' || this.#lastKind === 'no-break-space' || this.#lastKind === 'break') return true;
    return BEFORE_OPENING_GUILLEMETS.has(this.#previous);
  }

  /** Whether a character continues a number, if the text so far ends with the number's first digits and a mark. */
  #continuesNumber(kind: CharacterKind): boolean {
    return kind === 'digit' && this.#kindBeforeLast === 'digit' && MARKS_IN_NUMBERS.has(this.#previous);
  }

  #markStateAfter(code: number, kind: CharacterKind): MarkState {
    if (kind === 'letter') return 'none';
    const isAfterSpace = this.#lengthBeforeSpace > 0;
    if (this.#isExtender(kind)) return isAfterSpace ? 'none' : this.#markState;
    switch (kind) {
      case 'mark':
        return this.#lastWord.fullStop(code) === 'never' && !isAfterSpace ? 'abbreviated' : 'ends';
      case 'spaced-mark':
        return SPACED_MARK_STATES[this.#lastWord.fullStop(code)];
      case 'closer':
        if (isAfterSpace && !this.#belongsBeforeSpace(code, kind)) return 'none';
        return this.#markState === 'abbreviated' ? 'none' : this.#markState;
      case 'ambiguous-quote':
        return isAfterSpace || this.#markState === 'ends' || this.#markState === 'abbreviated'
          ? 'none'
          : this.#markState;
      default:
        return 'none';
    }
  }
}

/** The state after a mark that needs white space after it. */
const SPACED_MARK_STATES = {
  never: 'abbreviated',
  'unless-digit': 'ends-unless-digit',
  'unless-lower-case': 'ends-unless-lower-case',
  always: 'ends-before-space',
} as const;

/** How many UTF-16 code units a character has. */
function unitsOf(code: number): number {
  return code > 0xffff ? 2 : 1;
}
