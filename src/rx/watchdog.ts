import { asyncScheduler, type SchedulerLike, type Subscription } from 'rxjs';
import type { TimeoutName } from '../errors/classes.js';
import { MAX_TIMER_MS } from '../utils/timers.js';
import { withDefaults } from '../utils/options.js';

/** The longest waits of one request, in ms. Infinity means: as long as it takes. */
export interface TimeoutOptions {
  /** From the request to the response's headers. Default 600 000 (10 minutes). */
  readonly headersMs?: number;
  /** From the headers to the first event. Default 300 000 (5 minutes). */
  readonly firstEventMs?: number;
  /** Between bytes; a ping counts. Default 300 000 (5 minutes). */
  readonly idleMs?: number;
  /** Between content: pings do not count. Default Infinity, since silent thinking is healthy. */
  readonly contentMs?: number;
  /** The whole request. Default Infinity. */
  readonly totalMs?: number;
}

/** The defaults. Of waits that run out together, the first in here is told. */
const LIMITS: Readonly<Record<TimeoutName, number>> = {
  headersMs: 600_000,
  firstEventMs: 300_000,
  contentMs: Infinity,
  idleMs: 300_000,
  totalMs: Infinity,
};

const NAMES = Object.keys(LIMITS) as readonly TimeoutName[]; // nothing else is in there

/** Watches the waits of a stream. */
export interface Watchdog {
  /** Begins a wait, or begins it anew; `ms` is how long it may be, if not as long as its option says. */
  begin(wait: TimeoutName, ms?: number): void;
  /** Begins the waits for bytes and content anew. They have to be under way. */
  postpone(hasContent: boolean): void;
  /** Ends a wait: what it was for has come. */
  end(wait: TimeoutName): void;
  /** Ends all waits and the timer, for good. */
  stop(): void;
}

/**
 * Makes a watchdog. It has one timer, which is armed anew only when it fires: to put a wait off costs no more than reading
 * the clock.
 *
 * @param onExpired - Called with a wait that has run out, and how long it was.
 */
export function createWatchdog(
  options: TimeoutOptions = {},
  scheduler: SchedulerLike = asyncScheduler,
  onExpired: (wait: TimeoutName, ms: number) => void,
): Watchdog {
  const limits = withDefaults(LIMITS, options);
  /** When each wait runs out; Infinity where it is not under way. */
  const ends: Record<TimeoutName, number> = { ...LIMITS };
  for (const wait of NAMES) ends[wait] = Infinity;
  let timer: Subscription | undefined;
  let due = Infinity;

  const arm = (end: number, now: number): void => {
    if (end >= due) return;
    timer?.unsubscribe();
    due = end;
    timer = scheduler.schedule(check, Math.min(end - now, MAX_TIMER_MS));
  };

  const check = (): void => {
    due = Infinity;
    const now = scheduler.now();
    const first = NAMES.reduce((a, b) => (ends[b] < ends[a] ? b : a));
    if (ends[first] <= now) onExpired(first, limits[first]);
    else arm(ends[first], now);
  };

  return {
    begin(wait, ms = limits[wait]) {
      const now = scheduler.now();
      ends[wait] = now + ms;
      arm(now + ms, now);
    },
    postpone(hasContent) {
      const now = scheduler.now();
      ends.idleMs = now + limits.idleMs; // by its name: that is what makes it fast
      if (hasContent) ends.contentMs = now + limits.contentMs;
    },
    end(wait) {
      ends[wait] = Infinity;
    },
    stop() {
      timer?.unsubscribe();
      due = -Infinity;
    },
  };
}

/**
 * Refuses timeouts that are no positive numbers, at call time. Those that are undefined are not given.
 *
 * @param known - The timeouts that there are. Default: all of them.
 * @param where - What has them, and what stands before their names. Default: the option `timeout`.
 */
export function expectTimeouts(
  caller: string,
  timeouts: TimeoutOptions | undefined,
  known: readonly string[] = NAMES,
  [where, prefix] = ['timeout has', 'timeout.'],
): void {
  for (const [name, ms] of Object.entries<unknown>({ ...timeouts }).filter(([, given]) => given !== undefined)) {
    if (!known.includes(name)) throw new TypeError(`${caller}: ${where} no ${name}.`);
    if (!(typeof ms === 'number' && ms > 0)) {
      throw new RangeError(`${caller}: ${prefix}${name} must be a number of ms above 0, got ${String(ms)}.`);
    }
  }
}
