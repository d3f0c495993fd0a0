import { JSONParser } from '@streamparser/json';
import { parse } from 'partial-json';
import { lastValueFrom, map, toArray, type Observable } from 'rxjs';
import { accumulateMessage, fromResponse, toolInput } from 'rxjs-anthropic';
import { buildMessage, eventsOf, toolUseBlock } from 'rxjs-anthropic/testing';
import { sdkFor } from '../clients.js';
import { readFloor, SDK_PARAMS } from '../loops.js';
import { compare, growthOf, type Clients, type Read } from '../compare.js';
import { chunksOf, DELTA_LENGTH, listOf, responseOf, type Chunks } from '../fixtures.js';
import { heldBytes, timeOf } from '../measure.js';
import { inDigits, OURS, type Check, type Growth, type Row, type Section, type Table } from '../report.js';

const COUNTS = [1000, 10_000, 20_000];
/** The number of deltas at which the budget, a multiple of the floor, applies. */
const CHECKED = 10_000;
const BUDGET = 4;
/** The most deltas that are timed for a client whose time is quadratic. Figures for more are extrapolated, and marked with ~. */
const MOST_QUADRATIC = 2000;

const SHAPES: Readonly<Record<string, (length: number) => unknown>> = {
  'an array of small objects': listOf,
  'one long string': (length) => ({ code: 'lorem ipsum '.repeat(length / 12) }),
};

const OURS_SNAPSHOTS = `${OURS}, accumulateMessage()`;
const SDK_INPUT = 'official SDK, inputJson';

/** Reads the value of a tool's input after every delta; the floor only parses it at the end. Each returns the length of the last value. */
const LINEAR: Clients = {
  async floor(response) {
    let text = '';
    await readFragments(response, (fragment) => (text += fragment));
    return lengthOf(JSON.parse(text));
  },
  [OURS_SNAPSHOTS]: readSnapshots,
  async [`${OURS}, toolInput()`](response) {
    let seen: unknown;
    await fromResponse(response)
      .pipe(toolInput('make'))
      .forEach(({ value }) => (seen = value));
    return lengthOf(seen);
  },
  async '@streamparser/json, mutable'(response) {
    let value: unknown;
    const parser = new JSONParser({ emitPartialTokens: true, emitPartialValues: true });
    parser.onValue = (info) => {
      value = info.stack[1]?.value ?? info.value;
    };
    await readFragments(response, (fragment) => {
      parser.write(fragment);
    });
    return lengthOf(value);
  },
};

const QUADRATIC: Readonly<Record<string, Read>> = {
  async [SDK_INPUT](response) {
    let value: unknown;
    const stream = sdkFor(response).messages.stream(SDK_PARAMS);
    await stream.on('inputJson', (_, snapshot) => (value = snapshot)).done();
    return lengthOf(value);
  },
  async 'partial-json'(response) {
    let text = '';
    let value: unknown;
    await readFragments(response, (fragment) => {
      text += fragment;
      if (text !== '') value = parse(text);
    });
    return lengthOf(value);
  },
};

export const json: Section = {
  title: 'live tool input: its value at every delta',
  async run() {
    const found: ShapeReport[] = [];
    for (const [shape, make] of Object.entries(SHAPES)) found.push(await measureShape(shape, make));
    const [ours, sdk] = [found.map((report) => inDigits(report.ours)), found.map((report) => inDigits(report.sdk))];
    const headline = {
      what: 'live tool input at each of 10k deltas: an array of objects / a long string',
      ours: `${ours.join(' / ')} x floor`,
      budget: `${BUDGET} x floor`,
      peer: `${SDK_INPUT} ~${sdk.join(' / ~')} x floor`,
    };
    return {
      tables: found.map(({ table }) => table),
      checks: found.map((report) => report.check),
      growth: found.flatMap(({ growth }) => growth),
      peerGrowth: { what: 'SDK, live tool input', figure: Math.max(...found.map(({ sdkGrowth }) => sdkGrowth)) },
      headlines: [headline],
    };
  },
};

interface ShapeReport {
  readonly table: Table;
  readonly check: Check;
  readonly growth: readonly Growth[];
  /** Times the floor, at 10,000 deltas. */
  readonly ours: number;
  readonly sdk: number;
  readonly sdkGrowth: number;
}

