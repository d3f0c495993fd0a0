import { animationFrames, asyncScheduler, catchError, race, take, timer, type Subscription } from 'rxjs';

/** How long a frame takes where there are no animation frames, in ms. */
export const FRAME_MS = 16;

/**
 * The longest wait for an animation frame, in ms: browsers request none in a hidden tab. It is longer than a frame that a
 * busy page delays, so that a frame is not preceded by a timer.
 */
export const LONGEST_FRAME_MS = 100;

/**
 * Calls a function at the next animation frame. If none comes within 100 ms, as in a hidden tab, or if the runtime has
 * no animation frames, as on a server, a timer calls it.
 *
 * Does not use `animationFrameScheduler`, which can stop permanently in RxJS 7.8 if actions are unsubscribed while others
 * run (https://github.com/ReactiveX/rxjs/issues/7018).
 *
 * @returns A subscription that cancels the call.
 */
export function onNextFrame(callback: () => void): Subscription {
  // Fails at once if there is no `requestAnimationFrame`.
  const frame = animationFrames(asyncScheduler).pipe(catchError(() => timer(FRAME_MS)));
  return race(frame, timer(LONGEST_FRAME_MS)).pipe(take(1)).subscribe({ next: callback, error: callback });
}

/** Whether this is a tab that nobody sees. Browsers delay its timers, by a minute or more, and stop its frames. */
export function isHiddenTab(): boolean {
  const scope: { readonly document?: { readonly visibilityState?: unknown } | undefined } = globalThis;
  return scope.document?.visibilityState === 'hidden';
}
