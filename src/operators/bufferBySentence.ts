import { expectAtLeast } from '../utils/options.js';
import { bufferText, type BufferOperator } from './internal/bufferText.js';
import { createSegmenter } from './internal/segments/createSegmenter.js';
import { createGraphemeCutter } from './internal/segments/graphemes.js';
import { SegmentBuffer } from './internal/segments/segmentBuffer.js';
import { SentenceSplitter } from './internal/segments/sentenceSplitter.js';

export interface BufferBySentenceOptions {
  /** The language of the text, as a language tag such as 'el' or 'zh-Hant'. Default: the locale of the runtime. */
  readonly locale?: string | undefined;
  /** Longest text held back, in UTF-16 code units. A longer sentence is emitted in parts. Default 4096. */
  readonly maxLength?: number | undefined;
}

/**
 * Splits the text of events, or any text, into sentences, each with the white space after it. Use it for speech
 * synthesis and translation, which need entire sentences.
 *
 *     source                --a----b------c--|      a = 'It is 5. Or'  b = ' 6? Yes'  c = '!'
 *     bufferBySentence()
 *     result                --x----y---------(z|)   x = 'It is 5. '  y = 'Or 6? '  z = 'Yes!'
 *
 * The joined sentences are the complete text. They do not depend on how the text was split into fragments. They are
 * those of `Intl.Segmenter`, except that blank lines belong to the sentence before them, or at the start of the text, to
 * the first one. A line break ends a sentence, so that a heading and an item of a list are one each. With a slash at
 * the end of each piece:
 *
 *     # Tides⏎/“Really?” /she asked. /It rose 3.5 m, e.g. in May. /Dr. /Li left.    你好。/再见！
 *
 * `Intl.Segmenter` knows no abbreviations: a capital letter after a full stop starts a sentence (`Dr. /Li`).
 * {@link bufferByPunctuation} knows them, and also splits at commas.
 *
 * A sentence is held back until it is known that the next one begins, which takes a letter or another mark: `No. 5 is`
 * is one sentence, `No. 5 Is` are two.
 *
 * Emits the remaining text before completing, and before an error. Events of a message are accepted directly: their
 * text is that of {@link textDeltas}, and a piece also ends where the text does, at the end of a message and before a
 * block of another type. A `message_restart` drops the text held back. It is emitted between sentences if the source
 * has emitted strings (see `textDeltas({ restarts: true })`).
 *
 * @param options.locale - The language of the text, as a language tag such as 'el' or 'zh-Hant'. It matters for Greek,
 * where a semicolon is a question mark. Default: the locale of the runtime.
 * @param options.maxLength - Longest text held back, in UTF-16 code units. A longer sentence is emitted in parts of at
 * most that length, which end where a character ends. Default 4096.
 * @returns An operator from events or text fragments to sentences. Each sentence is emitted synchronously with the
 * event or fragment that shows its end.
 * @throws {RangeError} At call time, if `locale` is not a language tag, or `maxLength` is below 2 or not a number.
 * @throws {TypeError} At call time, if `locale` is not a string, or the runtime has no `Intl.Segmenter` (Firefox before
 * version 125).
 * @example
 * runTools(params, { tools }).pipe(bufferBySentence({ locale: 'en' })).subscribe((sentence) => speak(sentence));
 * @see https://www.unicode.org/reports/tr29/#Sentence_Boundaries
 */
export function bufferBySentence(options: BufferBySentenceOptions = {}): BufferOperator {
  const { locale, maxLength = 4096 } = options;
  expectAtLeast(2, 'bufferBySentence', { maxLength });
  const segmenter = createSegmenter('bufferBySentence', 'sentence', locale);
  const cut = createGraphemeCutter();
  return bufferText(
    (output) =>
      new SegmentBuffer(new SentenceSplitter(segmenter), maxLength, cut, (sentence) => {
        output.next(sentence);
      }),
  );
}
