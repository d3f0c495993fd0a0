/** What happens to readers and writers when notifications, connections, answers or Redis itself are lost. */
import type { RedisClientType } from 'redis';
import { LeaseLostError, type LogPage } from '../../src/relay/index.js';
import type { RedisClientLike } from '../../src/redis/index.js';
import { ManualScheduler } from '../relay/log/support/manualScheduler.js';
import { describeWithRedis } from './support/redisServer.js';
import { entries, openStream, until, useRedis } from './support/useRedis.js';

/** Longer than any spec takes: a reader that only this ends makes the spec fail. */
const LONG = { waitMs: 60_000 };

describeWithRedis('redisEventLog', () => {
  const redis = useRedis();
  let client: RedisClientType;
  beforeEach(async () => {
    client = await redis.connect();
    await client.flushAll();
  });

  const pause = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms));
  const connections = async () => (await client.clientList()).length;
  const scriptsRun = async () =>
    Number(/cmdstat_evalsha:calls=(\d+)/.exec(await client.info('commandstats'))?.[1] ?? 0);
  /** Waits until all readers have read what there is, which takes a while on a busy machine. */
  const untilNothingRuns = async () => {
    let before: number;
    do {
      before = await scriptsRun();
      await pause(200);
    } while ((await scriptsRun()) !== before);
  };

  describe('readers that wait', () => {
    it('share one connection, and do nothing while nothing happens', async () => {
      const scheduler = new ManualScheduler();
      const log = redis.createLog(client, { scheduler, rereadMs: 5000 });
      const lease = await openStream(log, 'quiet');
      const before = await connections();
      const reads = Array.from({ length: 50 }, () => log.read('quiet', 0, LONG));
      await untilNothingRuns();
      await client.configResetStat();
      await scheduler.pass(4900);

      expect(await scriptsRun()).toBe(0);
      expect(await connections()).toBe(before + 1);

      await log.append(lease, entries(1), { isEnd: true });

      expect((await Promise.all(reads)).every(({ state }) => state === 'ended')).toBe(true);
    });

    it('read again after rereadMs if a notification is lost', async () => {
      const deaf: RedisClientLike = {
        eval: (script, input) => client.eval(script, input),
        evalSha: (hash, input) => client.evalSha(hash, input),
        duplicate: () => ({
          on: () => undefined,
          connect: () => Promise.resolve(),
          subscribe: () => Promise.resolve(),
          unsubscribe: () => Promise.resolve(),
          destroy: () => undefined,
        }),
      };
      const log = redis.createLog(deaf, { rereadMs: 100 });
      const lease = await openStream(log, 'deaf');
      const read = log.read('deaf', 0, LONG);
      await pause(50);
      await log.append(lease, entries(1));

      expect((await read).entries).toEqual(entries(1));
    });

    it('read again after rereadMs if the connection for notifications fails', async () => {
      const errors: unknown[] = [];
      const failing: RedisClientLike = {
        eval: (script, input) => client.eval(script, input),
        evalSha: (hash, input) => client.evalSha(hash, input),
        duplicate: () => ({
          on: () => undefined,
          connect: () => Promise.reject(new Error('too many connections')),
          subscribe: () => Promise.resolve(),
          unsubscribe: () => Promise.resolve(),
          destroy: () => undefined,
        }),
      };
      const log = redis.createLog(failing, { rereadMs: 100, onError: (error) => errors.push(error) });
      const lease = await openStream(log, 'failing');
      const read = log.read('failing', 0, LONG);
      await pause(50);
      await log.append(lease, entries(1));

      expect((await read).entries).toEqual(entries(1));
      expect(errors).toEqual([new Error('too many connections')]);
    });

    it('are woken when the connection for notifications is back', async () => {
      const log = redis.createLog(client, { rereadMs: 60_000 });
      const lease = await openStream(log, 'killed');
      const read = log.read('killed', 0, LONG);
      await pause(200);
      await client.sendCommand(['CLIENT', 'KILL', 'TYPE', 'pubsub']);
      await log.append(lease, entries(1)); // nobody hears of it

      expect((await read).entries).toEqual(entries(1));
    });

    it('learn that the lease has expired, although nobody says so', async () => {
      const log = redis.createLog(client, { rereadMs: 60_000 });
      await openStream(log, 'expiring', { leaseMs: 300 });

      expect(await log.read('expiring', 0, LONG)).toEqual({ state: 'abandoned', entries: [] });
    });

    it('learn of a release at once', async () => {
      const log = redis.createLog(client, { rereadMs: 60_000 });
      const lease = await openStream(log, 'released');
      const read = log.read('released', 0, LONG);
      await pause(200);
      await log.release(lease);

      expect((await read).state).toBe('abandoned');
    });

    it('count as attendance for as long as they wait', async () => {
      const log = redis.createLog(client, { rereadMs: 60_000 });
      const lease = await openStream(log, 'attended', { graceMs: 200 });
      const controller = new AbortController();
      const read = log.read('attended', 0, { ...LONG, signal: controller.signal });
      await pause(500);

      expect((await log.append(lease, [])).isAttended).toBe(true);

      controller.abort();
      await read;
      await until(async () => !(await log.append(lease, [])).isAttended);
    });

    it('lose nothing, however closely reads and appends follow each other', async () => {
      const [writer, reader] = [redis.createLog(client), redis.createLog(await redis.connect(), { rereadMs: 60_000 })];
      const lease = await openStream(writer, 'race');
      const found: number[] = [];
      const reading = (async () => {
        let page: LogPage;
        do {
          page = await reader.read('race', found.length, LONG);
          found.push(...page.entries.map(({ position }) => position));
        } while (page.state === 'live');
      })();
      for (let position = 1; position <= 500; position += 1) {
        await writer.append(lease, entries(position), { isEnd: position === 500 });
        if (position % 7 === 0) await pause(1);
      }
      await reading;

      expect(found).toEqual(entries(1, 500).map(({ position }) => position));
    });
  });

  describe('close', () => {
    it('rejects the reads that wait and all later calls, and closes only its own connection', async () => {
      const log = redis.createLog(client);
      await openStream(log, 'closed');
      const before = await connections();
      const read = log.read('closed', 0, LONG);
      await pause(200);
      const [, result] = await Promise.allSettled([log.close(), read]);

      expect(result).toMatchObject({
        status: 'rejected',
        reason: { message: 'redisEventLog: the log has been closed.' },
      });

      await pause(50);

      expect(await connections()).toBe(before);
      await expect(log.read('closed', 0)).rejects.toThrow('the log has been closed');
      await log.close();
    });
  });

  describe('a lost answer', () => {
    /** A client that runs each script, and loses the first answer. */
    const forgetful = (): RedisClientLike => {
      let isFirst = true;
      const lose = async (reply: Promise<unknown>) => {
        await reply;
        if (!isFirst) return reply;
        isFirst = false;
        throw new Error('Socket closed unexpectedly');
      };
      return {
        eval: (script, input) => lose(client.eval(script, input)),
        evalSha: (hash, input) => lose(client.evalSha(hash, input)),
        duplicate: () => client.duplicate(),
      };
    };

    it('of open gives the same lease again', async () => {
      const log = redis.createLog(forgetful());

      expect(await log.open('once', { leaseMs: 60_000, graceMs: 1 })).toMatchObject({ position: 0 });
    });

    it('of append stores nothing twice', async () => {
      const lease = await openStream(redis.createLog(client), 'twice');
      const log = redis.createLog(forgetful());
      await log.append(lease, entries(1, 3), { isEnd: true });

      expect(await log.read('twice', 0)).toEqual({ state: 'ended', entries: entries(1, 3) });
    });
  });

  it('works after the scripts were removed from Redis', async () => {
    const log = redis.createLog(client);
    const lease = await openStream(log, 'flushed');
    await client.sendCommand(['SCRIPT', 'FLUSH']);
    await log.append(lease, entries(1));

    expect((await log.read('flushed', 0)).entries).toEqual(entries(1));
  });

  it('rejects if Redis answers with an error, without trying again', async () => {
    const log = redis.createLog(client);
    await client.set('rxjs-anthropic:{stream:wrong}:state', 'a text');

    await expect(log.read('wrong', 0)).rejects.toThrow('WRONGTYPE');
  });

  describe('without Redis', () => {
    it('rejects after timeoutMs, and goes on when Redis is back, where every stream is unknown', async () => {
      const log = redis.createLog(client, { timeoutMs: 300, rereadMs: 50 });
      const lease = await openStream(log, 'down');
      const read = log.read('down', 0, LONG);
      await pause(100);
      await redis.server.kill();

      await expect(log.append(lease, entries(1))).rejects.toThrow('did not answer within 300 ms');
      await expect(read).rejects.toThrow();

      await redis.server.restart();
      while (!client.isReady) await pause(10);

      await expect(log.append(lease, entries(1))).rejects.toBeInstanceOf(LeaseLostError);
      expect((await log.read('down', 0, LONG)).state).toBe('unknown');
    });

    it('waits for a restart that takes less than timeoutMs', async () => {
      const log = redis.createLog(client, { timeoutMs: 10_000 });
      await log.stop('x');
      await redis.server.kill();
      const opening = openStream(log, 'patient');
      await redis.server.restart();

      expect(await opening).toMatchObject({ position: 0 });
    });
  });
});
