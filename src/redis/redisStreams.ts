import { filter, firstValueFrom, merge, NEVER, Subject, timer, type SchedulerLike } from 'rxjs';
import { AnthropicError } from '../errors/classes.js';
import { NotFoundError } from '../errors/statusClasses.js';
import type { EventLog, LeaseStatus, LogEntry, LogLease, LogPage } from '../relay/log/eventLog.js';
import { LeaseLostError } from '../relay/log/leaseLostError.js';
import { fromAbort } from '../rx/fromAbort.js';
import { MAX_TIMER_MS } from '../utils/timers.js';
import { Changes } from './changes.js';
import type { RedisClientLike, ScriptInput } from './redisClient.js';
import { ScriptRunner } from './scriptRunner.js';
import { APPEND, OPEN, READ, RELEASE, STOP } from './scripts.js';

/** The longest duration that Redis is given, in ms: times in µs remain exact. */
const MAX_MS = 1e11;

/** The highest limit on entries that is passed to Redis. A greater number would lose digits in Lua. */
const MAX_ENTRIES = 1e15;

/** The shortest wait between two reads that nothing has caused, in ms. */
const MIN_REREAD_MS = 50;

/** The options of a log, with their defaults. */
export interface RedisLogSettings {
  readonly prefix: string;
  readonly maxEntries: number;
  readonly retentionMs: number;
  readonly timeoutMs: number;
  readonly rereadMs: number;
  readonly onError: (error: unknown) => void;
  readonly scheduler: SchedulerLike;
}

/** A page, and how long a reader can wait before it has to read again, in ms. */
interface TimedPage {
  readonly page: LogPage;
  readonly validMs: number;
}

/** The streams of a log in Redis. */
export class RedisStreams implements EventLog {
  readonly #settings: RedisLogSettings;
  readonly #scripts: ScriptRunner;
  readonly #changes: Changes;
  readonly #closed = new Subject<void>();
  #isClosed = false;

  constructor(client: RedisClientLike, settings: RedisLogSettings) {
    this.#settings = settings;
    this.#scripts = new ScriptRunner(client, settings.timeoutMs, settings.scheduler);
    this.#changes = new Changes(client, settings.scheduler, settings.onError);
  }

  async open(
    streamId: string,
    { leaseMs, graceMs }: { readonly leaseMs: number; readonly graceMs: number },
  ): Promise<LogLease | undefined> {
    const grace = graceMs === Infinity ? -1 : toMs(graceMs);
    const nonce = crypto.randomUUID(); // so that the script can be run twice
    const reply = await this.#run(OPEN, streamId, [toMs(leaseMs), grace, toMs(this.#settings.retentionMs), nonce]);
    const [token, position] = listOf(reply);
    return token === undefined ? undefined : { streamId, token: Number(token), position: Number(position) };
  }

