import { setImmediate as turn } from 'node:timers/promises';
import { createClient, type RedisClientType } from 'redis';
import { redisEventLog, type RedisClientLike, type RedisEventLog } from '../../../src/redis/index.js';
import type { LogEntry, LogLease } from '../../../src/relay/index.js';
import { startRedis, type RedisServer } from './redisServer.js';

export type Options = Parameters<typeof redisEventLog>[1];

/** Connects to a server as a user would. */
async function connectTo(url: string): Promise<RedisClientType> {
  const client = createClient({ url, socket: { reconnectStrategy: 20 } });
  client.on('error', () => undefined); // specs interrupt the connection on purpose
  return client.connect();
}

/** A server for the specs of a file. What a spec opens is closed after it. */
export function useRedis(flags: Readonly<Record<string, string>> = {}) {
  let server: RedisServer | undefined;
  const opened: { close(): unknown }[] = [];
  beforeAll(async () => {
    server = await startRedis(flags);
  });
  afterEach(async () => {
    for (const each of opened.splice(0)) await each.close();
  });
  afterAll(() => server?.kill());
  const running = (): RedisServer => {
    if (server === undefined) throw new Error('The server is started before the first spec.');
    return server;
  };
  return {
    get server() {
      return running();
    },
    /** Opens a client, which is ended after the spec. */
    async connect(): Promise<RedisClientType> {
      const client = await connectTo(running().url);
      opened.push({
        close: () => {
          client.destroy();
        },
      });
      return client;
    },
    /** Creates a log, which is closed after the spec. */
    createLog(client: RedisClientLike, options?: Options): RedisEventLog {
      const log = redisEventLog(client, options);
      opened.unshift(log);
      return log;
    },
  };
}

/** Takes a lease that lasts for the whole spec. */
export async function openStream(log: RedisEventLog, id: string, terms: object = {}): Promise<LogLease> {
  const lease = await log.open(id, { leaseMs: 60_000, graceMs: Infinity, ...terms });
  if (lease === undefined) throw new Error('Somebody else has the lease.');
  return lease;
}

/** Entries from one position to another. */
export function entries(from: number, to = from): LogEntry[] {
  return Array.from({ length: to - from + 1 }, (_, index) => ({
    position: from + index,
    data: JSON.stringify({ type: 'ping', position: from + index }),
  }));
}

/** Waits until a condition holds, asking Redis again and again. */
export async function until(holds: () => Promise<boolean>): Promise<void> {
  while (!(await holds())) await turn();
}
