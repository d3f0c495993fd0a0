/** One event of a stream, in the form in which it is sent to clients. */
export interface LogEntry {
  /** The position of the event in its stream, counted from 1. Clients receive it as the `id:` of the event. */
  readonly position: number;
  /** The event as JSON. */
  readonly data: string;
}

/** The exclusive right to append to a stream, until it expires. */
export interface LogLease {
  /** The stream. */
  readonly streamId: string;
  /** The fencing token: each lease of a stream has a greater one than all leases before it. */
  readonly token: number;
  /** The position of the last entry that was stored when the lease was taken; 0 if there was none. */
  readonly position: number;
}

/** What the owner of a lease learns whenever it appends to its stream or renews its lease. */
export interface LeaseStatus {
  /** Whether `stop` was called, also for an earlier owner. The owner has to end the stream. */
  readonly isStopped: boolean;
  /** Whether a client is reading the stream, or has read it within `graceMs`. Taking the lease counts as reading. */
  readonly isAttended: boolean;
}

/** The entries that a reader has not seen yet, and what it can expect after them. */
export interface LogPage {
  /** The entries, in order and without gaps; empty if none has arrived within `waitMs`. */
  readonly entries: readonly LogEntry[];
  /**
   * - `live`: a process has the lease, so more entries may follow.
   * - `ended`: the last of these entries is the last of the stream.
   * - `abandoned`: nobody has the lease, but the stream has not ended.
   * - `unknown`: there is no such stream. It has expired, or was never begun.
   */
  readonly state: 'live' | 'ended' | 'abandoned' | 'unknown';
}

/**
 * Stores the events of streams while they are sent, so that a client that comes back gets what it missed, from any
 * process. Every method rejects if the storage cannot be reached; it is then called again for some time.
 *
 * Only one process at a time may append to a stream: the one with the newest lease. A lease expires unless it is used, so
 * that another process can take over when its owner dies, and an owner that comes back later can no longer append.
 */
export interface EventLog {
  /**
   * Begins a stream, or takes over one that is abandoned.
   *
   * @param streamId - Names the stream. Unique per generation.
   * @param options.leaseMs - How long the lease lasts after it was last used, in ms.
   * @param options.graceMs - How long the stream counts as attended after it was last read, in ms. `Infinity`: always.
   * @returns The lease; undefined if another process has one that has not expired, or if the stream has ended.
   */
  open(
    streamId: string,
    options: { readonly leaseMs: number; readonly graceMs: number },
  ): Promise<LogLease | undefined>;

  /**
   * Stores entries atomically: all of them, or none. Renews the lease.
   *
   * Idempotent: entries that are stored already are not stored again, so an append whose answer was lost can be repeated,
   * also the one that ended the stream. A lease that has expired is good until another process takes a newer one.
   *
   * @param entries - The next entries, whose positions follow the last one without a gap. May be empty.
   * @param options.isEnd - Whether the stream ends after them. Nothing can be appended then.
   * @throws {RangeError} If the positions have a gap. Nothing is stored then.
   * @throws {LeaseLostError} If another process has taken a newer lease, the lease was released, or the stream has ended
   * or expired.
   */
  append(lease: LogLease, entries: readonly LogEntry[], options?: { readonly isEnd?: boolean }): Promise<LeaseStatus>;

  /** Gives up the lease, so that another process can take over at once. Does nothing if the lease has been lost. */
  release(lease: LogLease): Promise<void>;

  /**
   * Reads the entries after a position. Counts as attendance. Several reads may wait at the same time.
   *
   * @param after - The position of the last entry that the reader has; 0 for all entries.
   * @param options.waitMs - If there are no entries yet and the stream is live, how long to wait for the first, in ms.
   * @param options.signal - Ends the wait. The page is then empty.
   * @throws {NotFoundError} If entries after that position are no longer stored, although the stream is.
   */
  read(
    streamId: string,
    after: number,
    options?: { readonly waitMs?: number; readonly signal?: AbortSignal },
  ): Promise<LogPage>;

  /**
   * Asks the owner of the lease, in whatever process, to end the stream. Does nothing if there is no such stream, or if
   * it has ended.
   */
  stop(streamId: string): Promise<void>;
}
