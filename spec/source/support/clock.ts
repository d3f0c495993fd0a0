import { VirtualTimeScheduler } from 'rxjs';

/** Virtual time that passes only when it is told to. */
export interface Clock {
  readonly scheduler: VirtualTimeScheduler;
  /** How many timers are waiting. */
  readonly timers: number;
  /** Lets so many ms pass; what is due at their end happens. */
  advance(ms: number): void;
}

export function virtualClock(): Clock {
  const scheduler = new VirtualTimeScheduler();
  return {
    scheduler,
    get timers() {
      return scheduler.actions.length;
    },
    advance(ms) {
      scheduler.maxFrames = scheduler.frame + ms;
      scheduler.schedule(() => undefined, ms); // or the time would stay that of the last timer
      scheduler.flush();
    },
  };
}
