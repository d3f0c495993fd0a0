import { fork, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { isQuick, Race, turnsOf } from '../measure.js';
import type { Section } from '../report.js';
import { FLOOR, OURS_ON_NODE, SDK_ON_FETCH, SOCKET_CLIENTS } from '../sockets/clients.js';
import type { Command } from '../sockets/read.js';

const STREAMS = 300;
/** How often each stream gets an event, in ms. */
const PACE_MS = 33;
const DELTAS = 100;
/** How many rounds are not measured, because the engine still compiles. */
const WARM_UPS = 3;
const ROUNDS = isQuick ? 3 : 8;

export const sockets: Section = {
  title: `${STREAMS} streams over sockets, 30 events per second each, one event per chunk`,
  async run() {
    const upstream = startProcess('gateway/upstream', [`${STREAMS}`, `${PACE_MS}`]);
    const [port] = (await once(upstream, 'message')) as [number];
    const baseURL = `http://127.0.0.1:${port}/paced/${DELTAS}`;
    const clients: [name: string, child: ChildProcess][] = [];
    for (const name of Object.keys(SOCKET_CLIENTS)) {
      const child = startProcess('sockets/read', [name]);
      await once(child, 'message');
      clients.push([name, child]);
    }
    const micros = new Map<string, number[]>(clients.map(([name]) => [name, []]));
    for (let round = -WARM_UPS; round < ROUNDS; round += 1) {
      for (const [name, child] of turnsOf(clients, Math.max(round, 0))) {
        const areOpen = once(upstream, 'message');
        send(child, ['read', baseURL, STREAMS]);
        await areOpen;
        const before = await usageOf(child);
        const received = once(child, 'message') as Promise<[number[]]>;
        upstream.send('go');
        const [counts] = await received;
        const after = await usageOf(child);
        if (counts.some((count) => count !== DELTAS)) throw new Error(`${name} lost a part of a stream.`);
        if (round >= 0) micros.get(name)?.push((after - before) / (STREAMS * DELTAS));
      }
    }
    for (const [, child] of clients) child.disconnect();
    upstream.disconnect();

    const race = new Race(micros);
    const toFloor = race.ratio(OURS_ON_NODE, FLOOR).median;
    const toSdk = race.ratio(OURS_ON_NODE, SDK_ON_FETCH).median;
    return {
      tables: [
        {
          title: `CPU time of the client's process, ${STREAMS} streams`,
          rows: race.names.map((client) => ({
            client,
            'CPU per event, µs': race.ms(client),
            'x floor': race.ratio(client, FLOOR),
          })),
          plot: { column: 'x floor', unit: 'x floor', budgets: [{ row: OURS_ON_NODE, most: 1.15 }] },
        },
      ],
      checks: [
        { what: `sockets, CPU per event: ${OURS_ON_NODE} / ${FLOOR}`, figure: toFloor, budget: 1.15, unit: ' x' },
        { what: `sockets, CPU per event: ${OURS_ON_NODE} / ${SDK_ON_FETCH}`, figure: toSdk, budget: 0.5, unit: ' x' },
      ],
      headlines: [
        {
          what: 'sockets, CPU per event over the Node transport',
          ours: `${toFloor.toFixed(2)} x floor`,
          budget: '1.15 x floor',
          peer: `official SDK ${race.ratio(SDK_ON_FETCH, FLOOR).median.toFixed(2)} x floor`,
        },
      ],
    };
  },
};

function startProcess(file: string, args: readonly string[]): ChildProcess {
  return fork(fileURLToPath(new URL(`../${file}.ts`, import.meta.url)), args);
}

function send(child: ChildProcess, command: Command): void {
  child.send(command);
}

async function usageOf(child: ChildProcess): Promise<number> {
  const answer = once(child, 'message');
  send(child, 'usage');
  const [cpuMicros] = (await answer) as [number];
  return cpuMicros;
}
