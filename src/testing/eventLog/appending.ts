import { entries, expectEqual, expectRejection, page, readAll, type EventLogChecks } from './trial.js';

/** What is stored, and for how long. */
export const appending: EventLogChecks = {
  'stores entries in order, for every process': async (trial) => {
    const lease = await trial.open();
    await trial.log.append(lease, entries(1, 1));
    await trial.log.append(lease, entries(2, 4));
    await trial.log.append(lease, entries(5, 5));

    for (const log of [trial.log, trial.other]) {
      expectEqual('read', await log.read(trial.id, 0), page('live', entries(1, 5)));
      expectEqual('read after position 3', await log.read(trial.id, 3), page('live', entries(4, 5)));
    }
  },

  'stores an entry once, however often it is appended': async (trial) => {
    const lease = await trial.open();
    await trial.log.append(lease, entries(1, 3));
    await trial.log.append(lease, entries(1, 3));
    await trial.log.append(lease, entries(2, 5));
    await trial.log.append(lease, entries(1, 1));

    expectEqual('read', await trial.other.read(trial.id, 0), page('live', entries(1, 5)));
  },

  'accepts the append that ended a stream again': async (trial) => {
    const lease = await trial.open();
    await trial.log.append(lease, entries(1, 2), { isEnd: true });
    await trial.log.append(lease, entries(1, 2), { isEnd: true });

    expectEqual('read', await trial.other.read(trial.id, 0), page('ended', entries(1, 2)));
  },

  'ends a stream without a last entry': async (trial) => {
    const lease = await trial.open();
    await trial.log.append(lease, entries(1, 1));
    await trial.log.append(lease, [], { isEnd: true });

    expectEqual('read', await trial.other.read(trial.id, 0), page('ended', entries(1, 1)));
    expectEqual('read after the last entry', await trial.other.read(trial.id, 1), page('ended'));
  },

  'stores nothing of an append with a gap': async (trial) => {
    const lease = await trial.open();
    await trial.log.append(lease, entries(1, 1));

    await expectRejection('an append that begins too late', trial.log.append(lease, entries(3, 4)));
    await expectRejection('an append with a gap in it', trial.log.append(lease, [...entries(2, 2), ...entries(4, 4)]));
    expectEqual('read', await trial.other.read(trial.id, 0), page('live', entries(1, 1)));
  },

  'stores nothing after the end': async (trial) => {
    const lease = await trial.open();
    await trial.log.append(lease, entries(1, 1), { isEnd: true });

    await expectRejection('append', trial.log.append(lease, entries(2, 2)), 'LeaseLostError');
    expectEqual('read', await trial.other.read(trial.id, 0), page('ended', entries(1, 1)));
  },

  'preserves any JSON': async (trial) => {
    const texts = ['', '\u2028\u2029\u0085', 'é🌊', '\\"\n\r\t\0', 'data: x\n\n', '\ud83d'];
    const values = texts.map((text, index) => ({ position: index + 1, data: JSON.stringify({ type: 'ping', text }) }));
    await trial.log.append(await trial.open(), values);

    expectEqual('read', await trial.other.read(trial.id, 0), page('live', values));
  },

  'stores many entries, and long ones': async (trial) => {
    const lease = await trial.open();
    const long = { position: 5001, data: JSON.stringify({ type: 'ping', text: 'long '.repeat(100_000) }) };
    await trial.log.append(lease, entries(1, 5000));
    await trial.log.append(lease, [long], { isEnd: true });

    expectEqual('all pages', await readAll(trial.other, trial.id), page('ended', [...entries(1, 5000), long]));
  },

  'forgets a stream some time after its end': async (trial) => {
    const lease = await trial.open();
    await trial.log.append(lease, entries(1, 1), { isEnd: true });
    await trial.leasesPass(0.5 * trial.retention);
    expectEqual('read before that', await trial.other.read(trial.id, 0), page('ended', entries(1, 1)));
    await trial.leasesPass(1.5 * trial.retention);

    expectEqual('read after that', await trial.other.read(trial.id, 0), page('unknown'));
    await expectRejection('append', trial.log.append(lease, entries(2, 2)), 'LeaseLostError');
  },

  'lets nobody append to a stream that began again after it was forgotten': async (trial) => {
    const lease = await trial.open();
    await trial.log.append(lease, entries(1, 1));
    await trial.leasesPass(2 * trial.retention);
    const next = await trial.open(trial.other);

    expectEqual('lease.position', next.position, 0);
    await expectRejection('append', trial.log.append(lease, entries(2, 2)), 'LeaseLostError');
    await expectRejection('append', trial.log.append(lease, entries(1, 1)), 'LeaseLostError');
    await trial.other.append(next, entries(1, 2));
    expectEqual('read', await trial.log.read(trial.id, 0), page('live', entries(1, 2)));
  },

  'keeps a stream as long as its lease is renewed': async (trial) => {
    const lease = await trial.open();
    await trial.log.append(lease, entries(1, 1));
    for (let passed = 0; passed < 1.5 * trial.retention; passed += 0.5) {
      await trial.leasesPass(0.5);
      await trial.log.append(lease, []);
    }
    expectEqual('read', await trial.other.read(trial.id, 0), page('live', entries(1, 1)));
  },
};
