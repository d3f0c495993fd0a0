import { fork, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { setTimeout } from 'node:timers/promises';
import type { Read } from '../compare.js';
import { DELTA_LENGTH } from '../fixtures.js';
import { heapUsed, isQuick, Race, turnsOf } from '../measure.js';
import type { Row, Section } from '../report.js';
import { FEW_TEXT_CLIENTS } from '../textClients.js';

const STREAMS = 1000;
const DELTAS = 200;
const LEAST_ROUNDS = 4;
const MS = isQuick ? 5000 : 18_000;
/** How long the client gets to read what it was sent, once the server has reported that all streams are open, in ms. */
const SETTLE_MS = 60;

export const concurrent: Section = {
  title: `${STREAMS.toLocaleString('en-US')} concurrent streams, over loopback sockets`,
  async run() {
    const server = fork(fileURLToPath(new URL('../streamServer.ts', import.meta.url)), [`${STREAMS}`, `${DELTAS}`]);
    const [port] = (await once(server, 'message')) as [number];
    const url = `http://127.0.0.1:${port}`;
    const clients = Object.entries(FEW_TEXT_CLIENTS);
    const times = new Map<string, number[]>(clients.map(([name]) => [name, []]));
    const processorTimes = new Map<string, number[]>(clients.map(([name]) => [name, []]));
    const begin = performance.now();
    for (let round = 0; round <= LEAST_ROUNDS || performance.now() - begin < MS; round += 1) {
      for (const [name, read] of turnsOf(clients, round)) {
        const { ms, processorMs } = await readAll(server, read, url);
        if (round === 0) continue; // warms up
        times.get(name)?.push(ms);
        processorTimes.get(name)?.push(processorMs);
      }
    }
    const [walls, processors] = [new Race(times), new Race(processorTimes)];
    const rows: Row[] = [];
    for (const [client, read] of Object.entries(FEW_TEXT_CLIENTS)) {
      const { heapBytes } = await readAll(server, read, url, true);
      const { median } = walls.ms(client);
      rows.push({
        client,
        'time, ms': walls.ms(client),
        'x floor': walls.ratio(client, 'floor'),
        'events per second': Math.round((STREAMS * DELTAS) / (median / 1000)),
        'processor time, x floor': processors.ratio(client, 'floor'),
        'heap per stream, kB': heapBytes / STREAMS / 1000,
      });
    }
    server.disconnect();
    return {
      tables: [
        {
          title: `${STREAMS} streams of ${DELTAS} deltas`,
          rows,
          plot: { column: 'processor time, x floor', unit: 'x floor' },
        },
      ],
    };
  },
};

interface Reading {
  readonly ms: number;
  readonly processorMs: number;
  /** How much larger the heap is while all streams are open; NaN if it is not measured. */
  readonly heapBytes: number;
}

/** Opens all streams, makes the server write, and waits until all have ended. */
async function readAll(server: ChildProcess, read: Read, url: string, measuresHeap = false): Promise<Reading> {
  const before = measuresHeap ? await heapUsed() : NaN;
  const ready = once(server, 'message');
  const reading = Promise.all(Array.from({ length: STREAMS }, async () => read(await fetch(url))));
  await ready;
  await setTimeout(SETTLE_MS);
  const heapBytes = measuresHeap ? (await heapUsed()) - before : NaN;
  const [begin, cpu] = [performance.now(), process.cpuUsage()];
  server.send('go');
  const lengths = await reading;
  const { user, system } = process.cpuUsage(cpu);
  if (lengths.some((length) => length !== DELTAS * DELTA_LENGTH)) throw new Error('A stream was not read completely.');
  return { ms: performance.now() - begin, processorMs: (user + system) / 1000, heapBytes };
}
