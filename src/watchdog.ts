import { asyncScheduler, type SchedulerLike, type Subscription } from 'rxjs';
import { APIConnectionTimeoutError, type ErrorPhase, type TimeoutName } from './errors.js';
import { MAX_TIMER_MS } from './timers.js';

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

/** How long each wait may be by default, and what it is for. Of waits that run out together, the first in here is told. */
const WAITS: Readonly<Record<TimeoutName, readonly [ms: number, what: string]>> = {
  headersMs: [600_000, 'response headers'],
  firstEventMs: [300_000, 'event'],
  contentMs: [Infinity, 'content'],
  idleMs: [300_000, 'bytes'],
  totalMs: [Infinity, 'end of the response'],
};

const NAMES = Object.keys(WAITS) as readonly TimeoutName[]; // nothing else is in there

/** Watches the waits of a stream. */
export interface Watchdog {
  /** Begins a wait, or begins it anew; `ms` is how long it may be, if not as long as its option says. */
  begin(wait: TimeoutName, ms?: number): void;
  /** Ends a wait: what it was for has come. */
  end(wait: TimeoutName): void;
  /** Ends all waits and the timer, for good. */
  stop(): void;
}

/**
 * Makes a watchdog. It has one timer, which is armed anew only when it fires: noting that something came costs no more
 * than reading the clock.
 *
 * @param onExpired - Called with a wait that has run out, and how long it was.
 */
export function watchdog(
  limits: TimeoutOptions = {},
  scheduler: SchedulerLike = asyncScheduler,
  onExpired: (wait: TimeoutName, ms: number) => void,
): Watchdog {
  const limitOf = (wait: TimeoutName): number => limits[wait] ?? WAITS[wait][0];
  /** When each wait that is under way runs out. */
  const ends = new Map<TimeoutName, number>();
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
    const end = Math.min(...ends.values());
    const first = NAMES.find((wait) => ends.get(wait) === end);
    if (first === undefined || end > now) arm(end, now);
    else onExpired(first, limitOf(first));
  };

  return {
    begin(wait, ms = limitOf(wait)) {
      const now = ms < Infinity ? scheduler.now() : 0; // what never ends needs no clock
      ends.set(wait, now + ms);
      arm(now + ms, now);
    },
    end(wait) {
      ends.delete(wait);
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

/** How far a request has come, for its errors. */
export interface Progress {
  readonly phase: ErrorPhase;
  readonly lastEvent: string | undefined;
  readonly requestID: string | undefined;
}

/**
 * The error of a wait that ran out.
 *
 * @param option - What stands before the option's name. Default: it is a source's.
 * @param what - What was waited for. Default: as a source says it, which sees bytes.
 */
export function timedOut(
  timeout: TimeoutName,
  ms: number,
  { phase, lastEvent, requestID }: Progress,
  option = 'timeout.',
  what = WAITS[timeout][1],
): APIConnectionTimeoutError {
  return new APIConnectionTimeoutError(`No ${what} within ${ms} ms (${option}${timeout}), ${afterEvent(lastEvent)}.`, {
    timeout,
    ms,
    phase,
    lastEvent,
    requestID,
  });
}

/** Where in the stream something happened, for an error's message. */
export function afterEvent(lastEvent: string | undefined): string {
  return lastEvent === undefined ? 'before the first event' : `after ${lastEvent}`;
}
