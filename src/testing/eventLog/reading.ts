import { entries, expectEqual, page, type EventLogChecks } from './trial.js';

/** What readers get, and when. */
export const reading: EventLogChecks = {
  'knows no stream that was never begun': async (trial) => {
    expectEqual('read', await trial.log.read(trial.id, 0, { waitMs: 100 * trial.leaseMs }), page('unknown'));
  },

  'reads nothing from a stream that has only begun': async (trial) => {
    await trial.open();

    expectEqual('read', await trial.other.read(trial.id, 0), page('live'));
  },

  'calls a stream abandoned whose lease has expired': async (trial) => {
    const lease = await trial.open();
    await trial.log.append(lease, entries(1, 2));
    await trial.leasesPass(1.5);

    expectEqual('read', await trial.other.read(trial.id, 1), page('abandoned', entries(2, 2)));
    expectEqual(
      'read at the last entry',
      await trial.other.read(trial.id, 2, { waitMs: 100 * trial.leaseMs }),
      page('abandoned'),
    );
  },

  'does not wait if there are entries, or the stream has ended': async (trial) => {
    const wait = { waitMs: 100 * trial.leaseMs };
    await trial.log.append(await trial.open(), entries(1, 2), { isEnd: true });

    expectEqual('read', await trial.other.read(trial.id, 0, wait), page('ended', entries(1, 2)));
    expectEqual('read at the end', await trial.other.read(trial.id, 2, wait), page('ended'));
  },

  'waits until another process appends': async (trial) => {
    const lease = await trial.open();
    const first = trial.other.read(trial.id, 0, { waitMs: 100 * trial.leaseMs });
    await trial.leasesPass(0.3);
    await trial.log.append(lease, entries(1, 2));
    expectEqual('the first read', await first, page('live', entries(1, 2)));

    const last = trial.other.read(trial.id, 2, { waitMs: 100 * trial.leaseMs });
    await trial.leasesPass(0.3);
    await trial.log.append(lease, entries(3, 3), { isEnd: true });
    expectEqual('the last read', await last, page('ended', entries(3, 3)));
  },

  'waits at most for waitMs': async (trial) => {
    const lease = await trial.open();
    const read = trial.other.read(trial.id, 0, { waitMs: 0.5 * trial.leaseMs });
    await trial.leasesPass(0.7);

    expectEqual('read', await read, page('live'));
    await trial.log.append(lease, entries(1, 1));
    expectEqual('a later read', await trial.other.read(trial.id, 0), page('live', entries(1, 1)));
  },

  'ends the wait when its signal is aborted': async (trial) => {
    await trial.open();
    const controller = new AbortController();
    const wait = { waitMs: 100 * trial.leaseMs, signal: controller.signal };
    const read = trial.other.read(trial.id, 0, wait);
    await trial.leasesPass(0.1);
    controller.abort();

    expectEqual('the entries', (await read).entries, []);
    expectEqual(
      'the entries of a read that is aborted before',
      (await trial.other.read(trial.id, 0, wait)).entries,
      [],
    );
  },

  'serves many readers at the same time': async (trial) => {
    const lease = await trial.open();
    const reads = Array.from({ length: 20 }, (_, index) =>
      (index % 2 === 0 ? trial.log : trial.other).read(trial.id, index % 3, { waitMs: 100 * trial.leaseMs }),
    );
    await trial.leasesPass(0.3);
    await trial.log.append(lease, entries(1, 3), { isEnd: true });

    expectEqual(
      'the pages',
      await Promise.all(reads),
      reads.map((_, index) => page('ended', entries(1 + (index % 3), 3))),
    );
  },
};
