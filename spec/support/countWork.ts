/**
 * A program that runs each of the `workloads` with n and with 2n events, and prints the counts. It is its own process,
 * because V8 counts only the calls, and not the loops, of functions that were compiled before counting began. Without an
 * optimizing compiler, and with enough memory to never collect garbage, the counts are the same each time.
 */
import { Session } from 'node:inspector';
import { PerformanceObserver } from 'node:perf_hooks';
import { setImmediate as turn } from 'node:timers/promises';
import { countingBuiltins } from './builtins.js';

/** Counts by function of the package and by built-in function, and the bytes that were allocated. */
export type Counts = Readonly<Record<string, number | null>>;

export interface Growth {
  readonly operator: string;
  readonly input: string;
  readonly once: Counts;
  readonly twice: Counts;
}

/** The name of the count of bytes, which is null if garbage was collected meanwhile. */
const BYTES = 'bytes allocated';

type Run = () => unknown;

/** The number of runs whose bytes are counted. The first also allocates what is allocated once. */
const RUNS = 3;

const SOURCES = new URL('../../src/', import.meta.url).href;

class BlockCounter {
  readonly #session = new Session();

  constructor() {
    this.#session.connect();
    this.#session.post('Profiler.enable');
    this.#session.post('Profiler.startPreciseCoverage', { callCount: true, detailed: true });
  }

  /** How often the blocks of each function have run since the last call. */
  take(): Map<string, number> {
    const counts = new Map<string, number>();
    this.#session.post('Profiler.takePreciseCoverage', (error, coverage) => {
      if (error !== null) throw error;
      for (const { url, functions } of coverage.result) {
        if (!url.startsWith(SOURCES)) continue;
        for (const { functionName, ranges } of functions) {
          const name = `${url.slice(SOURCES.length)} ${functionName} at ${ranges[0]?.startOffset ?? 0}`;
          const count = ranges.reduce((sum, range) => sum + range.count, 0);
          if (count > 0) counts.set(name, count);
        }
      }
    });
    return counts;
  }

  stop(): void {
    this.#session.post('Profiler.stopPreciseCoverage');
    this.#session.disconnect();
  }
}

class ByteCounter {
  #collections = 0;
  readonly #observer = new PerformanceObserver((list) => {
    this.#collections += list.getEntries().length;
  });

  constructor() {
    this.#observer.observe({ entryTypes: ['gc'] });
  }

  /** The bytes that a run allocates: the minimum of several runs, because Node itself allocates now and then. */
  async count(run: Run): Promise<number | null> {
    globalThis.gc?.();
    await settle();
    this.#collections = 0;
    let least = Infinity;
    for (let i = 0; i < RUNS; i += 1) {
      const before = process.memoryUsage().heapUsed;
      await run();
      least = Math.min(least, process.memoryUsage().heapUsed - before);
    }
    await settle();
    return this.#collections === 0 ? least : null;
  }

  stop(): void {
    this.#observer.disconnect();
  }
}

/** Lets Node report its garbage collections. */
async function settle(): Promise<void> {
  for (let turns = 0; turns < 3; turns += 1) await turn();
}

async function countAll(): Promise<Growth[]> {
  const blocks = new BlockCounter();
  // Compiled after counting has begun.
  const [{ N }, { workloads }, { relayWorkloads }, { adapterWorkloads }] = [
    await import('./workloads/workload.js'),
    await import('./workloads.js'),
    await import('./relayWorkloads.js'),
    await import('./adapterWorkloads.js'),
  ];
  const works = Object.entries({ ...workloads, ...relayWorkloads, ...adapterWorkloads }).flatMap(([operator, cases]) =>
    Object.entries(cases).map(([input, workload]) => {
      const { prepare, n = N } = typeof workload === 'function' ? { prepare: workload } : workload;
      return { operator, input, prepare: () => ({ once: prepare(n), twice: prepare(2 * n) }) };
    }),
  );
  const executed = async (run: Run): Promise<Counts> => {
    blocks.take();
    const builtins = await countingBuiltins(run);
    return Object.fromEntries([...blocks.take(), ...builtins]);
  };
  const growths: Growth[] = [];
  for (const { operator, input, prepare } of works) {
    const { once, twice } = prepare();
    growths.push({ operator, input, once: await executed(once), twice: await executed(twice) });
  }
  blocks.stop();

  const bytes = new ByteCounter();
  const counted: Growth[] = [];
  for (const [i, growth] of growths.entries()) {
    const work = works[i]?.prepare();
    if (work === undefined) continue;
    const once = { [BYTES]: await bytes.count(work.once), ...growth.once };
    const twice = { [BYTES]: await bytes.count(work.twice), ...growth.twice };
    counted.push({ ...growth, once, twice });
  }
  bytes.stop();
  return counted;
}

process.stdout.write(JSON.stringify(await countAll()));
