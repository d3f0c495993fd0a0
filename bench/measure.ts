import { setImmediate } from 'node:timers/promises';
import { OURS } from './report.js';

/** Whether figures only have to be roughly right: each race gets a fifth of its time, and nothing is written. */
export const isQuick = process.argv.includes('--quick');

/** Whether time is that of the processor, on a machine that has other work to do. It counts the collector's threads too. */
const isCpuTime = process.argv.includes('--cpu');

/** A thing to time: it does the same work each time it is called. */
export interface Candidate {
  readonly name: string;
  /** Does the work, and returns a number that tells whether it was done: all that race each other return the same one. */
  readonly run: () => number | Promise<number>;
}

/** The middle of some values, and the quarters around it. */
export interface Summary {
  readonly low: number;
  readonly median: number;
  readonly high: number;
}

const LEAST_ROUNDS = 7;
const MOST_ROUNDS = 200;
/** What takes less than this, in ms, is run several times in its turn. */
const LEAST_MS = 2;
const MOST_REPEATS = 20;
/** A peer that takes more than this part of a race's time for its first run, and more ms, takes part in every third round. */
const SLOW = 1 / 12;
const SLOW_MS = 50;

interface RaceOptions {
  readonly ms: number;
  readonly leastRounds?: number;
  readonly isSame?: boolean;
}

/** A summary in other units. */
export function scaled({ low, median, high }: Summary, factor: number): Summary {
  return { low: low * factor, median: median * factor, high: high * factor };
}

/** The times of candidates that took turns. */
export class Race {
  readonly #times: ReadonlyMap<string, readonly number[]>;

  constructor(times: ReadonlyMap<string, readonly number[]>) {
    this.#times = times;
  }

  get names(): readonly string[] {
    return [...this.#times.keys()];
  }

  /** The time of one run, in ms. */
  ms(name: string): Summary {
    return summaryOf(this.#of(name));
  }

  /** How many times as long a run takes as one of another candidate in the same round. */
  ratio(name: string, to: string): Summary {
    const base = this.#of(to);
    return summaryOf(this.#of(name).map((ms, round) => ms / (base[round] ?? NaN)));
  }

  /** How much longer a run takes than one of another candidate in the same round, in ms. */
  difference(name: string, from: string): Summary {
    const base = this.#of(from);
    return summaryOf(this.#of(name).map((ms, round) => ms - (base[round] ?? NaN)));
  }

  #of(name: string): readonly number[] {
    const times = this.#times.get(name);
    if (times === undefined) throw new Error(`There is no candidate ${name}.`);
    return times;
  }
}

/**
 * Lets candidates take turns. Each round begins with another one, and every second goes the other way round, so that all
 * meet what the others leave behind. The first rounds only warm up.
 *
 * Garbage is not collected in between: to ask V8 for it makes V8 drop code that it has made fast, and what is timed
 * then is how fast that comes back.
 *
 * @param candidates - The first one is what the others are compared with.
 * @param options.ms - How long the race may take, unless the least number of rounds takes longer.
 * @param options.leastRounds - Default 7.
 * @param options.isSame - Whether all have to do the same work. Default true.
 */
export async function race(
  candidates: readonly Candidate[],
  { ms, leastRounds = LEAST_ROUNDS, isSame = true }: RaceOptions,
): Promise<Race> {
  const [least, begin, limit] = isQuick ? [3, performance.now(), ms / 5] : [leastRounds, performance.now(), ms];
  const times = new Map<string, number[]>(candidates.map(({ name }) => [name, []]));
  const slow = await runOnce(candidates, Math.max(limit * SLOW, SLOW_MS), isSame);
  const isOut = (name: string, round: number): boolean => slow.has(name) && round % 3 > 0;

  const repeats = new Map<string, number>();
  for (let round = 1; performance.now() - begin < limit / 6 && round < MOST_ROUNDS; round += 1) {
    for (const { name, run } of candidates) {
      if (!isOut(name, round)) repeats.set(name, Math.ceil(Math.min(LEAST_MS / (await timeOf(run)), MOST_REPEATS)));
    }
  }
  for (let round = 0; round < least || (performance.now() - begin < limit && round < MOST_ROUNDS); round += 1) {
    for (const { name, run } of turnsOf(candidates, round)) {
      if (isOut(name, round)) continue;
      const many = repeats.get(name) ?? 1;
      const time = await timeOf(async () => {
        for (let i = 0; i < many; i += 1) await run();
      });
      const list = times.get(name);
      if (list !== undefined) list[round] = time / many;
    }
  }
  return new Race(times);
}

/** The order of a round: it begins with another candidate each time, and goes the other way round every second. */
export function turnsOf<T>(candidates: readonly T[], round: number): T[] {
  const first = round % candidates.length;
  const turns = [...candidates.slice(first), ...candidates.slice(0, first)];
  return round % 2 === 0 ? turns : turns.reverse();
}

/** The time of one run, in ms. */
export async function timeOf(run: () => unknown): Promise<number> {
  const begin = now();
  await run();
  return now() - begin;
}

function now(): number {
  if (!isCpuTime) return performance.now();
  const { user, system } = process.cpuUsage();
  return (user + system) / 1000;
}

/** Runs each candidate once, refuses those that do not do the same, and returns the names of the slow peers. */
async function runOnce(candidates: readonly Candidate[], slowMs: number, isSame: boolean): Promise<Set<string>> {
  const slow = new Set<string>();
  const results = new Map<string, number>();
  for (const [i, { name, run }] of candidates.entries()) {
    const begin = performance.now();
    results.set(name, await run());
    if (performance.now() - begin > slowMs && i > 0 && !name.startsWith(OURS)) slow.add(name);
  }
  if (isSame && new Set(results.values()).size > 1) throw new Error(`Not the same: ${JSON.stringify([...results])}`);
  return slow;
}

/** The heap that a result holds, in bytes: how much smaller it becomes when the result is dropped. */
export async function heldBytes(run: () => unknown): Promise<number> {
  const held: unknown[] = [await run()];
  const before = await heapUsed();
  held.pop();
  return before - (await heapUsed());
}

/** The heap in use when what can be collected was, in bytes. */
export async function heapUsed(): Promise<number> {
  if (globalThis.gc === undefined) throw new Error('run with --expose-gc');
  for (let i = 0; i < 4; i += 1) {
    await setImmediate();
    globalThis.gc();
  }
  return process.memoryUsage().heapUsed;
}

/** The middle and the quarters of those values that are there. */
function summaryOf(values: readonly number[]): Summary {
  const sorted = values.filter((value) => Number.isFinite(value)).sort((a, b) => a - b);
  const at = (part: number): number => {
    const place = part * (sorted.length - 1);
    return ((sorted[Math.floor(place)] ?? NaN) + (sorted[Math.ceil(place)] ?? NaN)) / 2;
  };
  return { low: at(0.25), median: at(0.5), high: at(0.75) };
}
