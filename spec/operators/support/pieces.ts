/** Runs `bufferByPunctuation`, for its specs. */
import { from, Subject, VirtualTimeScheduler } from 'rxjs';
import { bufferByPunctuation, type BufferByPunctuationOptions, type MessageRestartEvent } from '../../../src/index.js';

export const onlyMarks: BufferByPunctuationOptions = { minLength: Infinity };

/** Returns the pieces of a text that arrives in these fragments. */
export function piecesOf(fragments: string | readonly string[], options?: BufferByPunctuationOptions): string[] {
  const pieces: string[] = [];
  from(typeof fragments === 'string' ? [fragments] : fragments)
    .pipe(bufferByPunctuation(options))
    .subscribe((piece) => pieces.push(piece));
  return pieces;
}

/** Pushes text by hand, in virtual time. */
export function timed(maxWaitMs: number, options: BufferByPunctuationOptions = onlyMarks) {
  const scheduler = new VirtualTimeScheduler();
  const source = new Subject<string | MessageRestartEvent>();
  const pieces: string[] = [];
  const subscription = source.pipe(bufferByPunctuation({ ...options, maxWaitMs, scheduler })).subscribe({
    next: (piece) => {
      if (typeof piece === 'string') pieces.push(piece);
    },
    error: () => undefined,
  });
  const push = (text: string): void => {
    source.next(text);
  };
  return { scheduler, source, pieces, subscription, push };
}
