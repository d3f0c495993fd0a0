import Anthropic from '@anthropic-ai/sdk';
import { expectTypeOf } from 'expect-type';
import { concat, concatMap, defer, EMPTY, from, NEVER, Observable, of, range, throwError } from 'rxjs';
import {
  fromResponse,
  OverloadedError,
  streamMessage,
  textDeltas,
  toAsyncIterable,
  type Demand,
  type MessageStreamEvent,
} from '../../src/index.js';
import { buildMessage, errorEvent, eventsOf, sseOf } from '../../src/testing/index.js';
import { eventStream } from '../source/support/bodies.js';
import { outcomeOf, settle } from '../source/support/outcome.js';
import { createSource, failOnUnhandledRejections, failure, iterate, loop, startBusyLoop } from './support/loops.js';

const unhandled = failOnUnhandledRejections();

it('the specs notice an unhandled rejection', async () => {
  const rejected = Promise.reject(new Error('unhandled'));
  await settle();
  const count = unhandled.length;
  await expect(rejected).rejects.toThrow('unhandled'); // handled after all, or Jest would fail this test, as it should
  await settle();
  unhandled.length = 0;

  expect(count).toBe(1);
});

describe('a loop', () => {
  it('receives the values, then the completion', async () => {
    expect(await loop(toAsyncIterable(of(1, 2, 3)))).toEqual({ values: [1, 2, 3], ended: 'completed', error: undefined }); // prettier-ignore
    expect(await loop(toAsyncIterable(EMPTY))).toEqual({ values: [], ended: 'completed', error: undefined });
  });

  it('receives the values, then the error, even if it is slow', async () => {
    const source = concat(
      of(1, 2, 3),
      throwError(() => failure),
    );
    const result = await loop(toAsyncIterable(source), settle);

    expect(result).toEqual({ values: [1, 2, 3], ended: 'failed', error: failure });
    expect(result.error).toBe(failure);
  });

  it('can continue an iteration that has begun', async () => {
    const iterator = toAsyncIterable(of(1, 2, 3))[Symbol.asyncIterator]();
    const first = await iterator.next();
    const rest: number[] = [];
    for await (const value of iterator) rest.push(value);

    expect([first.value, rest]).toEqual([1, [2, 3]]);
  });

  it('receives each value when it arrives', async () => {
    const { source, push, complete } = createSource<string>();
    const values: string[] = [];
    const done = (async () => {
      for await (const value of toAsyncIterable(source)) values.push(value);
    })();
    await settle();

    for (const [count, value] of ['a', 'b', 'c'].entries()) {
      push(value);
      await settle();

      expect(values).toHaveLength(count + 1);
    }
    complete();
    await done;

    expect(values).toEqual(['a', 'b', 'c']);
  });

  it('is one subscription, created when it requests the first value', async () => {
    const { source, log, push } = createSource<number>();
    const iterable = toAsyncIterable(source);
    const iterator = iterable[Symbol.asyncIterator]();
    await settle();

    expect(log.subscribed).toBe(0);

    const results = [iterator.next(), iterator.next()];

    expect(log.subscribed).toBe(1);

    const other = iterable[Symbol.asyncIterator]().next();
    push(1, 2);

    expect(log.subscribed).toBe(2);
    expect(await Promise.all(results)).toEqual([1, 2].map((value) => ({ done: false, value })));
    expect(await other).toEqual({ done: false, value: 1 });
  });

  it('creates its source with a function, once, when it requests the first value', async () => {
    const create = jest.fn<Observable<number>, [Demand]>(() => of(1, 2));
    const iterable = toAsyncIterable(create);

    expect(create).not.toHaveBeenCalled();
    expect((await loop(iterable)).values).toEqual([1, 2]);
    expect((await loop(iterable)).values).toEqual([1, 2]);
    expect(create).toHaveBeenCalledTimes(2);
    expect(create.mock.calls[0]?.[0]).not.toBe(create.mock.calls[1]?.[0]);
  });

  it('fails with the error that this function throws', async () => {
    const throws = () => {
      throw failure;
    };

    expect(await loop(toAsyncIterable(throws))).toEqual({ values: [], ended: 'failed', error: failure });
  });

  it('receives undefined and null as values and as errors', async () => {
    const values = [undefined, null, undefined];
    for (const error of [undefined, null]) {
      const source = concat(
        from(values),
        throwError(() => error), // eslint-disable-line rxjs-x/throw-error -- a source may do it anyway
      );

      expect(await loop(toAsyncIterable(source), settle)).toEqual({ values, ended: 'failed', error });
    }
  });

  it('receives promises and Observables unchanged', async () => {
    const values = [Promise.resolve(1), of(2)];
    const result = await loop(toAsyncIterable(from(values)));

    expect(result.values[0]).toBe(values[0]);
    expect(result.values[1]).toBe(values[1]);
  });

  it('receives many queued values', async () => {
    const count = 200_000;
    const { values } = await loop(toAsyncIterable(range(0, count)));

    expect(values).toHaveLength(count);
    expect(values.every((value, i) => value === i)).toBe(true);
  });
});

