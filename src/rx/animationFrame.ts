import { animationFrames, asyncScheduler, catchError, race, take, timer, type Subscription } from 'rxjs';

/** How long a frame takes where there are no animation frames, in ms. */
export const FRAME_MS = 16;

/** The longest wait for an animation frame, in ms: browsers request none in a hidden tab. */
export const LONGEST_FRAME_MS = 100;

/**
 * The longest wait for an animation frame in a tab that is visible, in ms. A busy page may delay a frame by some 100 ms, and
 * work that precedes it would delay it further. There are no frames in a frame of another page that is out of view.
 */
const LONGEST_VISIBLE_FRAME_MS = 1000;

/** Returns the longest wait for an animation frame, in ms. */
export function longestFrameMs(): number {
  return visibility() === 'visible' ? LONGEST_VISIBLE_FRAME_MS : LONGEST_FRAME_MS;
}

/**
 * Calls a function at the next animation frame. If none comes within the given time, or if the runtime has no animation
 * frames, as on a server, a timer calls it.
 *
 * Does not use `animationFrameScheduler`, which can stop permanently in RxJS 7.8 if actions are unsubscribed while others
 * run (https://github.com/ReactiveX/rxjs/issues/7018).
 *
 * @returns A subscription that cancels the call.
 */
export function onNextFrame(callback: () => void, longestMs: number): Subscription {
  // Fails at once if there is no `requestAnimationFrame`.
  const frame = animationFrames(asyncScheduler).pipe(catchError(() => timer(FRAME_MS)));
  return race(frame, timer(longestMs)).pipe(take(1)).subscribe({ next: callback, error: callback });
}

/** Whether this is a tab that nobody sees. Browsers delay its timers, by a minute or more, and stop its frames. */
export function isHiddenTab(): boolean {
  return visibility() === 'hidden';
}

function visibility(): unknown {
  const scope: { readonly document?: { readonly visibilityState?: unknown } | undefined } = globalThis;
  return scope.document?.visibilityState;
}