async function measureShape(shape: string, make: (length: number) => unknown): Promise<ShapeReport> {
  const chunksFor = (count: number): Chunks => chunksOfInput(make(count * DELTA_LENGTH));
  const { rows, raceOf } = await compare(
    LINEAR,
    COUNTS.map((count) => ({ name: nameOf(count), chunks: chunksFor(count), events: count, ms: 2500 })),
  );
  const floorMs = (count: number): number => raceOf(nameOf(count)).ms('floor').median;
  const slow = new Map<string, { ms: number; growth: number }>();
  for (const [name, read] of Object.entries(QUADRATIC)) slow.set(name, await timeOfQuadratic(read, chunksFor));
  const slowRows = [...slow].map(([name, { ms }]): Row => {
    const cells = COUNTS.map((count): [string, Row[string]] => {
      const ratio = (ms * (count / MOST_QUADRATIC) ** 2) / floorMs(count);
      return [nameOf(count), { about: ratio }];
    });
    return { 'x floor': name, ...Object.fromEntries(cells) };
  });

  const longest = raceOf(nameOf(CHECKED));
  const ours = longest.ratio(OURS_SNAPSHOTS, 'floor').median;
  const sdk = slow.get(SDK_INPUT);
  const growth = await growthOf(`live tool input, ${shape}`, readSnapshots, chunksFor, CHECKED);
  const held = { what: `heap held by all of its snapshots, ${shape}`, figure: await heldGrowth(chunksFor) };
  return {
    ours,
    sdk: ((sdk?.ms ?? NaN) * (CHECKED / MOST_QUADRATIC) ** 2) / floorMs(CHECKED),
    sdkGrowth: sdk?.growth ?? NaN,
    growth: [growth, held],
    check: { what: `live tool input at each of 10k deltas, ${shape}`, figure: ours, budget: BUDGET, unit: ' x floor' },
    table: {
      title: `live tool input, deltas of ${DELTA_LENGTH} characters: ${shape}`,
      rows: [...rows, ...slowRows],
      plot: { column: nameOf(CHECKED), unit: 'x floor', budgets: [{ row: OURS_SNAPSHOTS, most: BUDGET }] },
    },
  };
}

/** Measures the time for the largest count, and how many times that for half the count it is. */
async function timeOfQuadratic(
  read: Read,
  chunksFor: (count: number) => Chunks,
): Promise<{ ms: number; growth: number }> {
  const [half, full] = [chunksFor(MOST_QUADRATIC / 2), chunksFor(MOST_QUADRATIC)];
  await read(responseOf(half));
  const halfMs = await timeOf(() => read(responseOf(half)));
  const ms = await timeOf(() => read(responseOf(full)));
  return { ms, growth: ms / halfMs };
}

/** Measures how many times as much heap the snapshots of twice the deltas retain. */
async function heldGrowth(chunksFor: (count: number) => Chunks): Promise<number> {
  const [once, twice] = [chunksFor(CHECKED), chunksFor(2 * CHECKED)];
  const all = (chunks: Chunks): Promise<unknown> => lastValueFrom(snapshotInputs(responseOf(chunks)).pipe(toArray()));
  const onceBytes = await heldBytes(() => all(once));
  return (await heldBytes(() => all(twice))) / onceBytes;
}

async function readSnapshots(response: Response): Promise<number> {
  return lengthOf(await lastValueFrom(snapshotInputs(response)));
}

/** Emits the live input after every event that changed it, and reads it. */
function snapshotInputs(response: Response): Observable<unknown> {
  return fromResponse(response).pipe(
    accumulateMessage(),
    map(({ content: [block] }) => (block?.type === 'tool_use' ? block.input : undefined)),
  );
}

async function readFragments(response: Response, onFragment: (fragment: string) => unknown): Promise<void> {
  await readFloor(response, ({ delta }) => {
    if (delta?.partial_json !== undefined) onFragment(delta.partial_json);
  });
}

function chunksOfInput(input: unknown): Chunks {
  const message = buildMessage({ content: [toolUseBlock('make', input)] });
  return chunksOf(eventsOf(message, { deltaLength: DELTA_LENGTH }), '16 KB chunks');
}

/** The length of the array or string in an input. */
function lengthOf(input: unknown): number {
  const { items, code } = input as { readonly items?: readonly unknown[]; readonly code?: string };
  return items?.length ?? code?.length ?? NaN;
}

function nameOf(count: number): string {
  return count.toLocaleString('en-US');
}
