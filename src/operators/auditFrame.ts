import type { MonoTypeOperatorFunction } from 'rxjs';
import { Interval } from '../rx/interval.js';
import { createPace, type PaceOptions } from '../rx/pace.js';
import { transform } from '../rx/transform.js';
import { isRecord } from '../utils/inspect.js';

export type AuditFrameOptions = PaceOptions;

/**
 * Emits at most one state per animation frame, the newest, and omits those in between.
 *
 *     frames          --------x-------x-------x----
 *     source          --a-b-c---d-e-f-----------g-|    e has another status than d
 *     auditFrame()
 *     result          --a-----c---e---f---------g-|
 *
 * The first state after a quiet time is emitted at once. The states that follow within the frame replace each other, and
 * the newest of them is emitted at its end. A state is emitted at once if its `status` is not that of the state before,
 * so that a spinner or a stop button never lags. Values without a `status`, such as the snapshots of
 * `accumulateMessage()`, are accepted as well.
 *
 * Only use it for values that replace each other. Text fragments and events are lost, unlike in {@link coalesceText} and
 * {@link coalesceDeltas}. For the states of a message, `coalesceDeltas(), messageState()` also saves the work of
 * creating those that are omitted. Hidden tabs and servers are treated as in {@link coalesceDeltas}.
 *
 * Emits the state that is held before completing, and before an error. States have nothing to reset on a
 * `message_restart`: the state after it replaces those before.
 *
 * @param options.everyMs - Emit at most one state in this time instead, in ms. Default: an animation frame.
 * @param options.scheduler - The scheduler that times `everyMs`, default `asyncScheduler`. Without `everyMs`, at most one
 * state is emitted per turn of this scheduler.
 * @returns An operator from states to some of these states.
 * @throws {RangeError} At call time, if `everyMs` is less than 1 or not a number.
 * @example
 * readonly state = toSignal(events$.pipe(messageState(), auditFrame()), { initialValue: idleMessageState });
 */
export function auditFrame<State>(options: AuditFrameOptions = {}): MonoTypeOperatorFunction<State> {
  const pace = createPace('auditFrame', options);
  return transform((output) => {
    let status: unknown;
    let held: { readonly state: State } | undefined;
    const emitHeld = (): void => {
      const last = held;
      held = undefined;
      if (last !== undefined) output.next(last.state);
    };
    const interval = new Interval(pace, () => {
      if (held === undefined) return;
      interval.open();
      emitHeld();
    });
    output.add(() => {
      interval.close();
    });

    return {
      next(state) {
        interval.endIfOverdue();
        const hasSameStatus = statusOf(state) === status;
        status = statusOf(state);
        held = { state };
        if (interval.isOpen && hasSameStatus) return;
        interval.open();
        emitHeld();
      },
      complete: emitHeld,
      error: emitHeld,
    };
  });
}

/** Returns the `status` of a state; undefined if it has none. */
function statusOf(state: unknown): unknown {
  return isRecord(state) ? state['status'] : undefined;
}
