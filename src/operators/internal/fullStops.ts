import { FULL_STOP, FULL_WIDTH_FULL_STOP, isOfWord, setOf, type CharacterKind } from './characters.js';

/**
 * Whether a full stop ends a sentence, as far as the word before it shows:
 *
 * - `never`: the word is an abbreviation or an ordinal number.
 * - `unless-digit`: the full stop ends a sentence unless a digit follows ("No. 5").
 * - `unless-lower-case`: the full stop ends a sentence unless a lower-case letter follows ("etc. and").
 * - `always`: any other word.
 */
export type FullStop = 'never' | 'unless-digit' | 'unless-lower-case' | 'always';

/** Abbreviations of several letters, written as they are inside a sentence. Single letters need no table. */
const ABBREVIATIONS: Readonly<Record<Exclude<FullStop, 'always'>, string>> = {
  never: `
    Dr Dres Mr Mrs Ms Mx Messrs Prof St Ste Mt Fr Hr Hrn Frl Dipl Sr Sra Srta Dra Mme Mlle Mgr Sig Dott Exmo Avv dhr mevr
    Capt Cmdr Col Gov Hon Lt Rep Rev Sen Sgt mgr inż ul ул проф
    vs cf ca approx esp resp incl excl vgl bzw ggf evtl inkl exkl zzgl sog insb bspw bijv tzv tzw tzn np např ejem`,
  'unless-digit': `
    No Nos no nos Nr Nrn nr Art art Abs Abb Tab Fig fig Figs Eq eq Vol vol Bd Ch ch Sec sec Kap Ziff Rn pp pg pág Núm núm
    Op op Tel tel Jan Feb Mar Apr Jun Jul Aug Sep Sept Oct Okt Nov Dec Dez`,
  'unless-lower-case': `
    etc usw usf osv al ff Inc Ltd Co Corp Jr Ph est Dept dept Univ Ave Blvd Rd Str Min min Max max Std Ed ed eds éd Aufl
    Jh Chr med dent phil jur rer nat Hrsg
    см рис тыс млн руб стр`,
};

const FULL_STOPS: ReadonlyMap<string, FullStop> = new Map(
  (['never', 'unless-digit', 'unless-lower-case'] as const).flatMap((fullStop) =>
    ABBREVIATIONS[fullStop]
      .trim()
      .split(/\s+/)
      .map((word) => [word, fullStop] as const),
  ),
);

/** How much of a word is remembered, in characters: more than the longest abbreviation. */
const REMEMBERED_LENGTH = 10;

/**
 * A number of at most this many digits is read as an ordinal number. A longer one inside a line is an amount or a year.
 */
const MAX_ORDINAL_DIGITS = 2;

/** What an ordinal number may follow, apart from white space: emphasis, an opening bracket, or the start of a range. */
const BEFORE_ORDINAL = setOf('*_([#-–/');

const APOSTROPHES = setOf("'’");
const NUMBER = /^\p{Nd}+$/u;
const ROMAN_NUMERAL = /^[IVXLC]+$/;

/** Scripts in which one character is a syllable or a word, not the initial of one. */
const SYLLABIC = /[\p{Script=Hangul}\p{Script=Han}\p{Script=Hiragana}\p{Script=Katakana}]/u;

/** Remembers the last word of a text, and decides whether a full stop after it ends a sentence. */
export class LastWord {
  /** The first characters of the word. The next word overwrites it, so that no array is allocated per word. */
  readonly #codes: number[] = [];
  #length = 0;
  #isFirstOfLine = true;
  #mayBeOrdinal = true;

  add(code: number, kind: CharacterKind): void {
    if (isOfWord(kind) || this.#isInnerApostrophe(code)) {
      if (this.#length < REMEMBERED_LENGTH) this.#codes[this.#length++] = code;
    } else if (kind !== 'extender') {
      this.#end(code, kind);
    }
  }

  /** What a mark means after the word. Only full stops occur after abbreviations and ordinal numbers. */
  fullStop(mark: number): FullStop {
    if (this.#length === 0 || (mark !== FULL_STOP && mark !== FULL_WIDTH_FULL_STOP)) return 'always';
    const word = String.fromCodePoint(...this.#codes.slice(0, this.#length));
    if (NUMBER.test(word)) return this.#afterNumber();
    if (mark === FULL_WIDTH_FULL_STOP) return 'always';
    if (this.#length === 1) return SYLLABIC.test(word) ? 'always' : 'never';
    return FULL_STOPS.get(word) ?? (ROMAN_NUMERAL.test(word) ? 'unless-lower-case' : 'always');
  }

  #afterNumber(): FullStop {
    if (!this.#mayBeOrdinal) return 'always';
    return this.#isFirstOfLine || this.#length <= MAX_ORDINAL_DIGITS ? 'never' : 'unless-lower-case';
  }

  #end(code: number, kind: CharacterKind): void {
    this.#isFirstOfLine = kind === 'break' || (this.#isFirstOfLine && this.#length === 0);
    this.#mayBeOrdinal = isWhiteSpace(kind) || BEFORE_ORDINAL.has(code);
    this.#length = 0;
  }

  /** Whether the character is an apostrophe inside a word: the "t" of "can't" is not an abbreviation. */
  #isInnerApostrophe(code: number): boolean {
    return this.#length > 0 && APOSTROPHES.has(code);
  }
}

function isWhiteSpace(kind: CharacterKind): boolean {
  return kind === 'space' || kind === 'no-break-space' || kind === 'break';
}
