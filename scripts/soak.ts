/**
 * Streams many messages concurrently over connections with faults, and looks for leaks:
 * `npm run soak -- [--seconds 60] [--streams 500] [--seed 1]`.
 *
 * Each stream is used as an application might: with or without retries, continued or started over, shared, read slowly,
 * unsubscribed, aborted. What it shows must be the server's text, or a beginning of it that equals the error's `partial`. In
 * the end, no socket, timer, listener or heap may be left. The same seed results in the same streams, as far as real time
 * allows.
 */
import { fork } from 'node:child_process';
import { getEventListeners, once, setMaxListeners } from 'node:events';
import { setTimeout as sleep } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import { AnthropicError } from 'rxjs-anthropic';
import { seededRandom } from '../spec/resilience/support/random.js';
import type { ServerReport } from './soakServer.js';
import { randomStream, type Ending } from './support/soakStream.js';

const { values } = parseArgs({
  options: {
    seconds: { type: 'string', default: '60' },
    streams: { type: 'string', default: '500' },
    seed: { type: 'string', default: '1' },
  },
});

/** The number of signals that all streams share. */
const SIGNALS = 20;
/** How much the heap may grow, in bytes, for compiled code. If each stream leaked one object, it would grow more. */
const HEAP_GROWTH = 4 * 2 ** 20;
/** How long idle connections of `fetch` may stay open, in ms. */
const SETTLED_WITHIN = 15_000;

/** The results of a run. */
interface Tally {
  readonly counts: Record<
    'streams' | 'complete' | 'errors' | 'left' | 'aborted' | 'lost' | 'shown twice' | 'wrong',
    number
  >;
  readonly errors: Map<string, number>;
  readonly faults: string[];
}

async function main(seconds: number, streams: number, seed: number): Promise<number> {
  if (!(seconds > 0) || !(streams >= 1) || !Number.isInteger(seed)) {
    console.error('Usage: npm run soak -- [--seconds 60] [--streams 500] [--seed 1]');
    return 1;
  }
  if (globalThis.gc === undefined) throw new Error('Run node with --expose-gc.');
  const unheard: string[] = [];
  for (const name of ['unhandledRejection', 'uncaughtException', 'warning'] as const) {
    process.on(name, (reason: unknown) => unheard.push(`${name}: ${String(reason)}`));
  }

  const server = fork(new URL('./soakServer.ts', import.meta.url));
  const [url] = (await once(server, 'message')) as [string];
  const report = async (): Promise<ServerReport> => {
    server.send('report');
    const [reported] = (await once(server, 'message')) as [ServerReport];
    return reported;
  };

  const signals: AbortSignal[] = [];
  const run = async (ms: number, from: number): Promise<Tally> => soak(url, { ms, streams, seed: from, signals });
  await run(Math.min(5000, seconds * 250), seed + 1_000_000); // compiles all code and fills all pools
  await settled(report);
  const before = { heap: heapUsed(), resources: resources(), report: await report() };

  const begin = performance.now();
  const tally = await run(seconds * 1000, seed);
  const ran = performance.now() - begin;
  const isSettled = await settled(report);
  const after = { heap: heapUsed(), resources: resources(), report: await report() };
  server.send('close');
  await once(server, 'exit');

  const { counts, errors, faults } = tally;
  const listeners = signals.reduce((sum, signal) => sum + getEventListeners(signal, 'abort').length, 0);
  const leaked = difference(before.resources, after.resources);
  const growth = after.heap - before.heap;
  const line = (name: string, value: unknown): void => {
    console.log(`${name.padEnd(32)}${String(value)}`);
  };
  line('soak', `${streams} concurrent streams, ${(ran / 1000).toFixed(1)} s, seed ${seed}`);
  line('streams', counts.streams);
  line('requests', after.report.requests - before.report.requests);
  line('complete', counts.complete);
  line('retried', after.report.retried - before.report.retried);
  line('continued', after.report.continued - before.report.continued);
  line('unsubscribed / aborted', `${counts.left} / ${counts.aborted}`);
  line('errors', counts.errors);
  for (const [name, count] of [...errors].sort(([, a], [, b]) => b - a)) line(`  ${name}`, count);
  line('lost', counts.lost);
  line('shown twice', counts['shown twice']);
  line('wrong', counts.wrong);
  line('unhandled', unheard.length);
  line('requests left open', after.report.open);
  line('resources left', leaked.length === 0 ? 0 : inNumbers(leaked));
  line('abort listeners left', `${listeners}, of ${signals.length} signals`);
  line('heap', `${mebibytes(before.heap)} before, ${mebibytes(after.heap)} after`);

  const wrong = [
    ...faults.slice(0, 10),
    ...unheard.slice(0, 10),
    ...after.report.refusals.map((refusal) => `a request was refused: ${refusal}`),
    ...(counts.complete === 0 || counts.errors === 0 ? ['nothing was tried'] : []),
    ...(isSettled && after.report.open === 0 && leaked.length === 0 ? [] : ['something was left open']),
    ...(listeners > 0 ? ['listeners were left'] : []),
    ...(growth > HEAP_GROWTH ? [`the heap grew by ${mebibytes(growth)}`] : []),
  ];
  for (const fault of wrong) console.error(`FAIL ${fault}`);
  return wrong.length === 0 ? 0 : 1;
}

