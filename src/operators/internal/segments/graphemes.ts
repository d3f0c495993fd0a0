import { isHighSurrogate } from '../../../utils/text.js';

/** Returns the length of the longest beginning of a text that is not longer than `maxLength` and splits no character. */
export type GraphemeCutter = (text: string, maxLength: number) => number;

/**
 * Creates a function that finds where a text that is too long is split: after the last user-perceived character
 * (grapheme cluster) that fits. The decision needs at most `maxLength + 2` code units of the text, whatever follows
 * them. A character that does not fit at all, such as a letter with hundreds of accents, is split, but no surrogate
 * pair is, and neither is any where the runtime has no `Intl.Segmenter`.
 */
export function createGraphemeCutter(): GraphemeCutter {
  const graphemes = 'Segmenter' in Intl ? new Intl.Segmenter(undefined, { granularity: 'grapheme' }) : undefined;
  return (text, maxLength) => {
    if (text.length <= maxLength) return text.length;
    const end = graphemes?.segment(text.slice(0, maxLength + 2)).containing(maxLength)?.index ?? 0;
    if (end > 0) return end;
    return maxLength > 1 && isHighSurrogate(text.charCodeAt(maxLength - 1)) ? maxLength - 1 : maxLength;
  };
}
