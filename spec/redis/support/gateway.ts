/**
 * A service in a process of its own, which `gateways.ts` starts: `POST /:id` generates an answer, or resumes it. It ends when
 * its standard input does, so that it never outlives the spec.
 */
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { createClient } from 'redis';
import {
  continuationParams,
  continueOnConnectionError,
  streamMessage,
  type StreamMessageOptions,
} from '../../../src/index.js';
import { redisEventLog } from '../../../src/redis/index.js';
import { pipeToServerResponse, recordTo, type EventLog } from '../../../src/relay/index.js';
import { params, type GatewaySettings, type KillPoint } from './gatewaySettings.js';

process.stdin.resume().on('end', () => process.exit());

const { redisUrl, apiUrl, leaseMs, takesOver } = JSON.parse(process.argv[2] ?? '') as GatewaySettings;
const client = await createClient({ url: redisUrl })
  .on('error', () => undefined) // the calls reject
  .connect();
const log = redisEventLog(client);
const options: StreamMessageOptions = { apiKey: 'sk-spec', baseURL: apiUrl };

const resilient = continueOnConnectionError({
  initialDelayMs: 10,
  continueWith: (partial) => streamMessage(continuationParams(params, partial), options),
});

/** A log that ends the process at a certain append, before it or after it: then nothing of it has been delivered. */
function deadly(position: number, when: KillPoint['when']): EventLog {
  const end = (): void => {
    process.kill(process.pid, 'SIGKILL');
  };
  return {
    open: (id, terms) => log.open(id, terms),
    read: (id, after, wait) => log.read(id, after, wait),
    release: (lease) => log.release(lease),
    stop: (id) => log.stop(id),
    async append(lease, entries, append) {
      const isDue = (entries.at(-1)?.position ?? 0) >= position;
      if (isDue && when === 'before append') end();
      const status = await log.append(lease, entries, append);
      if (isDue && when === 'between append and delivery') end();
      return status;
    },
  };
}

const server = createServer((request, response) => {
  const { pathname, searchParams } = new URL(request.url ?? '', 'http://gateway');
  const kill = JSON.parse(searchParams.get('kill') ?? 'null') as KillPoint | null;
  streamMessage(params, options)
    .pipe(
      recordTo(kill === null ? log : deadly(kill.position, kill.when), pathname, {
        after: request.headers['last-event-id'],
        leaseMs,
        takeOver: takesOver ? resilient : undefined,
      }),
      pipeToServerResponse(response),
    )
    .subscribe();
});
server.listen(0, '127.0.0.1', () => {
  console.log(`http://127.0.0.1:${(server.address() as AddressInfo).port}`);
});
