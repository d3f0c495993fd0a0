import type { GraphemeCutter } from './graphemes.js';
import { CONTEXT, LONGEST_OPEN, type Splitter } from './segmentBuffer.js';

// Most pieces of English text, which end there in every locale. Such a pattern finds the end of a word in about 0.1 µs,
// the segmenter in 5 µs (Node 20).
const MARKS = '[!-/:-@[-^`{-~“”‘’…–—]';
const WORD = "(?:[A-Za-z]+(?:['’.][A-Za-z]+)*|[0-9]+(?:[.,][0-9]+)*)";
const PLAIN_PIECE = new RegExp(`^(?:${MARKS}*${WORD}${MARKS}*|${MARKS}+)[ \\n]+(?=[!-~\\p{L}\\p{N}])`, 'u');
const OPEN_PIECE = new RegExp(`^(?:${MARKS}*${WORD}${MARKS}*|${MARKS}*)[ \\n]*$`);

const SPACE = /^\p{White_Space}+$/u;
const NOT_SPACE = /\P{White_Space}/u;

/** A segment with a letter or a digit is a word. `isWordLike` may become false as the segment grows. */
const LETTER_OR_DIGIT = /[\p{L}\p{N}]/u;

/** Scripts without spaces between words. Segmenters look their words up in a dictionary. */
const EAST_ASIAN = '\\p{Script=Han}\\p{Script=Hiragana}\\p{Script=Katakana}ーｰ';
const SOUTHEAST_ASIAN = '\\p{Script=Thai}\\p{Script=Lao}\\p{Script=Khmer}\\p{Script=Myanmar}';
const NOT_MARK = '(?!\\p{P})';
const UNSPACED = new RegExp(`${NOT_MARK}[${EAST_ASIAN}${SOUTHEAST_ASIAN}]`, 'u');
const UNSPACED_START = new RegExp(`^${UNSPACED.source}`, 'u');

/** A run of such characters, with what combines with them. */
const UNSPACED_RUN = new RegExp(`^(?:${NOT_MARK}[${EAST_ASIAN}${SOUTHEAST_ASIAN}\\p{M}\\p{Cf}])*`, 'u');
const SOUTHEAST_ASIAN_START = new RegExp(`^[${SOUTHEAST_ASIAN}]`, 'u');

/**
 * How much of a run is given to the segmenter to find its first word, in UTF-16 code units. In the samples of
 * `spec/operators/bufferByWordScripts.spec.ts`, that is enough to find the words of the entire text. Thai needs more,
 * because the segmenter chooses a word together with those after it.
 */
const LOOKAHEAD = 8;
const SOUTHEAST_ASIAN_LOOKAHEAD = 24;

interface UnspacedWord {
  readonly end: number;
  /** Whether another word of the run follows. */
  readonly isFollowed: boolean;
}

/**
 * Finds where a piece ends: after the white space that follows a word, and between two words without white space.
 *
 * A boundary that the segmenter finds is certain once the text after it has begun, except in a run of letters of a
 * script without spaces. There, it depends on the letters that follow, even on those at the end of a long run. So the
 * segmenter gets a fixed number of letters, which are waited for unless the run ends before. Thus, the pieces do not
 * depend on the fragments, and a run without punctuation is not held back entirely.
 */
export class WordSplitter implements Splitter {
  readonly #words: Intl.Segmenter;
  readonly #cut: GraphemeCutter;
  /** Whether a word begins in the settled part of the piece. */
  #hasWord = false;
  /** Whether the settled part of the piece has anything but white space. */
  #hasText = false;
  /** Where the piece may end at the earliest. Boundaries before that only show how the text is settled. */
  #firstEnd = 1;

  constructor(words: Intl.Segmenter, cut: GraphemeCutter) {
    this.#words = words;
    this.#cut = cut;
  }

  add(): boolean {
    return true;
  }

  findEnd(text: string, isComplete: boolean): number {
    if (!this.#hasText) {
      const plain = PLAIN_PIECE.exec(text);
      if (plain !== null) return plain[0].length;
      if (OPEN_PIECE.test(text)) return 0;
      if (UNSPACED_START.test(text)) {
        const word = this.#findUnspacedWord(text, 0, isComplete);
        if (word?.isFollowed !== false) return word?.end ?? 0;
      }
    }

    let hasWord = this.#hasWord;
    let hasText = this.#hasText;
    let isAfterSpace = false;
    let runEnd = 0;
    for (const { segment, index } of this.#words.segment(text)) {
      const isWord = LETTER_OR_DIGIT.test(segment);
      const isSpace = SPACE.test(segment);
      const isPieceStart = (isAfterSpace && !isSpace && hasText) || (isWord && hasWord);
      if (isPieceStart && index >= this.#firstEnd && index >= runEnd) return index;

      const segmentEnd = index + segment.length;
      for (let start = Math.max(index, runEnd); start < segmentEnd; start = runEnd) {
        const found = text.slice(start, segmentEnd).search(UNSPACED);
        if (found < 0) break;
        const word = this.#findUnspacedWord(text, start + found, isComplete);
        if (word === undefined) return 0;
        if (word.isFollowed) return word.end;
        runEnd = word.end;
      }
      isAfterSpace = isSpace;
      hasText ||= !isSpace;
      hasWord ||= isWord;
    }
    return 0;
  }

  settle(text: string): number {
    if (text.length < LONGEST_OPEN) return 0;
    const length = this.#cut(text, text.length - CONTEXT);
    const settled = text.slice(0, length);
    const lastSegment = this.#words.segment(text).containing(text.length - 1)?.index ?? 0;
    this.#hasWord ||= LETTER_OR_DIGIT.test(settled);
    this.#hasText ||= NOT_SPACE.test(settled);
    this.#firstEnd = (lastSegment < length ? text.length : lastSegment) - length;
    return length;
  }

  startPiece(): void {
    this.#hasWord = false;
    this.#hasText = false;
    this.#firstEnd = 1;
  }

  /** Finds the word that starts a run, or undefined if it depends on text that has not arrived. */
  #findUnspacedWord(text: string, start: number, isComplete: boolean): UnspacedWord | undefined {
    const run = UNSPACED_RUN.exec(text.slice(start))?.[0] ?? '';
    const mayGrow = start + run.length === text.length && !isComplete;
    let lookahead = SOUTHEAST_ASIAN_START.test(run) ? SOUTHEAST_ASIAN_LOOKAHEAD : LOOKAHEAD;
    for (;;) {
      if (lookahead > run.length && mayGrow) return undefined;
      const letters = run.slice(0, lookahead);
      const length = this.#words.segment(letters).containing(0)?.segment.length ?? letters.length;
      if (length < letters.length) return { end: start + length, isFollowed: true };
      if (letters.length === run.length) return { end: start + length, isFollowed: false };
      lookahead *= 2; // the word may be longer than the letters that the segmenter got
    }
  }
}
