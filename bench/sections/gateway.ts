import { setMaxListeners } from 'node:events';
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
import type { UpstreamCommand } from '../gateway/upstream.js';
import { isQuick, isWanted, Race, roundsOf, turnsOf } from '../measure.js';
import { Worker } from '../processes.js';
import { OURS, type Check, type Row, type Section, type Table } from '../report.js';

/** One way in which many clients use a gateway at the same time. */
interface Load {
  readonly title: string;
  readonly clients: number;
  /** How often each client gets an event, in ms; 0 for chunks of 16 KB, as fast as possible. */
  readonly paceMs: number;
  readonly deltas: number;
  /** How many rounds are not measured, because the engine still compiles, which is work of the same process. */
  readonly warmUps: number;
  readonly rounds: number;
  /** When to end early, in ms. */
  readonly ms: number;
}

/** The most often that a client gets an event in a round that only warms up, in ms. */
const WARM_UP_PACE_MS = 8;

const ONE_EVENT: Load = {
  title: '200 clients, one event per chunk',
  clients: 200,
  paceMs: 20,
  ...(isQuick
    ? { deltas: 40, warmUps: 1, rounds: 2, ms: 25_000 }
    : { deltas: 100, warmUps: 6, rounds: 4, ms: 120_000 }),
};
const CHUNKS: Load = {
  title: '200 clients, 16 KB chunks',
  clients: 200,
  paceMs: 0,
  ...(isQuick
    ? { deltas: 400, warmUps: 0, rounds: 1, ms: 10_000 }
    : { deltas: 1200, warmUps: 1, rounds: 3, ms: 70_000 }),
};
const MANY: Load = {
  title: '1,000 clients, one event per chunk',
  clients: 1000,
  paceMs: 100,
  ...(isQuick ? { deltas: 5, warmUps: 0, rounds: 1, ms: 10_000 } : { deltas: 20, warmUps: 0, rounds: 3, ms: 60_000 }),
};

/** A quarter of the clients reads 1 KB per second, a message of 2.5 MB. */
const SLOW = { clients: 50, deltas: 20_000 };
const OTHERS = { clients: 150, deltas: 1000 };

export const gateway: Section = {
  title: 'a gateway between the API and its clients, each in its own process',
  async run() {
    const upstream = new Worker('gateway/upstream', []);
    const api = `http://127.0.0.1:${String(await upstream.answer())}`;
    const names = Object.keys(GATEWAYS).filter((name) => name !== SDK_WITHOUT_DRAIN && isWanted(name));
    const gateways = await Promise.all(names.map((name) => startGateway(name, api)));
    const oneEvent = await compare(upstream, gateways, ONE_EVENT);
    const chunks = await compare(upstream, gateways, CHUNKS);
    const many = isQuick ? [] : [(await compare(upstream, gateways, MANY)).table];
    for (const { worker } of gateways) worker.end();
    upstream.end();
    return {
      tables: [oneEvent.table, chunks.table, ...many, ...(isQuick ? [] : [await compareMemory()])],
      checks: [
        ...check('gateway, CPU per event at one event per chunk', oneEvent.race, [OURS, FETCH_PROXY], 1.15),
        ...check('gateway, CPU per event at one event per chunk', oneEvent.race, [OURS_ON_NODE, NODE_PROXY], 1.15),
        ...check('gateway, CPU per event at one event per chunk', oneEvent.race, [OURS_ON_NODE, SDK], 0.7),
        ...check('gateway, CPU per event at 16 KB chunks', chunks.race, [OURS, SDK], 0.7),
        ...check('gateway, CPU per event at one event per chunk', oneEvent.race, [OURS_ON_NEST, OURS_ON_EXPRESS], 1.2),
      ],
      headlines: [OURS, SDK, FETCH_PROXY].every((name) => names.includes(name))
        ? [
            {
              what: 'gateway, CPU per event: one event per chunk / 16 KB chunks',
              ours: `${medianRatio(oneEvent.race, OURS, FETCH_PROXY)} / ${medianRatio(chunks.race, OURS, FETCH_PROXY)} x proxy`,
              budget: '1.15 x proxy / 0.7 x SDK',
              peer: `official SDK ${medianRatio(oneEvent.race, SDK, FETCH_PROXY)} / ${medianRatio(chunks.race, SDK, FETCH_PROXY)} x proxy`,
            },
          ]
        : [],
    };
  },
};

/** A gateway in its own process. */
interface Gateway {
  readonly name: string;
  readonly worker: Worker;
  readonly port: number;
}

