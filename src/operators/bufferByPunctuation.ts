import { asyncScheduler, type Observable, type SchedulerLike, type Subscription } from 'rxjs';
import type { MessageRestartEvent } from '../api/events.js';
import { expectAtLeast } from '../utils/options.js';
import { MAX_TIMER_MS } from '../utils/timers.js';
import { DEFAULT_MARKS, PunctuationSplitter } from './internal/punctuation.js';
import { transform } from '../rx/transform.js';
import { isHighSurrogate } from '../utils/text.js';

export interface BufferByPunctuationOptions {
  /** From this length on a piece ends at the end of any word, in UTF-16 code units. Infinity: only at marks. Default 10. */
  readonly minLength?: number;
  /** Longest text held back, in UTF-16 code units; past it, it is emitted as it is. Default 4096. */
  readonly maxLength?: number;
  /** Longest time that text is held back, in ms; past it, it is emitted as it is. Default Infinity: as long as it takes. */
  readonly maxWaitMs?: number;
  /** The characters that end a piece, one after the other. Default: those of most languages' sentences and clauses. */
  readonly marks?: string;
  /** The clock of `maxWaitMs`. Default `asyncScheduler`. */
  readonly scheduler?: SchedulerLike;
}

/**
 * Re-cuts text into pieces that end at punctuation, or at the end of a word once they are long enough: for speech, for
 * logs, for fewer renders.
 *
 *     source                     --a--b-----c---|       a = 'Hi, I'  b = ' am number 3.'  c = '14, am I'
 *     bufferByPunctuation()
 *     result                     --w--x-----y---(z|)    w = 'Hi,'  x = ' I am number'  y = ' 3.14,'  z = ' am I'
 *
 * Joined, the pieces are the text. White space goes with what follows it. A mark ends a piece when the next
 * character shows that it does: white space for `.`, `,` and the like, anything for those of scripts without spaces. So `3.14`, `e.g.`,
 * a URL and a surrogate pair stay whole, and where the text is cut does not depend on how it arrived. Chinese and
 * Japanese words end at each character.
 *
 * Text still waiting when the source ends, by completion or error, is emitted first. A `message_restart` between the
 * strings (see `textDeltas({ restarts: true })`) passes, and what is held is dropped.
 *
 * @param options.minLength - From this length on a piece ends with any word, in UTF-16 code units. Default 10.
 * @param options.maxLength - Longest text held back, in UTF-16 code units; past it, it is emitted as it is. Default 4096.
 * @param options.maxWaitMs - Longest time that text is held back, in ms; past it, it is emitted as it is. Default Infinity.
 * @param options.marks - The characters that end a piece. Default: those of most languages.
 * @param options.scheduler - The clock of `maxWaitMs`. Default `asyncScheduler`.
 * @returns An operator from fragments to pieces. A piece is emitted in the same turn as the fragment that shows its end.
 * @throws {RangeError} At call time, if a number is below 1 (`maxLength`: below 2) or not a number.
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
    let cutter = new PunctuationSplitter(rules);
    let held = '';
    let wait: Subscription | undefined;

    const emit = (piece: string): void => {
      wait?.unsubscribe();
      wait = undefined;
      if (piece !== '') output.next(piece);
    };
    const flush = (): void => {
      emit(held);
    };
    const flushWhole = (): void => {
      const kept = isHighSurrogate(held.charCodeAt(held.length - 1)) ? 1 : 0;
      const piece = held.slice(0, held.length - kept);
      held = held.slice(piece.length);
      cutter.beginPiece(kept);
      emit(piece);
    };
    const waitForMore = (): void => {
      if (held === '' || wait !== undefined || maxWaitMs === Infinity) return;
      wait = scheduler.schedule(flushWhole, Math.min(maxWaitMs, MAX_TIMER_MS));
      output.add(wait);
    };

    return {
      next(fragment) {
        if (typeof fragment !== 'string') {
          held = '';
          flush(); // nothing but the wait
          cutter = new PunctuationSplitter(rules);
          if (isRestart(fragment)) output.next(fragment);
          return;
        }
        let start = 0;
        for (let i = 0; i < fragment.length; i += 1) {
          if (!cutter.cutsBefore(fragment.charCodeAt(i))) continue;
          const piece = held + fragment.slice(start, i);
          held = '';
          start = i;
          emit(piece);
        }
        held += fragment.slice(start);
        waitForMore();
      },
      complete: flush,
      error: flush,
    };
  });
}

function isRestart<In>(value: In): value is Extract<In, MessageRestartEvent> {
  return typeof value === 'object';
}
