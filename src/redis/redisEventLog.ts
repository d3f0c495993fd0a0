import { asyncScheduler, type SchedulerLike } from 'rxjs';
import type { EventLog } from '../relay/log/eventLog.js';
import { expectAtLeast, expectFunctions, withDefaults } from '../utils/options.js';
import type { RedisClientLike } from './redisClient.js';
import { RedisStreams } from './redisStreams.js';

export interface RedisEventLogOptions {
  /** The beginning of the names of all keys and channels. Default `rxjs-anthropic:`. */
  readonly prefix?: string | undefined;
  /**
   * The most entries of a stream. Beyond it, its oldest entries may be removed; a reader that needs them gets an error.
   * Default 100 000.
   */
  readonly maxEntries?: number | undefined;
  /** How long a stream is kept after it was last appended to, in ms. Default 600 000 (10 minutes). */
  readonly retentionMs?: number | undefined;
  /** How long to wait for an answer of Redis, in ms, also while the client reconnects. Default 5000. */
  readonly timeoutMs?: number | undefined;
  /**
   * How long a waiting reader relies on notifications, in ms. Then it reads again, in case that one was lost. Default 5000.
   */
  readonly rereadMs?: number | undefined;
  /** Called with errors of the connection that receives notifications. It reconnects by itself. Default: ignores them. */
  readonly onError?: ((error: unknown) => void) | undefined;
  /** The scheduler of all waits in this process. Leases and expiry use the clock of Redis. Default `asyncScheduler`. */
  readonly scheduler?: SchedulerLike | undefined;
}

/** A log in Redis. */
export interface RedisEventLog extends EventLog {
  /**
   * Closes the connection that receives notifications, and rejects all reads that wait. Not the client that the log was
   * created with.
   */
  close(): Promise<void>;
}

const DEFAULTS = {
  prefix: 'rxjs-anthropic:',
  maxEntries: 100_000,
  retentionMs: 600_000,
  timeoutMs: 5000,
  rereadMs: 5000,
};

/**
 * Creates a log in Redis, for a service that has several processes: a client that reconnects to any of them gets what it
 * missed, and if the process that generates dies, another one can take over.
 *
 * Each stream is a stream of Redis; what is appended together is one item. Every step is one script, which Redis runs as a
 * whole: a process that has lost its lease cannot append, and an append that is repeated stores nothing twice. Leases and
 * expiry use the clock of Redis, so the clocks of the processes do not matter.
 *
 * A reader that waits is woken by Pub/Sub. All readers of a log share one more connection for that, which `duplicate()` of
 * the client creates when the first one waits. (`XREAD BLOCK` would need a connection for each, or for each slot of a cluster.) After
 * `rereadMs` a reader reads again in any case, so a notification that is lost only costs time.
 *
 * While the connection to Redis is lost, every call is repeated for up to `timeoutMs`, and then rejects. If Redis itself
 * loses data, as a failover to a replica can, the streams that lack entries end with an error. An eviction policy
 * (`maxmemory-policy`) other than `noeviction` ends streams in the same way.
 *
 * @param client - A connected client of `redis` (node-redis), from `createClient`, `createCluster` or `createSentinel`. Needs
 * Redis 6.2 or newer. Add a listener for its `error` event.
 * @param options.prefix - The beginning of the names of all keys and channels. Default `rxjs-anthropic:`.
 * @param options.maxEntries - The most entries of a stream; the oldest are removed beyond it. Default 100 000.
 * @param options.retentionMs - How long a stream is kept after it was last appended to, in ms. Default 600 000.
 * @param options.timeoutMs - How long to wait for an answer of Redis, in ms. Default 5000.
 * @param options.rereadMs - How long a waiting reader relies on notifications, in ms. Default 5000.
 * @returns A log that opens no connection until a reader waits.
 * @throws {RangeError} At call time, if a number is less than 1 or not a number.
 * @example
 * import { createClient } from 'redis';
 *
 * const client = await createClient({ url: 'redis://localhost:6379' }).on('error', console.error).connect();
 * const log = redisEventLog(client);
 */
export function redisEventLog(client: RedisClientLike, options: RedisEventLogOptions = {}): RedisEventLog {
  const { prefix, ...numbers } = withDefaults(DEFAULTS, options);
  const { onError = ignore, scheduler = asyncScheduler } = options;
  expectAtLeast(1, 'redisEventLog', numbers);
  expectFunctions('redisEventLog', { onError: options.onError });
  return new RedisStreams(client, { ...numbers, prefix, onError, scheduler });
}

function ignore(): void {
  // The connection reconnects by itself, and readers read again meanwhile.
}
