import { RESP_TYPES } from 'redis';
import { describeWithRedis } from './support/redisServer.js';
import { entries, openStream, until, useRedis, type Options } from './support/useRedis.js';

describeWithRedis('redisEventLog', () => {
  const redis = useRedis();
  const open = async (options?: Options) => {
    const client = await redis.connect();
    return { client, log: redis.createLog(client, options) };
  };

  describe('what is stored', () => {
    it('has one item for all entries that are appended together', async () => {
      const { client, log } = await open();
      const lease = await openStream(log, 'items');
      await log.append(lease, entries(1, 3));
      await log.append(lease, entries(4));

      const items = await client.xRange('rxjs-anthropic:{stream:items}:entries', '-', '+');

      expect(items?.map(({ id }) => id)).toEqual(['3-0', '4-0']);
    });

    it('begins with the prefix, and expires as a whole', async () => {
      const { client, log } = await open({ prefix: 'mine:', retentionMs: 1000 });
      await log.append(await openStream(log, 'a', { leaseMs: 50, graceMs: 100 }), entries(1, 3));

      expect((await client.keys('mine:*')).sort()).toEqual(
        ['entries', 'readers', 'state'].map((key) => `mine:{stream:a}:${key}`),
      );

      await until(async () => (await client.keys('mine:*')).length === 0);

      expect(await client.keys('mine:*')).toEqual([]);
    });

    it('loses the oldest entries beyond maxEntries, which is an error for a reader that needs them', async () => {
      const { log } = await open({ maxEntries: 500 });
      const lease = await openStream(log, 'long');
      for (let position = 1; position <= 1001; position += 100) {
        await log.append(lease, entries(position, position + 99));
      }

      expect((await log.read('long', 900)).entries).toEqual(entries(901, 1100));
      await expect(log.read('long', 0)).rejects.toThrow('maxEntries (500)');
    });
  });

  it('begins a stream anew if Redis has only lost its state', async () => {
    const { client, log } = await open();
    await log.append(await openStream(log, 'evicted'), entries(1, 3));
    await client.del('rxjs-anthropic:{stream:evicted}:state');

    expect((await log.read('evicted', 0)).state).toBe('unknown');

    await log.append(await openStream(log, 'evicted'), entries(1));

    expect((await log.read('evicted', 0)).entries).toEqual(entries(1));
  });

  it('is an error for a reader if Redis has only lost the entries', async () => {
    const { client, log } = await open();
    await log.append(await openStream(log, 'trimmed'), entries(1, 3));
    await client.del('rxjs-anthropic:{stream:trimmed}:entries');

    await expect(log.read('trimmed', 0, { waitMs: 1000 })).rejects.toThrow('have been removed');
  });

  it('works with a client that returns Buffers', async () => {
    const client = await redis.connect();
    const log = redis.createLog(client.withTypeMapping({ [RESP_TYPES.BLOB_STRING]: Buffer }));
    await log.append(await openStream(log, 'buffers'), [{ position: 1, data: '"é🌊"' }], { isEnd: true });

    expect(await log.read('buffers', 0)).toEqual({ state: 'ended', entries: [{ position: 1, data: '"é🌊"' }] });
  });

  it('validates its options at call time', async () => {
    const client = await redis.connect();

    expect(() => redis.createLog(client, { retentionMs: 0 })).toThrow(RangeError);
    expect(() => redis.createLog(client, { maxEntries: NaN })).toThrow('redisEventLog: maxEntries');
  });
});
