/**
 * Injects every kind of fault at every place of a stream, in every mode of recovery. A consumer is shown the server's text
 * exactly once, or gets an error whose `partial` is what had arrived.
 */
import { asapScheduler } from 'rxjs';
import { EventOrder } from '../../src/protocol/eventOrder.js';
import { virtualClock } from '../source/support/clock.js';
import { watchAsUser } from './support/consumers.js';
import { expectedOf } from './support/expected.js';
import { randomFault, type Fault } from './support/faults.js';
import { fetchFrom } from './support/fetchFrom.js';
import { models, modes, paramsFor, streamIn, type Mode, type Model } from './support/modes.js';
import { completeWireOf } from './support/fakeApi.js';
import { FakeRun } from './support/fakeRun.js';
import { seededRandom, type Random } from './support/random.js';
import { answers, type Answer } from './support/streams.js';
import { Tally } from './support/tally.js';
import { judge } from './support/verdict.js';

const IDLE_MS = 10_000;

const tally = new Tally('in memory');
const { stackTraceLimit } = Error;

beforeAll(() => {
  Error.stackTraceLimit = 0; // a hundred thousand errors, whose stacks nobody reads
});

afterAll(() => {
  Error.stackTraceLimit = stackTraceLimit;
  process.stdout.write(tally.toString());
});

/** Reads one stream, with a fault in each of its first requests. Returns what is wrong, or undefined. */
async function tryFaults(
  answer: Answer,
  mode: Mode,
  model: Model,
  faults: readonly Fault[],
  random: Random,
): Promise<string | undefined> {
  const params = paramsFor(model);
  const clock = virtualClock();
  const run = new FakeRun(answer, params.messages.length, faults, random);
  const fetch = fetchFrom(run, (ms) => {
    clock.advance(Math.min(ms, IDLE_MS));
  });
  const stream = streamIn(
    mode,
    params,
    { apiKey: 'test', fetch, timeout: { idleMs: IDLE_MS, contentMs: 5 * IDLE_MS }, scheduler: clock.scheduler },
    { initialDelayMs: 0, jitter: 0, scheduler: asapScheduler },
  );
  const order = new EventOrder();
  const seen = await watchAsUser(stream, (event) => {
    if (!order.accept(event)) throw new Error(`${event.type} is out of order`);
  });
  const { arrived, inputTokens, kinds, refusals } = run;
  const verdict = judge(seen, { answer, arrived, inputTokens, accumulates: mode.startsWith('continue') });
  const expected = expectedOf(answer, mode, faults);
  tally.add(verdict, kinds);
  const wrong = [...verdict.faults, ...refusals.map((refusal) => `the API refused a request: ${refusal}`)];
  if (clock.timers > 0) wrong.push(`${clock.timers} timers left`);
  if (expected !== undefined && (verdict.ended !== expected.ended || kinds.join() !== expected.kinds.join())) {
    wrong.push(
      `${verdict.ended} (${String(seen.error)}) after ${kinds.join()}, not ${expected.ended} after ${expected.kinds.join()}`,
    );
  }
  return wrong.length === 0 ? undefined : [mode, model, JSON.stringify(faults), ...wrong].join('\n  ');
}

/** Expects that nothing is wrong after a fault at each of these places, in each mode. */
async function expectNoFault(
  answer: Answer,
  places: readonly number[],
  faultAt: (place: number) => Fault,
): Promise<void> {
  const wrong: string[] = [];
  for (const place of places) {
    const fault = faultAt(place);
    for (const mode of modes) {
      // If the message can be continued, this mode is the same as 'continue'.
      if (mode === 'continue or restart' && expectedOf(answer, 'continue', [fault])?.ended === 'complete') continue;
      const model = models[(place + modes.indexOf(mode)) % models.length] ?? models[0];
      const found = await tryFaults(answer, mode, model, [fault], seededRandom(place));
      if (found !== undefined) wrong.push(found);
    }
  }
  expect(wrong.slice(0, 5)).toEqual([]);
}

describe.each(answers)('$name', (answer) => {
  const { bytes, starts, events } = completeWireOf(answer);
  const everyByte = Array.from({ length: bytes.length }, (_, at) => at);

  it('survives a lost connection at every byte', async () => {
    await expectNoFault(answer, everyByte, (at) => ({ type: 'disconnect', at }));
  });

  it('survives an early end at every byte', async () => {
    await expectNoFault(answer, everyByte, (at) => ({ type: 'end', at }));
  });

  it('survives silence before and inside every event', async () => {
    const places = starts.flatMap((start, i) => [start, Math.floor((start + (starts[i + 1] ?? bytes.length)) / 2)]);
    await expectNoFault(answer, places, (at) => ({ type: 'stall', at }));
  });

  it('survives an error event before every event', async () => {
    await expectNoFault(answer, [...events.keys()], (before) => ({ type: 'error', before }));
  });

  it('survives a fault in the continuation, after each of its first events', async () => {
    const never = Array.from({ length: 6 }, (): Fault => ({ type: 'status', status: 529 }));
    const wrong: string[] = [];
    for (const before of events.keys()) {
      for (let second = 0; second < 8; second += 1) {
        const faults: Fault[] = [
          { type: 'error', before },
          { type: 'error', before: second },
        ];
        const model = models[second % models.length] ?? models[0];
        for (const all of [faults, [...faults, ...never]]) {
          const found = await tryFaults(answer, 'continue', model, all, seededRandom(before + second));
          if (found !== undefined) wrong.push(found);
        }
      }
    }
    expect(wrong.slice(0, 5)).toEqual([]);
  });

  it('survives several faults in a row', async () => {
    const random = seededRandom(bytes.length);
    const wrong: string[] = [];
    for (let n = 0; n < 400; n += 1) {
      const faults = Array.from({ length: 1 + random.below(5) }, () => randomFault(random, bytes.length));
      const fault = await tryFaults(answer, random.pick(modes), random.pick(models), faults, random);
      if (fault !== undefined) wrong.push(fault);
    }
    expect(wrong.slice(0, 5)).toEqual([]);
  });
});
