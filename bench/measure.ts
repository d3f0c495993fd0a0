import { setImmediate } from 'node:timers/promises';
import { OURS } from './report.js';

/** Whether rough figures are enough: each race gets a fifth of its time, and nothing is written. */
export const isQuick = process.argv.includes('--quick');

/** Whether to measure CPU time, for a busy machine. It includes the threads of the garbage collector. */
const isCpuTime = process.argv.includes('--cpu');

const ONLY = process.argv.includes('--only') ? process.argv[process.argv.indexOf('--only') + 1] : undefined;

/** Whether to measure a candidate: those whose names contain one of the words of `--only`. Default: all. */
export function isWanted(name: string): boolean {
  return ONLY === undefined || ONLY.split(',').some((word) => name.toLowerCase().includes(word.toLowerCase()));
}

/** Something to time. It does the same work each time it is called. */
export interface Candidate {
  readonly name: string;
  /** Does the work. Returns a number that shows that it was done: all candidates of a race return the same number. */
  readonly run: () => number | Promise<number>;
}

/** The median of some values, and the quartiles around it. */
export interface Summary {
  readonly low: number;
  readonly median: number;
  readonly high: number;
}

const LEAST_ROUNDS = 7;
const MOST_ROUNDS = 200;
/** A candidate that takes less than this, in ms, runs several times in its turn. */
const LEAST_MS = 2;
const MOST_REPEATS = 20;
/** A peer whose first run takes more than this part of a race's time, and more than `SLOW_MS`, runs only in every third round. */
const SLOW = 1 / 12;
const SLOW_MS = 50;

interface RaceOptions {
  readonly ms: number;
  readonly leastRounds?: number;
  readonly isSame?: boolean;
}

/** Converts a summary to other units. */
export function scaled({ low, median, high }: Summary, factor: number): Summary {
  return { low: low * factor, median: median * factor, high: high * factor };
}

/** The times of candidates that took turns, by name. */
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

  /** How many times as long a run takes as a run of another candidate in the same round. */
  ratio(name: string, to: string): Summary {
    const base = this.#of(to);
    return summaryOf(this.#of(name).map((ms, round) => ms / (base[round] ?? NaN)));
  }

  /** How much longer a run takes than a run of another candidate in the same round, in ms. */
  difference(name: string, from: string): Summary {
    const base = this.#of(from);
    return summaryOf(this.#of(name).map((ms, round) => ms - (base[round] ?? NaN)));
  }

  #of(name: string): readonly number[] {
    const times = this.#times.get(name);
    if (times === undefined) throw new Error(`There is no candidate named ${name}.`);
    return times;
  }
}

/**
 * Runs candidates in turns. Each round begins with the next candidate, and every second round runs in reverse, so that each
 * candidate runs after each of the others. The first rounds only warm up.
 *
 * Does not force garbage collection in between: `gc()` makes V8 discard optimized code, and the times would then show how
 * fast V8 optimizes it again.
 *
 * @param candidates - The first one is the baseline.
 * @param options.ms - How long the race may take, in ms. It takes longer if `leastRounds` rounds do.
 * @param options.leastRounds - Default 7.
 * @param options.isSame - Whether all candidates must do the same work. Default true.
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

/** The order of a round: it begins with the next candidate each time, and every second round is reversed. */
export function turnsOf<T>(candidates: readonly T[], round: number): T[] {
  const first = round % candidates.length;
  const turns = [...candidates.slice(first), ...candidates.slice(0, first)];
  return round % 2 === 0 ? turns : turns.reverse();
}

/**
 * The numbers of the rounds of a comparison. Those below 0 only warm up. Ends early, but after at least two measured rounds
 * (one with `--quick`), once `ms` have passed, so that a busy machine does not make a section take much longer.
 */
export function* roundsOf({ warmUps, rounds, ms }: { warmUps: number; rounds: number; ms: number }): Generator<number> {
  const [begin, least] = [performance.now(), isQuick ? 1 : 2];
  for (let round = -warmUps; round < rounds; round += 1) {
    if (round >= least && performance.now() - begin > ms) return;
    yield round;
  }
}

/** Measures one run, in ms. */
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

/** Runs each candidate once, throws if they do not do the same work, and returns the names of the slow peers. */
async function runOnce(candidates: readonly Candidate[], slowMs: number, isSame: boolean): Promise<Set<string>> {
  const slow = new Set<string>();
  const results = new Map<string, number>();
  for (const [i, { name, run }] of candidates.entries()) {
    const begin = performance.now();
    results.set(name, await run());
    if (performance.now() - begin > slowMs && i > 0 && !name.startsWith(OURS)) slow.add(name);
  }
  if (isSame && new Set(results.values()).size > 1)
    throw new Error(`The candidates did different work: ${JSON.stringify([...results])}`);
  return slow;
}

/** The heap that a result retains, in bytes: how much smaller the heap is once the result is released. */
export async function heldBytes(run: () => unknown): Promise<number> {
  const held: unknown[] = [await run()];
  const before = await heapUsed();
  held.pop();
  return before - (await heapUsed());
}

/** The heap in use after garbage collection, in bytes. */
export async function heapUsed(): Promise<number> {
  if (globalThis.gc === undefined) throw new Error('Run node with --expose-gc.');
  for (let i = 0; i < 4; i += 1) {
    await setImmediate();
    globalThis.gc();
  }
  return process.memoryUsage().heapUsed;
}

/** The median and the quartiles, ignoring values that are not numbers. */
export function summaryOf(values: readonly number[]): Summary {
  const sorted = values.filter((value) => Number.isFinite(value)).sort((a, b) => a - b);
  const at = (part: number): number => {
    const place = part * (sorted.length - 1);
    return ((sorted[Math.floor(place)] ?? NaN) + (sorted[Math.ceil(place)] ?? NaN)) / 2;
  };
  return { low: at(0.25), median: at(0.5), high: at(0.75) };
}
