import { firstValueFrom, timer } from 'rxjs';
import type { EventLog } from '../relay/log/eventLog.js';
import { appending } from './eventLog/appending.js';
import { leases } from './eventLog/leases.js';
import { reading } from './eventLog/reading.js';
import { EventLogTrial, type EventLogCheck } from './eventLog/trial.js';

export interface EventLogContractOptions {
  /**
   * Creates the logs of two processes over the same storage, for one check. A log that has only one process may be
   * returned twice.
   *
   * @param retentionMs - How long the storage keeps a stream after it was last appended to, in ms.
   */
  readonly create: (options: {
    readonly retentionMs: number;
  }) => readonly [EventLog, EventLog] | Promise<readonly [EventLog, EventLog]>;
  /** Lets time pass, for example on the scheduler of the log. Default: waits. */
  readonly wait?: ((ms: number) => Promise<unknown>) | undefined;
  /**
   * The unit of time of the checks, in ms: a lease lasts as long. Longer than the storage may take to answer. Default 200.
   */
  readonly leaseMs?: number | undefined;
}

/** How long streams are kept, as a multiple of the duration of a lease. */
const RETENTION = 5;

/**
 * Returns the checks that every `EventLog` has to pass, for the test runner of your choice.
 *
 * Each check rejects, with what differs, if the log does not keep the contract. Each uses streams with IDs of its own, so
 * that the storage need not be emptied, and may run at the same time as the others.
 *
 * @param options.create - Creates the logs of two processes over the same storage.
 * @param options.wait - Lets time pass. Default: waits.
 * @param options.leaseMs - The unit of time of the checks, in ms. Default 200: all checks together take about 8 s.
 * @example
 * const log = memoryEventLog(); // for a log over a storage: two, each with a connection of its own
 * for (const { name, run } of eventLogContract({ create: () => [log, log] })) {
 *   it(name, run);
 * }
 */
export function eventLogContract(options: EventLogContractOptions): readonly EventLogCheck[] {
  const { create, wait = (ms: number) => firstValueFrom(timer(ms), { defaultValue: 0 }), leaseMs = 200 } = options;
  return Object.entries({ ...leases, ...appending, ...reading }).map(([name, check]) => ({
    name,
    run: async () => {
      const [log, other] = await create({ retentionMs: RETENTION * leaseMs });
      await check(new EventLogTrial({ log, other, wait, leaseMs, retention: RETENTION }));
    },
  }));
}
