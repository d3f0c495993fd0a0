/**
 * Sends corrupted streams through the decoder and the operators:
 * `npm run fuzz -- [--inputs 1000000] [--seed 0]`.
 *
 * Each must soon end with events or errors of the package, without memory growing. An input is identified by its seed: to
 * repeat it, pass the seed as `--seed`, with `--inputs 1`.
 */
import { parseArgs } from 'node:util';
import { fuzz } from '../spec/resilience/support/fuzz.js';

/** How long an input may take, in ms: a constant, and a time for each KiB. */
const MS = 1000;
const MS_PER_KIB = 50;
/** How much the heap may grow after the first hundredth of the inputs, in bytes. */
const HEAP_GROWTH = 16 * 2 ** 20;

const { values } = parseArgs({
  options: { inputs: { type: 'string', default: '1000000' }, seed: { type: 'string', default: '0' } },
});

Error.stackTraceLimit = 6; // of millions of errors, whose stacks cost time
const rejections: string[] = [];
for (const name of ['unhandledRejection', 'uncaughtException'] as const) {
  process.on(name, (reason: unknown) => rejections.push(`${name}: ${String(reason)}`));
}

/** Rejects after a minute, for an input that never ends. */
function hanging(seed: number): { readonly timeout: Promise<never>; readonly clear: () => void } {
  let clear = (): void => undefined;
  const timeout = new Promise<never>((_, reject) => {
    const timer = setTimeout(() => {
      reject(new Error(`seed ${seed} hangs`));
    }, 60_000);
    clear = () => {
      clearTimeout(timer);
    };
  });
  return { timeout, clear };
}

/** The number of inputs that share a timer: a timer for each would cost as much as the input. */
const BATCH = 100;

async function main(inputs: number, seed: number): Promise<number> {
  const ends = new Map<string, number>();
  const wrong: string[] = [];
  let bytes = 0;
  let values = 0;
  let slowest = { ms: 0, seed: -1 };
  let heap = 0;
  const begin = performance.now();
  for (let done = 0; done < inputs; done += BATCH) {
    let current = seed + done;
    const { timeout, clear } = hanging(current);
    const batch = async (): Promise<void> => {
      for (const end = Math.min(seed + done + BATCH, seed + inputs); current < end; current += 1) {
        const result = await fuzz(current);
        bytes += result.bytes;
        values += result.values;
        for (const name of result.ends) ends.set(name, (ends.get(name) ?? 0) + 1);
        if (result.ms > slowest.ms) slowest = { ms: result.ms, seed: current };
        if (result.wrong !== undefined) wrong.push(`seed ${current}: ${result.wrong}`);
        if (result.ms > MS + (MS_PER_KIB * result.bytes) / 1024) wrong.push(`seed ${current}: took ${result.ms} ms`);
      }
    };
    await Promise.race([batch(), timeout]);
    clear();
    if (heap === 0 && done >= inputs / 100) heap = heapUsed();
  }
  const seconds = (performance.now() - begin) / 1000;
  const growth = heapUsed() - heap;

  const line = (name: string, value: unknown): void => {
    console.log(`${name.padEnd(32)}${String(value)}`);
  };
  line('fuzz', `${inputs} inputs from seed ${seed}, ${(bytes / 2 ** 20).toFixed(0)} MiB, ${seconds.toFixed(0)} s`);
  line('values', values);
  for (const [name, count] of [...ends].sort(([, a], [, b]) => b - a)) line(name, count);
  line('wrong', wrong.length);
  line('unhandled', rejections.length);
  line('slowest', `${slowest.ms.toFixed(0)} ms, seed ${slowest.seed}`);
  line('heap growth', `${(growth / 2 ** 20).toFixed(1)} MiB`);
  const faults = [...wrong, ...rejections, ...(growth > HEAP_GROWTH ? ['the heap grew'] : [])];
  for (const fault of faults.slice(0, 20)) console.error(`FAIL ${fault}`);
  return faults.length === 0 ? 0 : 1;
}

function heapUsed(): number {
  for (let i = 0; i < 4; i += 1) globalThis.gc?.();
  return process.memoryUsage().heapUsed;
}

try {
  process.exitCode = await main(Number(values.inputs), Number(values.seed));
} catch (error) {
  console.error(error);
  process.exitCode = 1;
}
process.exit();
