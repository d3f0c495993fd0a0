/** As exhaustive.spec.ts, over real connections: at every byte of the shortest stream, and at many of the others. */
import { EventOrder } from '../../src/protocol/eventOrder.js';
import { startMessagesServer, type MessagesServer } from '../../src/testing/index.js';
import { watchAsUsers } from './support/consumers.js';
import { expectedOf } from './support/expected.js';
import { anyFault, type Fault } from './support/faults.js';
import { models, modes, paramsFor, streamIn, type Mode, type Model } from './support/modes.js';
import { wholeWireOf } from './support/playedApi.js';
import { PlayedRun } from './support/playedRun.js';
import { seededRandom, type Random } from './support/random.js';
import { RUN_HEADER, serving } from './support/servedApi.js';
import { answers, type Answer } from './support/streams.js';
import { Tally } from './support/tally.js';
import { judge } from './support/verdict.js';

/** How many streams there are at a time. */
const AT_ONCE = 40;
/** How many where most of them only wait. */
const MANY_AT_ONCE = 500;
/** How long silence is waited out, in ms, where there will be one: longer than a busy machine takes to go on with a stream. */
const IDLE_MS = 3000;

const tally = new Tally('over HTTP');
const runs = new Map<string, PlayedRun>();
const servers: MessagesServer[] = [];
let count = 0;

beforeAll(async () => {
  servers.push(await startMessagesServer(serving((id) => runs.get(id))));
});

afterAll(async () => {
  await Promise.all(servers.map((server) => server.close()));
  process.stdout.write(tally.toString());
});

/** Something to try: a stream, with a fault in each of its first requests. */
interface Trial {
  readonly answer: Answer;
  readonly mode: Mode;
  readonly model: Model;
  readonly faults: readonly Fault[];
  readonly random: Random;
}

/** Returns what is wrong, if anything is. */
async function tryIt({ answer, mode, model, faults, random }: Trial): Promise<string | undefined> {
  const params = paramsFor(model);
  const id = String((count += 1));
  const run = new PlayedRun(answer, params.messages.length, faults, random);
  runs.set(id, run);
  const [server] = servers;
  const stream = streamIn(
    mode,
    params,
    {
      apiKey: 'test',
      ...(server !== undefined && { baseURL: server.url }),
      headers: { [RUN_HEADER]: id },
      ...(faults.some(isSilence) && { timeout: { idleMs: IDLE_MS, contentMs: 2 * IDLE_MS } }),
    },
    { initialDelayMs: 0, jitter: 0 },
  );
  const order = new EventOrder();
  const seen = await watchAsUsers(stream, (event) => {
    if (!order.accept(event)) throw new Error(`${event.type} comes where it has no place`);
  });
  const { arrived, inputTokens, kinds, refusals } = run;
  // What arrives before real time is over, nobody knows.
  const known = faults.some(isSilence) ? {} : { arrived, inputTokens };
  const verdict = judge(seen, { answer, ...known, accumulates: mode.startsWith('continue') });
  tally.add(verdict, kinds);
  const wrong = [...verdict.faults, ...refusals.map((refusal) => `the API refuses: ${refusal}`)];
  const expected = expectedOf(answer, mode, faults);
  if (expected !== undefined && (verdict.ended !== expected.ended || kinds.join() !== expected.kinds.join())) {
    wrong.push(
      `${verdict.ended} (${String(seen.error)}) after ${kinds.join()}, not ${expected.ended} after ${expected.kinds.join()}`,
    );
  }
  return wrong.length === 0 ? undefined : [mode, model, JSON.stringify(faults), ...wrong].join('\n  ');
}

async function expectNoFault(trials: Iterable<Trial>, atOnce = AT_ONCE): Promise<void> {
  const wrong: string[] = [];
  const waiting = trials[Symbol.iterator]();
  const work = async (): Promise<void> => {
    for (let next = waiting.next(); next.done !== true; next = waiting.next()) {
      const found = await tryIt(next.value);
      if (found !== undefined) wrong.push(found);
    }
  };
  await Promise.all(Array.from({ length: atOnce }, work));
  expect(wrong.slice(0, 5)).toEqual([]);
}

function isSilence({ type }: Fault): boolean {
  return type === 'stall' || type === 'pings';
}

/** A fault at each of these places, in each mode. */
function* faultsAt(answer: Answer, places: readonly number[], faultAt: (place: number) => Fault): Generator<Trial> {
  for (const [n, place] of places.entries()) {
    for (const [m, mode] of modes.entries()) {
      const model = models[(n + m) % models.length] ?? models[0];
      yield { answer, mode, model, faults: [faultAt(place)], random: seededRandom(place) };
    }
  }
}

function placesOf(answer: Answer, stride: number): number[] {
  const { length } = wholeWireOf(answer).bytes;
  return Array.from({ length: Math.ceil(length / stride) }, (_, n) => n * stride);
}

const [shortest] = answers;

describe.each(answers)('$name', (answer) => {
  it('survives a lost connection', async () => {
    const places = placesOf(answer, answer === shortest ? 1 : 61);
    await expectNoFault(faultsAt(answer, places, (at) => ({ type: 'disconnect', at })));
  });

  it.each(['cut', 'reset'] as const)('survives a %s', async (type) => {
    await expectNoFault(faultsAt(answer, placesOf(answer, 61), (at) => ({ type, at })));
  });

  it('survives a silence before every event', async () => {
    const stalls = faultsAt(answer, wholeWireOf(answer).starts, (at) => ({ type: 'stall', at }));
    await expectNoFault(stalls, MANY_AT_ONCE);
  });

  it('survives one fault after the other', async () => {
    const random = seededRandom(answer.text.length);
    const { length } = wholeWireOf(answer).bytes;
    const trials = Array.from({ length: 100 }, (): Trial => {
      const faults = Array.from({ length: 1 + random.below(4) }, () => anyFault(random, length));
      return { answer, mode: random.pick(modes), model: random.pick(models), faults, random };
    });
    await expectNoFault(trials, MANY_AT_ONCE);
  });
});
