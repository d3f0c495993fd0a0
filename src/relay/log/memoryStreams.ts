import { firstValueFrom, merge, NEVER, timer, type SchedulerLike } from 'rxjs';
import { fromAbort } from '../../rx/fromAbort.js';
import { MAX_TIMER_MS } from '../../utils/timers.js';
import type { LeaseStatus, LogEntry, LogLease, LogPage } from './eventLog.js';
import { LeaseLostError } from './leaseLostError.js';
import { StoredStream } from './storedStream.js';

export interface MemoryLimits {
  readonly maxStreams: number;
  readonly maxBytes: number;
  readonly retentionMs: number;
}

/** The streams of a log in memory, and their limits. Its methods are those of `EventLog`. */
export class MemoryStreams {
  readonly #limits: MemoryLimits;
  readonly #scheduler: SchedulerLike;
  /** Ordered by when they were last appended to, the oldest first. */
  readonly #streams = new Map<string, StoredStream>();
  #bytes = 0;
  #lastToken = 0;

  constructor(limits: MemoryLimits, scheduler: SchedulerLike) {
    this.#limits = limits;
    this.#scheduler = scheduler;
  }

  open(streamId: string, terms: { readonly leaseMs: number; readonly graceMs: number }): LogLease | undefined {
    const now = this.#expire();
    const stream = this.#streams.get(streamId) ?? this.#create(now);
    if (stream.stateAt(now) !== 'abandoned') return undefined;
    this.#lastToken += 1;
    stream.take({ ...terms, token: this.#lastToken }, now);
    this.#touch(streamId, stream);
    return { streamId, token: this.#lastToken, position: stream.position };
  }

  append(
    { streamId, token }: LogLease,
    entries: readonly LogEntry[],
    options: { readonly isEnd?: boolean } = {},
  ): LeaseStatus {
    const now = this.#expire();
    const stream = this.#streams.get(streamId);
    if (stream?.isOwnedBy(token) !== true) throw new LeaseLostError(streamId);
    const missing = stream.missing(entries);
    if (missing.length > 0 && stream.hasEnded) throw new LeaseLostError(streamId);
    stream.renew(now);
    this.#touch(streamId, stream);
    const bytes = bytesOf(missing);
    this.#makeRoom(bytes, this.#streams.size);
    this.#bytes += bytes;
    stream.append(missing, bytes, options.isEnd === true, now);
    return stream.statusAt(now);
  }

  release({ streamId, token }: LogLease): void {
    this.#streams.get(streamId)?.release(token);
  }

  async read(
    streamId: string,
    after: number,
    options: { readonly waitMs?: number; readonly signal?: AbortSignal } = {},
  ): Promise<LogPage> {
    const { waitMs = 0, signal } = options;
    const deadline = this.#scheduler.now() + waitMs;
    for (;;) {
      const now = this.#expire();
      const stream = this.#streams.get(streamId);
      if (stream === undefined) return { entries: [], state: 'unknown' };
      const page = stream.read(after, now);
      if (page.entries.length > 0 || page.state !== 'live' || now >= deadline || signal?.aborted === true) return page;
      await this.#change(stream, Math.min(deadline, stream.leaseEnd) - now, signal);
    }
  }

  stop(streamId: string): void {
    this.#expire();
    this.#streams.get(streamId)?.stop();
  }

  /** Resolves when a stream has changed, after a time, or when a signal is aborted. */
  async #change(stream: StoredStream, ms: number, signal: AbortSignal | undefined): Promise<void> {
    const aborted = signal === undefined ? NEVER : fromAbort(signal);
    const timeout = timer(Math.min(ms, MAX_TIMER_MS), this.#scheduler);
    await firstValueFrom(merge(stream.changes, aborted, timeout), { defaultValue: undefined });
  }

  #create(now: number): StoredStream {
    this.#makeRoom(0, this.#streams.size + 1);
    return new StoredStream(now);
  }

  /** Makes a stream the newest. */
  #touch(streamId: string, stream: StoredStream): void {
    this.#streams.delete(streamId);
    this.#streams.set(streamId, stream);
  }

  /** Removes the streams that have expired, and returns the current time. */
  #expire(): number {
    const now = this.#scheduler.now();
    for (const [streamId, stream] of this.#streams) {
      if (now - stream.lastUsed < this.#limits.retentionMs) break;
      if (stream.stateAt(now) !== 'live') this.#remove(streamId, stream);
    }
    return now;
  }

  /** @throws {RangeError} If all streams are live, and there is no room for so many bytes and streams. */
  #makeRoom(bytes: number, streams: number): void {
    const now = this.#scheduler.now();
    let excess = streams - this.#limits.maxStreams;
    for (const state of ['ended', 'abandoned']) {
      for (const [streamId, stream] of this.#streams) {
        if (excess <= 0 && this.#bytes + bytes <= this.#limits.maxBytes) return;
        if (stream.stateAt(now) !== state) continue;
        this.#remove(streamId, stream);
        excess -= 1;
      }
    }
    if (excess > 0) throw this.#full('maxStreams');
    if (this.#bytes + bytes > this.#limits.maxBytes) throw this.#full('maxBytes');
  }

  #remove(streamId: string, stream: StoredStream): void {
    this.#streams.delete(streamId);
    this.#bytes -= stream.bytes;
    stream.remove();
  }

  #full(limit: 'maxStreams' | 'maxBytes'): RangeError {
    return new RangeError(
      `memoryEventLog: ${this.#streams.size} streams are live, so ${limit} (${this.#limits[limit]}) would be exceeded. ` +
        `Refuse new requests until some have ended, or raise ${limit}.`,
    );
  }
}

function bytesOf(entries: readonly LogEntry[]): number {
  return entries.reduce((sum, { data }) => sum + 2 * data.length, 0);
}
