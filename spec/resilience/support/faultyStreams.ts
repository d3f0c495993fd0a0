import { asapScheduler, type Observable } from 'rxjs';
import type { MessageStreamEvent } from 'rxjs-anthropic';
import { virtualClock } from '../../source/support/clock.js';
import { completeWireOf } from './fakeApi.js';
import { FakeRun } from './fakeRun.js';
import type { Fault } from './faults.js';
import { fetchFrom } from './fetchFrom.js';
import { models, paramsFor, streamIn, type Mode } from './modes.js';
import { seededRandom } from './random.js';
import { answers, type Answer } from './streams.js';

/** A stream whose first request has a fault. */
export interface FaultyStream {
  readonly name: string;
  readonly answer: Answer;
  readonly mode: Mode;
  /** Makes the requests when it is subscribed to. Can be subscribed to once. */
  readonly stream$: Observable<MessageStreamEvent>;
}

const IDLE_MS = 10_000;

/** Streams of every answer in these modes of recovery, with each kind of fault before and within each event. */
export function* faultyStreams(...modes: readonly Mode[]): Generator<FaultyStream> {
  for (const answer of answers) {
    const { starts, bytes } = completeWireOf(answer);
    for (const [before, start] of starts.entries()) {
      const within = Math.floor((start + (starts[before + 1] ?? bytes.length)) / 2);
      const faults: Fault[] = [
        { type: 'end', at: start },
        { type: 'disconnect', at: within },
        { type: 'error', before },
      ];
      for (const fault of faults) for (const mode of modes) yield faultyStream(answer, mode, fault);
    }
  }
}

function faultyStream(answer: Answer, mode: Mode, fault: Fault): FaultyStream {
  const [model] = models;
  const params = paramsFor(model);
  const clock = virtualClock();
  const run = new FakeRun(answer, params.messages.length, [fault], seededRandom(JSON.stringify(fault).length));
  const fetch = fetchFrom(run, (ms) => {
    clock.advance(Math.min(ms, IDLE_MS));
  });
  const stream$ = streamIn(
    mode,
    params,
    { apiKey: 'test', fetch, timeout: { idleMs: IDLE_MS }, scheduler: clock.scheduler },
    { initialDelayMs: 0, jitter: 0, scheduler: asapScheduler },
  );
  return { name: `${answer.name}, ${mode}, ${JSON.stringify(fault)}`, answer, mode, stream$ };
}
