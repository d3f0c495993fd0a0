import { asyncScheduler, type SchedulerLike, type Subscription } from 'rxjs';
import { APIConnectionTimeoutError, type ErrorPhase, type TimeoutName } from './errors.js';
import { MAX_TIMER_MS } from './timers.js';
import { withDefaults } from './withDefaults.js';

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

/** Of waits that run out together, the first in here is told. */
const DEFAULTS: Readonly<Record<TimeoutName, number>> = {
  headersMs: 600_000,
  firstEventMs: 300_000,
  contentMs: Infinity,
  idleMs: 300_000,
  totalMs: Infinity,
};

const NAMES = Object.keys(DEFAULTS) as readonly TimeoutName[]; // nothing else is in there

/**
 * Watches the waits of a stream with one timer, which is armed anew only when it fires: noting that something came
 * costs no more than reading the clock.
 */
export class Watchdog {
  readonly #limits: Readonly<Record<TimeoutName, number>>;
  readonly #scheduler: SchedulerLike;
  readonly #onExpired: (wait: TimeoutName, ms: number) => void;
  /** When each wait runs out; Infinity where it is not under way. */
  readonly #ends: Record<TimeoutName, number> = {
    headersMs: Infinity,
    firstEventMs: Infinity,
    idleMs: Infinity,
    contentMs: Infinity,
    totalMs: Infinity,
  };
  #timer: Subscription | undefined;
  #due = Infinity;

  constructor(
    options: TimeoutOptions = {},
    scheduler: SchedulerLike = asyncScheduler,
    onExpired: (wait: TimeoutName, ms: number) => void,
  ) {
    this.#limits = withDefaults(DEFAULTS, options);
    this.#scheduler = scheduler;
    this.#onExpired = onExpired;
  }

  /** The time of its clock, in ms. */
  now(): number {
    return this.#scheduler.now();
  }

  /** Begins waits, or begins them anew. */
  begin(...waits: TimeoutName[]): void {
    for (const wait of waits) this.touch(wait, this.now());
  }

  /** Begins one wait, or begins it anew; `ms` is how long it may be, if not as long as its option says. */
  touch(wait: TimeoutName, now: number, ms = this.#limits[wait]): void {
    const end = now + ms;
    this.#ends[wait] = end;
    if (end < this.#due) this.#arm(end, now);
  }

  /** Ends waits: what they were for has come. */
  end(...waits: TimeoutName[]): void {
    for (const wait of waits) this.#ends[wait] = Infinity;
  }

  /** Ends all waits and the timer. */
  stop(): void {
    this.end(...NAMES);
    this.#timer?.unsubscribe();
    this.#due = Infinity;
  }

  #arm(due: number, now: number): void {
    this.#timer?.unsubscribe();
    this.#due = due;
    this.#timer = this.#scheduler.schedule(
      () => {
        this.#check();
      },
      Math.min(due - now, MAX_TIMER_MS),
    );
  }

  #check(): void {
    this.#due = Infinity;
    const now = this.now();
    const next = NAMES.reduce((first, wait) => (this.#ends[wait] < this.#ends[first] ? wait : first));
    const end = this.#ends[next];
    if (end <= now) this.#onExpired(next, this.#limits[next]);
    else if (end < Infinity) this.#arm(end, now);
  }
}

/**
 * Refuses timeouts that are no positive numbers, at call time. Those that are undefined are not given.
 *
 * @param own - The timeouts that are options of the caller's own. Default: it has an option `timeout`, with all of them.
 */
export function expectTimeouts(
  caller: string,
  timeout: TimeoutOptions | undefined,
  own?: readonly TimeoutName[],
): void {
  const known: readonly string[] = own ?? NAMES;
  for (const [name, ms] of Object.entries<unknown>({ ...timeout }).filter(([, given]) => given !== undefined)) {
    if (!known.includes(name)) throw new TypeError(`${caller}: ${own ? 'options have' : 'timeout has'} no ${name}.`);
    if (!(typeof ms === 'number' && ms > 0)) {
      throw new RangeError(
        `${caller}: ${own ? '' : 'timeout.'}${name} must be a number of ms above 0, got ${String(ms)}.`,
      );
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
 * @param operator - The operator whose option the timeout is: it sees events, not bytes. Default: it is a source's.
 */
export function timedOut(
  timeout: TimeoutName,
  ms: number,
  { phase, lastEvent, requestID }: Progress,
  operator?: string,
): APIConnectionTimeoutError {
  const what: Readonly<Record<TimeoutName, string>> = {
    headersMs: 'No response headers',
    firstEventMs: 'No event',
    idleMs: operator === undefined ? 'No bytes' : 'No event',
    contentMs: 'No content',
    totalMs: `No end of the ${operator === undefined ? 'response' : 'stream'}`,
  };
  const option = operator === undefined ? `timeout.${timeout}` : `${operator}: ${timeout}`;
  return new APIConnectionTimeoutError(`${what[timeout]} within ${ms} ms (${option}), ${afterEvent(lastEvent)}.`, {
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
