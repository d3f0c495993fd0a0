import { EMPTY, firstValueFrom, merge, noop, of, timer, type Observable, type SchedulerLike } from 'rxjs';
import type { AnyEvent } from '../../api/events.js';
import { fromAbort } from '../../rx/fromAbort.js';
import { MAX_TIMER_MS } from '../../utils/timers.js';
import { continuation } from './continuation.js';
import type { EventLog, LogLease } from './eventLog.js';
import { LogAccess } from './logAccess.js';
import { LogReader, parse } from './logReader.js';
import { GRACE_MS, LEASE_MS, readPosition, type ResumeFromOptions } from './logOptions.js';
import { Recording, type RecordingTerms } from './recording.js';
import { StreamInterruptedError } from './streamInterruptedError.js';

/**
 * Serves one stream to one client: reads it from the log as long as another process generates it, and generates it if
 * none does.
 */
export class LogSession {
  readonly #streamId: string;
  readonly #options: ResumeFromOptions;
  readonly #source: Observable<AnyEvent> | undefined;
  readonly #next: (event: AnyEvent) => void;
  readonly #signal: AbortSignal;
  readonly #terms: RecordingTerms;
  readonly #access: LogAccess;
  readonly #reader: LogReader;

  /**
   * @param source - The generation, if a stream that does not exist may be begun.
   * @param next - Receives the events.
   * @param signal - Aborted when the client has left.
   */
  constructor(
    log: EventLog,
    streamId: string,
    options: ResumeFromOptions & { readonly scheduler: SchedulerLike },
    source: Observable<AnyEvent> | undefined,
    next: (event: AnyEvent) => void,
    signal: AbortSignal,
  ) {
    const { leaseMs = LEASE_MS, graceMs = GRACE_MS, describeError, scheduler, shutdown } = options;
    this.#streamId = streamId;
    this.#options = options;
    this.#source = source;
    this.#next = next;
    this.#signal = signal;
    this.#access = new LogAccess(leaseMs, scheduler);
    this.#terms = { log, access: this.#access, leaseMs, graceMs, describeError, scheduler, shutdown, hasLeft: signal };
    this.#reader = new LogReader(log, this.#access, streamId, readPosition(options.after), signal);
  }

  /** Resolves when the stream is complete, or the client has left. Rejects with the error that ended it. */
  async run(): Promise<void> {
    if (await this.#begin()) return;
    let state = await this.#reader.start(this.#next);
    while (state !== 'ended' && !this.#signal.aborted) {
      if (state === 'abandoned' && (await this.#takeOver())) return;
      state = await this.#reader.next(this.#next);
    }
  }

  /** Begins the stream if it does not exist. Returns whether it has ended. */
  async #begin(): Promise<boolean> {
    if (this.#source === undefined || this.#reader.position > 0) return false;
    if (this.#isShuttingDown()) throw shuttingDown();
    const lease = await this.#open();
    if (lease === undefined) return false;
    if (lease.position === 0 || this.#options.takeOver !== undefined) return this.#generate(lease);
    await this.#access.call(() => this.#terms.log.release(lease)); // a process that can continue the stream comes first
    return false;
  }

  /** Takes over a stream that is abandoned, unless another process does. Returns whether it has ended. */
  async #takeOver(): Promise<boolean> {
    if (this.#isShuttingDown()) throw shuttingDown(); // the client resumes in a process that can take over
    // The processes that can continue the stream come first. The others end it with an error: nobody waits forever.
    if (!this.#canContinue) await this.#wait(this.#terms.leaseMs);
    if (this.#signal.aborted) return false;
    if (this.#isShuttingDown()) throw shuttingDown();
    const lease = await this.#open();
    if (lease !== undefined) return this.#generate(lease);
    await this.#wait(this.#terms.leaseMs / 10);
    return false;
  }

  get #canContinue(): boolean {
    return this.#options.takeOver !== undefined || (this.#source !== undefined && this.#reader.position === 0);
  }

  #isShuttingDown(): boolean {
    return this.#terms.shutdown?.aborted === true;
  }

  #open(): Promise<LogLease | undefined> {
    const { log, leaseMs, graceMs } = this.#terms;
    return this.#access.call(() => log.open(this.#streamId, { leaseMs, graceMs }));
  }

  /** Generates the stream. Returns whether it has ended; if not, another process has taken over. */
  async #generate(lease: LogLease): Promise<boolean> {
    const recording = new Recording(this.#terms, lease, (event, position) => {
      this.#reader.advance(event, position);
      this.#next(event);
    });
    const outcome = await recording
      .run(() => this.#sourceAfter(lease, recording))
      .catch((error: unknown) => {
        if (this.#signal.aborted) this.#report(error);
        throw error;
      });
    if (outcome.kind === 'failed') throw outcome.error;
    if (outcome.kind === 'released') throw shuttingDown();
    return outcome.kind === 'complete';
  }

  /** Calls `onError`. If it throws, that is an uncaught exception, as in any subscriber. */
  #report(error: unknown): void {
    of(error).subscribe({ next: this.#options.onError ?? noop, error: noop });
  }

  /** Returns what has to be recorded after the events that are stored. Delivers those of them that the client lacks. */
  async #sourceAfter({ position }: LogLease, recording: Recording): Promise<Observable<AnyEvent>> {
    if (position === 0 && this.#source !== undefined) return this.#source;
    const stored = await this.#reader.readUntil(position);
    const events = stored.map(({ data }) => parse(data));
    for (const event of events) recording.resume(event);
    await this.#reader.catchUp(stored, this.#next);
    if (recording.isComplete) return EMPTY; // only the end is missing
    return continuation(events, this.#source, this.#options.takeOver);
  }

  /** Resolves after a time, or when the client has left. */
  async #wait(ms: number): Promise<void> {
    const due = timer(Math.min(ms, MAX_TIMER_MS), this.#terms.scheduler);
    await firstValueFrom(merge(due, fromAbort(this.#signal)), { defaultValue: undefined });
  }
}

function shuttingDown(): StreamInterruptedError {
  return new StreamInterruptedError('The process shuts down. Resume the stream: another process continues it.');
}
