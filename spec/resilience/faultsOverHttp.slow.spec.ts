/**
 * Like faults.slow.spec.ts, over real connections: at every byte of the shortest stream, and at many bytes of the others. The
 * transports take turns, so that each meets every kind of fault in every mode.
 */
import { EventOrder } from '../../src/protocol/eventOrder.js';
import { startMessagesServer, type MessagesServer } from '../../src/testing/index.js';
import { transports } from '../source/support/transports.js';
import { watchAsUser } from './support/consumers.js';
import { expectedOf } from './support/expected.js';
import { randomFault, type Fault } from './support/faults.js';
import { models, modes, paramsFor, streamIn, type Mode, type Model } from './support/modes.js';
import { completeWireOf } from './support/fakeApi.js';
import { FakeRun } from './support/fakeRun.js';
import { seededRandom, type Random } from './support/random.js';
import { RUN_HEADER, serveRuns } from './support/serveRuns.js';
import { answers, type Answer } from './support/streams.js';
import { Tally } from './support/tally.js';
import { judge } from './support/verdict.js';

/** The number of concurrent streams. */
const AT_ONCE = 40;
/** The number of concurrent streams if most of them only wait. */
const MANY_AT_ONCE = 500;
/** The timeout, in ms, for faults that are silent. A busy machine must not take longer between two events. */
const IDLE_MS = 3000;

const tally = new Tally('over HTTP');
const runs = new Map<string, FakeRun>();
const servers: MessagesServer[] = [];
let count = 0;

beforeAll(async () => {
  servers.push(await startMessagesServer(serveRuns((id) => runs.get(id))));
});

afterAll(async () => {
  await Promise.all(servers.map((server) => server.close()));
  process.stdout.write(tally.toString());
});

/** A stream, with a fault in each of its first requests. */
interface Trial {
  readonly answer: Answer;
  readonly mode: Mode;
  readonly model: Model;
  readonly faults: readonly Fault[];
  readonly random: Random;
  /** The number of its transport. */
  readonly transport: number;
}

/** Reads one stream. Returns what is wrong, or undefined. */
async function tryFaults({ answer, mode, model, faults, random, transport }: Trial): Promise<string | undefined> {
  const params = paramsFor(model);
  const [name, fetch] = transports[transport % transports.length] ?? transports[0];
  const id = String((count += 1));
  const run = new FakeRun(answer, params.messages.length, faults, random);
  runs.set(id, run);
  const [server] = servers;
  const stream = streamIn(
    mode,
    params,
    {
      apiKey: 'test',
      fetch,
      ...(server !== undefined && { baseURL: server.url }),
      headers: { [RUN_HEADER]: id },
      ...(faults.some(isSilence) && { timeout: { idleMs: IDLE_MS, contentMs: 2 * IDLE_MS } }),
    },
    { initialDelayMs: 0, jitter: 0 },
  );
  const order = new EventOrder();
  const seen = await watchAsUser(stream, (event) => {
    if (!order.accept(event)) throw new Error(`${event.type} is out of order`);
  });
  const { arrived, inputTokens, kinds, refusals } = run;
  // How much arrives before a timeout in real time is not known.
  const known = faults.some(isSilence) ? {} : { arrived, inputTokens };
  const verdict = judge(seen, { answer, ...known, accumulates: mode.startsWith('continue') });
  tally.add(verdict, kinds);
  const wrong = [...verdict.faults, ...refusals.map((refusal) => `the API refused a request: ${refusal}`)];
  const expected = expectedOf(answer, mode, faults);
  if (expected !== undefined && (verdict.ended !== expected.ended || kinds.join() !== expected.kinds.join())) {
    wrong.push(
      `${verdict.ended} (${String(seen.error)}) after ${kinds.join()}, not ${expected.ended} after ${expected.kinds.join()}`,
    );
  }
  return wrong.length === 0 ? undefined : [name, mode, model, JSON.stringify(faults), ...wrong].join('\n  ');
}

async function expectNoFault(trials: Iterable<Trial>, atOnce = AT_ONCE): Promise<void> {
  const wrong: string[] = [];
  const waiting = trials[Symbol.iterator]();
  const work = async (): Promise<void> => {
    for (let next = waiting.next(); next.done !== true; next = waiting.next()) {
      const found = await tryFaults(next.value);
      if (found !== undefined) wrong.push(found);
    }
  };
  await Promise.all(Array.from({ length: atOnce }, work));
  expect(wrong.slice(0, 5)).toEqual([]);
}

function isSilence({ type }: Fault): boolean {
  return type === 'stall' || type === 'pings';
}

/** A trial for each of these places and each mode. */
function* faultsAt(answer: Answer, places: readonly number[], faultAt: (place: number) => Fault): Generator<Trial> {
  for (const [n, place] of places.entries()) {
    for (const [m, mode] of modes.entries()) {
      const model = models[(n + m) % models.length] ?? models[0];
      yield { answer, mode, model, faults: [faultAt(place)], random: seededRandom(place), transport: n };
    }
  }
}

function placesOf(answer: Answer, stride: number): number[] {
  const { length } = completeWireOf(answer).bytes;
  return Array.from({ length: Math.ceil(length / stride) }, (_, n) => n * stride);
}

const [shortest] = answers;

describe.each(answers)('$name', (answer) => {
  it('survives a lost connection', async () => {
    const places = placesOf(answer, answer === shortest ? 1 : 61);
    await expectNoFault(faultsAt(answer, places, (at) => ({ type: 'disconnect', at })));
  });

  it.each([
    ['an early end', 'end'],
    ['a reset connection', 'reset'],
  ] as const)('survives %s', async (_, type) => {
    await expectNoFault(faultsAt(answer, placesOf(answer, 61), (at) => ({ type, at })));
  });

  it('survives silence before every event', async () => {
    const stalls = faultsAt(answer, completeWireOf(answer).starts, (at) => ({ type: 'stall', at }));
    await expectNoFault(stalls, MANY_AT_ONCE);
  });

  it('survives several faults in a row', async () => {
    const random = seededRandom(answer.text.length);
    const { length } = completeWireOf(answer).bytes;
    const trials = Array.from({ length: 100 }, (_, n): Trial => {
      const faults = Array.from({ length: 1 + random.below(4) }, () => randomFault(random, length));
      return { answer, mode: random.pick(modes), model: random.pick(models), faults, random, transport: n };
    });
    await expectNoFault(trials, MANY_AT_ONCE);
  });
});
