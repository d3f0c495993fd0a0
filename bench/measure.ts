/** A thing to time: it does the same work each time it is called. */
export interface Candidate {
  readonly name: string;
  readonly run: () => unknown;
}

/** The median time of one run of each candidate in ms, from rounds in which they take turns. The first round warms up. */
export async function measure(candidates: readonly Candidate[], rounds: number): Promise<Map<string, number>> {
  const times = new Map<string, number[]>(candidates.map(({ name }) => [name, []]));
  for (let round = 0; round <= rounds; round += 1) {
    for (const { name, run } of candidates) {
      const ms = await timeOf(run);
      if (round > 0) times.get(name)?.push(ms);
    }
  }
  return new Map([...times].map(([name, list]) => [name, median(list)]));
}

/** The time of one run, in ms. */
export async function timeOf(run: () => unknown): Promise<number> {
  const begin = performance.now();
  await run();
  return performance.now() - begin;
}

/** The bytes by which the heap has grown while the result of a run is held. Needs `--expose-gc`. */
export async function heldBytes(run: () => unknown): Promise<number> {
  const before = heapUsed();
  const result = await run();
  const bytes = heapUsed() - before;
  return result === undefined ? NaN : bytes;
}

function heapUsed(): number {
  if (globalThis.gc === undefined) throw new Error('run with --expose-gc');
  for (let i = 0; i < 4; i += 1) globalThis.gc();
  return process.memoryUsage().heapUsed;
}

function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[Math.floor(sorted.length / 2)] ?? NaN;
}

/** Prints rows with aligned columns. */
export function printTable(title: string, header: readonly string[], rows: readonly (readonly string[])[]): void {
  const widths = header.map((cell, i) => Math.max(cell.length, ...rows.map((row) => row[i]?.length ?? 0)));
  const line = (row: readonly string[]): string =>
    row.map((cell, i) => (i === 0 ? cell.padEnd(widths[i] ?? 0) : cell.padStart(widths[i] ?? 0))).join('   ');
  console.log(`\n${title}\n${[header, ...rows].map(line).join('\n')}`);
}