  async append(
    { streamId, token }: LogLease,
    entries: readonly LogEntry[],
    { isEnd = false }: { readonly isEnd?: boolean } = {},
  ): Promise<LeaseStatus> {
    const first = entries[0]?.position ?? 1;
    const { retentionMs, maxEntries } = this.#settings;
    if (entries.some(({ position }, index) => position !== first + index)) throw gap(entries);
    const reply = await this.#run(APPEND, streamId, [
      ...[token, toMs(retentionMs), isEnd ? 1 : 0, Math.min(maxEntries, MAX_ENTRIES), this.#channelOf(streamId), first],
      ...entries.map(({ data }) => data),
    ]);
    const [result, ...values] = listOf(reply).map(String);
    if (result === 'gap') throw gap(entries, values[0]);
    if (result !== 'ok') throw new LeaseLostError(streamId);
    return { isStopped: values[0] === '1', isAttended: values[1] === '1' };
  }

  async release({ streamId, token }: LogLease): Promise<void> {
    await this.#run(RELEASE, streamId, [token, this.#channelOf(streamId)]);
  }

  async read(
    streamId: string,
    after: number,
    { waitMs = 0, signal }: { readonly waitMs?: number; readonly signal?: AbortSignal } = {},
  ): Promise<LogPage> {
    const { scheduler } = this.#settings;
    const channel = this.#channelOf(streamId);
    const deadline = scheduler.now() + waitMs;
    const canWait = ({ page }: TimedPage): boolean =>
      page.state === 'live' && page.entries.length === 0 && signal?.aborted !== true && scheduler.now() < deadline;

    if (waitMs <= 0 || !this.#changes.isWatched(channel)) {
      const timed = await this.#readPage(streamId, after);
      if (!canWait(timed)) return timed.page;
    }
    // Subscribed before the page is read: a change after that is noticed even if its message arrives before the page.
    let version = 0;
    const changes = this.#changes.of(channel);
    const subscription = changes.subscribe({ next: (newest) => (version = newest), error: this.#settings.onError });
    const aborted = signal === undefined ? NEVER : fromAbort(signal);
    try {
      for (;;) {
        const known = version;
        const timed = await this.#readPage(streamId, after);
        if (!canWait(timed)) return timed.page;
        const ms = Math.min(timed.validMs, deadline - scheduler.now(), MAX_TIMER_MS);
        const changed = changes.pipe(filter((newest) => newest !== known));
        await firstValueFrom(merge(changed, aborted, this.#closed, timer(ms, scheduler)), { defaultValue: undefined });
      }
    } finally {
      subscription.unsubscribe();
    }
  }

  async stop(streamId: string): Promise<void> {
    await this.#run(STOP, streamId, []);
  }

  async close(): Promise<void> {
    this.#isClosed = true;
    this.#closed.next();
    await this.#changes.close();
  }

  async #readPage(streamId: string, after: number): Promise<TimedPage> {
    const reply = await this.#run(READ, streamId, [after]);
    const [result, leaseMs, graceMs, found] = listOf(reply);
    const state = String(result); // a client may be configured to return a Buffer
    if (state === 'gap') throw this.#removed(streamId, after);
    const entries = listOf(found).map((text, index) => ({ position: after + index + 1, data: String(text) }));
    // A reader has to read again before the lease may have expired, and often enough to count as attendance.
    const attendanceMs = Number(graceMs) < 0 ? Infinity : Math.max(Number(graceMs) / 2, MIN_REREAD_MS);
    const validMs = Math.min(this.#settings.rereadMs, Number(leaseMs), attendanceMs);
    return { page: { entries, state: toState(state) }, validMs };
  }

  async #run(script: string, streamId: string, args: readonly (string | number)[]): Promise<unknown> {
    if (this.#isClosed) throw new AnthropicError('redisEventLog: the log has been closed.');
    return this.#scripts.run(script, { ...this.#keysOf(streamId), arguments: args.map(String) });
  }

  /** The hash tag is never empty, or the keys would be in different slots. */
  #keysOf(streamId: string): Pick<ScriptInput, 'keys'> {
    return { keys: ['state', 'entries', 'readers'].map((key) => `${this.#baseOf(streamId)}:${key}`) };
  }

  #channelOf(streamId: string): string {
    return `${this.#baseOf(streamId)}:changes`;
  }

  #baseOf(streamId: string): string {
    return `${this.#settings.prefix}{stream:${streamId}}`;
  }

  #removed(streamId: string, after: number): NotFoundError {
    return new NotFoundError(
      `redisEventLog: the entries of the stream '${streamId}' after position ${after} have been removed: it has had more than ` +
        `maxEntries (${this.#settings.maxEntries}), or Redis has lost data.`,
      { status: 404, type: 'not_found_error' },
    );
  }
}

/** Returns the items of a reply; none if it is not a list. */
function listOf(reply: unknown): readonly unknown[] {
  return Array.isArray(reply) ? reply : [];
}

/** Durations as Redis accepts them: whole milliseconds, at least 1. */
function toMs(ms: number): number {
  return Math.min(Math.max(Math.ceil(ms), 1), MAX_MS);
}

function toState(state: string): LogPage['state'] {
  switch (state) {
    case 'live':
    case 'ended':
    case 'abandoned':
      return state;
    default:
      return 'unknown';
  }
}

function gap(entries: readonly LogEntry[], position = '…'): RangeError {
  const positions = entries.map((entry) => entry.position).join(', ');
  return new RangeError(`The entries to append must follow position ${position} without a gap, got ${positions}.`);
}