interface Comparison {
  /** The CPU time per event, in µs. */
  readonly race: Race;
  readonly table: Table;
}

async function startGateway(name: string, api: string): Promise<Gateway> {
  const worker = new Worker('gateway/serve', [name, api]);
  return { name, worker, port: Number(await worker.answer()) };
}

async function compare(upstream: Worker, gateways: readonly Gateway[], load: Load): Promise<Comparison> {
  const { title, clients, paceMs, deltas } = load;
  const micros = new Map<string, number[]>(gateways.map(({ name }) => [name, []]));
  const delays = new Map<string, number[]>(gateways.map(({ name }) => [name, []]));
  const path = `/${paceMs === 0 ? 'fast' : 'paced'}/${deltas}`;
  upstream.send(['expect', clients] satisfies UpstreamCommand);
  for (const round of roundsOf(load)) {
    for (const { name, worker, port } of turnsOf(gateways, Math.max(round, 0))) {
      const areOpen = upstream.answer();
      const reading = Promise.all(Array.from({ length: clients }, () => readFast(port, path)));
      await areOpen;
      const before = await usageOf(worker);
      upstream.send(['go', round < 0 ? Math.min(paceMs, WARM_UP_PACE_MS) : paceMs] satisfies UpstreamCommand);
      const received = await reading;
      const after = await usageOf(worker);
      expectAll(name, received, deltas);
      if (round < 0) continue;
      micros.get(name)?.push((after.cpuMicros - before.cpuMicros) / (clients * deltas));
      for (const one of received) delays.get(name)?.push(...one.delays);
    }
  }

  const race = new Race(micros);
  const rows = race.names.map((name): Row => {
    const sorted = (delays.get(name) ?? []).sort((a, b) => a - b);
    const at = (part: number): number => (sorted[Math.floor(part * (sorted.length - 1))] ?? NaN) / 1000;
    return {
      gateway: name,
      'CPU per event, µs': race.ms(name),
      ...(race.names.includes(FETCH_PROXY) && { 'x proxy': race.ratio(name, FETCH_PROXY) }),
      ...(paceMs > 0 && { 'delay p50, ms': at(0.5), 'p99, ms': at(0.99) }),
    };
  });
  return { race, table: { title, rows, plot: { column: 'x proxy', unit: 'x proxy' } } };
}

/** Compares the peak memory of gateways with slow clients, each in a new process. */
async function compareMemory(): Promise<Table> {
  const upstream = new Worker('gateway/upstream', []);
  const api = `http://127.0.0.1:${String(await upstream.answer())}`;
  const rows: Row[] = [];
  for (const name of Object.keys(GATEWAYS).filter(isWanted)) {
    const { worker, port } = await startGateway(name, api);
    const isOver = new AbortController();
    setMaxListeners(SLOW.clients, isOver.signal);
    const slow = Array.from({ length: SLOW.clients }, () => readSlowly(port, `/fast/${SLOW.deltas}`, isOver.signal));
    const others = Array.from({ length: OTHERS.clients }, () => readFast(port, `/fast/${OTHERS.deltas}`));
    expectAll(name, await Promise.all(others), OTHERS.deltas);
    await settled(worker);
    const { peakBytes } = await usageOf(worker);
    isOver.abort();
    expectAll(name, await Promise.all(slow), SLOW.deltas);
    worker.end();
    rows.push({ gateway: name, 'peak memory, MB': peakBytes / 1e6 });
  }
  upstream.end();
  return {
    title: `${SLOW.clients + OTHERS.clients} clients, of which ${SLOW.clients} read 1 KB per second`,
    rows,
  };
}

/** Waits until a process no longer works, because its slow clients hold it back or it has read everything. */
async function settled(worker: Worker): Promise<void> {
  let before = await usageOf(worker);
  for (;;) {
    await new Promise((resolve) => setTimeout(resolve, 500));
    const usage = await usageOf(worker);
    if (usage.cpuMicros - before.cpuMicros < 25_000) return;
    before = usage;
  }
}

async function usageOf(worker: Worker): Promise<ProcessUsage> {
  return (await worker.ask('usage')) as ProcessUsage;
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

/** A check, unless `--only` leaves one of the two out. */
function check(what: string, race: Race, [name, to]: readonly [string, string], budget: number): Check[] {
  if (![name, to].every((one) => race.names.includes(one))) return [];
  return [{ what: `${what}: ${name} / ${to}`, figure: race.ratio(name, to).median, budget, unit: ' x' }];
}
