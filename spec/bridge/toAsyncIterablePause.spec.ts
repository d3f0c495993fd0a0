import { concat, NEVER, of } from 'rxjs';
import {
  fromResponse,
  toAsyncIterable,
  type Demand,
  type MessageStreamEvent,
  type ToAsyncIterableOptions,
} from '../../src/index.js';
import { buildMessage, eventsOf, sseOf } from '../../src/testing/index.js';
import { bytesOf, eventStream } from '../source/support/bodies.js';
import { settle } from '../source/support/outcome.js';
import { createSource, failOnUnhandledRejections, failure, readRest } from './support/loops.js';

failOnUnhandledRejections();

describe("toAsyncIterable, whenFull: 'pause'", () => {
  /** Starts a loop that is `count` values behind. Returns it, its source, and what the demand of the source returns. */
  async function startLoopBehind(
    count: number,
    highWaterMark = 4,
    whenFull: ToAsyncIterableOptions['whenFull'] = 'pause',
  ) {
    const source = createSource<number>();
    let demand: Demand | undefined;
    const iterable = toAsyncIterable(
      (demandOfLoop) => {
        demand = demandOfLoop;
        return source.source;
      },
      { whenFull, highWaterMark },
    );
    const iterator = iterable[Symbol.asyncIterator]() as Required<AsyncIterator<number>>;
    const first = iterator.next();
    const ready = () => demand?.ready();

    expect(ready()).toBeUndefined();

    source.push(0);
    await first;
    for (let i = 1; i <= count; i += 1) source.push(i);
    /** Observes the promise that the source waits for. */
    const wait = () => {
      const state = { isResolved: false };
      void ready()?.then(() => {
        state.isResolved = true;
      });
      return state;
    };
    return { source, iterator, ready, wait };
  }

  it('makes the source wait once highWaterMark values are queued', async () => {
    expect((await startLoopBehind(3)).ready()).toBeUndefined();
    expect((await startLoopBehind(4)).ready()).toBeInstanceOf(Promise);
    expect((await startLoopBehind(9)).ready()).toBeInstanceOf(Promise);
    expect((await startLoopBehind(100, Infinity)).ready()).toBeUndefined();
  });

  it.each([
    [4, 2],
    [5, 3],
    [2, 1],
    [1, 1],
  ])('lets the source continue once half of %i queued values have been read', async (highWaterMark, taken) => {
    const { iterator, ready, wait } = await startLoopBehind(highWaterMark, highWaterMark);
    const state = wait();
    for (let i = 1; i <= taken; i += 1) {
      await settle();

      expect(state.isResolved).toBe(false);
      expect(ready()).toBeInstanceOf(Promise);

      await iterator.next();
    }
    await settle();

    expect(state.isResolved).toBe(true);
    expect(ready()).toBeUndefined();
  });

  it('makes the source wait again and again, and loses nothing', async () => {
    const { source, iterator, wait } = await startLoopBehind(4);
    const values: number[] = [];
    for (let round = 0; round < 3; round += 1) {
      const state = wait();
      await settle();

      expect(state.isResolved).toBe(false);

      for (let i = 0; i < 4; i += 1) values.push((await iterator.next()).value as number);
      await settle();

      expect(state.isResolved).toBe(true);

      source.push(...[5, 6, 7, 8].map((value) => value + round * 4));
    }

    expect(values).toEqual(Array.from({ length: 12 }, (_, i) => i + 1));
  });

  it('returns the same promise until the source may continue', async () => {
    const { ready } = await startLoopBehind(4);

    expect(ready()).toBe(ready());
  });

  it('queues values of a source that does not wait', async () => {
    const { source, iterator } = await startLoopBehind(20);
    source.complete();

    expect((await readRest(iterator)).values).toEqual(Array.from({ length: 20 }, (_, i) => i + 1));
  });

  it('lets the source continue when the loop is left, so that it notices', async () => {
    const { iterator, wait, ready } = await startLoopBehind(4);
    const state = wait();
    await iterator.return();
    await settle();

    expect(state.isResolved).toBe(true);
    expect(ready()).toBeUndefined();
  });

  it.each(['fail', 'complete'] as const)('lets the source continue when it ends itself (%s)', async (how) => {
    const { source, wait, ready } = await startLoopBehind(4);
    const state = wait();
    source[how](failure);
    await settle();

    expect(state.isResolved).toBe(true);
    expect(ready()).toBeUndefined();
  });

  it.each(['merge', 'fail'] as const)('never makes the source wait with %j', async (whenFull) => {
    expect((await startLoopBehind(4, 4, whenFull)).ready()).toBeUndefined();
    expect((await startLoopBehind(5, 4, whenFull)).ready()).toBeUndefined();
  });

  it('pauses and resumes reading a response, to its end', async () => {
    const events = eventsOf(buildMessage({ content: 'x'.repeat(100) }), { deltaLength: 1 });
    const frames = events.map((event) => bytesOf(sseOf([event])));
    let reads = 0;
    const body = new ReadableStream<Uint8Array>(
      {
        pull(controller) {
          const frame = frames[reads];
          reads += 1;
          if (frame === undefined) controller.close();
          else controller.enqueue(frame);
        },
      },
      { highWaterMark: 0 },
    );
    const iterable = toAsyncIterable((demand) => fromResponse(eventStream(body), { demand }), {
      whenFull: 'pause',
      highWaterMark: 10,
    });
    const values: MessageStreamEvent[] = [];
    let mostQueued = 0;
    for await (const event of iterable) {
      await settle();
      values.push(event);
      mostQueued = Math.max(mostQueued, reads - values.length);
    }

    expect(values).toEqual(events);
    expect(mostQueued).toBe(10);
  });

  it('has a separate demand for each loop', async () => {
    const full = concat(of(1, 2, 3), NEVER);
    const demands: Demand[] = [];
    const iterable = toAsyncIterable(
      (demand) => {
        demands.push(demand);
        return demands.length === 1 ? full : NEVER;
      },
      { whenFull: 'pause', highWaterMark: 2 },
    );
    await iterable[Symbol.asyncIterator]().next();
    void iterable[Symbol.asyncIterator]().next();

    expect(demands.map((demand) => demand.ready())).toEqual([expect.any(Promise), undefined]);
  });
});
