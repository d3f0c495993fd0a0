import { fork, type ChildProcess } from 'node:child_process';
import { once, setMaxListeners } from 'node:events';
import { fileURLToPath } from 'node:url';
import { readFast, readSlowly, type Received } from '../gateway/client.js';
import {
  FETCH_PROXY,
  GATEWAYS,
  NODE_PROXY,
  OURS_ON_NODE,
  OURS_ON_EXPRESS,
  OURS_ON_NEST,
  SDK,
  SDK_WITHOUT_DRAIN,
} from '../gateway/gateways.js';
import type { ProcessUsage } from '../gateway/serve.js';
import { isQuick, Race, turnsOf } from '../measure.js';
import { OURS, type Check, type Row, type Section, type Table } from '../report.js';

const ROUNDS = isQuick ? 1 : 4;

/** One way in which many clients use a gateway at the same time. */
interface Load {
  readonly title: string;
  readonly clients: number;
  /** How often each client gets an event, in ms; 0 for chunks of 16 KB, as fast as possible. */
  readonly paceMs: number;
  readonly deltas: number;
  /** How many rounds are not measured, because the engine still compiles, which is work of the same process. */
  readonly warmUps: number;
}

const ONE_EVENT: Load = {
  title: '200 clients, one event per chunk',
  clients: 200,
  paceMs: 20,
  deltas: 150,
  warmUps: 6,
};
const CHUNKS: Load = { title: '200 clients, 16 KB chunks', clients: 200, paceMs: 0, deltas: 1500, warmUps: 2 };
const MANY: Load = { title: '1,000 clients, one event per chunk', clients: 1000, paceMs: 100, deltas: 30, warmUps: 2 };

/** A quarter of the clients reads 1 KB per second, a message of 2.5 MB. */
const SLOW = { clients: 50, deltas: 20_000 };
const OTHERS = { clients: 150, deltas: 1000 };

export const gateway: Section = {
  title: 'a gateway between the API and its clients, each in its own process',
  async run() {
    const [oneEvent, chunks, many] = [await compare(ONE_EVENT), await compare(CHUNKS), await compare(MANY)];
    const memory = await compareMemory();
    return {
      tables: [oneEvent.table, chunks.table, many.table, memory],
      checks: [
        check('gateway, CPU per event at one event per chunk', oneEvent.race, [OURS, FETCH_PROXY], 1.15),
        check('gateway, CPU per event at one event per chunk', oneEvent.race, [OURS_ON_NODE, NODE_PROXY], 1.15),
        check('gateway, CPU per event at one event per chunk', oneEvent.race, [OURS_ON_NODE, SDK], 0.7),
        check('gateway, CPU per event at 16 KB chunks', chunks.race, [OURS, SDK], 0.7),
        check('gateway, CPU per event at one event per chunk', oneEvent.race, [OURS_ON_NEST, OURS_ON_EXPRESS], 1.2),
      ],
      headlines: [
        {
          what: 'gateway, CPU per event: one event per chunk / 16 KB chunks',
          ours: `${medianRatio(oneEvent.race, OURS, FETCH_PROXY)} / ${medianRatio(chunks.race, OURS, FETCH_PROXY)} x proxy`,
          budget: '1.15 x proxy / 0.7 x SDK',
          peer: `official SDK ${medianRatio(oneEvent.race, SDK, FETCH_PROXY)} / ${medianRatio(chunks.race, SDK, FETCH_PROXY)} x proxy`,
        },
      ],
    };
  },
};

interface Comparison {
  /** The CPU time per event, in µs. */
  readonly race: Race;
  readonly table: Table;
}

