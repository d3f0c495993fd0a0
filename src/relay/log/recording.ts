import { Subscription, type Observable, type SchedulerLike } from 'rxjs';
import type { AnyEvent } from '../../api/events.js';
import { userAbort } from '../../errors/connectionErrors.js';
import { isNamed } from '../../errors/inspectError.js';
import { onAbort } from '../../rx/onAbort.js';
import { MAX_TIMER_MS } from '../../utils/timers.js';
import type { DescribeError } from '../publicError.js';
import { Arrivals, type Arrival, type End } from './arrivals.js';
import type { EventLog, LeaseStatus, LogEntry, LogLease } from './eventLog.js';
import type { LogAccess } from './logAccess.js';
import { rememberLoggedError, withLoggedFacts } from './loggedEvents.js';

/** How often a lease is renewed while it lasts. */
const RENEWALS_PER_LEASE = 3;

export interface RecordingTerms {
  readonly log: EventLog;
  readonly access: LogAccess;
  readonly leaseMs: number;
  readonly graceMs: number;
  readonly describeError: DescribeError | undefined;
  readonly scheduler: SchedulerLike;
  /** Aborted when the subscriber of this process has left. */
  readonly hasLeft: AbortSignal;
  /** Aborted when the process shuts down. */
  readonly shutdown: AbortSignal | undefined;
}

/**
 * How a recording ended:
 *
 * - 'complete': with the stream
 * - 'failed': with the stream, which failed
 * - 'released': because the process shuts down
 * - 'lost': another process has taken over
 */
export type RecordingOutcome =
  { readonly kind: 'complete' | 'released' | 'lost' } | { readonly kind: 'failed'; readonly error: unknown };

/**
 * Appends the events of one generation to its log, and delivers each after it is stored. While an append is under way,
 * the events that arrive wait for the next one. The generation does not depend on who receives what is delivered.
 */
export class Recording {
  readonly #terms: RecordingTerms;
  readonly #lease: LogLease;
  readonly #deliver: (event: AnyEvent, position: number) => void;
  readonly #arrivals: Arrivals;
  readonly #generation = new Subscription();
  #isRenewalDue: boolean;
  /** When the subscriber of this process left. */
  #leftAt = Infinity;
  #wake = (): void => undefined;

  constructor(terms: RecordingTerms, lease: LogLease, deliver: (event: AnyEvent, position: number) => void) {
    this.#terms = terms;
    this.#lease = lease;
    this.#deliver = deliver;
    this.#isRenewalDue = lease.position > 0; // whoever takes over learns at once whether the stream was stopped
    this.#arrivals = new Arrivals(lease.position, terms.describeError, () => {
      if (this.#arrivals.end !== undefined) this.#generation.unsubscribe();
      this.#wake();
    });
  }

  /** Whether nothing has to follow the events so far. */
  get isComplete(): boolean {
    return this.#arrivals.isComplete;
  }

  /** Receives an event that is stored already. */
  resume(event: AnyEvent): void {
    this.#arrivals.resume(event);
  }

  /**
   * Records a generation until it ends.
   *
   * @param prepare - Called first. Returns the generation.
   * @throws {StreamInterruptedError} If the log fails.
   */
  async run(prepare: () => Promise<Observable<AnyEvent>>): Promise<RecordingOutcome> {
    const watch = this.#watch();
    try {
      this.#subscribe(await prepare());
      return await this.#record();
    } catch (error) {
      if (isNamed(error, 'LeaseLostError')) return { kind: 'lost' };
      throw error;
    } finally {
      watch.unsubscribe();
      this.#generation.unsubscribe();
    }
  }

  /** Notices when the client leaves, the process shuts down, or the lease has to be renewed. */
  #watch(): Subscription {
    const { shutdown, hasLeft, leaseMs, scheduler } = this.#terms;
    const watch = new Subscription();
    const leave = (): void => {
      this.#leftAt = scheduler.now();
    };
    if (hasLeft.aborted) leave();
    watch.add(onAbort(hasLeft, leave));
    const handOver = (): void => {
      this.#generation.unsubscribe();
      if (this.isComplete) this.#arrivals.complete();
      this.#wake();
    };
    if (shutdown !== undefined) watch.add(onAbort(shutdown, handOver));
    const renew = (): void => {
      this.#isRenewalDue = true;
      this.#wake();
    };
    watch.add(repeatEvery(Math.min(leaseMs / RENEWALS_PER_LEASE, MAX_TIMER_MS), scheduler, renew));
    return watch;
  }

  #subscribe(source: Observable<AnyEvent>): void {
    this.#generation.add(
      source.subscribe({
        next: (event) => {
          this.#arrivals.add(event);
        },
        error: (error: unknown) => {
          this.#arrivals.fail(error);
        },
        complete: () => {
          this.#arrivals.complete();
        },
      }),
    );
  }

  async #record(): Promise<RecordingOutcome> {
    for (;;) {
      await this.#work();
      const arrivals = this.#arrivals.take();
      const { end } = this.#arrivals;
      this.#isRenewalDue = false;
      const status = await this.#append(arrivals, end);
      for (const { event, entry, isEnd } of arrivals) {
        this.#deliver(withLoggedFacts(event, { ...entry, isEnd }), entry.position);
      }
      if (end?.failure !== undefined) return { kind: 'failed', error: asStored(end.failure) };
      if (end !== undefined) return { kind: 'complete' };
      this.#obey(status);
      if (this.#shouldRelease) return this.#release();
    }
  }

  /** Resolves when there is something to append, or the lease has to be renewed or released. */
  async #work(): Promise<void> {
    while (this.#arrivals.isEmpty && !this.#isRenewalDue && !this.#shouldRelease) {
      await new Promise<void>((resolve) => {
        this.#wake = resolve;
      });
    }
  }

  /** Whether the process shuts down, and everything that has arrived is stored. */
  get #shouldRelease(): boolean {
    return this.#terms.shutdown?.aborted === true && this.#arrivals.isEmpty;
  }

  #append(arrivals: readonly Arrival[], end: End | undefined): Promise<LeaseStatus> {
    const entries = arrivals.map(({ entry }) => entry);
    if (end?.failure !== undefined) entries.push(end.failure.entry);
    return this.#terms.access.call(() => this.#terms.log.append(this.#lease, entries, { isEnd: end !== undefined }));
  }

  /** Ends the generation if a client has stopped it, or nobody reads it any more. */
  #obey({ isStopped, isAttended }: LeaseStatus): void {
    const { graceMs, scheduler } = this.#terms;
    const hasReader = isAttended || scheduler.now() - this.#leftAt < graceMs;
    if (!isStopped && hasReader) return;
    const reason = isStopped ? 'A client has stopped the stream.' : `Nobody has read it for ${graceMs} ms (graceMs).`;
    this.#arrivals.fail(userAbort(new Error(reason), { phase: 'mid-content' }));
  }

  /** Gives the stream to another process. */
  async #release(): Promise<RecordingOutcome> {
    await this.#terms.access.call(() => this.#terms.log.release(this.#lease));
    return { kind: 'released' };
  }
}

function repeatEvery(ms: number, scheduler: SchedulerLike, run: () => void): Subscription {
  return scheduler.schedule(function () {
    run();
    this.schedule(undefined, ms);
  }, ms);
}

/** Returns the error that ended a stream, once it is stored. */
function asStored({ entry, error }: { readonly entry: LogEntry; readonly error: object }): object {
  rememberLoggedError(error, { ...entry, isEnd: true });
  return error;
}
