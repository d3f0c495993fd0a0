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

const DEFAULTS: Readonly<Record<TimeoutName, number>> = {
  headersMs: 600_000,
  firstEventMs: 300_000,
  idleMs: 300_000,
  contentMs: Infinity,
  totalMs: Infinity,
};

/** How long the bytes may go on after `message_stop`, in ms: the message is whole, and the stream then completes. */
const LINGER_MS = 5000;

export type WaitName = TimeoutName | 'linger';

/**
 * Watches the waits of a stream with one timer, which is armed anew only when it fires: noting that something came
 * costs no more than reading the clock.
 */
export class Watchdog<Wait extends WaitName = WaitName> {
  readonly #limits: Readonly<Record<WaitName, number>>;
  readonly #scheduler: SchedulerLike;
  readonly #onExpired: (wait: Wait, ms: number) => void;
  /** When each wait that is under way began. */
  readonly #begun = new Map<Wait, number>();
  #timer: Subscription | undefined;
  #due = Infinity;

  constructor(
    options: TimeoutOptions | undefined,
    scheduler: SchedulerLike | undefined,
    onExpired: (wait: Wait, ms: number) => void,
  ) {
    this.#limits = { ...DEFAULTS, ...Object.fromEntries(given(options)), linger: LINGER_MS };
    this.#scheduler = scheduler ?? asyncScheduler;
    this.#onExpired = onExpired;
  }

  /** Begins waits, or begins them anew. */
  begin(...waits: Wait[]): void {
    const now = this.#scheduler.now();
    for (const wait of waits) {
      if (this.#limits[wait] === Infinity) continue;
      this.#begun.set(wait, now);
      this.#arm(now + this.#limits[wait]);
    }
  }

  /** Ends waits: what they were for has come. */
  end(...waits: Wait[]): void {
    for (const wait of waits) this.#begun.delete(wait);
  }

  /** Ends all waits and the timer. */
  stop(): void {
    this.#begun.clear();
    this.#timer?.unsubscribe();
    this.#timer = undefined;
    this.#due = Infinity;
  }

  #arm(due: number): void {
    if (due >= this.#due) return;
    this.#timer?.unsubscribe();
    this.#due = due;
    const delay = Math.min(Math.max(due - this.#scheduler.now(), 0), MAX_TIMER_MS);
    this.#timer = this.#scheduler.schedule(() => {
      this.#check();
    }, delay);
  }

  #check(): void {
    this.#timer = undefined;
    this.#due = Infinity;
    const now = this.#scheduler.now();
    let next = Infinity;
    for (const [wait, begun] of this.#begun) {
      const due = begun + this.#limits[wait];
      if (due <= now) {
        this.#onExpired(wait, this.#limits[wait]);
        return;
      }
      next = Math.min(next, due);
    }
    if (next !== Infinity) this.#arm(next);
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
  const known: readonly string[] = own ?? Object.keys(DEFAULTS);
  for (const [name, ms] of given(timeout)) {
    if (!known.includes(name)) throw new TypeError(`${caller}: ${own ? 'options have' : 'timeout has'} no ${name}.`);
    if (!(typeof ms === 'number' && ms > 0)) {
      const option = own ? name : `timeout.${name}`;
      throw new RangeError(`${caller}: ${option} must be a number of ms above 0, got ${String(ms)}.`);
    }
  }
}

function given(timeout: object = {}): [string, unknown][] {
  return Object.entries<unknown>({ ...timeout }).filter(([, ms]) => ms !== undefined);
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