interface SoakOptions {
  readonly ms: number;
  readonly streams: number;
  readonly seed: number;
  /** Receives the signals that streams shared. */
  readonly signals: AbortSignal[];
}

async function soak(url: string, { ms, streams, seed, signals }: SoakOptions): Promise<Tally> {
  const tally: Tally = {
    counts: { streams: 0, complete: 0, errors: 0, left: 0, aborted: 0, lost: 0, 'shown twice': 0, wrong: 0 },
    errors: new Map(),
    faults: [],
  };
  const random = seededRandom(seed);
  const shared = Array.from({ length: SIGNALS }, () => sharedSignal(signals));
  const end = performance.now() + ms;
  const slot = async (): Promise<void> => {
    while (performance.now() < end) {
      const place = random.below(SIGNALS);
      const controller = shared[place] ?? sharedSignal(signals);
      if (random.chance(0.0005)) {
        controller.abort();
        shared[place] = sharedSignal(signals);
      }
      const id = seed + (tally.counts.streams += 1);
      count(tally, await randomStream({ id, url, signal: controller.signal, random: seededRandom(id) }));
    }
  };
  await Promise.all(Array.from({ length: streams }, slot));
  return tally;
}

function sharedSignal(signals: AbortSignal[]): AbortController {
  const controller = new AbortController();
  setMaxListeners(0, controller.signal); // as many as there are streams
  signals.push(controller.signal);
  return controller;
}

function count({ counts, errors, faults }: Tally, { how, error, lost, twice, wrong }: Ending): void {
  counts[how] += 1;
  if (error instanceof AnthropicError) errors.set(error.name, (errors.get(error.name) ?? 0) + 1);
  if (lost) counts.lost += 1;
  if (twice) counts['shown twice'] += 1;
  if (wrong.length > 0) counts.wrong += 1;
  if (faults.length < 10) faults.push(...wrong);
}

/** Waits until no request or socket is open. Returns false if that takes too long. */
async function settled(report: () => Promise<ServerReport>): Promise<boolean> {
  const end = performance.now() + SETTLED_WITHIN;
  for (;;) {
    const { open } = await report();
    if (open === 0 && !resources().includes('TCPSocketWrap')) return true;
    if (performance.now() > end) return false;
    await sleep(100);
  }
}

/** The names of what keeps the process alive: sockets, timers, and the channel to the server. */
function resources(): string[] {
  return process.getActiveResourcesInfo();
}

/** The names that occur more often after than before. */
function difference(before: readonly string[], after: readonly string[]): string[] {
  const left = [...before];
  return after.filter((name) => {
    const place = left.indexOf(name);
    if (place !== -1) left.splice(place, 1);
    return place === -1;
  });
}

/** Formats names with their counts: `2 Timeout, 1 TCPSocketWrap`. */
function inNumbers(names: readonly string[]): string {
  return [...new Set(names)].map((name) => `${names.filter((one) => one === name).length} ${name}`).join(', ');
}

function heapUsed(): number {
  for (let i = 0; i < 5; i += 1) globalThis.gc?.();
  return process.memoryUsage().heapUsed;
}

function mebibytes(bytes: number): string {
  return `${(bytes / 2 ** 20).toFixed(2)} MiB`;
}

try {
  process.exitCode = await main(Number(values.seconds), Number(values.streams), Number(values.seed));
} catch (error) {
  console.error(error);
  process.exitCode = 1;
}
process.exit();
