import { expectAtLeast } from '../utils/options.js';
import { bufferText, type BufferOperator } from './internal/bufferText.js';
import { createSegmenter } from './internal/segments/createSegmenter.js';
import { createGraphemeCutter } from './internal/segments/graphemes.js';
import { SegmentBuffer } from './internal/segments/segmentBuffer.js';
import { WordSplitter } from './internal/segments/wordSplitter.js';

export interface BufferByWordOptions {
  /** The language of the text, as a language tag such as 'th' or 'zh-Hant'. Default: the locale of the runtime. */
  readonly locale?: string | undefined;
  /** Longest text held back, in UTF-16 code units. A longer word is emitted in parts. Default 4096. */
  readonly maxLength?: number | undefined;
}

/**
 * Splits the text of events, or any text, into words, each with the punctuation and white space around it. Use it to
 * show text word by word.
 *
 *     source            --a---b------c--|      a = 'The ti'  b = 'de (no'  c = 'on).'
 *     bufferByWord()
 *     result            --x---y---------(z|)   x = 'The '  y = 'tide '  z = '(noon).'
 *
 * The joined words are the complete text. They do not depend on how the text was split into fragments. Words are those
 * of `Intl.Segmenter`: a piece ends after white space, and between two words without white space, where the punctuation
 * belongs to the first one. White space at the start of the text belongs to the first word. With a slash at the end of
 * each piece:
 *
 *     Don't /wait, /it's /a /well-/known /“fact” /— /3.14!    我们/今天/去/北京，/明天/回家。
 *
 * A word is held back until the next one begins, because it may grow. Chinese, Japanese, Thai, Lao, Khmer and Burmese
 * are written without spaces, and their words depend on those that follow. So a word is held back until 8 UTF-16 code
 * units from its beginning have arrived (Chinese, Japanese) or 24 (the others), or punctuation or white space. No
 * character that a reader sees as one (an emoji with joiners, a flag, a letter with accents,
 * a surrogate pair) is split, unless it is longer than `maxLength`.
 *
 * Emits the remaining text before completing, and before an error. Events of a message are accepted directly: their
 * text is that of {@link textDeltas}, and a piece also ends where the text does, at the end of a message and before a
 * block of another type. A `message_restart` drops the text held back. It is emitted between words if the source has
 * emitted strings (see `textDeltas({ restarts: true })`).
 *
 * @param options.locale - The language of the text, as a language tag such as 'th' or 'zh-Hant'. Default: the locale of
 * the runtime.
 * @param options.maxLength - Longest text held back, in UTF-16 code units. A longer word is emitted in parts of at most
 * that length, which end where a character ends. Default 4096.
 * @returns An operator from events or text fragments to words. Each word is emitted synchronously with the event or
 * fragment that shows its end.
 * @throws {RangeError} At call time, if `locale` is not a language tag, or `maxLength` is below 2 or not a number.
 * @throws {TypeError} At call time, if `locale` is not a string, or the runtime has no `Intl.Segmenter` (Firefox before
 * version 125).
 * @example
 * events$.pipe(
 *   bufferByWord({ locale: 'en' }),
 *   concatMap((word) => of(word).pipe(delay(40))),
 * ).subscribe((word) => show(word)); // 'The ', 40 ms later 'tide ', …
 * @see https://www.unicode.org/reports/tr29/#Word_Boundaries
 */
export function bufferByWord(options: BufferByWordOptions = {}): BufferOperator {
  const { locale, maxLength = 4096 } = options;
  expectAtLeast(2, 'bufferByWord', { maxLength });
  const segmenter = createSegmenter('bufferByWord', 'word', locale);
  const cut = createGraphemeCutter();
  return bufferText(
    (output) =>
      new SegmentBuffer(new WordSplitter(segmenter, cut), maxLength, cut, (word) => {
        output.next(word);
      }),
  );
}
