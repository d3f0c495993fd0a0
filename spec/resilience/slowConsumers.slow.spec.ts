/** Consumers that take a while for each value get every value that arrived, and then the error. */
import { setImmediate as turn } from 'node:timers/promises';
import {
  asapScheduler,
  catchError,
  concatAll,
  concatMap,
  defer,
  map,
  of,
  Subject,
  subscribeOn,
  throwError,
} from 'rxjs';
import type { Observable } from 'rxjs';
import { toAsyncIterable, type MessageStreamEvent, type StreamMessageOptions } from '../../src/index.js';
import { virtualClock } from '../source/support/clock.js';
import { outcomeOf, type Outcome } from '../source/support/outcome.js';
import type { Fault } from './support/faults.js';
import { fetchFrom } from './support/fetchFrom.js';
import { models, modes, paramsFor, streamIn, type Mode, type Model } from './support/modes.js';
import { completeWireOf } from './support/fakeApi.js';
import { FakeRun } from './support/fakeRun.js';
import { seededRandom } from './support/random.js';
import { answers, textOfEvents, type Answer } from './support/streams.js';

const IDLE_MS = 10_000;

interface Trial {
  readonly answer: Answer;
  readonly mode: Mode;
  readonly model: Model;
  readonly fault: Fault;
}

/** The stream of a trial, which is the same each time. */
function streamOf(
  { answer, mode, model, fault }: Trial,
  more: StreamMessageOptions = {},
): Observable<MessageStreamEvent> {
  const params = paramsFor(model);
  const clock = virtualClock();
  const run = new FakeRun(answer, params.messages.length, [fault], seededRandom(1));
  const fetch = fetchFrom(
    run,
    (ms) => {
      clock.advance(Math.min(ms, IDLE_MS));
    },
    700,
  );
  const retry = { initialDelayMs: 0, jitter: 0, scheduler: asapScheduler };
  const timeout = { idleMs: IDLE_MS, contentMs: 5 * IDLE_MS };
  return streamIn(mode, params, { ...more, apiKey: 'test', fetch, timeout, scheduler: clock.scheduler }, retry);
}

/** A fault before every event, in every mode, alternating between the kinds of faults. */
function* trials(): Generator<Trial> {
  for (const answer of answers) {
    for (const [n, at] of completeWireOf(answer).starts.entries()) {
      const faults: readonly Fault[] = [
        { type: 'disconnect', at },
        { type: 'end', at },
        { type: 'stall', at },
        { type: 'error', before: n },
      ];
      for (const [m, mode] of modes.entries()) {
        const model = models[(n + m) % models.length] ?? models[0];
        for (const fault of faults.slice((n + m) % faults.length).slice(0, 1)) yield { answer, mode, model, fault };
      }
    }
  }
}

/** Reads values with a loop that takes a while for each. */
async function slowly<T>(values: AsyncIterable<T>): Promise<Outcome<T>> {
  const seen: T[] = [];
  try {
    for await (const value of values) {
      await turn();
      seen.push(value);
    }
    return { values: seen, ended: 'completed', error: undefined };
  } catch (error) {
    return { values: seen, ended: 'failed', error };
  }
}

const work = async <T>(value: T): Promise<T> => {
  await turn();
  return value;
};

/** The recipe of docs/network-failures.md: each value becomes work that waits for its turn, and so does the error. */
function oneByOne<In, Out>(source: Observable<In>, workFor: (value: In) => Promise<Out>): Observable<Out> {
  return source.pipe(
    map((value) => defer(() => workFor(value)).pipe(subscribeOn(asapScheduler))),
    catchError((error: unknown) => of(throwError(() => error))), // eslint-disable-line rxjs-x/throw-error -- rethrows the error of the source
    concatAll(),
  );
}

/** Describes how a stream ended, without what differs between runs. */
function describeEnd({ ended, error }: Outcome<unknown>): string {
  return `${ended ?? 'still open'}: ${String(error)}`;
}

/** Describes the trials in which a slow consumer got something else than a fast one. */
async function findDifferences(slow: (trial: Trial) => Promise<Outcome<MessageStreamEvent>>): Promise<string[]> {
  const wrong: string[] = [];
  let failed = 0;
  for (const trial of trials()) {
    const expected = await outcomeOf(streamOf(trial));
    const seen = await slow(trial);
    if (seen.ended === 'failed') failed += 1;
    const isSame =
      JSON.stringify(seen.values) === JSON.stringify(expected.values) && describeEnd(seen) === describeEnd(expected);
    if (!isSame)
      wrong.push(
        JSON.stringify([trial, seen.values.length, describeEnd(seen), expected.values.length, describeEnd(expected)]),
      );
  }
  expect(failed).toBeGreaterThan(100);
  return wrong.slice(0, 3);
}

describe('for await over toAsyncIterable', () => {
  it('gets every event before the error', async () => {
    expect(await findDifferences((trial) => slowly(toAsyncIterable(streamOf(trial))))).toEqual([]);
  });

  it('gets every event before the error if the source pauses', async () => {
    const paused = (trial: Trial) =>
      toAsyncIterable((demand) => streamOf(trial, { demand }), { whenFull: 'pause', highWaterMark: 4 });

    expect(await findDifferences((trial) => slowly(paused(trial)))).toEqual([]);
  });

  it('gets all text before the error if text is joined', async () => {
    const wrong: string[] = [];
    for (const trial of trials()) {
      const expected = await outcomeOf(streamOf(trial));
      const seen = await slowly(toAsyncIterable(streamOf(trial), { highWaterMark: 1 }));
      const isSame =
        textOfEvents(seen.values) === textOfEvents(expected.values) && describeEnd(seen) === describeEnd(expected);
      if (!isSame || seen.values.length > expected.values.length)
        wrong.push(JSON.stringify([trial, describeEnd(seen)]));
    }

    expect(wrong.slice(0, 3)).toEqual([]);
  });
});

describe('work for one value at a time', () => {
  it('gets every event before the error with the recipe', async () => {
    expect(await findDifferences((trial) => outcomeOf(oneByOne(streamOf(trial), work)))).toEqual([]);
  });

  it('unsubscribes from the source at once when the work fails, and when the consumer unsubscribes', async () => {
    const source = new Subject<number>();
    const bug = new Error('of the work');
    const failing = outcomeOf(oneByOne(source, (value) => (value === 2 ? Promise.reject(bug) : work(value))));
    source.next(1);
    source.next(2);

    expect(await failing).toEqual({ values: [1], ended: 'failed', error: bug });
    expect(source.observed).toBe(false);

    oneByOne(source, work).subscribe().unsubscribe();
    expect(source.observed).toBe(false);
  });

  it('loses what concatMap has queued without the recipe', async () => {
    const [answer] = answers;
    const last = completeWireOf(answer).starts.at(-1) ?? 0;
    const trial: Trial = { answer, mode: 'none', model: models[0], fault: { type: 'disconnect', at: last } };
    const { values } = await outcomeOf(streamOf(trial));
    const lossy = await outcomeOf(streamOf(trial).pipe(concatMap(work)));

    expect(lossy.values.length).toBeLessThan(values.length);
  });
});
