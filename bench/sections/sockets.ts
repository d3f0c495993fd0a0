import { isQuick, isWanted, Race, roundsOf, turnsOf } from '../measure.js';
import { inDigits, type Check, type Headline, type Row, type Section, type Table } from '../report.js';
import { FLOOR, OURS_ON_FETCH, OURS_ON_NODE, SDK_ON_FETCH, SOCKET_CLIENTS } from '../sockets/clients.js';
import { Lane } from '../sockets/lane.js';

/** So many streams get events at some rate. */
interface Load {
  readonly streams: number;
  /** Events per second and stream. */
  readonly rate: number;
  /** How many deltas each stream gets in a turn. */
  readonly deltas: number;
  readonly rounds: number;
  /** When to end early, in ms. */
  readonly ms: number;
}

const MAIN: Load = {
  streams: 300,
  rate: 30,
  deltas: isQuick ? 18 : 60,
  rounds: isQuick ? 3 : 8,
  ms: isQuick ? 25_000 : 160_000,
};

/** In the order in which the streams are opened: they stay open. All but the main one have 3,000 events per second. */
const LOADS: readonly Load[] = isQuick
  ? [MAIN, { streams: 1000, rate: 3, deltas: 2, rounds: 1, ms: 10_000 }]
  : [
      { streams: 100, rate: 30, deltas: 60, rounds: 3, ms: 90_000 },
      MAIN,
      { streams: 1000, rate: 3, deltas: 6, rounds: 4, ms: 60_000 },
      { streams: 5000, rate: 0.6, deltas: 2, rounds: 3, ms: 60_000 },
    ];

/** Rounds that are not measured, because the engine still compiles. */
const WARM_UPS = isQuick ? 1 : 3;
const WARM_UP_PER_SECOND = 9000;

/** How many idle streams are measured, and how many are open before. */
const [IDLE, IDLE_WARM_UP] = isQuick ? [300, 50] : [1000, 200];

/** How many files a process needs besides its streams. */
const OTHER_FILES = 200;

/** What each client has measured in each of its turns. */
interface Measured {
  readonly load: Load;
  /** The CPU time per event, in µs. */
  readonly race: Race;
  /** The delay that half of the events do not exceed, in ms. */
  readonly p50: Race;
  /** The delay that 99 of 100 events do not exceed, in ms. */
  readonly p99: Race;
}

export const sockets: Section = {
  title: 'streams over sockets, one event per chunk, the server in another process',
  async run() {
    const loads = LOADS.filter(({ streams }) => streams <= mostStreams());
    const lanes = await Promise.all(
      Object.keys(SOCKET_CLIENTS)
        .filter(isWanted)
        .map((name) => Lane.start(name)),
    );
    const measured: Measured[] = [];
    const openMicros = new Map<string, number>();
    for (const load of loads) {
      for (const lane of lanes) openMicros.set(lane.name, await lane.open(load.streams));
      measured.push(await measure(lanes, load, measured.length === 0 ? WARM_UPS : 0));
    }
    const memory: Row[] = [];
    for (const lane of lanes)
      memory.push({ ...(await idleMemory(lane)), 'CPU to open it, µs': openMicros.get(lane.name) ?? NaN });
    for (const lane of lanes) lane.end();

    const main = measured.find(({ load }) => load === MAIN);
    const others = measured.filter(({ load }) => load !== MAIN);
    return {
      tables: [
        ...(main === undefined ? [] : [mainTable(main)]),
        ...manyTables(others),
        { title: `an idle stream: average of ${inWords(IDLE)}`, rows: memory },
      ],
      checks: main === undefined ? [] : checksOf(main.race),
      headlines: main === undefined ? [] : headlinesOf(main, memory),
    };
  },
};

/** The most streams that this machine lets a process open. */
function mostStreams(): number {
  const { userLimits } = process.report.getReport() as { userLimits?: { open_files?: { soft: number | string } } };
  const files = Number(userLimits?.open_files?.soft);
  const most = Number.isNaN(files) ? Infinity : files - OTHER_FILES; // 'unlimited', or a system without this limit
  for (const { streams } of LOADS) {
    if (streams > most) {
      console.error(
        `sockets: ${inWords(streams)} streams are not measured, because a process may open only ${files} files. Each stream needs one: set ulimit -n to at least ${streams + OTHER_FILES}.`,
      );
    }
  }
  return most;
}

async function measure(lanes: readonly Lane[], load: Load, warmUps: number): Promise<Measured> {
  const { rate, streams, deltas, rounds, ms } = load;
  const [micros, p50, p99] = [new Map<string, number[]>(), new Map<string, number[]>(), new Map<string, number[]>()];
  for (const of of [micros, p50, p99]) for (const { name } of lanes) of.set(name, []);
  for (const round of roundsOf({ warmUps, rounds, ms })) {
    for (const lane of turnsOf(lanes, Math.max(round, 0))) {
      const turn = await lane.run(deltas, round < 0 ? WARM_UP_PER_SECOND : streams * rate);
      if (round < 0) continue;
      micros.get(lane.name)?.push(turn.micros);
      const sorted = turn.delays.sort((a, b) => a - b);
      p50.get(lane.name)?.push(partOf(sorted, 0.5));
      p99.get(lane.name)?.push(partOf(sorted, 0.99));
    }
  }
  return { load, race: new Race(micros), p50: new Race(p50), p99: new Race(p99) };
}

