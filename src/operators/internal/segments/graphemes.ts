import { isHighSurrogate } from '../../../utils/text.js';
import { createFindCharacter } from '../findCharacter.js';

/** Returns the length of the longest beginning of a text that is not longer than `maxLength` and splits no character. */
export type GraphemeCutter = (text: string, maxLength: number) => number;

/**
 * Creates a function that finds where a text that is too long is split: after the last user-perceived character
 * (grapheme cluster) that fits. The decision needs at most `maxLength + 2` code units of the text, whatever follows
 * them. A character that does not fit at all, such as a letter with hundreds of accents, is split, but no surrogate
 * pair is, and neither is any where the runtime has no `Intl.Segmenter`.
 */
export function createGraphemeCutter(): GraphemeCutter {
  const findCharacter = createFindCharacter();
  return (text, maxLength) => {
    if (text.length <= maxLength) return text.length;
    const { start } = findCharacter(text, maxLength);
    if (start > 0) return start;
    return maxLength > 1 && isHighSurrogate(text.charCodeAt(maxLength - 1)) ? maxLength - 1 : maxLength;
  };
}
