/**
 * Twice the events take at most twice the work, for every operator. This spec measures no time. It counts the work for n and
 * for 2n events in three ways, with the same results on every machine:
 *
 * - how often each function of the package is called, and each of its blocks runs: loops, visited nodes, scanned characters;
 * - how much the built-in functions that it calls process: searches, `JSON.parse`, methods of arrays;
 * - how many bytes are allocated: everything that is copied, by spreads, slices and joins, including flattened strings.
 */
import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { promisify } from 'node:util';
import * as agUi from '../src/ag-ui/index.js';
import * as aiSdk from '../src/ai-sdk/index.js';
import * as bedrock from '../src/bedrock/index.js';
import * as api from '../src/index.js';
import * as opentelemetry from '../src/opentelemetry/index.js';
import * as relay from '../src/relay/index.js';
import { adapterWorkloads } from './support/adapterWorkloads.js';
import type { Counts, Growth } from './support/countWork.js';
import { mixedEvents } from './support/growingInputs.js';
import { relayWorkloads } from './support/relayWorkloads.js';
import { workloads } from './support/workloads.js';
import { subscribeLate } from './support/workloads/requests.js';
import { N, type Prepare, type Workload } from './support/workloads/workload.js';

/** Flags that make the counts reproducible: Node optimizes nothing, and has memory for everything that is allocated. */
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

/** The fraction by which the work may exceed twice the work: buffers and tables grow in steps. */
const TOLERANCE = 0.05;
/** A constant that the work may exceed it by: the first 64 items of a list, say, cost less than those that follow. */
const CONSTANT = 1000;
const CONSTANT_BYTES = 131_072;

/** Describes the work that grows too fast, with its two counts. */
function excess(once: Counts, twice: Counts): string[] {
  return Object.entries(twice).flatMap(([what, count]) => {
    const before = once[what] === undefined ? 0 : once[what];
    if (count === null || before === null) return [`${what}: not counted, because garbage was collected`];
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
  if (growth === undefined) throw new Error(`There is no count of ${operator}, ${input}.`);
  return growth;
}

const allWorkloads: Readonly<Record<string, Readonly<Record<string, Prepare | Workload>>>> = {
  ...workloads,
  ...relayWorkloads,
  ...adapterWorkloads,
};

const cases = Object.entries(allWorkloads).flatMap(([operator, inputs]) =>
  Object.entries(inputs).map(([input, workload]) => ({
    operator,
    input,
    superlinear: typeof workload === 'function' ? undefined : workload.superlinear,
  })),
);

it('every operator has a workload', () => {
  const others = [
    'isRetryable', // reads one error
    'addUsage', // adds two usages
    'defineTool', // creates a tool, before there are events
    'defineToolset', // creates a toolset, before there are events
    'outputFormat', // creates a parameter, before there are events
    'memoryEventLog', // stores what recordTo records
    'fromUIMessages', // converts messages, before there are events
    'demandOf', // watches a response, not its events
  ];
  const functions = Object.entries({ ...api, ...relay, ...agUi, ...aiSdk, ...bedrock, ...opentelemetry }).filter(
    ([name, value]) => typeof value === 'function' && /^[a-z]/.test(name),
  );
  const classes = ['MessageAccumulator', 'IncrementalJsonParser']; // of `rxjs-anthropic/core`

  expect([...functions.map(([name]) => name), ...classes].sort()).toEqual(
    [...Object.keys(allWorkloads), ...others].sort(),
  );
});

it('counts the work for each event', () => {
  const { once } = growthOf('accumulateMessage', 'a text, reading every snapshot');
  const perEvent = Object.entries(once).filter(([what, count]) => what.includes('.ts ') && Number(count) > N);

  expect(perEvent.length).toBeGreaterThan(3); // functions of the package that run for each event
  expect(once['bytes allocated']).toBeGreaterThan(100 * N);
});

it('rebuilds a message for a late subscriber in the same number of events, however long it is', () => {
  const rebuilt = subscribeLate(mixedEvents(N));

  expect(rebuilt).toBeLessThan(20);
  expect(subscribeLate(mixedEvents(2 * N))).toBe(rebuilt);
});

describe.each(cases.filter(({ superlinear }) => superlinear === undefined))(
  '$operator, $input',
  ({ operator, input }) => {
    it('does at most twice the work for twice the events', () => {
      const { once, twice } = growthOf(operator, input);

      expect(Object.keys(once).length).toBeGreaterThan(1);
      expect(excess(once, twice)).toEqual([]);
    });
  },
);

describe.each(cases.filter(({ superlinear }) => superlinear !== undefined))(
  '$operator, $input: $superlinear',
  ({ operator, input }) => {
    it('is known to do more than twice the work for twice the events', () => {
      const { once, twice } = growthOf(operator, input);

      expect(excess(once, twice)).not.toEqual([]);
    });
  },
);
