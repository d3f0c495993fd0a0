import { asyncScheduler, type Observable, type SchedulerLike, type Subscription } from 'rxjs';
import type { MessageRestartEvent } from '../api/events.js';
import { expectAtLeast } from '../utils/options.js';
import { MAX_TIMER_MS } from '../utils/timers.js';
import { DEFAULT_MARKS, PunctuationSplitter } from './internal/punctuation.js';
import { transform } from '../rx/transform.js';
import { isHighSurrogate } from '../utils/text.js';

export interface BufferByPunctuationOptions {
  /** Length from which a piece ends at the end of any word, in UTF-16 code units. Infinity: only at marks. Default 10. */
  readonly minLength?: number;
  /** Longest text held back, in UTF-16 code units. Longer text is emitted as it is. Default 4096. */
  readonly maxLength?: number;
  /** Longest time that text is held back, in ms. After that it is emitted as it is. Default Infinity. */
  readonly maxWaitMs?: number;
  /** The characters that end a piece, in one string. Default: the marks that end sentences and clauses in most languages. */
  readonly marks?: string;
  /** The scheduler that times `maxWaitMs`. Default `asyncScheduler`. */
  readonly scheduler?: SchedulerLike;
}

/**
 * Splits text into pieces that end at punctuation, or at the end of a word once they are long enough: for speech, for
 * logs, for fewer renders.
 *
 *     source                     --a--b-----c---|       a = 'Hi, I'  b = ' am number 3.'  c = '14, am I'
 *     bufferByPunctuation()
 *     result                     --w--x-----y---(z|)    w = 'Hi,'  x = ' I am number'  y = ' 3.14,'  z = ' am I'
 *
 * Joined, the pieces are the text. White space goes with what follows it. A mark ends a piece only when the next
 * character confirms it: white space after `.`, `,` and other ASCII marks, any character after the marks of scripts that
 * are written without spaces. So `3.14`, `e.g.` and URLs are never split, and neither is a surrogate pair. The pieces do
 * not depend on how the text was split before. In Chinese and Japanese a word ends at each character.
 *
 * Emits the remaining text before completing, and before an error. A `message_restart` between the strings (see
 * `textDeltas({ restarts: true })`) is emitted, and drops the text held back.
 *
 * @param options.minLength - Length from which a piece ends at the end of any word, in UTF-16 code units. Default 10.
 * @param options.maxLength - Longest text held back, in UTF-16 code units. Longer text is emitted as it is. Default 4096.
 * @param options.maxWaitMs - Longest time that text is held back, in ms. After that it is emitted as it is. Default
 * Infinity.
 * @param options.marks - The characters that end a piece, in one string. Default: those of most languages.
 * @param options.scheduler - The scheduler that times `maxWaitMs`. Default `asyncScheduler`.
 * @returns An operator from text fragments to pieces. Each piece is emitted synchronously with the fragment that shows its
 * end.
 * @throws {RangeError} At call time, if `minLength` or `maxWaitMs` is below 1, `maxLength` is below 2, or one of them is
 * not a number.
 * @example
 * stream$.pipe(textDeltas(), bufferByPunctuation()).subscribe((piece) => speak(piece));
 */
export function bufferByPunctuation(
  options: BufferByPunctuationOptions = {},
): <In extends string | MessageRestartEvent>(
  source: Observable<In>,
) => Observable<string | Extract<In, MessageRestartEvent>> {
  const {
    minLength = 10,
    maxLength = 4096,
    maxWaitMs = Infinity,
    marks = DEFAULT_MARKS,
    scheduler = asyncScheduler,
  } = options;
  expectAtLeast(1, 'bufferByPunctuation', { minLength, maxWaitMs });
  expectAtLeast(2, 'bufferByPunctuation', { maxLength });

  return transform((output) => {
    const rules = { minLength, maxLength, marks };
    let splitter = new PunctuationSplitter(rules);
    let held = '';
    let timer: Subscription | undefined;

    const stopTimer = (): void => {
      timer?.unsubscribe();
      timer = undefined;
    };
    const emit = (piece: string): void => {
      stopTimer();
      if (piece !== '') output.next(piece);
    };
    const emitRest = (): void => {
      emit(held);
    };
    /** Emits the text held back, except half a surrogate pair at its end. */
    const emitAfterWait = (): void => {
      const keptLength = isHighSurrogate(held.charCodeAt(held.length - 1)) ? 1 : 0;
      const piece = held.slice(0, held.length - keptLength);
      held = held.slice(piece.length);
      splitter.startPiece(keptLength);
      emit(piece);
    };
    const startTimer = (): void => {
      if (held === '' || timer !== undefined || maxWaitMs === Infinity) return;
      timer = scheduler.schedule(emitAfterWait, Math.min(maxWaitMs, MAX_TIMER_MS));
      output.add(timer);
    };
    const startOver = (): void => {
      stopTimer();
      held = '';
      splitter = new PunctuationSplitter(rules);
    };

    return {
      next(fragment) {
        if (typeof fragment !== 'string') {
          startOver();
          if (isRestart(fragment)) output.next(fragment);
          return;
        }
        let start = 0;
        for (let i = 0; i < fragment.length; i += 1) {
          const code = fragment.charCodeAt(i);
          if (splitter.endsBefore(code)) {
            const piece = held + fragment.slice(start, i);
            held = '';
            start = i;
            splitter.startPiece();
            emit(piece);
          }
          splitter.add(code);
        }
        held += fragment.slice(start);
        startTimer();
      },
      complete: emitRest,
      error: emitRest,
    };
  });
}

function isRestart<In>(value: In): value is Extract<In, MessageRestartEvent> {
  return typeof value === 'object';
}
