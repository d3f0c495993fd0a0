import { asyncScheduler, type SchedulerLike, type Subscription } from 'rxjs';
import { expectAtLeast } from '../utils/options.js';
import { MAX_TIMER_MS } from '../utils/timers.js';
import { bufferText, type BufferOperator } from './internal/bufferText.js';
import { CharacterClassifier } from './internal/characters.js';
import { PieceBuffer } from './internal/pieceBuffer.js';

export interface BufferByPunctuationOptions {
  /**
   * Length from which a piece ends at the end of any word, in UTF-16 code units. Infinity: only at marks. Default 10.
   */
  readonly minLength?: number | undefined;
  /** Longest text held back, in UTF-16 code units. Longer text is split at that length. Default 4096. */
  readonly maxLength?: number | undefined;
  /**
   * Longest time that words are held back, in ms. After that, they are emitted without waiting for the end of the
   * piece. Default Infinity.
   */
  readonly maxWaitMs?: number | undefined;
  /**
   * The characters that end a piece, in one string. Default: all characters that end sentences and clauses in Unicode.
   */
  readonly marks?: string | undefined;
  /** The scheduler that times `maxWaitMs`. Default `asyncScheduler`. */
  readonly scheduler?: SchedulerLike | undefined;
}

/**
 * Splits the text of events, or any text, into pieces that end at punctuation, or at the end of a word once they are
 * long enough. Use it for speech, for logs, or to render less often.
 *
 *     source                     --a--b-----c---|       a = 'Hi, I'  b = ' am number 3.'  c = '14, am I'
 *     bufferByPunctuation()
 *     result                     --w--x-----y---(z|)    w = 'Hi,'  x = ' I am number'  y = ' 3.14,'  z = ' am I'
 *
 * The joined pieces are the complete text. They do not depend on how the text was split into fragments. White space
 * belongs to the piece that follows it. These rules decide where a piece ends:
 *
 * | at | a piece ends | example, with a slash at the end of each piece |
 * |---|---|---|
 * | a line break | always, before it | `# Title/⏎First` |
 * | `.`, `,` and other ASCII marks | if white space follows | `Hi,/ it is 3.14./ See a.com./ Yes./` |
 * | the marks of other scripts | always | `你好。/再见。/` |
 * | the full stop of an abbreviation | never | `e.g. Dr. Li./` |
 * | the full stop of an ordinal number (see below) | never | `12. Oktober` |
 * | the full stop of a longer number | unless a lower-case letter follows | `In 1990./ Then`, `am 100. und` |
 * | a mark, closing bracket or guillemet after a space | only after it | `Quoi ?/ « Oui. »/` |
 * | the end of a word | if the piece has `minLength` | `I am number/ one` |
 *
 * A number is read as an ordinal number if it has at most two digits, or is the first word of its line. If the last
 * word of a sentence is such a number, the piece therefore continues with the next sentence (`I have 12. You`), unless
 * a line break follows. Combining characters stay with their character. In Chinese and Japanese a word ends at each
 * character.
 *
 * A piece contains a letter or a digit, unless it is the last piece or `maxLength` long. Text without a letter or a
 * digit, such as `…`, becomes part of the next piece, even if that piece belongs to the next message.
 *
 * Events of a message are accepted directly. Their text is that of {@link textDeltas}; a piece also ends where the text
 * does: at the end of a message, and before a block of another type, such as a tool call. `textDeltas()` in front of
 * this operator would lose these ends, and join the last word of a message of `runTools` to the first word of the next.
 *
 * Emits the remaining text before completing, and before an error. A `message_restart` drops the text held back. It is
 * emitted between pieces if the source has emitted strings (see `textDeltas({ restarts: true })`); for events, use
 * `tapMessage({ restart })` in front.
 *
 * @param options.minLength - Length from which a piece ends at the end of any word, in UTF-16 code units. Default 10.
 * @param options.maxLength - Longest text held back, in UTF-16 code units. Longer text is split at that length.
 * Default 4096.
 * @param options.maxWaitMs - Longest time that words are held back, in ms. After that, they are emitted without waiting
 * for the end of the piece. Default Infinity.
 * @param options.marks - The characters that end a piece, in one string. Default: Unicode's Sentence_Terminal and
 * Terminal_Punctuation, `…` and `‥`.
 * @param options.scheduler - The scheduler that times `maxWaitMs`. Default `asyncScheduler`.
 * @returns An operator from events or text fragments to pieces. Each piece is emitted synchronously with the event or
 * fragment that shows its end: white space after the piece, and the character after that.
 * @throws {RangeError} At call time, if `minLength` or `maxWaitMs` is below 1, `maxLength` is below 2, or one of them
 * is not a number.
 * @throws {TypeError} At call time, if `marks` is not a string.
 * @example
 * runTools(params, { tools }).pipe(bufferByPunctuation()).subscribe((piece) => speak(piece));
 * @see https://www.unicode.org/reports/tr29/#Sentence_Boundaries
 */
export function bufferByPunctuation(options: BufferByPunctuationOptions = {}): BufferOperator {
  const { minLength = 10, maxLength = 4096, maxWaitMs = Infinity, marks, scheduler = asyncScheduler } = options;
  expectAtLeast(1, 'bufferByPunctuation', { minLength, maxWaitMs });
  expectAtLeast(2, 'bufferByPunctuation', { maxLength });

  if (marks !== undefined && typeof marks !== 'string') {
    throw new TypeError('bufferByPunctuation: marks must be a string of characters.');
  }

  const characters = new CharacterClassifier(marks);
  return bufferText((output) => {
    let timer: Subscription | undefined;
    const stopTimer = (): void => {
      timer?.unsubscribe();
      timer = undefined;
    };
    const createBuffer = (): PieceBuffer =>
      new PieceBuffer(characters, { minLength, maxLength }, (piece) => {
        stopTimer();
        output.next(piece);
      });
    let buffer = createBuffer();

    const startTimer = (): void => {
      if (!buffer.hasWord || timer !== undefined || maxWaitMs === Infinity) return;
      timer = scheduler.schedule(
        () => {
          buffer.emitHeld();
        },
        Math.min(maxWaitMs, MAX_TIMER_MS),
      );
      output.add(timer);
    };

    return {
      add(text) {
        buffer.add(text);
        startTimer();
      },
      /** Emits the words held back. Text without a word waits for the next piece. */
      endText() {
        if (!buffer.hasWord) return;
        buffer.emitRest();
        buffer = createBuffer();
      },
      emitRest() {
        buffer.emitRest();
        stopTimer();
      },
      drop() {
        stopTimer();
        buffer = createBuffer();
      },
    };
  });
}
