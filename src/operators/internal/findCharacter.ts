import { isHighSurrogate } from '../../utils/text.js';

/** Characters of this length are kept together, in UTF-16 code units. The longest emoji have less than 40. */
export const LONGEST_CHARACTER = 256;

/** Below this code unit, every two are separate characters, except CR and LF: combining marks and joiners are above. */
const SIMPLE_END = 0x300;
const CR = 0x0d;
const LF = 0x0a;

/** A character as a reader sees it, by its code units: from `start` to before `end`. */
interface CharacterRange {
  readonly start: number;
  readonly end: number;
}

/** Finds the character that the code unit at `position` belongs to, in a text that starts with a character. */
export type FindCharacter = (text: string, position: number) => CharacterRange;

/**
 * Creates a function that finds characters as a reader sees them: an emoji with joiners, a flag, a letter with its
 * accents. Those that are longer than 256 UTF-16 code units may be split. Where the runtime has no `Intl.Segmenter`, the
 * characters are code points, so that at least surrogate pairs are kept together.
 */
export function createFindCharacter(): FindCharacter {
  const intl: { readonly Segmenter?: typeof Intl.Segmenter } = Intl;
  if (intl.Segmenter === undefined) return findCodePoint;
  const segmenter = new intl.Segmenter(undefined, { granularity: 'grapheme' });
  return (text, position) => {
    if (isSimple(text, position)) return { start: position, end: position + 1 };
    // What follows the longest character does not matter, and each call copies the text.
    const part = text.slice(0, position + LONGEST_CHARACTER);
    const { index, segment } = segmenter.segment(part).containing(position) ?? { index: position, segment: ' ' };
    return { start: index, end: withoutHalf(text, index + segment.length, index) };
  };
}

/** Whether the code unit is a character without looking at more than its neighbours. */
function isSimple(text: string, position: number): boolean {
  return isBoundary(text, position) && isBoundary(text, position + 1);
}

/** Whether there is a simple character on both sides of a position, and not CR LF. */
function isBoundary(text: string, position: number): boolean {
  if (position === 0 || position === text.length) return true;
  const before = text.charCodeAt(position - 1);
  const after = text.charCodeAt(position);
  return before < SIMPLE_END && after < SIMPLE_END && !(before === CR && after === LF);
}

/** Moves an end that splits a surrogate pair before it, unless nothing would be left. */
function withoutHalf(text: string, end: number, start: number): number {
  return end < text.length && end - 1 > start && isHighSurrogate(text.charCodeAt(end - 1)) ? end - 1 : end;
}

function findCodePoint(text: string, position: number): CharacterRange {
  const isSecondHalf = position > 0 && isPair(text, position - 1);
  const start = isSecondHalf ? position - 1 : position;
  return { start, end: isPair(text, start) ? start + 2 : start + 1 };
}

function isPair(text: string, position: number): boolean {
  return (text.codePointAt(position) ?? 0) > 0xffff;
}
