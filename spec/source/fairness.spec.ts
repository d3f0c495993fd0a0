/** How sources yield to the event loop, in virtual time: the consumer works for some ms per event, and the spec ends each turn. */
import { tap, type Observable } from 'rxjs';
import {
  APIConnectionError,
  APIConnectionTimeoutError,
  APIUserAbortError,
  fromResponse,
  fromSdkStream,
  serverSentEvents,
  streamMessage,
  type ResponseOptions,
} from '../../src/index.js';
import { buildMessage, eventsOf, sseOf } from '../../src/testing/index.js';
import { bodyOf, eventStream, terminated, writtenBody } from './support/bodies.js';
import { virtualClock } from './support/clock.js';
import { params } from './support/greeting.js';
import { outcomeOf, settle, watch } from './support/outcome.js';

const events = eventsOf(buildMessage({ content: 'word '.repeat(2000) }), { deltaLength: 5 });
const frames = events.map((event) => sseOf([event]));
/** The most events that are emitted before the clock is read: those of 16 KiB. */
const PIECE = 150;
/** How long a consumer works per event by default, in ms: a binary fraction, so that the clock is exact. */
const WORK_MS = 1 / 32;
const noTimeouts = { headersMs: Infinity, firstEventMs: Infinity, idleMs: Infinity };

type Create = (body: ReadableStream<Uint8Array>, options: ResponseOptions) => Observable<unknown>;

const SOURCES: [string, Create][] = [
  ['fromResponse', (body, options) => fromResponse(eventStream(body), options)],
  ['serverSentEvents', (body, options) => serverSentEvents(eventStream(body), options)],
  [
    'streamMessage',
    (body, options) =>
      streamMessage(params, { apiKey: 'k', fetch: () => Promise.resolve(eventStream(body)), ...options }),
  ],
];

/** Reads a body with a consumer that works for so many ms per event. */
function read(
  body: ReadableStream<Uint8Array>,
  {
    workMs = WORK_MS,
    create = SOURCES[0]?.[1],
    ...options
  }: ResponseOptions & { workMs?: number; create?: Create } = {},
) {
  const clock = virtualClock();
  const work = tap(() => {
    clock.scheduler.frame += workMs;
  });
  const source = create?.(body, { scheduler: clock.scheduler, timeout: noTimeouts, ...options });
  if (source === undefined) throw new Error('There is no source.');
  const seen = watch(source.pipe(work));
  return {
    clock,
    seen,
    /** Whether the source waits for another turn. */
    isYielding: () => clock.timers > 0,
    /** Lets the source have turns until it has ended. Returns how many events it emitted in each. */
    async turns(): Promise<number[]> {
      const counts: number[] = [];
      for (;;) {
        const before = seen.values.length;
        await settle();
        counts.push(seen.values.length - before);
        if (clock.timers === 0) return counts;
        clock.advance(0);
      }
    },
  };
}

describe.each(SOURCES)('%s', (_, create) => {
  it.each([
    ['one chunk', [frames.join('')]],
    ['chunks of one event', frames],
    ['chunks of 100 bytes', frames.join('').match(/[^]{1,100}/g) ?? []],
  ])('yields every 8 ms while data keeps arriving, in %s', async (_, chunks) => {
    const { seen, turns } = read(bodyOf(chunks), { create });
    const counts = await turns();

    expect(seen).toMatchObject({ ended: 'completed', values: { length: events.length } });
    expect(counts.length).toBeGreaterThan(3);
    expect(Math.min(...counts.slice(0, -1))).toBeGreaterThanOrEqual(8 / WORK_MS);
    expect(Math.max(...counts)).toBeLessThanOrEqual(8 / WORK_MS + PIECE);
  });

  it('emits the same events in the same order', async () => {
    const inOneTurn = read(bodyOf([frames.join('')]), { create, yieldAfterMs: Infinity });

    expect(await inOneTurn.turns()).toEqual([events.length]);

    const inTurns = read(bodyOf([frames.join('')]), { create });
    await inTurns.turns();

    expect(inTurns.seen.values).toEqual(inOneTurn.seen.values);
  });

  it('emits nothing more once its subscriber has unsubscribed', async () => {
    const body = writtenBody();
    const { clock, seen, isYielding } = read(body.stream, { create });
    body.write(frames.join(''));
    await settle();
    const emitted = seen.values.length;

    expect(isYielding()).toBe(true);

    seen.subscription.unsubscribe();

    expect(isYielding()).toBe(false);

    await settle();
    clock.advance(100);
    await settle();

    expect(seen.values).toHaveLength(emitted);
    expect(body.isCancelled).toBe(true);
  });

  it.each([-1, NaN, -Infinity])('rejects a yieldAfterMs of %p at call time', (yieldAfterMs) => {
    expect(() => create(bodyOf([]), { yieldAfterMs })).toThrow(RangeError);
    expect(() => create(bodyOf([]), { yieldAfterMs })).toThrow(
      `yieldAfterMs must be a number of at least 0, got ${yieldAfterMs}.`,
    );
  });
});

