import { Subscription, type Observable, type SchedulerLike } from 'rxjs';
import type { AnyEvent } from '../../api/events.js';
import { userAbort } from '../../errors/connectionErrors.js';
import { isNamed } from '../../errors/inspectError.js';
import { onAbort } from '../../rx/onAbort.js';
import { isObject } from '../../utils/inspect.js';
import { MAX_TIMER_MS } from '../../utils/timers.js';
import { eventJson } from '../frame.js';
import { OutgoingStream } from '../outgoingStream.js';
import { errorJson, type DescribeError } from '../publicError.js';
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

/** An event that has arrived but is not stored yet. */
interface Arrival {
  readonly event: AnyEvent;
  readonly entry: LogEntry;
  readonly isEnd: boolean;
}

/** How a generation ends: complete, or with an error, which is stored unless the message was complete. */
interface End {
  readonly failure?: { readonly entry: LogEntry; readonly error: object };
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
  readonly #stream: OutgoingStream;
  readonly #generation = new Subscription();
  #arrivals: Arrival[] = [];
  #end: End | undefined;
  /** The position of the last event that has arrived. */
  #position: number;
  #isRenewalDue: boolean;
  /** When the subscriber of this process left. */
  #leftAt = Infinity;
  #wake = (): void => undefined;

  constructor(terms: RecordingTerms, lease: LogLease, deliver: (event: AnyEvent, position: number) => void) {
    this.#terms = terms;
    this.#lease = lease;
    this.#deliver = deliver;
    this.#position = lease.position;
    this.#isRenewalDue = lease.position > 0; // whoever takes over learns at once whether the stream was stopped
    // Whoever sends the request again gets the same stream, with the same error.
    this.#stream = new OutgoingStream({ describeError: terms.describeError }, true);
  }

  /** Whether nothing has to follow the events so far. */
  get isComplete(): boolean {
    return this.#stream.isComplete;
  }

  /** Receives an event that is stored already. */
  resume(event: AnyEvent): void {
    this.#stream.read(event);
  }

  /**
   * Records a generation until it ends.
   *
   * @param prepare - Called first. Returns the generation.
   * @throws {StreamInterruptedError} If the log fails.
   */
  async run(prepare: () => Promise<Observable<AnyEvent>>): Promise<RecordingOutcome> {
    const { shutdown, hasLeft, leaseMs, scheduler } = this.#terms;
    const whileRunning = new Subscription();
    const leave = (): void => {
      this.#leftAt = scheduler.now();
    };
    const handOver = (): void => {
      this.#generation.unsubscribe();
      if (this.isComplete) this.#finish({});
      this.#wake();
    };
    if (hasLeft.aborted) leave();
    whileRunning.add(onAbort(hasLeft, leave));
    if (shutdown !== undefined) whileRunning.add(onAbort(shutdown, handOver));
    const renew = (): void => {
      this.#isRenewalDue = true;
      this.#wake();
    };
    whileRunning.add(repeatEvery(Math.min(leaseMs / RENEWALS_PER_LEASE, MAX_TIMER_MS), scheduler, renew));
    try {
      this.#subscribe(await prepare());
      return await this.#record();
    } catch (error) {
      if (isNamed(error, 'LeaseLostError')) return { kind: 'lost' };
      throw error;
    } finally {
      whileRunning.unsubscribe();
      this.#generation.unsubscribe();
    }
  }

  #subscribe(source: Observable<AnyEvent>): void {
    this.#generation.add(
      source.subscribe({
        next: (event) => {
          this.#guard(() => {
            this.#receive(event);
          });
        },
        error: (error: unknown) => {
          this.#fail(error);
        },
        complete: () => {
          this.#guard(() => {
            this.#stream.expectComplete();
            this.#finish({});
          });
        },
      }),
    );
  }

  /** An event that is invalid, or a stream that is incomplete, ends the generation with an error. */
  #guard(run: () => void): void {
    try {
      run();
    } catch (error) {
      this.#fail(error);
    }
  }

  #receive(event: AnyEvent): void {
    if (this.#end !== undefined) return;
    const frame = this.#stream.read(event);
    if (frame === undefined) return;
    const entry = this.#nextEntry(eventJson(frame.event));
    this.#arrivals.push({ event, entry, isEnd: frame.isEnd });
    this.#wake();
  }

  #fail(thrown: unknown): void {
    if (this.#end !== undefined) return;
    if (this.isComplete) {
      this.#finish({}); // nothing may destroy a complete answer
      return;
    }
    const error = isObject(thrown) ? thrown : new Error(`The stream failed: ${String(thrown)}`, { cause: thrown });
    const entry = this.#nextEntry(errorJson(this.#stream.fail(error).error));
    this.#finish({ failure: { entry, error } });
  }

  #finish(end: End): void {
    this.#end ??= end;
    this.#generation.unsubscribe();
    this.#wake();
  }

  #nextEntry(data: string): LogEntry {
    this.#position += 1;
    return { position: this.#position, data };
  }

  async #record(): Promise<RecordingOutcome> {
    for (;;) {
      await this.#work();
      const arrivals = this.#arrivals;
      const end = this.#end;
      this.#arrivals = [];
      this.#isRenewalDue = false;
      const status = await this.#append(arrivals, end);
      for (const arrival of arrivals) this.#deliverStored(arrival);
      if (end?.failure !== undefined) return { kind: 'failed', error: asStored(end.failure) };
      if (end !== undefined) return { kind: 'complete' };
      this.#follow(status);
      if (this.#isShutDown) return this.#release();
    }
  }

  /** Resolves when there is something to append, or the lease has to be renewed. */
  async #work(): Promise<void> {
    while (this.#arrivals.length === 0 && this.#end === undefined && !this.#isRenewalDue && !this.#isShutDown) {
      await new Promise<void>((resolve) => {
        this.#wake = resolve;
      });
    }
  }

  /** Whether the process shuts down before the generation has ended. */
  get #isShutDown(): boolean {
    return this.#terms.shutdown?.aborted === true && this.#end === undefined && this.#arrivals.length === 0;
  }

  #append(arrivals: readonly Arrival[], end: End | undefined): Promise<LeaseStatus> {
    const entries = arrivals.map(({ entry }) => entry);
    if (end?.failure !== undefined) entries.push(end.failure.entry);
    return this.#terms.access.call(() => this.#terms.log.append(this.#lease, entries, { isEnd: end !== undefined }));
  }

  #deliverStored({ event, entry, isEnd }: Arrival): void {
    this.#deliver(withLoggedFacts(event, { ...entry, isEnd }), entry.position);
  }

  /** Ends the generation if a client has stopped it, or nobody reads it any more. */
  #follow({ isStopped, isAttended }: LeaseStatus): void {
    const { graceMs, scheduler } = this.#terms;
    const isLeft = scheduler.now() - this.#leftAt >= graceMs;
    if (isStopped) this.#fail(userAbort(new Error('A client has stopped the stream.'), { phase: 'mid-content' }));
    else if (!isAttended && isLeft) {
      const reason = new Error(`Nobody has read the stream for ${graceMs} ms (graceMs).`);
      this.#fail(userAbort(reason, { phase: 'mid-content' }));
    }
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