async function compare({ title, clients, paceMs, deltas, warmUps }: Load): Promise<Comparison> {
  const names = Object.keys(GATEWAYS).filter((name) => name !== SDK_WITHOUT_DRAIN);
  const micros = new Map<string, number[]>(names.map((name) => [name, []]));
  const delays = new Map<string, number[]>(names.map((name) => [name, []]));
  const upstream = startProcess('upstream', [`${clients}`, `${paceMs}`]);
  const api = `http://127.0.0.1:${await portOf(upstream)}`;
  const gateways: [name: string, child: ChildProcess, port: number][] = [];
  for (const name of names) {
    const child = startProcess('serve', [name, api]);
    gateways.push([name, child, await portOf(child)]);
  }

  for (let round = -warmUps; round < ROUNDS; round += 1) {
    for (const [name, child, port] of turnsOf(gateways, Math.max(round, 0))) {
      const areOpen = once(upstream, 'message');
      const path = `/${paceMs === 0 ? 'fast' : 'paced'}/${deltas}`;
      const reading = Promise.all(Array.from({ length: clients }, () => readFast(port, path)));
      await areOpen;
      const before = await usageOf(child);
      upstream.send('go');
      const received = await reading;
      const after = await usageOf(child);
      expectAll(name, received, deltas);
      if (round < 0) continue;
      micros.get(name)?.push((after.cpuMicros - before.cpuMicros) / (clients * deltas));
      for (const one of received) delays.get(name)?.push(...one.delays);
    }
  }
  for (const [, child] of gateways) child.disconnect();
  upstream.disconnect();

  const race = new Race(micros);
  const rows = names.map((name): Row => {
    const sorted = (delays.get(name) ?? []).sort((a, b) => a - b);
    const at = (part: number): number => (sorted[Math.floor(part * (sorted.length - 1))] ?? NaN) / 1000;
    return {
      gateway: name,
      'CPU per event, µs': race.ms(name),
      'x proxy': race.ratio(name, FETCH_PROXY),
      ...(paceMs > 0 && { 'delay p50, ms': at(0.5), 'p99, ms': at(0.99) }),
    };
  });
  return { race, table: { title, rows, plot: { column: 'x proxy', unit: 'x proxy' } } };
}

/** Compares the peak memory of gateways with slow clients, each in a new process. */
async function compareMemory(): Promise<Table> {
  const upstream = startProcess('upstream', ['0']);
  const api = `http://127.0.0.1:${await portOf(upstream)}`;
  const rows: Row[] = [];
  for (const name of Object.keys(GATEWAYS)) {
    const child = startProcess('serve', [name, api]);
    const port = await portOf(child);
    const isOver = new AbortController();
    setMaxListeners(SLOW.clients, isOver.signal);
    const slow = Array.from({ length: SLOW.clients }, () => readSlowly(port, `/fast/${SLOW.deltas}`, isOver.signal));
    const others = Array.from({ length: OTHERS.clients }, () => readFast(port, `/fast/${OTHERS.deltas}`));
    expectAll(name, await Promise.all(others), OTHERS.deltas);
    await settled(child);
    const { peakBytes } = await usageOf(child);
    isOver.abort();
    expectAll(name, await Promise.all(slow), SLOW.deltas);
    child.disconnect();
    rows.push({ gateway: name, 'peak memory, MB': peakBytes / 1e6 });
  }
  upstream.disconnect();
  return {
    title: `${SLOW.clients + OTHERS.clients} clients, of which ${SLOW.clients} read 1 KB per second`,
    rows,
  };
}

/** Waits until a process no longer works, because its slow clients hold it back or it has read everything. */
async function settled(child: ChildProcess): Promise<void> {
  let before = await usageOf(child);
  for (;;) {
    await new Promise((resolve) => setTimeout(resolve, 500));
    const usage = await usageOf(child);
    if (usage.cpuMicros - before.cpuMicros < 25_000) return;
    before = usage;
  }
}

function startProcess(file: string, args: readonly string[]): ChildProcess {
  return fork(fileURLToPath(new URL(`../gateway/${file}.ts`, import.meta.url)), args);
}

async function portOf(child: ChildProcess): Promise<number> {
  const [port] = (await once(child, 'message')) as [number];
  return port;
}

async function usageOf(child: ChildProcess): Promise<ProcessUsage> {
  const answer = once(child, 'message');
  child.send('usage');
  const [usage] = (await answer) as [ProcessUsage];
  return usage;
}

function expectAll(name: string, received: readonly Received[], deltas: number): void {
  const incomplete = received.filter((one) => one.deltas !== deltas || !one.isComplete);
  const [first] = incomplete;
  if (first === undefined) return;
  throw new Error(
    `${name}: ${incomplete.length} of ${received.length} clients lost a part of the stream. One received ${first.deltas} of ${deltas} deltas, and last: ${first.end}`,
  );
}

function medianRatio(race: Race, name: string, to: string): string {
  return race.ratio(name, to).median.toFixed(2);
}

function check(what: string, race: Race, [name, to]: readonly [string, string], budget: number): Check {
  return { what: `${what}: ${name} / ${to}`, figure: race.ratio(name, to).median, budget, unit: ' x' };
}
