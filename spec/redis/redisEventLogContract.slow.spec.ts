/** The contract of an EventLog. Its checks wait for leases of two seconds to end, so that a busy machine does not lose one. */
import { createCluster } from 'redis';
import { eventLogContract, type EventLogCheck } from '../../src/testing/index.js';
import { describeWithRedis } from './support/redisServer.js';
import { useRedis, type Options } from './support/useRedis.js';

const LEASE_MS = 2000;

describeWithRedis('redisEventLog', () => {
  const redis = useRedis();

  it('keeps the contract of an EventLog', async () => {
    const open = async (options: Options) => redis.createLog(await redis.connect(), options);
    const create = async (options: Options) => [await open(options), await open(options)] as const;

    expect(await broken(eventLogContract({ create, leaseMs: LEASE_MS }))).toEqual([]);
  });
});

describeWithRedis('redisEventLog on a cluster', () => {
  const redis = useRedis({ 'cluster-enabled': 'yes' });

  it('keeps the contract of an EventLog, too', async () => {
    await redis.server.command('CLUSTER', 'ADDSLOTSRANGE', '0', '16383');
    const cluster = createCluster({ rootNodes: [{ url: redis.server.url }] });
    await cluster.connect();
    const create = (options: Options) =>
      [redis.createLog(cluster, options), redis.createLog(cluster, options)] as const;

    const faults = await broken(eventLogContract({ create, leaseMs: LEASE_MS }));
    cluster.destroy();

    expect(faults).toEqual([]);
  });
});

/** Runs all checks at the same time, and returns the errors of those that fail. */
async function broken(checks: readonly EventLogCheck[]): Promise<string[]> {
  const failures = await Promise.all(
    checks.map(({ name, run }) =>
      run().then(
        () => [],
        (error: unknown) => [`${name}: ${String(error)}`],
      ),
    ),
  );
  return failures.flat();
}
