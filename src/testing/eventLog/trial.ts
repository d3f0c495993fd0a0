import type { EventLog, LogEntry, LogLease, LogPage } from '../../relay/log/eventLog.js';

/** One check of a contract. */
export interface EventLogCheck {
  /** What the log has to do. */
  readonly name: string;
  /** Rejects if the log does not do it. */
  readonly run: () => Promise<void>;
}

/** The checks of one part of the contract, by name. */
export type EventLogChecks = Readonly<Record<string, (trial: EventLogTrial) => Promise<void>>>;

interface Surroundings {
  readonly log: EventLog;
  readonly other: EventLog;
  readonly wait: (ms: number) => Promise<unknown>;
  readonly leaseMs: number;
  readonly retention: number;
}

/** The log that a check tries, and what it needs to try it. */
export class EventLogTrial {
  /** The log of this process. */
  readonly log: EventLog;
  /** The log of another process, over the same storage. */
  readonly other: EventLog;
  /** How long leases last, in ms. */
  readonly leaseMs: number;
  /** How long the storage keeps a stream, as a multiple of the duration of a lease. */
  readonly retention: number;
  /** The stream of the check. */
  readonly id = `stream-${crypto.randomUUID()}`;
  readonly #wait: (ms: number) => Promise<unknown>;

  constructor({ log, other, wait, leaseMs, retention }: Surroundings) {
    this.log = log;
    this.other = other;
    this.leaseMs = leaseMs;
    this.retention = retention;
    this.#wait = wait;
  }

  /** Lets a time pass that is a multiple of the duration of a lease. */
  async leasesPass(count: number): Promise<void> {
    await this.#wait(count * this.leaseMs);
  }

  /** Takes the lease of a stream that nobody else has. */
  async open(log: EventLog = this.log, id = this.id): Promise<LogLease> {
    const lease = await this.tryOpen(log, id);
    if (lease === undefined) throw new Error('open: expected a lease, got undefined.');
    return lease;
  }

  tryOpen(log: EventLog = this.log, id = this.id, graceMs = Infinity): Promise<LogLease | undefined> {
    return log.open(id, { leaseMs: this.leaseMs, graceMs });
  }
}

/** The entries from one position to another. */
export function entries(from: number, to: number): LogEntry[] {
  return Array.from({ length: to - from + 1 }, (_, index) => entry(from + index));
}

function entry(position: number): LogEntry {
  return { position, data: `{"type":"ping","position":${position}}` };
}

/** The page of these entries. */
export function page(state: LogPage['state'], expected: readonly LogEntry[] = []): LogPage {
  return { entries: expected, state };
}

/** Reads all entries after a position, however many pages a log needs. */
export async function readAll(log: EventLog, id: string, after = 0): Promise<LogPage> {
  const all: LogEntry[] = [];
  for (;;) {
    const { entries: found, state } = await log.read(id, after + all.length);
    all.push(...found);
    if (found.length === 0 || state !== 'live') return page(state, all);
  }
}

/** @throws {Error} If a value is not equal to another one, as JSON. */
export function expectEqual(what: string, actual: unknown, expected: unknown): void {
  const [shown, wanted] = [toText(actual), toText(expected)];
  if (shown !== wanted) throw new Error(`${what}: expected ${excerpt(wanted)}, got ${excerpt(shown)}.`);
}

/** @throws {Error} If a promise does not reject, or rejects with an error of another name. */
export async function expectRejection(what: string, promise: Promise<unknown>, name?: string): Promise<void> {
  const error = await promise.then(
    () => undefined,
    (reason: unknown) => reason,
  );
  if (!(error instanceof Error)) throw new Error(`${what}: expected a rejection with an Error.`);
  if (name !== undefined && error.name !== name) {
    throw new Error(`${what}: expected a ${name}, got ${error.name}: ${error.message}`, { cause: error });
  }
}

function excerpt(text: string): string {
  return text.length > 300 ? `${text.slice(0, 300)}…` : text;
}

/** Sorts the fields, so that their order does not matter. */
function toText(value: unknown): string {
  if (value === undefined) return 'undefined';
  return JSON.stringify(value, (_, field: unknown) =>
    typeof field === 'object' && field !== null && !Array.isArray(field)
      ? Object.fromEntries(Object.entries(field).sort(([one], [other]) => (one < other ? -1 : 1)))
      : field,
  );
}