describe('yieldAfterMs', () => {
  it('is how long the source works in one turn', async () => {
    const { turns } = read(bodyOf(frames), { workMs: 1, yieldAfterMs: 20 });
    const counts = await turns();

    expect(new Set(counts.slice(0, -1))).toEqual(new Set([20]));
  });

  it('of Infinity means that the source never yields', async () => {
    const { seen, turns } = read(bodyOf(frames), { workMs: 1000, yieldAfterMs: Infinity });

    expect(await turns()).toEqual([events.length]);
    expect(seen.ended).toBe('completed');
  });

  it('of 0 means that the source yields after each chunk', async () => {
    const { turns } = read(bodyOf(frames), { workMs: 0, yieldAfterMs: 0 });

    expect(await turns()).toEqual([...frames.map(() => 1), 0]);
  });
});

describe('a turn', () => {
  it('does not separate the events of a chunk that a socket delivers', async () => {
    const chunks = [frames.slice(0, 100).join(''), frames.slice(100).join('')];
    const { turns } = read(bodyOf(chunks), { workMs: 1 });

    expect((await turns())[0]).toBe(100);
  });

  it('ends while the source waits for data, so that a slow stream never yields', async () => {
    const body = writtenBody();
    const { clock, seen, isYielding } = read(body.stream, { workMs: 5 });
    for (const frame of frames.slice(0, 50)) {
      clock.advance(8);
      body.write(frame);
      await settle();

      expect(isYielding()).toBe(false);
    }

    expect(seen.values).toHaveLength(50);
    seen.subscription.unsubscribe();
  });

  it('lasts through short waits', async () => {
    const body = writtenBody();
    const { clock, isYielding, seen } = read(body.stream, { workMs: 1 });
    const yields: boolean[] = [];
    for (const frame of frames.slice(0, 3)) {
      clock.advance(3);
      body.write(frame);
      await settle();
      yields.push(isYielding());
    }

    expect(yields).toEqual([false, false, true]); // after 1, 5 and 9 ms
    seen.subscription.unsubscribe();
  });

  it('ends even if a consumer works longer than it may last for each event', async () => {
    const { turns } = read(bodyOf(frames.slice(0, 20)), { workMs: 30 });

    expect(await turns()).toEqual([...Array<number>(20).fill(1), 0]);
  });

  it('ends if the clock is set back', async () => {
    const body = writtenBody();
    const { clock, seen, isYielding } = read(body.stream, { workMs: 3 });
    clock.scheduler.frame = 3_600_000;
    body.write(frames[0] ?? '');
    await settle();
    clock.scheduler.frame = 0;
    const yields: boolean[] = [];
    for (const frame of frames.slice(1, 4)) {
      body.write(frame);
      await settle();
      yields.push(isYielding());
    }

    expect(yields).toEqual([false, false, true]);
    seen.subscription.unsubscribe();
  });
});

