import { asyncScheduler, type SchedulerLike, type Subscription } from 'rxjs';
import type { TimeoutName } from '../errors/classes.js';
import { MAX_TIMER_MS } from '../utils/timers.js';
import { show, withDefaults } from '../utils/options.js';

/** The timeouts of one request, in ms. Infinity disables a timeout. */
export interface TimeoutOptions {
  /** From the request to the response's headers. Default 600 000 (10 minutes). */
  readonly headersMs?: number | undefined;
  /** From the headers to the first event. Default 300 000 (5 minutes). */
  readonly firstEventMs?: number | undefined;
  /** Between bytes; a ping counts. Default 300 000 (5 minutes). */
  readonly idleMs?: number | undefined;
  /** Between content; pings do not count. Default Infinity, since silent thinking is healthy. */
  readonly contentMs?: number | undefined;
  /** The entire request. Default Infinity. */
  readonly totalMs?: number | undefined;
}

/** The defaults. If several timeouts expire together, the first in this list is reported. */
const DEFAULT_LIMITS: Readonly<Record<TimeoutName, number>> = {
  headersMs: 600_000,
  firstEventMs: 300_000,
  contentMs: Infinity,
  idleMs: 300_000,
  totalMs: Infinity,
};

const NAMES = Object.keys(DEFAULT_LIMITS) as readonly TimeoutName[]; // its type lists exactly these keys

/**
 * Validates timeouts, at call time. A timeout that is undefined counts as not given.
 *
 * @param known - The names that are accepted. Default: all timeouts.
 * @param prefix - The text before an option's name in the error message. Default `timeout.`, as in the options of a
 * source.
 * @throws {TypeError} If `timeouts` is not an object, or a name is not known.
 * @throws {RangeError} If a timeout is not a number above 0.
 */
export function expectTimeouts(
  caller: string,
  timeouts: TimeoutOptions | undefined,
  known: readonly string[] = NAMES,
  prefix = 'timeout.',
): void {
  if (timeouts !== undefined && typeof timeouts !== 'object') {
    throw new TypeError(`${caller}: timeout must be an object, such as { idleMs: 60_000 }.`);
  }
  const given = Object.entries<unknown>({ ...timeouts }).filter(([, ms]) => ms !== undefined);
  for (const [name, ms] of given) {
    const option = `${caller}: ${prefix}${name}`;
    if (!known.includes(name)) {
      throw new TypeError(`${option} is not a known timeout. The timeouts are ${known.join(', ')}.`);
    }
    if (!(typeof ms === 'number' && ms > 0)) {
      throw new RangeError(`${option} must be a number of milliseconds greater than 0, got ${show(ms)}.`);
    }
  }
}

/** Watches the timeouts of a stream. */
export interface Watchdog {
  /** Starts or restarts a timeout. `ms` is its limit. Default: the limit in the options. */
  start(timeout: TimeoutName, ms?: number): void;
  /**
   * Restarts `idleMs`, and `contentMs` if the model was active. Both must be running, because this does not arm the
   * timer.
   *
   * @param now - The time, if the caller has just read the clock.
   */
  postpone(isActive: boolean, now?: number): void;
  /** Clears a timeout, because what it waits for has arrived. */
  clear(timeout: TimeoutName): void;
  /** Clears all timeouts and the timer, permanently: a later `start` has no effect. */
  stop(): void;
}

/**
 * Creates a watchdog. It has a single timer, which is set again only when it fires, so postponing a timeout only reads
 * the clock and stores a number.
 *
 * @param onExpired - Called with a timeout that has expired, and its limit in ms. It should stop the watchdog.
 */
export function createWatchdog(
  options: TimeoutOptions = {},
  scheduler: SchedulerLike = asyncScheduler,
  onExpired: (timeout: TimeoutName, ms: number) => void,
): Watchdog {
  const limits = withDefaults(DEFAULT_LIMITS, options);
  /** When each timeout expires; Infinity while it is not running. */
  const deadlines: Record<TimeoutName, number> = { ...DEFAULT_LIMITS };
  for (const timeout of NAMES) deadlines[timeout] = Infinity;
  let timer: Subscription | undefined;
  /** When the timer fires; Infinity while none is set. */
  let timerDue = Infinity;
  let isStopped = false;

  const setTimer = (deadline: number, now: number): void => {
    if (isStopped || deadline >= timerDue) return;
    timer?.unsubscribe();
    timerDue = deadline;
    timer = scheduler.schedule(onTimer, Math.min(deadline - now, MAX_TIMER_MS));
  };

  const onTimer = (): void => {
    timerDue = Infinity;
    const now = scheduler.now();
    const next = NAMES.reduce((first, timeout) => (deadlines[timeout] < deadlines[first] ? timeout : first));
    if (deadlines[next] <= now) onExpired(next, limits[next]);
    else setTimer(deadlines[next], now);
  };

  return {
    start(timeout, ms = limits[timeout]) {
      const now = scheduler.now();
      deadlines[timeout] = now + ms;
      setTimer(now + ms, now);
    },
    postpone(isActive, now = scheduler.now()) {
      // Called for every chunk, so the keys are constant: V8 can compile them to direct field accesses.
      deadlines.idleMs = now + limits.idleMs;
      if (isActive) deadlines.contentMs = now + limits.contentMs;
    },
    clear(timeout) {
      deadlines[timeout] = Infinity;
    },
    stop() {
      timer?.unsubscribe();
      isStopped = true;
    },
  };
}
