import { memoryEventLog, type EventLog } from '../../src/relay/index.js';
import { eventLogContract } from '../../src/testing/index.js';
import { ManualScheduler, settle } from '../relay/log/support/manualScheduler.js';

/** Changes a log, so that it breaks the contract. */
type Break = (log: EventLog, terms: { readonly retentionMs: number; readonly scheduler: ManualScheduler }) => EventLog;

/** Returns the names of the checks that fail, or do not end. */
async function failuresOf(breakLog: Break): Promise<string[]> {
  let scheduler = new ManualScheduler();
  const checks = eventLogContract({
    create: ({ retentionMs }) => {
      scheduler = new ManualScheduler();
      const log = breakLog(memoryEventLog({ retentionMs, scheduler }), { retentionMs, scheduler });
      return [log, log];
    },
    wait: (ms) => scheduler.pass(ms),
  });
  const failures: string[] = [];
  for (const { name, run } of checks) {
    let outcome = 'hangs';
    run().then(
      () => (outcome = 'passes'),
      () => (outcome = 'fails'),
    );
    for (let turns = 0; turns < 200 && outcome === 'hangs'; turns += 1) await settle();
    if (outcome !== 'passes') failures.push(name);
  }
  return failures;
}

const BROKEN: readonly (readonly [fault: string, breakLog: Break, check: string])[] = [
  [
    'takes over a live stream',
    (log, { retentionMs, scheduler }) => {
      const twin = memoryEventLog({ retentionMs, scheduler });
      return { ...log, open: async (...args) => (await log.open(...args)) ?? twin.open(...args) };
    },
    'gives the lease of a new stream to the first who asks, at position 0',
  ],
  [
    'never lets a lease expire',
    (log) => ({ ...log, open: (id, terms) => log.open(id, { ...terms, leaseMs: Infinity }) }),
    'gives a lease that has expired to another process, with a greater token and the last position',
  ],
  [
    'takes an old lease for a new one',
    (log) => {
      const newest = new Map<string, number>();
      return {
        ...log,
        async open(id, terms) {
          const lease = await log.open(id, terms);
          if (lease !== undefined) newest.set(id, lease.token);
          return lease;
        },
        append: (lease, ...others) =>
          log.append({ ...lease, token: newest.get(lease.streamId) ?? lease.token }, ...others),
      };
    },
    'lets nobody append whose lease was taken over',
  ],
  [
    'does not renew a lease without entries',
    (log) => ({
      ...log,
      append: (lease, entries, options) =>
        entries.length === 0 && options?.isEnd !== true
          ? Promise.resolve({ isStopped: false, isAttended: true })
          : log.append(lease, entries, options),
    }),
    'renews the lease with every append, also with one without entries',
  ],
  [
    'does not release',
    (log) => ({ ...log, release: () => Promise.resolve() }),
    'gives a released lease to another process at once',
  ],
  [
    'does not stop',
    (log) => ({ ...log, stop: () => Promise.resolve() }),
    'tells the owner that another process has stopped the stream',
  ],
  [
    'does not end',
    (log) => ({ ...log, append: (lease, entries) => log.append(lease, entries) }),
    'gives nobody the lease of a stream that has ended',
  ],
  [
    'ignores who reads',
    (log) => ({ ...log, open: (id, terms) => log.open(id, { ...terms, graceMs: Infinity }) }),
    'tells the owner whether somebody reads',
  ],
  [
    'mixes up streams',
    (log) => ({ ...log, read: (id, ...others) => log.read(id.trim(), ...others) }),
    'keeps streams apart, whatever their IDs',
  ],
  [
    'does not wait',
    (log) => ({ ...log, read: (id, after) => log.read(id, after) }),
    'waits until another process appends',
  ],
  [
    'ignores the signal',
    (log) => ({
      ...log,
      read: (id, after, { waitMs = 0 } = {}) => log.read(id, after, { waitMs }),
    }),
    'ends the wait when its signal is aborted',
  ],
  [
    'waits too long',
    (log) => ({
      ...log,
      read: (id, after, options) => log.read(id, after, options?.waitMs === undefined ? options : { waitMs: 1e9 }),
    }),
    'waits at most for waitMs',
  ],
  [
    'keeps streams forever',
    (_, { scheduler }) => memoryEventLog({ retentionMs: 1e9, scheduler }),
    'forgets a stream some time after its end',
  ],
  [
    'shows line breaks as spaces',
    (log) => ({
      ...log,
      append: (lease, entries, options) =>
        log.append(
          lease,
          entries.map(({ position, data }) => ({ position, data: data.replaceAll('\u2028', ' ') })),
          options,
        ),
    }),
    'preserves any JSON',
  ],
  [
    'skips an entry',
    (log) => ({ ...log, read: (id, after, options) => log.read(id, after === 0 ? 0 : after + 1, options) }),
    'stores entries in order, for every process',
  ],
  [
    'fails if an append is repeated',
    (log) => {
      let last = 0;
      return {
        ...log,
        append: async (lease, entries, options) => {
          const first = entries[0]?.position;
          if (first !== undefined && first <= last) throw new Error('Duplicate.');
          last = entries.at(-1)?.position ?? last;
          return log.append(lease, entries, options);
        },
      };
    },
    'stores an entry once, however often it is appended',
  ],
  [
    'closes gaps',
    (log) => {
      let last = 0;
      return {
        ...log,
        append: (lease, entries, options) =>
          log.append(
            lease,
            entries.map(({ data }) => ({ position: (last += 1), data })),
            options,
          ),
      };
    },
    'stores nothing of an append with a gap',
  ],
];

describe('the contract of event logs', () => {
  it('has a name for every check', () => {
    const names = eventLogContract({ create: () => [memoryEventLog(), memoryEventLog()] }).map(({ name }) => name);

    expect(new Set(names).size).toBe(names.length);
    expect(names.length).toBeGreaterThan(30);
  });

  it.each(BROKEN)('is broken by a log that %s', async (_, breakLog, check) => {
    expect(await failuresOf(breakLog)).toContain(check);
  });

  it('says what differs', async () => {
    const log: EventLog = { ...memoryEventLog(), read: () => Promise.resolve({ entries: [], state: 'live' }) };
    const check = eventLogContract({ create: () => [log, log] }).find(
      ({ name }) => name === 'stores entries in order, for every process',
    );

    await expect(check?.run()).rejects.toThrow(
      'read: expected {"entries":[{"data":"{\\"type\\":\\"ping\\",\\"position\\":1}","position":1},',
    );
  });
});
