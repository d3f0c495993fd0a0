import { Subject, type Observable } from 'rxjs';
import type { LeaseStatus, LogEntry, LogPage } from './eventLog.js';

/** The terms of the newest lease of a stream. */
interface LeaseTerms {
  readonly token: number;
  readonly leaseMs: number;
  readonly graceMs: number;
}

/** One stream of a log in memory. */
export class StoredStream {
  readonly #changes = new Subject<void>();
  readonly #entries: LogEntry[] = [];
  #lease: LeaseTerms | undefined;
  #hasEnded = false;
  #isStopped = false;
  #lastUsed: number;
  #lastRead: number;
  #bytes = 0;

  constructor(now: number) {
    this.#lastUsed = now;
    this.#lastRead = now;
  }

  /** Emits when there is something new to read. A reader is subscribed while it waits. */
  get changes(): Observable<void> {
    return this.#changes;
  }

  /** The position of the last entry; 0 if there is none. */
  get position(): number {
    return this.#entries.length;
  }

  get hasEnded(): boolean {
    return this.#hasEnded;
  }

  /** How much memory the entries take, in bytes. */
  get bytes(): number {
    return this.#bytes;
  }

  /** When the stream was last appended to, or its lease was taken. */
  get lastUsed(): number {
    return this.#lastUsed;
  }

  /** When the lease expires unless it is used; -Infinity if nobody has it. */
  get leaseEnd(): number {
    return this.#lease === undefined ? -Infinity : this.#lastUsed + this.#lease.leaseMs;
  }

  stateAt(now: number): 'live' | 'ended' | 'abandoned' {
    if (this.#hasEnded) return 'ended';
    return now < this.leaseEnd ? 'live' : 'abandoned';
  }

  statusAt(now: number): LeaseStatus {
    const graceMs = this.#lease?.graceMs ?? 0;
    return { isStopped: this.#isStopped, isAttended: this.#changes.observed || now - this.#lastRead < graceMs };
  }

  /** Whether this token is that of the newest lease, which may have expired. */
  isOwnedBy(token: number): boolean {
    return this.#lease?.token === token;
  }

  take(lease: LeaseTerms, now: number): void {
    this.#lease = lease;
    this.#lastUsed = now;
    this.#lastRead = now;
  }

  renew(now: number): void {
    this.#lastUsed = now;
  }

  release(token: number): void {
    if (!this.isOwnedBy(token) || this.#hasEnded) return;
    this.#lease = undefined;
    this.#changes.next();
  }

  /**
   * Returns the entries that are not stored yet.
   *
   * @throws {RangeError} If their positions have a gap.
   */
  missing(entries: readonly LogEntry[]): readonly LogEntry[] {
    const first = entries[0]?.position ?? 0;
    if (first > this.position + 1 || entries.some(({ position }, index) => position !== first + index)) {
      throw new RangeError(
        `The entries to append must follow position ${this.position} without a gap, got ${entries.map(({ position }) => position).join(', ')}.`,
      );
    }
    return entries.slice(Math.max(0, this.position + 1 - first));
  }

  append(entries: readonly LogEntry[], bytes: number, isEnd: boolean, now: number): void {
    // The readers that wait are about to be woken up, so that nobody waits until they read again.
    if (this.#changes.observed) this.#lastRead = now;
    for (const entry of entries) this.#entries.push(entry);
    this.#bytes += bytes;
    this.#hasEnded ||= isEnd;
    if (entries.length > 0 || isEnd) this.#changes.next();
  }

  read(after: number, now: number): LogPage {
    this.#lastRead = now;
    return { entries: this.#entries.slice(after), state: this.stateAt(now) };
  }

  stop(): void {
    this.#isStopped = true;
  }

  /** Wakes up its readers, because the stream no longer exists. */
  remove(): void {
    this.#changes.next();
  }
}
