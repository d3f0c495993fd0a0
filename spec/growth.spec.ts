/**
 * Twice the events are twice the work, whatever an operator does, and never more. No clock says so: it is counted what
 * is done for n and for 2n events, three times over, and the same on every machine:
 *
 * - how often each function of the package was called, and each block of it run: loops, nodes visited, characters scanned;
 * - how much the built-in functions went over that it called: searches, `JSON.parse`, methods of lists;
 * - how many bytes were allocated: all that was copied, by spreads, slices and joins, also of text that is looked into.
 */
import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { promisify } from 'node:util';
import * as api from '../src/index.js';
import type { Counts, Growth } from './support/countWork.js';
import { mixedEvents } from './support/growingInputs.js';
import { joinLate, N, workloads } from './support/workloads.js';

/** What makes Node count the same each time: nothing is optimized, and there is room for all that is allocated. */
const NODE_FLAGS = [
  ...[
    '--no-opt',
    '--no-maglev',
    '--no-sparkplug',
    '--no-lazy-feedback-allocation',
    '--no-flush-bytecode',
    '--no-regexp-tier-up',
  ],
  ...['--single-threaded', '--expose-gc', '--min-semi-space-size=256', '--max-semi-space-size=256'],
];
const ROOT = join(__dirname, '..');
const PROGRAM = join(__dirname, 'support/countWork.ts');
const TIMEOUT_MS = 120_000;
const MOST_OUTPUT = 2 ** 24;

/** Part by which the work for twice the events may be more than twice: buffers and tables grow in steps. */
const TOLERANCE = 0.05;
/** What may be added once: where a list counts as wide, say, there are 64 items that cost less than those behind them. */
const CONSTANT = 1000;
const CONSTANT_BYTES = 131_072;

/** What of the work is too much, each with its two counts. */
function excess(once: Counts, twice: Counts): string[] {
  return Object.entries(twice).flatMap(([what, count]) => {
    const before = once[what] === undefined ? 0 : once[what];
    if (count === null || before === null) return [`${what}: too much to count`];
    const constant = what === 'bytes allocated' ? CONSTANT_BYTES : CONSTANT;
    return count > 2 * before * (1 + TOLERANCE) + constant ? [`${what}: ${before} -> ${count}`] : [];
  });
}

let growths: readonly Growth[] = [];

beforeAll(async () => {
  const node = [...NODE_FLAGS, '--import', 'tsx', PROGRAM];
  const { stdout } = await promisify(execFile)(process.execPath, node, { cwd: ROOT, maxBuffer: MOST_OUTPUT });
  growths = JSON.parse(stdout) as Growth[];
}, TIMEOUT_MS);

function growthOf(operator: string, input: string): Growth {
  const growth = growths.find((each) => each.operator === operator && each.input === input);
  if (growth === undefined) throw new Error(`${operator} was not counted: ${input}`);
  return growth;
}

const cases = Object.entries(workloads).flatMap(([operator, inputs]) =>
  Object.entries(inputs).map(([input, workload]) => ({
    operator,
    input,
    superlinear: typeof workload === 'function' ? undefined : workload.superlinear,
  })),
);

it('every operator is here', () => {
  const others = [
    'isRetryable', // looks at one error
    'defineTool', // makes a tool, before there are events
    'outputFormat', // makes a parameter, before there are events
  ];
  const functions = Object.entries(api).filter(([name, value]) => typeof value === 'function' && /^[a-z]/.test(name));

  expect(functions.map(([name]) => name).sort()).toEqual([...Object.keys(workloads), ...others].sort());
});

it('counts what is done for each event', () => {
  const { once } = growthOf('accumulateMessage', 'a text, every snapshot looked at');
  const deltas = Object.entries(once).find(([what]) => what.includes('messageAccumulator.ts add '));

  expect(deltas?.[1]).toBeGreaterThan(N);
  expect(once['bytes allocated']).toBeGreaterThan(100 * N);
});

it('tells one who joins late of a message in as many events, however long it is', () => {
  const rebuilt = joinLate(mixedEvents(N));

  expect(rebuilt).toBeLessThan(20);
  expect(joinLate(mixedEvents(2 * N))).toBe(rebuilt);
});

describe.each(cases.filter(({ superlinear }) => superlinear === undefined))(
  '$operator, $input',
  ({ operator, input }) => {
    it('does no more than twice the work for twice the events', () => {
      const { once, twice } = growthOf(operator, input);

      expect(Object.keys(once).length).toBeGreaterThan(1);
      expect(excess(once, twice)).toEqual([]);
    });
  },
);

describe.each(cases.filter(({ superlinear }) => superlinear !== undefined))(
  '$operator, $input: $superlinear',
  ({ operator, input }) => {
    it('does more than twice the work for twice the events, as is known', () => {
      const { once, twice } = growthOf(operator, input);

      expect(excess(once, twice)).not.toEqual([]);
    });
  },
);
