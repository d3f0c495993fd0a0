import type { SchedulerLike, Subscription } from 'rxjs';
import { MAX_TIMER_MS } from '../utils/timers.js';

export interface Heartbeat {
  /** Called whenever something else is sent. */
  postpone(): void;
  stop(): void;
}

/**
 * Calls a function whenever nothing else has been sent for a time. It has a single timer, which is set again only when
 * it fires, so postponing only reads the clock.
 */
export function startHeartbeat(ms: number, scheduler: SchedulerLike, beat: () => void): Heartbeat {
  let lastSent = scheduler.now();
  let timer: Subscription | undefined;
  let isStopped = false;
  const setTimer = (delayMs: number): void => {
    if (!isStopped && delayMs < Infinity) timer = scheduler.schedule(onTimer, Math.min(delayMs, MAX_TIMER_MS));
  };
  const onTimer = (): void => {
    const now = scheduler.now();
    if (now - lastSent >= ms) {
      lastSent = now;
      beat();
    }
    setTimer(lastSent + ms - now);
  };
  setTimer(ms);
  return {
    postpone() {
      lastSent = scheduler.now();
    },
    stop() {
      isStopped = true;
      timer?.unsubscribe();
    },
  };
}
