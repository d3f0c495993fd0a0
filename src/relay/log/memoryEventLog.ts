import { asyncScheduler, type SchedulerLike } from 'rxjs';
import { expectAtLeast, withDefaults } from '../../utils/options.js';
import type { EventLog } from './eventLog.js';
import { MemoryStreams, type MemoryLimits } from './memoryStreams.js';

export interface MemoryEventLogOptions {
  /** The most streams. Beyond it, the oldest that has ended is removed. Default 10 000. */
  readonly maxStreams?: number | undefined;
  /**
   * The most memory that the entries may take, in bytes: two per UTF-16 code unit. Beyond it, the oldest stream that has
   * ended is removed. Default 268 435 456 (256 MiB).
   */
  readonly maxBytes?: number | undefined;
  /** How long a stream is kept after it was last appended to, in ms. Default 600 000 (10 minutes). */
  readonly retentionMs?: number | undefined;
  /** The scheduler of all waits. Default `asyncScheduler`. */
  readonly scheduler?: SchedulerLike | undefined;
}

const DEFAULTS: MemoryLimits = { maxStreams: 10_000, maxBytes: 268_435_456, retentionMs: 600_000 };

/**
 * Creates a log in the memory of this process, for a service that has only one process. Clients that reconnect get what
 * they missed; if the process ends, its streams are lost.
 *
 * A stream that is not live is removed `retentionMs` after it was last appended to. If there is no room for a new stream or new entries,
 * the streams that have ended are removed first, the oldest first, then those that are abandoned. If all that are left
 * are live, `open` and `append` reject.
 *
 * @param options.maxStreams - The most streams. Default 10 000.
 * @param options.maxBytes - The most memory that the entries may take, in bytes: two per UTF-16 code unit. Default
 * 268 435 456 (256 MiB).
 * @param options.retentionMs - How long a stream is kept after it was last appended to, in ms. Default 600 000.
 * @param options.scheduler - The scheduler of all waits. Default `asyncScheduler`.
 * @returns A log that holds no timer while nobody waits in `read`.
 * @throws {RangeError} At call time, if a number is less than 1 or not a number.
 * @example
 * const log = memoryEventLog();
 * const lease = await log.open('answer-1', { leaseMs: 10_000, graceMs: 300_000 });
 * if (lease) await log.append(lease, [{ position: 1, data: '{"type":"ping"}' }], { isEnd: true });
 * console.log((await log.read('answer-1', 0)).state); // ended
 */
export function memoryEventLog(options: MemoryEventLogOptions = {}): EventLog {
  const { maxStreams, maxBytes, retentionMs, scheduler } = options;
  expectAtLeast(1, 'memoryEventLog', { maxStreams, maxBytes, retentionMs });
  const streams = new MemoryStreams(withDefaults(DEFAULTS, options), scheduler ?? asyncScheduler);
  return {
    open: (streamId, terms) => attempt(() => streams.open(streamId, terms)),
    append: (lease, entries, end) => attempt(() => streams.append(lease, entries, end)),
    release: (lease) =>
      attempt(() => {
        streams.release(lease);
      }),
    read: (streamId, after, wait) => streams.read(streamId, after, wait),
    stop: (streamId) =>
      attempt(() => {
        streams.stop(streamId);
      }),
  };
}

/** Returns a promise of what a function returns. It rejects if the function throws. */
function attempt<Result>(run: () => Result): Promise<Result> {
  return new Promise((resolve) => {
    resolve(run());
  });
}
