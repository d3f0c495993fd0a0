import { fork } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import type { Read } from '../compare.js';
import { chunksOf, DELTA_LENGTH, eventsFor, responseOf, type Chunks } from '../fixtures.js';
import { isQuick, turnsOf } from '../measure.js';
import { inDigits, type Check, type Row, type Section, type Table } from '../report.js';
import { BY_HAND, OURS_TEXT, SDK_RAW, TEXT_CLIENTS } from '../textClients.js';

const DELTAS = 200_000;
const ROUNDS = isQuick ? 3 : 12;
/** The delay of the timer whose lateness is measured, in ms. */
const TIMER_MS = 1;
/** The most that 99 of 100 gaps may take, in ms. */
const BUDGET_MS = 12;

/** A client, its name, and the gaps between two runs of a timer while it read, in ms. */
interface Candidate {
  readonly name: string;
  readonly read: Read;
  readonly gaps: number[];
}

export const fairness: Section = {
  title: 'how long a stream at full speed keeps a timer waiting',
  async run() {
    const events = eventsFor('text', DELTAS);
    const chunks = chunksOf(events, '16 KB chunks');
    const inMemory: Readonly<Record<string, Chunks>> = {
      'in memory, 16 KB chunks': chunks,
      'in memory, one event per chunk': chunksOf(events, 'one event per chunk'),
      'in memory, one chunk': [Buffer.concat(chunks)],
    };
    const tables: Table[] = [];
    const checks: Check[] = [];
    const measureFor = async (where: string, open: () => Response | Promise<Response>): Promise<void> => {
      const candidates = await measure(open);
      tables.push(tableOf(where, candidates));
      const figure = candidates.find(({ name }) => name === OURS_TEXT)?.gaps ?? [];
      checks.push({ what: `timer gap, p99, ${where}`, figure: partOf(figure, 0.99), budget: BUDGET_MS, unit: ' ms' });
    };
    for (const [where, bytes] of Object.entries(inMemory)) await measureFor(where, () => responseOf(bytes));

    const server = fork(fileURLToPath(new URL('../fullSpeedServer.ts', import.meta.url)), [`${DELTAS}`]);
    const [port] = (await once(server, 'message')) as [number];
    await measureFor('from a socket', () => fetch(`http://127.0.0.1:${port}`));
    server.disconnect();

    const worst = (name: string): number => Math.max(...tables.map(({ rows }) => p99In(rows, name)));
    return {
      tables,
      checks,
      headlines: [
        {
          what: 'timer gap while a stream arrives at full speed, p99, worst case',
          ours: `${inDigits(worst(OURS_TEXT))} ms`,
          budget: `${BUDGET_MS} ms`,
          peer: `${SDK_RAW} ${inDigits(worst(SDK_RAW))} ms`,
        },
      ],
    };
  },
};

/** Reads a response with each client in turn, while a timer runs. */
async function measure(open: () => Response | Promise<Response>): Promise<readonly Candidate[]> {
  const candidates = [OURS_TEXT, SDK_RAW, BY_HAND].map((name): Candidate => {
    const read = TEXT_CLIENTS[name];
    if (read === undefined) throw new Error(`There is no client named ${name}.`);
    return { name, read, gaps: [] };
  });
  for (let round = 0; round <= ROUNDS; round += 1) {
    for (const { read, gaps } of turnsOf(candidates, round)) {
      const measured = await gapsWhile(async () => {
        const length = await read(await open());
        if (length !== DELTAS * DELTA_LENGTH) throw new Error('A stream was not read completely.');
      });
      if (round > 0) gaps.push(...measured); // the first round warms up
    }
  }
  return candidates;
}

/** The times between two runs of a timer, and from the last one to the end, in ms. */
async function gapsWhile(run: () => Promise<void>): Promise<number[]> {
  const gaps: number[] = [];
  let last = performance.now();
  const note = (): void => {
    const now = performance.now();
    gaps.push(now - last);
    last = now;
  };
  const timer = setInterval(note, TIMER_MS);
  await run();
  clearInterval(timer);
  note();
  return gaps;
}

function tableOf(where: string, candidates: readonly Candidate[]): Table {
  const rows = candidates.map(({ name, gaps }): Row => ({
    'gap between two runs of a timer, ms': name,
    p50: partOf(gaps, 0.5),
    p99: partOf(gaps, 0.99),
    longest: partOf(gaps, 1),
    'runs per stream': gaps.length / ROUNDS,
  }));
  return {
    title: `${DELTAS.toLocaleString('en-US')} deltas ${where}`,
    rows,
    plot: { column: 'p99', unit: 'ms', budgets: [{ row: OURS_TEXT, most: BUDGET_MS }] },
  };
}

function p99In(rows: readonly Row[], name: string): number {
  return Number(rows.find((row) => Object.values(row)[0] === name)?.['p99']);
}

/** The value that this part of the values do not exceed. */
function partOf(values: readonly number[], part: number): number {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[Math.ceil(part * sorted.length) - 1] ?? NaN;
}