/** The delay that this part of the delays do not exceed, in ms. */
function partOf(sorted: readonly number[], part: number): number {
  return (sorted[Math.ceil(part * sorted.length) - 1] ?? NaN) / 1000;
}

/**
 * Measures the memory of a stream that waits, in a new process, in which nothing else has grown; with `--quick`, in the one
 * that was timed. Nothing is timed there afterwards, because `gc()` makes V8 discard optimized code.
 */
async function idleMemory(timed: Lane): Promise<Row> {
  const lane = isQuick ? timed : await Lane.start(timed.name);
  await lane.openMore(IDLE_WARM_UP);
  const before = await lane.usage('memory');
  await lane.openMore(IDLE);
  const after = await lane.usage('memory');
  lane.end();
  return {
    client: timed.name,
    'heap, kB': (after.heapBytes - before.heapBytes) / IDLE / 1000,
    'resident set, kB': (after.rssBytes - before.rssBytes) / IDLE / 1000,
  };
}

function mainTable({ load: { streams, rate }, race, p50, p99 }: Measured): Table {
  return {
    title: `${streams} streams, ${rate} events per second each`,
    rows: race.names.map((client) => ({
      client,
      'CPU per event, µs': race.ms(client),
      ...(race.names.includes(FLOOR) && { 'x floor': race.ratio(client, FLOOR) }),
      'delay p50, ms': p50.ms(client),
      'delay p99, ms': p99.ms(client),
    })),
    plot: { column: 'x floor', unit: 'x floor', budgets: [{ row: OURS_ON_NODE, most: 1.15 }] },
  };
}

/** A table of CPU times, and one of delays, with a column for each load. */
function manyTables(measured: readonly Measured[]): Table[] {
  const tableOf = (title: string, cellOf: (of: Measured, client: string) => Row[string]): Table => ({
    title,
    rows: (measured[0]?.race.names ?? []).map((client) => ({
      client,
      ...Object.fromEntries(measured.map((of) => [`${inWords(of.load.streams)} streams`, cellOf(of, client)])),
    })),
  });
  const inTotal = `${inWords(3000)} events per second in total`;
  return [
    tableOf(`${inTotal}: CPU per event, µs`, ({ race }, client) => race.ms(client)),
    tableOf(`${inTotal}: delay p50 / p99, ms`, ({ p50, p99 }, client) =>
      [p50, p99].map((of) => inDigits(of.ms(client).median)).join(' / '),
    ),
  ];
}

function checksOf(race: Race): Check[] {
  const pairs = [
    { to: FLOOR, budget: 1.15 },
    { to: SDK_ON_FETCH, budget: 0.5 },
  ];
  return pairs
    .filter(({ to }) => [OURS_ON_NODE, to].every((name) => race.names.includes(name)))
    .map(({ to, budget }) => ({
      what: `sockets, CPU per event: ${OURS_ON_NODE} / ${to}`,
      figure: race.ratio(OURS_ON_NODE, to).median,
      budget,
      unit: ' x',
    }));
}

function headlinesOf({ load: { streams, rate }, race, p99 }: Measured, memory: readonly Row[]): Headline[] {
  const names = [OURS_ON_NODE, OURS_ON_FETCH, SDK_ON_FETCH];
  if (![FLOOR, ...names].every((name) => race.names.includes(name))) return [];
  const micros = (name: string): string => inDigits(race.ms(name).median);
  const toFloor = (name: string): string => inDigits(race.ratio(name, FLOOR).median);
  const delay = (name: string): string => inDigits(p99.ms(name).median);
  const kilobytes = (name: string): string =>
    inDigits(Number(memory.find((row) => row['client'] === name)?.['resident set, kB']));
  const inEach = (of: (name: string) => string): string => `${of(OURS_ON_NODE)} / ${of(OURS_ON_FETCH)}`;
  const load = `${inWords(streams * rate)} events per second over ${streams} sockets`;
  return [
    {
      what: `CPU per event, ${load}: \`nodeFetch()\` / \`fetch\``,
      ours: `${inEach(toFloor)} x floor (${inEach(micros)} µs)`,
      budget: '1.15 x floor, 0.5 x SDK, with `nodeFetch()`',
      peer: `${SDK_ON_FETCH} ${toFloor(SDK_ON_FETCH)} x floor (${micros(SDK_ON_FETCH)} µs)`,
    },
    {
      what: 'the same: delay from the server to the subscriber, p99',
      ours: `${inEach(delay)} ms`,
      budget: '',
      peer: `${SDK_ON_FETCH} ${delay(SDK_ON_FETCH)} ms`,
    },
    {
      what: `resident memory per idle stream, of ${inWords(IDLE)}`,
      ours: `${inEach(kilobytes)} kB`,
      budget: '',
      peer: `${SDK_ON_FETCH} ${kilobytes(SDK_ON_FETCH)} kB`,
    },
  ];
}

function inWords(count: number): string {
  return count.toLocaleString('en-US');
}
