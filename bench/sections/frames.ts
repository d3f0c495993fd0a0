import { fork } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';
import type { Browser } from 'playwright-core';
import { CHROMIUM, launchChromium } from '../../scripts/support/chromium.js';
import { DELTA_LENGTH } from '../fixtures.js';
import type { Seen } from '../frames/page.js';
import { BLOCKS, COALESCED_READERS, READERS, SDK_TEXT, UNCOALESCED } from '../frames/readers.js';
import { recordTasks } from '../frames/tasks.js';
import { isQuick, summaryOf, turnsOf } from '../measure.js';
import { inDigits, type Check, type Row, type Section } from '../report.js';

const PER_SECOND = 500;
const SECONDS = 10;
/** How often the readers run that render at most once per frame. The others, which take several times as long, run once. */
const ROUNDS = isQuick ? 1 : 3;
/** The longest task, in ms of processor time. A task that takes longer is a long task. */
const TASK_BUDGET_MS = 50;
/** The most main thread time, as a part of what rendering each delta takes. */
const TIME_BUDGET = 0.5;

/** What a page has shown, and for how long its main thread has worked. */
interface Measured extends Seen {
  /** Processor time. */
  readonly busySeconds: number;
  /** The number of tasks that exceed the budget. */
  readonly longTasks: number;
  /** In ms of processor time. */
  readonly longestTask: number;
}

export const frames: Section = {
  title: `a page renders Markdown while ${PER_SECOND} deltas per second arrive for ${SECONDS} s`,
  missing: () => (existsSync(CHROMIUM) ? undefined : `There is no browser at ${CHROMIUM}. Set CHROMIUM to its path.`),
  async run() {
    const runs = new Map<string, Measured[]>(Object.keys(READERS).map((name) => [name, []]));
    await withPage(async (browser, url) => {
      for (let round = 0; round < ROUNDS; round += 1) {
        for (const [name, measured] of turnsOf([...runs], round)) {
          if (round === 0 || COALESCED_READERS.includes(name)) measured.push(await measure(browser, url, name));
        }
      }
    });

    const busyOf = (name: string): number => summaryOf((runs.get(name) ?? []).map((run) => run.busySeconds)).median;
    const budgetSeconds = TIME_BUDGET * busyOf(UNCOALESCED);
    const longestOf = (name: string): number => Math.max(...(runs.get(name) ?? []).map((run) => run.longestTask));
    return {
      tables: [
        {
          title: `${(PER_SECOND * SECONDS * DELTA_LENGTH).toLocaleString('en-US')} characters of Markdown`,
          rows: [...runs].map(([name, measured]) => rowOf(name, measured)),
          plot: {
            column: 'main thread, s',
            unit: 's',
            budgets: COALESCED_READERS.map((row) => ({ row, most: budgetSeconds })),
          },
        },
      ],
      checks: COALESCED_READERS.flatMap((name): Check[] => [
        {
          what: `most renders per frame, ${name}`,
          figure: Math.max(...(runs.get(name) ?? []).map(({ mostPerFrame }) => mostPerFrame)),
          budget: 1,
          unit: '',
        },
        { what: `longest task, ${name}`, figure: longestOf(name), budget: TASK_BUDGET_MS, unit: ' ms' },
        {
          what: `main thread, part of rendering each delta, ${name}`,
          figure: busyOf(name) / busyOf(UNCOALESCED),
          budget: TIME_BUDGET,
          unit: '',
        },
      ]),
      headlines: [
        {
          what: `Markdown at ${PER_SECOND} deltas per second for ${SECONDS} s: main thread / longest task`,
          ours: `${inDigits(busyOf(BLOCKS))} s / ${inDigits(longestOf(BLOCKS))} ms`,
          budget: `${inDigits(budgetSeconds)} s / ${TASK_BUDGET_MS} ms`,
          peer: `${SDK_TEXT} ${inDigits(busyOf(SDK_TEXT))} s / ${inDigits(longestOf(SDK_TEXT))} ms`,
        },
      ],
    };
  },
};

function rowOf(name: string, runs: readonly Measured[]): Row {
  const of = (value: (run: Measured) => number) => summaryOf(runs.map(value));
  return {
    page: name,
    renders: of(({ renders }) => renders),
    'per frame, at most': Math.max(...runs.map(({ mostPerFrame }) => mostPerFrame)),
    'frames per s': of(({ frames: begun, ms }) => (begun / ms) * 1000),
    [`tasks over ${TASK_BUDGET_MS} ms`]: of(({ longTasks }) => longTasks),
    'longest task, ms': Math.max(...runs.map(({ longestTask }) => longestTask)),
    'main thread, s': of(({ busySeconds }) => busySeconds),
    'complete after, s': of(({ ms }) => ms / 1000),
  };
}

/** Builds the page, and runs with a browser and the address of the server that has the page. */
async function withPage(run: (browser: Browser, url: string) => Promise<void>): Promise<void> {
  const folder = mkdtempSync(join(tmpdir(), 'rxjs-anthropic-frames-'));
  const script = join(folder, 'page.js');
  await build({
    entryPoints: [fileURLToPath(new URL('../frames/page.ts', import.meta.url))],
    outfile: script,
    bundle: true,
    minify: true,
    format: 'esm',
    platform: 'browser',
    target: 'es2022',
    tsconfigRaw: {}, // without the `paths` of the project's tsconfig.json, which lead to src
    logLevel: 'error',
  });
  const server = fork(fileURLToPath(new URL('../frames/server.ts', import.meta.url)), [
    script,
    `${PER_SECOND * SECONDS}`,
    `${PER_SECOND}`,
  ]);
  const [port] = (await once(server, 'message')) as [number];
  const browser = await launchChromium();
  await run(browser, `http://127.0.0.1:${port}`);
  await browser.close();
  server.disconnect();
  rmSync(folder, { recursive: true });
}

/** Reads a message in a new page. */
async function measure(browser: Browser, url: string, name: string): Promise<Measured> {
  const context = await browser.newContext({ viewport: { width: 1280, height: 800 } });
  const page = await context.newPage();
  await page.goto(url);
  const session = await context.newCDPSession(page);
  await session.send('Performance.enable', { timeDomain: 'threadTicks' });
  // `ScriptDuration` leaves out what runs in microtasks, as everything does that follows a chunk of a stream.
  const busySeconds = async (): Promise<number> => {
    const { metrics } = await session.send('Performance.getMetrics');
    return metrics.find((metric) => metric.name === 'TaskDuration')?.value ?? NaN;
  };
  const before = await busySeconds();
  const endTasks = await recordTasks(browser);
  const seen = await page.evaluate((reader) => globalThis.read(reader), name);
  const tasks = await endTasks();
  const after = await busySeconds();
  await context.close();
  if (seen.length !== PER_SECOND * SECONDS * DELTA_LENGTH) throw new Error(`${name} lost a part of the text.`);
  return {
    ...seen,
    busySeconds: after - before,
    longTasks: tasks.filter((ms) => ms > TASK_BUDGET_MS).length,
    longestTask: tasks.reduce((longest, ms) => Math.max(longest, ms), 0),
  };
}
