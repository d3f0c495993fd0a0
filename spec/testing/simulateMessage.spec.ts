import { expectTypeOf } from 'expect-type';
import { lastValueFrom, map, timestamp, toArray, VirtualTimeScheduler, type Observable } from 'rxjs';
import { TestScheduler } from 'rxjs/testing';
import {
  accumulateMessage,
  APIConnectionError,
  finalMessage,
  textDeltas,
  type MessageStreamEvent,
} from '../../src/index.js';
import {
  buildMessage,
  errorEvent,
  eventsOf,
  expectFrames,
  simulateMessage,
  thinkingBlock,
  toolUseBlock,
  type SimulateMessageOptions,
} from '../../src/testing/index.js';
import { outcomeOf } from '../source/support/outcome.js';

const message = buildMessage({
  content: [thinkingBlock('Let me see.'), 'Good morning, 世界 😀! How are you?', toolUseBlock('get', { a: [1, 2] })],
});

/** Reads a simulation in virtual time. Returns its events with their times, in ms. */
function timesOf(options: SimulateMessageOptions, of = message): { event: MessageStreamEvent; ms: number }[] {
  const scheduler = new VirtualTimeScheduler();
  const seen: { event: MessageStreamEvent; ms: number }[] = [];
  simulateMessage(of, { ...options, scheduler })
    .pipe(timestamp(scheduler))
    .subscribe(({ value, timestamp: ms }) => seen.push({ event: value, ms }));
  scheduler.flush();
  return seen;
}

it('emits the message', async () => {
  for (const chunkBy of ['token', 'word', 1, 100] as const) {
    const options = { firstMs: 0, paceMs: 0, chunkBy };
    expect(await lastValueFrom(simulateMessage(message, options).pipe(finalMessage()))).toEqual(message);
  }
});

it('emits the first events after firstMs, and a delta every paceMs on average', () => {
  const long = buildMessage({ content: 'word '.repeat(400) });
  const seen = timesOf({ firstMs: 250, paceMs: 40, chunkBy: 5 }, long);
  const [first, , , ...rest] = seen;
  const deltas = rest.filter(({ event }) => event.type === 'content_block_delta');
  const gaps = deltas.slice(1).map(({ ms }, i) => ms - (deltas[i]?.ms ?? 0));

  expect(first?.ms).toBe(250);
  expect(seen.slice(0, 3).map(({ event, ms }) => [event.type, ms])).toEqual([
    ['message_start', 250],
    ['content_block_start', 250],
    ['ping', 250],
  ]);
  expect(deltas).toHaveLength(400);
  expect(Math.min(...gaps)).toBeGreaterThanOrEqual(20);
  expect(Math.max(...gaps)).toBeLessThanOrEqual(60);
  expect(gaps.reduce((sum, gap) => sum + gap, 0) / gaps.length).toBeCloseTo(40, -0.5);
  expect(new Set(gaps).size).toBeGreaterThan(10);
  expect(seen.at(-1)?.ms).toBe(deltas.at(-1)?.ms);
});

it('has the same lengths and times for the same seed, and for every subscription', () => {
  expect(timesOf({ seed: 7 })).toEqual(timesOf({ seed: 7 }));
  expect(timesOf({ seed: 7 })).not.toEqual(timesOf({ seed: 8 }));
  expect(timesOf({})).toEqual(timesOf({ seed: 1 }));

  const scheduler = new VirtualTimeScheduler();
  const event$ = simulateMessage(message, { scheduler });
  const runs: MessageStreamEvent[][] = [[], []];
  event$.subscribe((event) => runs[0]?.push(event));
  event$.subscribe((event) => runs[1]?.push(event));
  scheduler.flush();

  expect(runs[0]).toEqual(runs[1]);
});

