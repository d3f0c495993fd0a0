import { entries, expectEqual, expectRejection, page, readAll, type EventLogChecks } from './trial.js';

/** Who may append to a stream. */
export const leases: EventLogChecks = {
  'gives the lease of a new stream to the first who asks, at position 0': async (trial) => {
    const lease = await trial.open();

    expectEqual('lease.streamId', lease.streamId, trial.id);
    expectEqual('lease.position', lease.position, 0);
    expectEqual('open by the same process', await trial.tryOpen(), undefined);
    expectEqual('open by another process', await trial.tryOpen(trial.other), undefined);
  },

  'gives the lease to only one of many who ask at the same time': async (trial) => {
    const logs = Array.from({ length: 20 }, (_, index) => (index % 2 === 0 ? trial.log : trial.other));
    const all = await Promise.all(logs.map((log) => trial.tryOpen(log)));

    expectEqual('the number of leases', all.filter((lease) => lease !== undefined).length, 1);
  },

  'gives a lease that has expired to another process, with a greater token and the last position': async (trial) => {
    const lease = await trial.open();
    await trial.log.append(lease, entries(1, 3));
    await trial.leasesPass(1.5);
    const next = await trial.open(trial.other);

    expectEqual('lease.position', next.position, 3);
    expectEqual('whether the token is greater', next.token > lease.token, true);
  },

  'gives an expired lease to only one of many who ask at the same time': async (trial) => {
    await trial.open();
    await trial.leasesPass(1.5);
    const logs = Array.from({ length: 20 }, (_, index) => (index % 2 === 0 ? trial.log : trial.other));
    const all = await Promise.all(logs.map((log) => trial.tryOpen(log)));

    expectEqual('the number of leases', all.filter((lease) => lease !== undefined).length, 1);
  },

  'lets nobody append whose lease was taken over': async (trial) => {
    const lease = await trial.open();
    await trial.log.append(lease, entries(1, 2));
    await trial.leasesPass(1.5);
    const next = await trial.open(trial.other);

    await expectRejection('append', trial.log.append(lease, entries(3, 3)), 'LeaseLostError');
    await expectRejection('a renewal', trial.log.append(lease, []), 'LeaseLostError');
    await expectRejection('an end', trial.log.append(lease, entries(3, 3), { isEnd: true }), 'LeaseLostError');
    await trial.log.release(lease);
    expectEqual('open after the old owner has released', await trial.tryOpen(), undefined);
    await trial.other.append(next, entries(3, 3));
    expectEqual('read', await trial.log.read(trial.id, 2), page('live', entries(3, 3)));
  },

  'renews the lease with every append, also with one without entries': async (trial) => {
    const lease = await trial.open();
    for (const appended of [[], entries(1, 1), [], []]) {
      await trial.leasesPass(0.6);
      expectEqual('open by another process', await trial.tryOpen(trial.other), undefined);
      await trial.log.append(lease, appended);
    }
    expectEqual('read', await trial.log.read(trial.id, 0), page('live', entries(1, 1)));
  },

  'lets an owner append whose lease has expired, until another process takes over': async (trial) => {
    const lease = await trial.open();
    await trial.leasesPass(1.5);
    await trial.log.append(lease, entries(1, 1));

    expectEqual('read', await trial.other.read(trial.id, 0), page('live', entries(1, 1)));
    expectEqual('open by another process', await trial.tryOpen(trial.other), undefined);
  },

  'gives a released lease to another process at once': async (trial) => {
    const lease = await trial.open();
    await trial.log.append(lease, entries(1, 2));
    await trial.log.release(lease);

    expectEqual('read', await trial.other.read(trial.id, 0), page('abandoned', entries(1, 2)));
    await expectRejection('append', trial.log.append(lease, entries(3, 3)), 'LeaseLostError');
    expectEqual('lease.position', (await trial.open(trial.other)).position, 2);
  },

  'gives nobody the lease of a stream that has ended': async (trial) => {
    const lease = await trial.open();
    await trial.log.append(lease, entries(1, 1), { isEnd: true });
    await trial.log.release(lease);

    expectEqual('open', await trial.tryOpen(), undefined);
    await trial.leasesPass(1.5);
    expectEqual('open after a while', await trial.tryOpen(trial.other), undefined);
    expectEqual('read', await trial.other.read(trial.id, 0), page('ended', entries(1, 1)));
  },

  'tells the owner that another process has stopped the stream': async (trial) => {
    const lease = await trial.open();
    expectEqual('isStopped', (await trial.log.append(lease, entries(1, 1))).isStopped, false);
    await trial.other.stop(trial.id);

    expectEqual('isStopped of a renewal', (await trial.log.append(lease, [])).isStopped, true);
    expectEqual('isStopped of an append', (await trial.log.append(lease, entries(2, 2))).isStopped, true);
    await trial.log.release(lease);
    const next = await trial.open(trial.other);
    expectEqual('isStopped after a takeover', (await trial.other.append(next, [])).isStopped, true);
  },

  'stops nothing if there is no such stream': async (trial) => {
    await trial.log.stop(trial.id);
    expectEqual('read', await trial.log.read(trial.id, 0), page('unknown'));
    const lease = await trial.open();

    expectEqual('isStopped', (await trial.log.append(lease, [])).isStopped, false);
  },

  'tells the owner whether somebody reads': async (trial) => {
    const lease = await trial.tryOpen(trial.log, trial.id, 2 * trial.leaseMs);
    if (lease === undefined) throw new Error('open: expected a lease, got undefined.');
    const isAttended = async () => (await trial.log.append(lease, [])).isAttended;

    expectEqual('isAttended at first', await isAttended(), true);
    await trial.leasesPass(2.5);
    expectEqual('isAttended after graceMs', await isAttended(), false);
    await trial.other.read(trial.id, 0);
    expectEqual('isAttended after a read', await isAttended(), true);
    await trial.leasesPass(2.5);
    expectEqual('isAttended after graceMs again', await isAttended(), false);
  },

  'counts every stream as attended whose graceMs is Infinity': async (trial) => {
    const lease = await trial.open();
    await trial.leasesPass(3);

    expectEqual('isAttended', (await trial.log.append(lease, [])).isAttended, true);
  },

  'keeps streams apart, whatever their IDs': async (trial) => {
    const ids = ['', ':1', ':entries', '{a}', ' b c', '/é🌊', '*', '\n'].map((end) => trial.id + end);
    await Promise.all(
      ids.map(async (id, index) => {
        await trial.log.append(await trial.open(trial.log, id), entries(1, index + 1), { isEnd: true });
      }),
    );
    const pages = await Promise.all(ids.map((id) => readAll(trial.other, id)));

    expectEqual(
      'the streams',
      pages,
      ids.map((_, index) => page('ended', entries(1, index + 1))),
    );
  },
};