describe('leaving a loop', () => {
  const bodyError = new Error('of the body');

  it.each<[string, (iterable: AsyncIterable<number>) => Promise<unknown>]>([
    [
      'break',
      async (iterable) => {
        for await (const value of iterable) if (value === 1) break;
      },
    ],
    [
      'return',
      async (iterable) => {
        for await (const value of iterable) if (value === 1) return;
      },
    ],
    [
      'an error in the body',
      async (iterable) => {
        for await (const value of iterable) if (value === 1) throw bodyError;
      },
    ],
  ])('by %s unsubscribes, and discards the queue', async (by, leave) => {
    const { source, log, push } = createSource<number>();
    const iterator = iterate(source);
    const outcome = leave({ [Symbol.asyncIterator]: () => iterator }).catch((error: unknown) => error);
    push(1, 2, 3);

    expect(await outcome).toBe(by === 'an error in the body' ? bodyError : undefined);
    expect(log).toEqual({ subscribed: 1, unsubscribed: 1 });
    expect(await iterator.next()).toEqual({ done: true, value: undefined });
  });

  it('unsubscribes synchronously', async () => {
    const { source, log, push } = createSource<number>();
    const iterator = iterate(source);
    const first = iterator.next();
    push(1, 2);
    const returned = iterator.return();

    expect(log.unsubscribed).toBe(1);
    expect([await first, await returned]).toEqual([
      { done: false, value: 1 },
      { done: true, value: undefined },
    ]);
  });

  it('completes the pending reads in order', async () => {
    const { source, log } = createSource<number>();
    const iterator = iterate(source);
    const order: number[] = [];
    const results = [iterator.next(), iterator.next(), iterator.return('x')];
    results.forEach((result, i) => void result.then(() => order.push(i)));

    expect(await Promise.all(results)).toEqual([
      { done: true, value: undefined },
      { done: true, value: undefined },
      { done: true, value: 'x' },
    ]);
    expect(order).toEqual([0, 1, 2]);
    expect(log.unsubscribed).toBe(1);
  });

  it('before its first read means that it never subscribes', async () => {
    const { source, log } = createSource<number>();
    const iterator = iterate(source);
    await iterator.return();

    expect(await iterator.next()).toEqual({ done: true, value: undefined });
    expect(log.subscribed).toBe(0);
  });

  it('discards an error that it has not received yet', async () => {
    const source = createSource<number>();
    const iterator = await startBusyLoop(source, 1, {});
    source.push(2);
    source.fail(failure);
    await iterator.return();

    expect(await iterator.next()).toEqual({ done: true, value: undefined });
  });

  it('unsubscribes from a source that is still in its subscribe function', async () => {
    const log = { emitted: 0 };
    const source = new Observable<number>((subscriber) => {
      void iterator.return();
      while (!subscriber.closed && log.emitted < 10) subscriber.next((log.emitted += 1));
    });
    const iterator = iterate(source);

    expect(await iterator.next()).toEqual({ done: true, value: undefined });
    expect(log.emitted).toBe(0);
  });
});

describe('the end', () => {
  it('is the result of every later next()', async () => {
    const iterator = iterate(of(1));

    expect(await iterator.next()).toEqual({ done: false, value: 1 });
    for (let i = 0; i < 3; i += 1) expect(await iterator.next()).toEqual({ done: true, value: undefined });
  });

  it('reports an error once, then completes', async () => {
    const iterator = iterate(throwError(() => failure));

    await expect(iterator.next()).rejects.toBe(failure);
    for (let i = 0; i < 3; i += 1) expect(await iterator.next()).toEqual({ done: true, value: undefined });
  });

  it('rejects the first pending read with the error, and completes the others', async () => {
    const { source, push, fail } = createSource<number>();
    const iterator = iterate(source);
    const results = Promise.allSettled([iterator.next(), iterator.next(), iterator.next(), iterator.next()]);
    push(1);
    fail(failure);

    expect(await results).toEqual([
      { status: 'fulfilled', value: { done: false, value: 1 } },
      { status: 'rejected', reason: failure },
      { status: 'fulfilled', value: { done: true, value: undefined } },
      { status: 'fulfilled', value: { done: true, value: undefined } },
    ]);
  });

  it('completes all pending reads, if there is no error', async () => {
    const { source, complete } = createSource<number>();
    const iterator = iterate(source);
    const results = Promise.all([iterator.next(), iterator.next()]);
    complete();

    expect(await results).toEqual(Array(2).fill({ done: true, value: undefined }));
  });

  it('leaves no unhandled rejection if no read receives the error', async () => {
    const source = createSource<number>();
    await startBusyLoop(source, 1, {});
    source.fail(failure);
    await settle();

    expect(unhandled).toEqual([]);
  });

  it('follows the queued values', async () => {
    const source = createSource<number>();
    const iterator = await startBusyLoop(source, 1, {});
    source.push(2);
    source.complete();
    await settle();

    expect(await iterator.next()).toEqual({ done: false, value: 2 });
    expect(await iterator.next()).toEqual({ done: true, value: undefined });
  });
});

