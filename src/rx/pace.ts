import { asyncScheduler, type SchedulerLike, type Subscription } from 'rxjs';
import { expectAtLeast } from '../utils/options.js';
import { MAX_TIMER_MS } from '../utils/timers.js';
import { longestFrameMs, onNextFrame } from './animationFrame.js';

/** How often an operator emits at most. By default once per animation frame. */
export interface PaceOptions {
  /** The shortest time between two emissions, in ms. Default: an animation frame. */
  readonly everyMs?: number | undefined;
  /**
   * The scheduler that times `everyMs`, default `asyncScheduler`. Without `everyMs`, an emission per turn of this
   * scheduler. By default, there is a timer besides the animation frames, because a hidden tab has none.
   */
  readonly scheduler?: SchedulerLike | undefined;
}

/** The intervals in which an operator emits at most once. */
export interface Pace {
  /** Calls a function at the end of an interval that starts now. */
  onEnd(callback: () => void): Subscription;
  /** The longest interval that starts now, in ms. Infinity if the end does not depend on the time. */
  readonly maxMs: number;
  now(): number;
}

/**
 * Creates the pace that the options describe.
 *
 * @throws {RangeError} If `everyMs` is less than 1 or not a number. The message names the caller.
 */
export function createPace(caller: string, { everyMs, scheduler }: PaceOptions): Pace {
  expectAtLeast(1, caller, { everyMs });
  if (everyMs === undefined && scheduler === undefined) return FRAMES;
  const timed = scheduler ?? asyncScheduler;
  const delayMs = Math.min(everyMs ?? 0, MAX_TIMER_MS);
  return {
    onEnd: (callback) => timed.schedule(callback, delayMs),
    maxMs: everyMs ?? Infinity,
    now: () => timed.now(),
  };
}

const FRAMES: Pace = {
  onEnd: (callback) => onNextFrame(callback, longestFrameMs()),
  get maxMs() {
    return longestFrameMs();
  },
  now: () => asyncScheduler.now(),
};
