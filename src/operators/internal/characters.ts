/**
 * What a character means to a text that is split into pieces:
 *
 * - `break`: ends a piece whatever comes before it, such as a line feed.
 * - `space`: white space at which a line may break. `no-break-space`: white space at which it may not.
 * - `mark`: ends a piece. `spaced-mark`: ends a piece if white space follows.
 * - `closer`: closes what a mark ends. `ambiguous-quote`: closes in some languages and opens in others.
 * - `extender`: belongs to the character before it, such as an accent or a variation selector.
 * - `letter`: a letter or number. `digit`: a decimal digit.
 * - `ideograph`: a letter after which a word may end without a space. `continuer`: a letter before which a word may not
 *   end.
 */
export type CharacterKind =
  | 'break'
  | 'space'
  | 'no-break-space'
  | 'mark'
  | 'spaced-mark'
  | 'closer'
  | 'ambiguous-quote'
  | 'extender'
  | 'letter'
  | 'digit'
  | 'ideograph'
  | 'continuer'
  | 'other';

export const FULL_STOP = 0x2e;
export const FULL_WIDTH_FULL_STOP = 0xff0e;
export const ZERO_WIDTH_JOINER = 0x200d;

/** Marks below this are ASCII. They also occur inside numbers, URLs and code, where no white space follows. */
const ASCII_END = 0x80;

/**
 * The number of characters whose kind is remembered. Classifying one takes about ten times as long as looking it up.
 */
const MAX_REMEMBERED = 4096;

const LINE_BREAKS = setOf('\n\v\f\r\u0085\u2028\u2029');
const NO_BREAK_SPACES = setOf('\u00a0\u2007\u202f\u2060\ufeff');
const WHITE_SPACE = /[\p{White_Space}\u200b]/u;

/** Unicode's marks that end sentences and clauses, and ellipses, which Unicode does not include. */
const DEFAULT_MARKS = /[\p{Sentence_Terminal}\p{Terminal_Punctuation}…‥]/u;

/**
 * Unicode counts these among the marks, but they separate words: Ethiopic, Runic, Ugaritic, Old Persian, Phoenician,
 * cuneiform.
 */
const WORD_SEPARATORS = setOf('\u1361\u16eb\u16ec\u16ed\u{1039f}\u{103d0}\u{1091f}\u{12470}');

/** Quotes, brackets and Markdown emphasis that close after a mark, and belong to the piece that the mark ends. */
const CLOSERS = setOf('\'")]}»”’›」』】）〉》〕］｝〗｣*_`');

/**
 * Quotes that close in some languages and open in others. They close after a mark that has to be followed by white
 * space.
 */
const AMBIGUOUS_QUOTES = setOf('“‘«‹');

/**
 * Japanese never starts a line with these: they lengthen the syllable before them, or repeat the character before them.
 */
const CONTINUERS = setOf('ーぁぃぅぇぉっゃゅょゎァィゥェォッャュョヮヵヶ々ゝゞヽヾ');

/**
 * Combining marks, variation selectors, emoji's skin tones and tags, the zero width joiner and non-joiner, and the
 * controls that end a change of the writing direction.
 */
const EXTENDER = /\p{M}|\p{Emoji_Modifier}|\p{Join_Control}|[\u{e0020}-\u{e007f}]|[\u061c\u200e\u200f\u202c\u2069]/u;

const LETTER_OR_NUMBER = /[\p{L}\p{N}]/u;
const DIGIT = /\p{Nd}/u;

/** Classifies characters for one set of marks. */
export class CharacterClassifier {
  readonly #marks: ReadonlySet<number> | undefined;
  readonly #asciiKinds: readonly CharacterKind[];
  readonly #otherKinds = new Map<number, CharacterKind>();

  /** @param marks - The characters that end a piece. Default: the marks of all scripts in Unicode. */
  constructor(marks: string | undefined) {
    this.#marks = marks === undefined ? undefined : setOf(marks);
    this.#asciiKinds = Array.from({ length: ASCII_END }, (_, code) => this.#classify(code));
  }

  kindOf(code: number): CharacterKind {
    return this.#asciiKinds[code] ?? this.#kindOfOther(code);
  }

  #kindOfOther(code: number): CharacterKind {
    const remembered = this.#otherKinds.get(code);
    if (remembered !== undefined) return remembered;
    const kind = this.#classify(code);
    if (this.#otherKinds.size < MAX_REMEMBERED) this.#otherKinds.set(code, kind);
    return kind;
  }

  #classify(code: number): CharacterKind {
    const character = String.fromCodePoint(code);
    const isMark = this.#isMark(code, character);
    if (isWhiteSpace(code, character)) return isMark ? 'break' : kindOfSpace(code);
    if (isMark) return code < ASCII_END ? 'spaced-mark' : 'mark';
    if (CLOSERS.has(code)) return 'closer';
    if (AMBIGUOUS_QUOTES.has(code)) return 'ambiguous-quote';
    return kindOfLetter(code, character);
  }

  #isMark(code: number, character: string): boolean {
    if (this.#marks !== undefined) return this.#marks.has(code);
    return DEFAULT_MARKS.test(character) && !WORD_SEPARATORS.has(code);
  }
}

/** Whether a character is of a kind that can be spoken: a letter or a digit. */
export function isOfWord(kind: CharacterKind): boolean {
  return kind === 'letter' || kind === 'digit' || kind === 'ideograph' || kind === 'continuer';
}

export function setOf(characters: string): ReadonlySet<number> {
  return new Set(Array.from(characters, (character) => character.codePointAt(0) ?? NaN));
}

function isWhiteSpace(code: number, character: string): boolean {
  return WHITE_SPACE.test(character) || NO_BREAK_SPACES.has(code);
}

function kindOfSpace(code: number): CharacterKind {
  if (LINE_BREAKS.has(code)) return 'break';
  return NO_BREAK_SPACES.has(code) ? 'no-break-space' : 'space';
}

function kindOfLetter(code: number, character: string): CharacterKind {
  if (CONTINUERS.has(code)) return 'continuer';
  if (LETTER_OR_NUMBER.test(character)) {
    if (isOfUnspacedScript(code)) return 'ideograph';
    return DIGIT.test(character) ? 'digit' : 'letter';
  }
  return EXTENDER.test(character) ? 'extender' : 'other';
}

/** Whether a word may end after a letter without a space: Chinese and Japanese are written without them. */
function isOfUnspacedScript(code: number): boolean {
  return (
    (code >= 0x3040 && code <= 0x30ff) || // Hiragana, Katakana
    (code >= 0x3400 && code <= 0x9fff) || // Han
    (code >= 0xf900 && code <= 0xfaff) || // Han, for compatibility
    (code >= 0x20000 && code <= 0x3ffff) // Han, rare characters
  );
}