describe('while the source waits for its next turn', () => {
  it('an abort fails the stream', async () => {
    const controller = new AbortController();
    const { clock, seen, isYielding } = read(bodyOf([frames.join('')]), { signal: controller.signal });
    await settle();

    expect(isYielding()).toBe(true);

    controller.abort();

    expect(seen.error).toBeInstanceOf(APIUserAbortError);
    expect(clock.timers).toBe(0);
  });

  it('a timeout is reported after the events that had arrived', async () => {
    const body = writtenBody();
    const { clock, seen } = read(body.stream, { timeout: { ...noTimeouts, totalMs: 1000 } });
    body.write(frames.slice(0, -1).join(''));
    await settle();

    expect(seen.values.length).toBeLessThan(events.length - 1);

    clock.scheduler.frame = 1000;
    clock.scheduler.actions.find(({ delay }) => delay === 1000)?.execute(undefined, 1000);

    expect(seen.values).toEqual(events.slice(0, -1));
    expect(seen.error).toBeInstanceOf(APIConnectionTimeoutError);
    expect(clock.timers).toBe(0);
  });

  it('a timeout completes the stream if the rest of it had arrived', async () => {
    const { clock, seen } = read(bodyOf([frames.join('')]), { timeout: { ...noTimeouts, totalMs: 1000 } });
    await settle();

    expect(seen.values.length).toBeLessThan(events.length);

    clock.scheduler.frame = 1000;
    clock.scheduler.actions.find(({ delay }) => delay === 1000)?.execute(undefined, 1000);

    expect(seen).toMatchObject({ ended: 'completed', values: { length: events.length } });
    expect(clock.timers).toBe(0);
  });

  it('a lost connection is reported after the events that had arrived', async () => {
    const { seen, turns } = read(bodyOf([frames.slice(0, -1).join('')], terminated()));
    await turns();

    expect(seen.values).toEqual(events.slice(0, -1));
    expect(seen.error).toBeInstanceOf(APIConnectionError);
  });
});

describe('fromSdkStream', () => {
  async function* stream() {
    for (const event of events) yield await Promise.resolve(event);
  }

  it('yields while the SDK has more events', async () => {
    const clock = virtualClock();
    const work = tap(() => {
      clock.scheduler.frame += 1;
    });
    const seen = watch(fromSdkStream(stream, { scheduler: clock.scheduler }).pipe(work));
    await settle();

    expect(seen.values).toHaveLength(32);
    expect(clock.timers).toBe(1);

    clock.advance(0);
    await settle();

    expect(seen.values).toHaveLength(64);

    seen.subscription.unsubscribe();

    expect(clock.timers).toBe(0);
  });

  it('emits all events in order', async () => {
    const { values, ended } = await outcomeOf(fromSdkStream(stream, { yieldAfterMs: 0 }));

    expect(values).toEqual(events);
    expect(ended).toBe('completed');
  });

  it.each([-1, NaN])('rejects a yieldAfterMs of %p at call time', (yieldAfterMs) => {
    expect(() => fromSdkStream(stream, { yieldAfterMs })).toThrow(RangeError);
  });
});

describe('without a scheduler, timers and I/O run between two turns', () => {
  /** How many turns of the event loop there were, and how many events had been emitted in each of them. */
  async function emittedByTurn(nextTurn: (run: () => void) => void): Promise<number[]> {
    const counts: number[] = [];
    let emitted = 0;
    let hasEnded = false;
    const count = () => {
      counts.push(emitted);
      if (!hasEnded) nextTurn(count);
    };
    nextTurn(count);
    await fromResponse(eventStream(bodyOf([frames.join('')])), { yieldAfterMs: 0 }).forEach(() => {
      emitted += 1;
    });
    hasEnded = true;
    return counts;
  }

  const { setImmediate, MessageChannel } = globalThis;

  afterEach(() => {
    Object.assign(globalThis, { setImmediate, MessageChannel });
  });

  it.each([
    ['setImmediate', {}],
    ['a MessageChannel', { setImmediate: undefined }],
    ['setTimeout', { setImmediate: undefined, MessageChannel: undefined }],
  ])('with %s', async (_, missing) => {
    Object.assign(globalThis, missing);
    const counts = await emittedByTurn((run) => setImmediate(run));

    expect(new Set(counts).size).toBeGreaterThan(5);
    expect(counts).toEqual([...counts].sort((a, b) => a - b));
  });
});
