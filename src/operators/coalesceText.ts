import { filter, type Observable } from 'rxjs';
import { LONGEST_JOINED } from '../accumulate/joinDeltas.js';
import type { AnyEvent } from '../api/events.js';
import { createPace, type PaceOptions } from '../rx/pace.js';
import { JoinedText } from '../utils/joinedText.js';
import { coalescing, type Run } from './internal/coalescing.js';

export type CoalesceTextOptions = PaceOptions;

/**
 * Merges the text fragments that arrive within one animation frame, so that a screen renders at most once per frame.
 *
 *     frames           --------x-------x----
 *     source           --a-b-c-----d-------|    a, b, c, d: text fragments
 *     coalesceText()
 *     result           --a-----x-------d---|    x: 'b' and 'c' joined
 *
 * The first fragment after a quiet time is emitted at once. Those that follow within the frame are held until its end,
 * and joined. Empty fragments are ignored. Hidden tabs and servers are treated as in {@link coalesceDeltas}.
 *
 * Emits what is held before completing, and before an error. Events between the fragments are emitted at once, after the
 * text that is held. A `message_restart`, as `textDeltas({ restarts: true })` emits it, drops that text, because it
 * withdraws it.
 *
 * @param options.everyMs - Join what arrives within this time instead, in ms. Default: an animation frame.
 * @param options.scheduler - The scheduler that times `everyMs`, default `asyncScheduler`. Without `everyMs`, what
 * arrives within one turn of this scheduler is joined.
 * @returns An operator from text fragments to fewer fragments. A joined fragment has at most 2^24 UTF-16 code units.
 * @throws {RangeError} At call time, if `everyMs` is less than 1 or not a number.
 * @example
 * events$.pipe(textDeltas(), coalesceText()).subscribe((text) => output.append(text)); // at most once per frame
 */
export function coalesceText(
  options: CoalesceTextOptions = {},
): <In extends string | AnyEvent>(source: Observable<In>) => Observable<In | string> {
  const pace = createPace('coalesceText', options);
  return <In extends string | AnyEvent>(source: Observable<In>) =>
    source.pipe(
      filter((value) => value !== ''),
      coalescing<In, string>(startText, pace),
    );
}

function startText(value: string | AnyEvent): Run<string | AnyEvent, string> | undefined {
  return typeof value === 'string' ? new TextRun(value) : undefined;
}

/** Text fragments that follow each other. */
class TextRun implements Run<string | AnyEvent, string> {
  readonly #text: JoinedText;

  constructor(first: string) {
    this.#text = new JoinedText(first, LONGEST_JOINED);
  }

  add(value: string | AnyEvent): boolean {
    return typeof value === 'string' && this.#text.add(value);
  }

  get merged(): string {
    return this.#text.text;
  }
}
