import type { Observable } from 'rxjs';
import { DeltaRun } from '../accumulate/deltaRun.js';
import { textOfDelta } from '../accumulate/joinDeltas.js';
import { isPlainDelta } from '../accumulate/plainDelta.js';
import type { AnyEvent, ContentBlockDeltaEvent } from '../api/events.js';
import { createPace, type PaceOptions } from '../rx/pace.js';
import { coalescing, type Run } from './internal/coalescing.js';

export type CoalesceDeltasOptions = PaceOptions;

/**
 * Merges the deltas that arrive within one animation frame, so that a screen renders at most once per frame, however
 * fast the model is.
 *
 *     frames             --------x-------x-------x-------x----
 *     source             s-o-a-b---c-d-------------e-f-p-----z|   s, o, p, z: other events   a … f: text deltas
 *     coalesceDeltas()
 *     result             s-o-a---b-------D---------e---(fp)--z|   D: 'c' and 'd' in one delta
 *
 * The first delta after a quiet time is emitted at once. Those that follow within the frame are held until its end, and
 * merged if they are of the same block and of the same kind: text, thinking, or the JSON of an input. Every other event
 * is emitted at once, after the deltas that are held: the stop of a block, a citation, a signature, a ping, and deltas
 * that the package does not know or that have additional fields. The order never changes, and every operator gets the
 * same message as without this one.
 *
 * Put it after the operators that retry, continue or time a request, which need each event when it arrives, and before
 * the operator that accumulates: `retryOnConnectionError(), coalesceDeltas(), messageState()`.
 *
 * In a hidden tab, which has no animation frames, the deltas are held for 100 ms; if the browser delays timers too, until
 * the first event after that. In a visible tab, they wait up to a second for a frame that a busy page delays. Where there
 * is no `requestAnimationFrame`, as on a server, a frame takes 16 ms.
 *
 * Emits what is held before completing, and before an error. A `message_restart` drops what is held, because it
 * withdraws it. The texts are joined once per frame, so the cost per event depends neither on the length of the text nor
 * on the number of deltas. A joined text has at most 2^24 UTF-16 code units; longer text is emitted in several deltas.
 *
 * @param options.everyMs - Merge what arrives within this time instead, in ms. Default: an animation frame.
 * @param options.scheduler - The scheduler that times `everyMs`, default `asyncScheduler`. Without `everyMs`, what
 * arrives within one turn of this scheduler is merged.
 * @returns An operator from events to events. A delta that is not merged is emitted as it is; a merged one is new and
 * frozen.
 * @throws {RangeError} At call time, if `everyMs` is less than 1 or not a number.
 * @example
 * events$.pipe(coalesceDeltas(), accumulateMessage()).subscribe((message) => render(message)); // at most once per frame
 */
export function coalesceDeltas(
  options: CoalesceDeltasOptions = {},
): <Event extends AnyEvent>(source: Observable<Event>) => Observable<Event | ContentBlockDeltaEvent> {
  const pace = createPace('coalesceDeltas', options);
  return <Event extends AnyEvent>(source: Observable<Event>) =>
    source.pipe(coalescing<Event, ContentBlockDeltaEvent>(startDeltas, pace));
}

function startDeltas(event: AnyEvent): Run<AnyEvent, ContentBlockDeltaEvent> | undefined {
  return isPlainDelta(event) && textOfDelta(event.delta) !== undefined ? new PlainDeltaRun(event) : undefined;
}

/** Deltas of one block whose fields can all be merged. */
class PlainDeltaRun implements Run<AnyEvent, ContentBlockDeltaEvent> {
  readonly #index: number;
  readonly #run: DeltaRun;

  constructor(first: ContentBlockDeltaEvent) {
    this.#index = first.index;
    this.#run = new DeltaRun(first);
  }

  add(event: AnyEvent): boolean {
    return isPlainDelta(event) && event.index === this.#index && this.#run.add(event);
  }

  get merged(): ContentBlockDeltaEvent {
    return this.#run.merged;
  }
}