it('splits by words, or by a length', async () => {
  const textOf = (options: SimulateMessageOptions): Promise<string[]> =>
    lastValueFrom(
      simulateMessage(buildMessage({ content: '  One two\nthree 😀.' }), { firstMs: 0, paceMs: 0, ...options }).pipe(
        textDeltas(),
        toArray(),
      ),
    );

  expect(await textOf({ chunkBy: 'word' })).toEqual(['  One ', 'two\n', 'three ', '😀.']);
  expect(await textOf({ chunkBy: 4 })).toEqual(['  On', 'e tw', 'o\nth', 'ree ', '😀.']);
});

it('has a ping, unless it is not to have any', () => {
  const pings = (options: SimulateMessageOptions) =>
    timesOf(options).filter(({ event }) => event.type === 'ping').length;

  expect([pings({}), pings({ pings: false })]).toEqual([1, 0]);
  expect(timesOf({}, buildMessage())).toHaveLength(3);
});

describe('a failure', () => {
  const read = (options: SimulateMessageOptions) =>
    outcomeOf(simulateMessage(message, { firstMs: 0, paceMs: 0, ...options }));

  it('is the typed error of an error event, halfway by default', async () => {
    const { length } = eventsOf(message, { deltaLength: 1000, pingEvery: 1000 });
    const options = { error: errorEvent('overloaded_error', 'Overloaded'), chunkBy: 1000, pings: false };
    const { values, error } = await read(options);

    expect(error).toMatchObject({ name: 'OverloadedError', status: 529, phase: 'mid-content' });
    expect(values).toHaveLength(Math.floor(length / 2));
    expect((await read({ ...options, cutAt: 2 })).values).toHaveLength(2);
    expect((await read({ ...options, cutAt: 0 })).error).toMatchObject({ phase: 'before-content' });
  });

  it('is an error itself', async () => {
    const error = new APIConnectionError('The connection was lost.');

    expect((await read({ error })).error).toBe(error);
  });

  it('is IncompleteMessageError if the events just end', async () => {
    const { values, error } = await read({ cutAt: 4 });

    expect(values).toHaveLength(4);
    expect(error).toMatchObject({ name: 'IncompleteMessageError' });
  });
});

it('needs no scheduler for virtual time', () => {
  let count = 0;
  new TestScheduler(expectFrames).run(({ expectObservable }) => {
    const text$ = simulateMessage(buildMessage({ content: 'One two.' }), {
      chunkBy: 'word',
      paceMs: 0,
      firstMs: 90,
    }).pipe(
      textDeltas(),
      map((text) => `${(count += 1)} ${text}`),
    );
    expectObservable(text$).toBe('90ms (ab|)', { a: '1 One ', b: '2 two.' });
  });

  expect(count).toBe(2);
});

it('stops when its consumer unsubscribes', () => {
  const scheduler = new VirtualTimeScheduler();
  const seen: MessageStreamEvent[] = [];
  const subscription = simulateMessage(message, { scheduler }).subscribe((event) => {
    seen.push(event);
    if (seen.length === 5) subscription.unsubscribe();
  });
  scheduler.flush();

  expect(seen).toHaveLength(5);
});

it.each<[SimulateMessageOptions, string]>([
  [{ firstMs: -1 }, 'firstMs must be'],
  [{ paceMs: NaN }, 'paceMs must be'],
  [{ cutAt: -1 }, 'cutAt must be'],
  [{ chunkBy: 0 }, "chunkBy must be 'token', 'word' or an integer of at least 1, got 0"],
  [{ chunkBy: 1.5 }, 'chunkBy must be'],
  [{ chunkBy: 'line' as 'word' }, 'chunkBy must be'],
])('%j is refused at call time', (options, reason) => {
  expect(() => simulateMessage(message, options)).toThrow(RangeError);
  expect(() => simulateMessage(message, options)).toThrow(`simulateMessage: ${reason}`);
});

it('has the type of a source', () => {
  const event$ = simulateMessage(message);

  expectTypeOf(event$).toEqualTypeOf<Observable<MessageStreamEvent>>();
  expect(event$.pipe(accumulateMessage())).toBeDefined();
});
