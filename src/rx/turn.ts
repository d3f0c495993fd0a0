import { asyncScheduler, Subscription, type SchedulerLike } from 'rxjs';

/** How long a turn may last by default, in ms: half a frame of a browser. */
const MAX_MS = 8;

/**
 * The turn of the event loop in which a source works. While data keeps arriving, promises alone let no timer and no I/O
 * of others run, so a source ends its turn when it has lasted long enough.
 *
 * A turn also ends when the source has waited for data for as long as a turn may last, since others could run meanwhile. The
 * source reads the clock before and after each piece of work, not for each event.
 */
export class Turn {
  readonly #maxMs: number;
  readonly #scheduler: SchedulerLike;
  #beganAt = -Infinity;
  #workedAt = -Infinity;
  #waiting: Subscription | undefined;
  #isStopped = false;

  /** @param maxMs - How long a turn may last, in ms. Infinity: it never ends. Default 8. */
  constructor(maxMs = MAX_MS, scheduler: SchedulerLike = asyncScheduler) {
    this.#maxMs = maxMs;
    this.#scheduler = scheduler;
  }

  /** Called before a piece of work. */
  startWork(): void {
    const now = this.#scheduler.now();
    const hasPaused = now - this.#workedAt >= this.#maxMs;
    const wasSetBack = now < this.#workedAt; // the clock
    if (hasPaused || wasSetBack) this.#beganAt = now;
    this.#workedAt = now;
  }

  /**
   * Called after a piece of work.
   *
   * @param now - The time, if the caller has just read the clock.
   * @returns Whether the turn is over.
   */
  endWork(now = this.#scheduler.now()): boolean {
    this.#workedAt = now;
    return now - this.#beganAt >= this.#maxMs;
  }

  /** Lets others run. Resolves in another turn, or when `stop` is called. */
  async next(): Promise<void> {
    if (this.#isStopped) return;
    await new Promise<void>((resolve) => {
      this.#waiting = afterTurn(this.#scheduler, resolve);
      this.#waiting.add(resolve);
    });
    this.#beganAt = this.#scheduler.now();
    this.#workedAt = this.#beganAt;
  }

  /** Called when the source has ended. */
  stop(): void {
    this.#isStopped = true;
    this.#waiting?.unsubscribe();
  }
}

/** What runtimes have for tasks that run as soon as the event loop has had a turn. */
interface Runtime {
  readonly MessageChannel?: typeof MessageChannel;
  setImmediate?(callback: () => void): unknown;
  setTimeout(callback: () => void): unknown;
}

/**
 * Calls back once timers and I/O that are due have run.
 *
 * Uses the scheduler, except for `asyncScheduler`, whose shortest delay is 1 ms in Node, 4 ms in browsers, and a second in
 * their background tabs. `setImmediate` and `MessageChannel` add no delay.
 *
 * @returns Unsubscribing cancels the call.
 */
function afterTurn(scheduler: SchedulerLike, callback: () => void): Subscription {
  if (scheduler !== asyncScheduler) return scheduler.schedule(callback);
  const subscription = new Subscription();
  const run = (): void => {
    if (!subscription.closed) callback();
  };
  const runtime: Runtime = globalThis;
  if (runtime.setImmediate !== undefined) {
    runtime.setImmediate(run);
  } else if (runtime.MessageChannel !== undefined) {
    const { port1, port2 } = new runtime.MessageChannel();
    port1.onmessage = () => {
      port1.close();
      run();
    };
    port2.postMessage(undefined);
  } else {
    runtime.setTimeout(run);
  }
  return subscription;
}