describe('options', () => {
  it.each([
    [0, '0'],
    [-1, '-1'],
    [0.5, '0.5'],
    [NaN, 'NaN'],
    ['8' as unknown as number, "'8'"],
    [null as unknown as number, 'null'],
  ])('throws at call time if highWaterMark is %p', (highWaterMark, quote) => {
    expect(() => toAsyncIterable(NEVER, { highWaterMark })).toThrow(
      new RangeError(`toAsyncIterable: highWaterMark must be a number of at least 1, got ${quote}.`),
    );
  });

  it('throws at call time if whenFull has another value', () => {
    const whenFull = 'drop' as 'merge'; // as JavaScript may pass it

    expect(() => toAsyncIterable(NEVER, { whenFull })).toThrow(
      new TypeError("toAsyncIterable: whenFull must be one of 'merge', 'pause', 'fail', got 'drop'."),
    );
  });

  it("throws at call time if whenFull is 'pause' and the source cannot wait, with the code to write instead", () => {
    expect(() => toAsyncIterable(NEVER, { whenFull: 'pause' })).toThrow(
      new TypeError(
        "toAsyncIterable: whenFull 'pause' needs a source that can wait. Pass a function that gives it the demand: " +
          "toAsyncIterable((demand) => streamMessage(params, { demand }), { whenFull: 'pause' }).",
      ),
    );
    expect(() => toAsyncIterable(() => NEVER, { whenFull: 'pause' })).not.toThrow();
  });
});

describe('a slow consumer of a stream that fails', () => {
  const params = { model: 'claude-sonnet-5-5', max_tokens: 64, messages: [{ role: 'user' as const, content: 'Hi' }] };
  const events = eventsOf(buildMessage({ content: 'Hello, world. How are you?' })).slice(0, 5);
  const answer = { apiKey: 'k', fetch: () => Promise.resolve(eventStream(sseOf([...events, errorEvent('overloaded_error', 'Overloaded')]))) }; // prettier-ignore

  it("loses the error with the SDK's MessageStream", async () => {
    const stream = new Anthropic({ ...answer, maxRetries: 0, logLevel: 'off' }).messages.stream(params);
    stream.on('error', () => undefined);
    const { values, ended } = await loop(stream, settle);

    expect(values).toHaveLength(events.length);
    expect(ended).toBe('completed');
  });

  it('loses values with concatMap', async () => {
    const slow = concatMap((event: MessageStreamEvent) => defer(() => settle().then(() => event)));
    const { values, ended } = await outcomeOf(streamMessage(params, answer).pipe(slow));

    expect(values.length).toBeLessThan(events.length);
    expect(ended).toBe('failed');
  });

  it('receives all values and the error with toAsyncIterable', async () => {
    const { values, error } = await loop(toAsyncIterable(streamMessage(params, answer)), settle);

    expect(values).toEqual(events);
    expect(error).toBeInstanceOf(OverloadedError);
  });
});

describe('types', () => {
  it('infers the type of the values', async () => {
    const text$ = from<MessageStreamEvent[]>([]).pipe(textDeltas());
    for await (const text of toAsyncIterable(text$)) expectTypeOf(text).toEqualTypeOf<string>();

    expectTypeOf(toAsyncIterable(text$)).toExtend<AsyncIterable<string>>();
    expectTypeOf(toAsyncIterable(() => of(1, 'a'))).toExtend<AsyncIterable<string | number>>();
    expectTypeOf(toAsyncIterable((demand) => fromResponse(new Response(), { demand }))).toExtend<
      AsyncIterable<MessageStreamEvent>
    >();
    const iterator = toAsyncIterable(text$)[Symbol.asyncIterator]();
    for await (const text of iterator) expectTypeOf(text).toEqualTypeOf<string>();
    // @ts-expect-error -- a promise is not an Observable
    expect(() => toAsyncIterable(Promise.resolve(1))).not.toThrow();
    // @ts-expect-error -- not one of the values
    expect(() => toAsyncIterable(text$, { whenFull: 'drop' })).toThrow(TypeError);
  });
});
