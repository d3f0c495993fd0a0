import type { OperatorFunction } from 'rxjs';
import { isEvent, isTyped } from '../../api/events.js';
import { Interval } from '../../rx/interval.js';
import { OrderedOutput } from '../../rx/orderedOutput.js';
import type { Pace } from '../../rx/pace.js';
import { transform } from '../../rx/transform.js';

/** Values that follow each other and are merged into one. */
export interface Run<In, Out> {
  /** Adds the next value. Returns false, without adding it, if it cannot be merged. */
  add(value: In): boolean;
  /** The values as one. */
  readonly merged: Out;
}

/**
 * Creates an operator that merges the values that arrive within an interval. The first value after a quiet time is
 * emitted at once. A value that cannot be merged is emitted at once, after those that are held. `message_restart` drops
 * those that are held.
 *
 * @param startRun - Returns a run that begins with the value; undefined if the value is never merged.
 * @param pace - The intervals.
 */
export function coalescing<In, Out>(
  startRun: (value: In) => Run<In, Out> | undefined,
  pace: Pace,
): OperatorFunction<In, In | Out> {
  return transform((output) => {
    const ordered = new OrderedOutput<In | Out>(output);
    /** What is held: more than one run if, say, the deltas of two blocks alternate. */
    let runs: Run<In, Out>[] = [];
    const takeHeld = (): Out[] => {
      const held = runs;
      runs = [];
      return held.map(({ merged }) => merged);
    };
    const interval = new Interval(pace, () => {
      if (runs.length === 0) return;
      interval.open();
      ordered.emit(takeHeld());
    });
    output.add(() => {
      interval.close();
    });
    const emitHeld = (): void => {
      ordered.emit(takeHeld());
    };

    return {
      next(value) {
        interval.endIfOverdue();
        if (runs.at(-1)?.add(value) === true) return;
        const run = startRun(value);
        if (run === undefined) {
          if (isTyped(value) && isEvent(value, 'message_restart')) runs = [];
          if (runs.length === 0) ordered.next(value);
          else ordered.emit([...takeHeld(), value]);
        } else if (interval.isOpen) {
          runs.push(run);
        } else {
          interval.open();
          ordered.next(value);
        }
      },
      complete: emitHeld,
      error: emitHeld,
    };
  });
}
