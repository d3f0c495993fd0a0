import {
  ARRIVALS,
  chunksOf,
  eventsFor,
  responseOf,
  SHAPES,
  type Arrival,
  type Chunks,
  type Shape,
} from './fixtures.js';
import { race, type Race } from './measure.js';
import { inDigits, type Check, type Growth, type Headline, type Report, type Row, type Table } from './report.js';

/** Reads a response. Returns a number that shows how much it read. */
export type Read = (response: Response) => Promise<number>;

/** Clients that do the same work, by name. */
export interface Clients {
  readonly floor: Read;
  readonly [name: string]: Read;
}

/** A task that is measured with texts of several lengths, and has a budget. */
export interface Subject {
  readonly what: string;
  readonly clients: Clients;
  /** The client that has the budget. */
  readonly ours: string;
  /** The most that it may take, as a multiple of the floor, at 100,000 events. */
  readonly budgets: Readonly<Record<Arrival, number>>;
  /** The other clients that the best peer is chosen from. */
  readonly peers: readonly string[];
}

interface Column {
  readonly name: string;
  readonly chunks: Chunks;
  readonly events: number;
  /** How long the race may take, in ms. */
  readonly ms: number;
  readonly leastRounds?: number;
}

const COUNTS = [
  [1000, 1200],
  [10_000, 2500],
  [100_000, 7000],
] as const;
const MOST = '100,000';

/** Measures texts of several lengths, for both ways of arriving. */
export async function measureSubject({ what, clients, ours, budgets, peers }: Subject): Promise<Report> {
  const tables: Table[] = [];
  const checks: Check[] = [];
  const races: Race[] = [];
  for (const arrival of ARRIVALS) {
    const budget = budgets[arrival];
    const columns = COUNTS.map(([count, ms]): Column => {
      const chunks = chunksOf(eventsFor('text', count), arrival);
      return { name: count.toLocaleString('en-US'), chunks, events: count, ms };
    });
    const { rows, raceOf } = await compare(clients, columns);
    const longest = raceOf(MOST);
    tables.push({
      title: `${what}: text, ${arrival}`,
      rows,
      plot: { column: MOST, unit: 'x floor', budgets: [{ row: ours, most: budget }] },
    });
    const figure = longest.ratio(ours, 'floor').median;
    checks.push({ what: `${what}, 100k events, ${arrival}`, figure, budget, unit: ' x floor' });
    races.push(longest);
  }
  const best = peers.reduce((a, b) => (medians(races, a) <= medians(races, b) ? a : b));
  const headline: Headline = {
    what: `${what}, 100k events: 16 KB chunks / one event per chunk`,
    ours: `${inEach(races, ours)} x floor`,
    budget: `${ARRIVALS.map((arrival) => budgets[arrival]).join(' / ')} x floor`,
    peer: `${best} ${inEach(races, best)} x floor`,
  };
  return { tables, checks, headlines: [headline] };
}

function medians(races: readonly Race[], name: string): number {
  return races.reduce((sum, of) => sum + of.ratio(name, 'floor').median, 0);
}

function inEach(races: readonly Race[], name: string): string {
  return races.map((of) => inDigits(of.ratio(name, 'floor').median)).join(' / ');
}

/** Measures streams of all shapes, for both ways of arriving. */
export async function measureShapes(what: string, clients: Clients): Promise<Table[]> {
  const tables: Table[] = [];
  for (const arrival of ARRIVALS) {
    const columns = SHAPES.map((shape): Column => {
      const events = eventsFor(shape, 10_000);
      return { name: shape, chunks: chunksOf(events, arrival), events: events.length, ms: 1500 };
    });
    const { rows } = await compare(clients, columns);
    tables.push({ title: `${what}: 10,000 deltas of each shape, ${arrival}`, rows });
  }
  return tables;
}

/**
 * Races clients on each of some streams.
 *
 * @returns A first row with the floor's time per event, then one row per client with how many times as long it took.
 */
export async function compare(
  clients: Clients,
  columns: readonly Column[],
): Promise<{ rows: Row[]; raceOf: (column: string) => Race }> {
  const races = new Map<string, Race>();
  for (const { name, chunks, ...options } of columns) {
    const candidates = Object.entries(clients).map(([client, read]) => ({
      name: client,
      run: () => read(responseOf(chunks)),
    }));
    races.set(name, await race(candidates, options));
  }
  const raceOf = (column: string): Race => {
    const found = races.get(column);
    if (found === undefined) throw new Error(`There is no race named ${column}.`);
    return found;
  };
  const rowOf = (first: string, cell: (race: Race, column: Column) => Row[string]): Row => ({
    'x floor': first,
    ...Object.fromEntries(columns.map((column) => [column.name, cell(raceOf(column.name), column)])),
  });
  return {
    raceOf,
    rows: [
      rowOf('floor, per event', (of, { events }) => `${Math.round((of.ms('floor').median * 1e6) / events)} ns`),
      ...Object.keys(clients).map((client) => rowOf(client, (of) => of.ratio(client, 'floor'))),
    ],
  };
}

/** Lets each client read some of every kind of event, so that all of its code is warm before it is timed. */
export async function warmUp(clients: Clients): Promise<void> {
  for (const arrival of ARRIVALS) {
    const chunks = chunksOf(eventsFor('mixed', 1000), arrival);
    for (const read of Object.values(clients)) for (let i = 0; i < 5; i += 1) await read(responseOf(chunks));
  }
}

/** Measures how many times as long it takes to read twice as many events. */
export async function growthOf(
  what: string,
  read: Read,
  chunksFor: (count: number) => Chunks,
  count: number,
): Promise<Growth> {
  const [once, twice] = [chunksFor(count), chunksFor(2 * count)];
  const candidates = [
    { name: 'once', run: () => read(responseOf(once)) },
    { name: 'twice', run: () => read(responseOf(twice)) },
  ];
  const times = await race(candidates, { ms: 1500, isSame: false });
  const counts = `${count / 1000}k → ${(2 * count) / 1000}k`;
  return { what: `${what}, ${counts}`, figure: times.ratio('twice', 'once').median };
}

/** Measures that growth for streams of several shapes. */
export async function growthOfShapes(what: string, read: Read, shapes: readonly Shape[]): Promise<Growth[]> {
  const growth: Growth[] = [];
  for (const shape of shapes) {
    const chunksFor = (count: number): Chunks => chunksOf(eventsFor(shape, count), '16 KB chunks');
    growth.push(await growthOf(`${what}, ${shape}`, read, chunksFor, 25_000));
  }
  return growth;
}
