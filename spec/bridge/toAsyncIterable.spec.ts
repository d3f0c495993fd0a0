import { runInThisContext } from 'node:vm';
import Anthropic from '@anthropic-ai/sdk';
import { expectTypeOf } from 'expect-type';
import fc from 'fast-check';
import { concat, concatMap, defer, EMPTY, from, NEVER, Observable, of, range, Subject, throwError } from 'rxjs';
import {
  AnthropicError,
  fromResponse,
  OverloadedError,
  streamMessage,
  textDeltas,
  type ContentBlockDeltaEvent,
  type MessageStreamEvent,
} from '../../src/index.js';
import { LONGEST_JOINED } from '../../src/bridge/joined.js';
import { toAsyncIterable, type ToAsyncIterableOptions } from '../../src/bridge/toAsyncIterable.js';
import type { Demand } from '../../src/rx/demand.js';
import { buildMessage, errorEvent, eventsOf, sseOf } from '../../src/testing/index.js';
import { bytesOf, eventStream } from '../source/support/bodies.js';
import { outcomeOf, settle } from '../source/support/outcome.js';
import { deepFreeze } from '../support/deepFreeze.js';

const failed = new Error('of the source');

/** What Node has heard of. Jest's own `process` is a copy that hears of nothing; this is the one that it was made of. */
const heard: unknown[] = [];
const hear = (reason: unknown) => heard.push(reason);
const node = runInThisContext('process') as NodeJS.Process;

beforeEach(() => {
  heard.length = 0;
  node.on('unhandledRejection', hear);
});

afterEach(async () => {
  await settle();
  node.off('unhandledRejection', hear);
  if (heard.length > 0) throw new Error('there was an unhandled rejection', { cause: heard[0] });
});

it('an unhandled rejection is heard of, if there is one', async () => {
  const rejected = Promise.reject(new Error('unhandled'));
  await settle();
  const count = heard.length;
  await expect(rejected).rejects.toThrow('unhandled'); // handled after all, or Jest would fail this test, as it should
  await settle();
  heard.length = 0;

  expect(count).toBe(1);
});

/** A source that the spec feeds, and that counts who has come and left. */
function fed<T>() {
  const subject = new Subject<T>();
  const log = { subscribed: 0, left: 0 };
  const source = new Observable<T>((subscriber) => {
    log.subscribed += 1;
    subscriber.add(() => {
      log.left += 1;
    });
    return subject.subscribe(subscriber);
  });
  const push = (...values: T[]) => {
    for (const value of values) subject.next(value);
  };
  return {
    source,
    log,
    push,
    fail: (error: Error) => {
      subject.error(error);
    },
    end: () => {
      subject.complete();
    },
  };
}

const open = <T>(source: Observable<T>, options?: ToAsyncIterableOptions) =>
  toAsyncIterable(source, options)[Symbol.asyncIterator]() as Required<AsyncIterator<T, unknown, undefined>>;

/** What a loop got, and how it ended. */
async function looped<T>(iterable: AsyncIterable<T>, work: () => Promise<unknown> = () => Promise.resolve()) {
  const values: T[] = [];
  try {
    for await (const value of iterable) {
      values.push(value);
      await work();
    }
  } catch (error) {
    return { values, ended: 'failed', error };
  }
  return { values, ended: 'completed', error: undefined };
}

/** Subscribes, with the value that was waited for, so that all that comes after it has to wait. */
async function busy<T>(fedSource: ReturnType<typeof fed<T>>, first: T, options: ToAsyncIterableOptions) {
  const iterator = open(fedSource.source, options);
  const result = iterator.next();
  fedSource.push(first);
  await result;
  return iterator;
}

/** All that an iterator still has, and how it ends. */
const rest = <T>(iterator: AsyncIterator<T>) => looped({ [Symbol.asyncIterator]: () => iterator });

describe('a loop', () => {
  it('gets the values, then the end', async () => {
    expect(await looped(toAsyncIterable(of(1, 2, 3)))).toEqual({ values: [1, 2, 3], ended: 'completed', error: undefined }); // prettier-ignore
    expect(await looped(toAsyncIterable(EMPTY))).toEqual({ values: [], ended: 'completed', error: undefined });
  });

  it('gets the values, then the error, also when it is slow', async () => {
    const source = concat(
      of(1, 2, 3),
      throwError(() => failed),
    );
    const result = await looped(toAsyncIterable(source), settle);

    expect(result).toEqual({ values: [1, 2, 3], ended: 'failed', error: failed });
    expect(result.error).toBe(failed);
  });

  it('gets each value when it comes', async () => {
    const { source, push, end } = fed<string>();
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
    end();
    await done;

    expect(values).toEqual(['a', 'b', 'c']);
  });

  it('is one subscription, made when it asks for the first value', async () => {
    const { source, log, push } = fed<number>();
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

  it('makes its source by a function, once, when it asks for the first value', async () => {
    const create = jest.fn<Observable<number>, [Demand]>(() => of(1, 2));
    const iterable = toAsyncIterable(create);

    expect(create).not.toHaveBeenCalled();
    expect((await looped(iterable)).values).toEqual([1, 2]);
    expect((await looped(iterable)).values).toEqual([1, 2]);
    expect(create).toHaveBeenCalledTimes(2);
    expect(create.mock.calls[0]?.[0]).not.toBe(create.mock.calls[1]?.[0]);
  });

  it('fails with what that function throws', async () => {
    const throws = () => {
      throw failed;
    };

    expect(await looped(toAsyncIterable(throws))).toEqual({ values: [], ended: 'failed', error: failed });
  });

  it('gets undefined and null as values and as errors', async () => {
    const values = [undefined, null, undefined];
    for (const error of [undefined, null]) {
      const source = concat(
        from(values),
        throwError(() => error), // eslint-disable-line rxjs-x/throw-error -- what a source may do all the same
      );

      expect(await looped(toAsyncIterable(source), settle)).toEqual({ values, ended: 'failed', error });
    }
  });

  it('gets promises and Observables as they are', async () => {
    const values = [Promise.resolve(1), of(2)];
    const result = await looped(toAsyncIterable(from(values)));

    expect(result.values[0]).toBe(values[0]);
    expect(result.values[1]).toBe(values[1]);
  });

  it('gets many values that waited', async () => {
    const count = 200_000;
    const { values } = await looped(toAsyncIterable(range(0, count)));

    expect(values).toHaveLength(count);
    expect(values.every((value, i) => value === i)).toBe(true);
  });
});

describe('leaving a loop', () => {
  const failure = new Error('of the body');

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
        for await (const value of iterable) if (value === 1) throw failure;
      },
    ],
  ])('by %s unsubscribes, and drops what waits', async (by, leave) => {
    const { source, log, push } = fed<number>();
    const iterator = open(source);
    const left = leave({ [Symbol.asyncIterator]: () => iterator }).catch((error: unknown) => error);
    push(1, 2, 3);

    expect(await left).toBe(by === 'an error in the body' ? failure : undefined);
    expect(log).toEqual({ subscribed: 1, left: 1 });
    expect(await iterator.next()).toEqual({ done: true, value: undefined });
  });

  it('unsubscribes in the same turn', async () => {
    const { source, log, push } = fed<number>();
    const iterator = open(source);
    const first = iterator.next();
    push(1, 2);
    const returned = iterator.return();

    expect(log.left).toBe(1);
    expect([await first, await returned]).toEqual([
      { done: false, value: 1 },
      { done: true, value: undefined },
    ]);
  });

  it('answers those who wait, in their order', async () => {
    const { source, log } = fed<number>();
    const iterator = open(source);
    const order: number[] = [];
    const results = [iterator.next(), iterator.next(), iterator.return('x')];
    results.forEach((result, i) => void result.then(() => order.push(i)));

    expect(await Promise.all(results)).toEqual([
      { done: true, value: undefined },
      { done: true, value: undefined },
      { done: true, value: 'x' },
    ]);
    expect(order).toEqual([0, 1, 2]);
    expect(log.left).toBe(1);
  });

  it('before it began means that it never does', async () => {
    const { source, log } = fed<number>();
    const iterator = open(source);
    await iterator.return();

    expect(await iterator.next()).toEqual({ done: true, value: undefined });
    expect(log.subscribed).toBe(0);
  });

  it('after it failed drops the error that it has not got', async () => {
    const source = fed<number>();
    const iterator = await busy(source, 1, {});
    source.push(2);
    source.fail(failed);
    await iterator.return();

    expect(await iterator.next()).toEqual({ done: true, value: undefined });
  });

  it('while the source subscribes leaves it', async () => {
    const log = { emitted: 0 };
    const source = new Observable<number>((subscriber) => {
      void iterator.return();
      while (!subscriber.closed && log.emitted < 10) subscriber.next((log.emitted += 1));
    });
    const iterator = open(source);

    expect(await iterator.next()).toEqual({ done: true, value: undefined });
    expect(log.emitted).toBe(0);
  });
});

describe('the end', () => {
  it('is told by every next() from then on', async () => {
    const iterator = open(of(1));

    expect(await iterator.next()).toEqual({ done: false, value: 1 });
    for (let i = 0; i < 3; i += 1) expect(await iterator.next()).toEqual({ done: true, value: undefined });
  });

  it('by an error is told once, and then it is done', async () => {
    const iterator = open(throwError(() => failed));

    await expect(iterator.next()).rejects.toBe(failed);
    for (let i = 0; i < 3; i += 1) expect(await iterator.next()).toEqual({ done: true, value: undefined });
  });

  it('comes to those who wait: the error to the first', async () => {
    const { source, push, fail } = fed<number>();
    const iterator = open(source);
    const results = Promise.allSettled([iterator.next(), iterator.next(), iterator.next(), iterator.next()]);
    push(1);
    fail(failed);

    expect(await results).toEqual([
      { status: 'fulfilled', value: { done: false, value: 1 } },
      { status: 'rejected', reason: failed },
      { status: 'fulfilled', value: { done: true, value: undefined } },
      { status: 'fulfilled', value: { done: true, value: undefined } },
    ]);
  });

  it('comes to all who wait, if there is no error', async () => {
    const { source, end } = fed<number>();
    const iterator = open(source);
    const results = Promise.all([iterator.next(), iterator.next()]);
    end();

    expect(await results).toEqual(Array(2).fill({ done: true, value: undefined }));
  });

  it('by an error that nobody asks for is no unhandled rejection', async () => {
    const source = fed<number>();
    await busy(source, 1, {});
    source.fail(failed);
    await settle();

    expect(heard).toEqual([]);
  });

  it('comes when the next value is asked for, by whatever came between', async () => {
    const source = fed<number>();
    const iterator = await busy(source, 1, {});
    source.push(2);
    source.end();
    await settle();

    expect(await iterator.next()).toEqual({ done: false, value: 2 });
    expect(await iterator.next()).toEqual({ done: true, value: undefined });
  });
});

const text = (index: number, string: string): ContentBlockDeltaEvent => ({
  type: 'content_block_delta',
  index,
  delta: { type: 'text_delta', text: string },
});
const thinking = (index: number, string: string): ContentBlockDeltaEvent => ({
  type: 'content_block_delta',
  index,
  delta: { type: 'thinking_delta', thinking: string },
});
const json = (index: number, string: string): ContentBlockDeltaEvent => ({
  type: 'content_block_delta',
  index,
  delta: { type: 'input_json_delta', partial_json: string },
});

describe("whenFull: 'merge'", () => {
  /** What a loop gets of values that all came while it was busy. */
  async function waited<T>(values: readonly T[], options: ToAsyncIterableOptions = { highWaterMark: 1 }) {
    const source = fed<T | 'first'>();
    const iterator = await busy(source, 'first', options);
    for (const value of values) source.push(value);
    source.end();
    return (await rest(iterator)).values;
  }

  it('joins strings from highWaterMark on, and none before', async () => {
    expect(await waited(['a', 'b', 'c', 'd', 'e'], { highWaterMark: 3 })).toEqual(['a', 'b', 'cde']);
    expect(await waited(['a', 'b', 'c'], { highWaterMark: 3 })).toEqual(['a', 'b', 'c']);
    expect(await waited(['a', '', 'c'], { highWaterMark: 1, whenFull: 'merge' })).toEqual(['ac']);
    expect(await waited(['a', 'b'], { highWaterMark: Infinity })).toEqual(['a', 'b']);
  });

  it('is the default, at 1024 values', async () => {
    const strings = Array.from({ length: 3000 }, (_, i) => `${i},`);
    const values = await waited(strings, {});

    expect(values).toHaveLength(1024);
    expect(values.slice(0, 1023)).toEqual(strings.slice(0, 1023));
    expect(values.join('')).toBe(strings.join(''));
  });

  it('joins none once the loop has caught up', async () => {
    const source = fed<string>();
    const iterator = await busy(source, '', { highWaterMark: 2 });
    source.push('a', 'b', 'c');

    expect(await iterator.next()).toEqual({ done: false, value: 'a' });

    source.push('d', 'e');
    source.end();

    expect((await rest(iterator)).values).toEqual(['bc', 'de']);
  });

  it.each<[string, typeof text]>([
    ['text', text],
    ['thinking', thinking],
    ['JSON', json],
  ])('joins %s deltas of the same block to new events', async (_, delta) => {
    const values = deepFreeze([delta(1, 'a'), delta(1, 'b'), delta(1, 'c'), delta(2, 'd'), delta(2, 'e')]);

    expect(await waited(values)).toEqual([delta(1, 'abc'), delta(2, 'de')]);
    expect(values).toEqual([delta(1, 'a'), delta(1, 'b'), delta(1, 'c'), delta(2, 'd'), delta(2, 'e')]);
  });

  it.each<[string, readonly unknown[]]>([
    ['deltas of different blocks', [text(0, 'a'), text(1, 'b'), text(0, 'c')]],
    ['deltas of different kinds', [text(0, 'a'), thinking(0, 'b'), json(0, 'c'), text(0, 'd')]],
    ['text around another event', [text(0, 'a'), { type: 'ping' }, text(0, 'b')]],
    ['text around a restart', ['a', { type: 'message_restart', attempt: 2, delayMs: 0, error: undefined }, 'b']],
    ['strings and deltas', ['a', text(0, 'b'), 'c']],
    ['a delta with an unknown field', [text(0, 'a'), { ...text(0, 'b'), extra: 1 }, text(0, 'c')]],
    [
      'text with an unknown field',
      [text(0, 'a'), { ...text(0, ''), delta: { type: 'text_delta', text: 'b', extra: 1 } }],
    ],
    ['deltas without an index', Array(2).fill({ type: 'content_block_delta', delta: { type: 'text_delta', text: 'a' }, at: 0 })], // prettier-ignore
    ['deltas without text', Array(2).fill({ ...text(0, ''), delta: { type: 'text_delta', string: 'a' } })],
    ['deltas whose text is none', Array(2).fill({ ...text(0, ''), delta: { type: 'text_delta', text: 1 } })],
    ['deltas that are none', Array(2).fill({ type: 'content_block_delta', index: 0, delta: null })],
    ['signatures', Array(2).fill({ ...text(0, ''), delta: { type: 'signature_delta', signature: 'a' } })],
    ['unknown deltas', Array(2).fill({ ...text(0, ''), delta: { type: 'new_delta', text: 'a' } })],
    ['unknown events', Array(2).fill({ ...text(0, 'a'), type: 'new_event' })],
    ['numbers', [1, 2, 3]],
    ['undefined and null', [undefined, null, undefined]],
  ])('queues what is not the same text: %s', async (_, values) => {
    expect(await waited(values)).toEqual(values);
  });

  it('makes no string that an engine would refuse', async () => {
    const half = 'x'.repeat(LONGEST_JOINED / 2);
    const lengths = (await waited([half, half, 'y', half, half])).map(({ length }) => length);

    expect(lengths).toEqual([LONGEST_JOINED, LONGEST_JOINED / 2 + 1, LONGEST_JOINED / 2]);
  });

  it('looks at each event as often, however many are joined', async () => {
    let looks = 0;
    const counted = (event: ContentBlockDeltaEvent) =>
      new Proxy(event, {
        get: (target, key) => {
          looks += 1;
          return Reflect.get(target, key) as unknown;
        },
      });
    const joining = async (n: number) => {
      looks = 0;
      await waited(Array.from({ length: n }, () => counted(text(0, 'x'))));
      return looks;
    };
    const once = await joining(1000);

    expect(once).toBeGreaterThan(0);
    expect(await joining(2000)).toBeLessThanOrEqual(2 * once + 10);
  });

  it('joins a million fragments', async () => {
    const values = await waited(Array.from({ length: 1_000_000 }, (_, i) => (i % 10 === 0 ? 'ten' : 'x')));

    expect(values).toHaveLength(1);
    expect(values[0]).toHaveLength(1_200_000);
    expect(values[0]?.slice(0, 24)).toBe('tenxxxxxxxxxtenxxxxxxxxx');
  });
});

describe("whenFull: 'pause'", () => {
  /** A loop that is behind by as many values as it takes, and the demand that its source was given. */
  async function behind(count: number, highWaterMark = 4, whenFull: ToAsyncIterableOptions['whenFull'] = 'pause') {
    const source = fed<number>();
    let demand: Demand | undefined;
    const iterable = toAsyncIterable(
      (given) => {
        demand = given;
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
    /** What has happened to the promise that a source waits for. */
    const wait = () => {
      const state = { isOver: false };
      void ready()?.then(() => {
        state.isOver = true;
      });
      return state;
    };
    return { source, iterator, ready, wait };
  }

  it('tells the source to wait from highWaterMark on', async () => {
    expect((await behind(3)).ready()).toBeUndefined();
    expect((await behind(4)).ready()).toBeInstanceOf(Promise);
    expect((await behind(9)).ready()).toBeInstanceOf(Promise);
    expect((await behind(100, Infinity)).ready()).toBeUndefined();
  });

  it.each([
    [4, 2],
    [5, 3],
    [2, 1],
    [1, 1],
  ])('tells it to read on when of %i values half are taken', async (highWaterMark, taken) => {
    const { iterator, ready, wait } = await behind(highWaterMark, highWaterMark);
    const state = wait();
    for (let i = 1; i <= taken; i += 1) {
      await settle();

      expect(state.isOver).toBe(false);
      expect(ready()).toBeInstanceOf(Promise);

      await iterator.next();
    }
    await settle();

    expect(state.isOver).toBe(true);
    expect(ready()).toBeUndefined();
  });

  it('tells it to wait again, any number of times, and loses nothing', async () => {
    const { source, iterator, wait } = await behind(4);
    const values: number[] = [];
    for (let round = 0; round < 3; round += 1) {
      const state = wait();
      await settle();

      expect(state.isOver).toBe(false);

      for (let i = 0; i < 4; i += 1) values.push((await iterator.next()).value as number);
      await settle();

      expect(state.isOver).toBe(true);

      source.push(...[5, 6, 7, 8].map((value) => value + round * 4));
    }

    expect(values).toEqual(Array.from({ length: 12 }, (_, i) => i + 1));
  });

  it('gives all who ask the same promise', async () => {
    const { ready } = await behind(4);

    expect(ready()).toBe(ready());
  });

  it('queues what still comes', async () => {
    const { source, iterator } = await behind(20);
    source.end();

    expect((await rest(iterator)).values).toEqual(Array.from({ length: 20 }, (_, i) => i + 1));
  });

  it('lets the source go on when the loop leaves, so that it sees that', async () => {
    const { iterator, wait, ready } = await behind(4);
    const state = wait();
    await iterator.return();
    await settle();

    expect(state.isOver).toBe(true);
    expect(ready()).toBeUndefined();
  });

  it.each(['fail', 'end'] as const)('lets the source go on when it ends itself (%s)', async (how) => {
    const { source, wait, ready } = await behind(4);
    const state = wait();
    source[how](failed);
    await settle();

    expect(state.isOver).toBe(true);
    expect(ready()).toBeUndefined();
  });

  it.each(['merge', 'fail'] as const)('never tells a source to wait if it is %j', async (whenFull) => {
    expect((await behind(4, 4, whenFull)).ready()).toBeUndefined();
    expect((await behind(5, 4, whenFull)).ready()).toBeUndefined();
  });

  it('stops the reading of a response, and reads on to its end', async () => {
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
    let furthest = 0;
    for await (const event of iterable) {
      await settle();
      values.push(event);
      furthest = Math.max(furthest, reads - values.length);
    }

    expect(values).toEqual(events);
    expect(furthest).toBe(10);
  });

  it('keeps the demands of two loops apart', async () => {
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

describe("whenFull: 'fail'", () => {
  const options = { whenFull: 'fail', highWaterMark: 2 } as const;

  it('fails when more than highWaterMark values wait, after all that had come', async () => {
    const source = fed<string>();
    const iterator = await busy(source, 'a', options);
    source.push('b', 'c');

    expect(source.log.left).toBe(0);

    source.push('d');

    expect(source.log.left).toBe(1);

    source.push('e');
    const { values, error } = await rest(iterator);

    expect(values).toEqual(['b', 'c', 'd']);
    expect(error).toBeInstanceOf(AnthropicError);
    expect(error).toMatchObject({ name: 'AnthropicError', retryable: false });
    expect((error as AnthropicError).message).toBe(
      'toAsyncIterable: the loop is behind by more than highWaterMark, 2 values. ' +
        "Raise it, or choose whenFull: 'merge', which joins text, or 'pause', which reads no further.",
    );
    expect(await iterator.next()).toEqual({ done: true, value: undefined });
  });

  it('goes on for ever with a loop that keeps up', async () => {
    const source = fed<number>();
    const iterator = await busy(source, 0, options);
    for (let i = 1; i <= 10; i += 1) {
      source.push(i, i);
      expect([await iterator.next(), await iterator.next()]).toEqual(Array(2).fill({ done: false, value: i }));
    }
    expect(source.log.left).toBe(0);
  });

  it('stops a synchronous source early', async () => {
    let emitted = 0;
    const million = new Observable<number>((subscriber) => {
      while (!subscriber.closed && emitted < 1_000_000) subscriber.next((emitted += 1));
    });
    const { values, ended } = await looped(toAsyncIterable(million, options));

    expect(values).toEqual([1, 2, 3, 4]); // one was waited for, two are kept, and one was too many
    expect(emitted).toBe(4);
    expect(ended).toBe('failed');
  });

  it('leaves no unhandled rejection when nobody asks', async () => {
    const source = fed<number>();
    await busy(source, 0, options);
    source.push(1, 2, 3, 4);
    await settle();

    expect(heard).toEqual([]);
  });
});

describe('options', () => {
  it.each([0, -1, 0.5, NaN, '8' as unknown as number, null as unknown as number])(
    'refuses highWaterMark %p, at call time',
    (highWaterMark) => {
      expect(() => toAsyncIterable(NEVER, { highWaterMark })).toThrow(
        new RangeError(`toAsyncIterable: highWaterMark must be a number of at least 1, got ${String(highWaterMark)}.`),
      );
    },
  );

  it('refuses another whenFull, at call time', () => {
    const whenFull = 'drop' as 'merge'; // as JavaScript may pass it

    expect(() => toAsyncIterable(NEVER, { whenFull })).toThrow(
      new TypeError("toAsyncIterable: whenFull must be one of 'merge', 'pause', 'fail', got 'drop'."),
    );
  });

  it("refuses 'pause' with a source that can't wait, saying what to write", () => {
    expect(() => toAsyncIterable(NEVER, { whenFull: 'pause' })).toThrow(
      new TypeError(
        "toAsyncIterable: whenFull 'pause' needs a source that waits. Pass a function that hands its demand to it: " +
          "toAsyncIterable((demand) => streamMessage(params, { demand }), { whenFull: 'pause' }).",
      ),
    );
    expect(() => toAsyncIterable(() => NEVER, { whenFull: 'pause' })).not.toThrow();
  });
});

describe('any order of pushes and pulls', () => {
  type Value = string | ContentBlockDeltaEvent | { readonly type: 'ping' };
  const pull = Symbol('pull');
  const turn = Symbol('turn');
  const letters = fc.string({ maxLength: 3 });
  const index = fc.integer({ min: 0, max: 1 });
  const value: fc.Arbitrary<Value> = fc.oneof(
    letters,
    fc.tuple(fc.constantFrom(text, thinking, json), index, letters).map(([delta, at, string]) => delta(at, string)),
    fc.constant<Value>({ type: 'ping' }),
  );
  const step = fc.oneof(
    { weight: 3, arbitrary: value },
    fc.constant<typeof pull>(pull),
    fc.constant<typeof turn>(turn),
  );
  const scenario = fc.record({
    steps: fc.array(step, { maxLength: 60 }),
    highWaterMark: fc.integer({ min: 1, max: 5 }),
    end: fc.constantFrom('completed', 'failed'),
  });

  type Step = Value | typeof pull | typeof turn;

  /** Runs pushes and pulls, ends the source, and pulls the rest. */
  async function play(steps: readonly Step[], end: string, options: ToAsyncIterableOptions) {
    const { source, push, fail, end: complete } = fed<Value>();
    const iterator = toAsyncIterable(() => source, options)[Symbol.asyncIterator]();
    const results = [iterator.next()]; // subscribes
    const pushed: Value[] = [];
    for (const one of steps) {
      if (one === pull) results.push(iterator.next());
      else if (one === turn) await Promise.resolve();
      else {
        pushed.push(one);
        push(one);
      }
    }
    if (end === 'failed') fail(failed);
    else complete();
    const settled = await Promise.allSettled(results);
    const early = settled.flatMap((result) =>
      result.status === 'fulfilled' && result.value.done !== true ? [result.value.value] : [],
    );
    const errors = settled.flatMap((result) => (result.status === 'rejected' ? [result.reason as unknown] : []));
    const late = await rest(iterator);
    if (late.ended === 'failed') errors.push(late.error);
    return { pushed, values: [...early, ...late.values], errors };
  }

  /** The runs of one text: what may be joined, joined. */
  function runs(values: readonly Value[]) {
    const all: { readonly of: string; text: string }[] = [];
    for (const one of values) {
      const run = asRun(one);
      const last = all.at(-1);
      if (last?.of === run.of && run.of !== 'ping') last.text += run.text;
      else all.push(run);
    }
    return all;
  }

  function asRun(value: Value) {
    if (typeof value === 'string') return { of: 'strings', text: value };
    if (value.type === 'ping') return { of: 'ping', text: '' };
    const { type, ...fields } = value.delta;
    return { of: `${type} of ${value.index}`, text: String(Object.values(fields)[0]) };
  }

  const check = (whenFull: 'merge' | 'pause' | 'fail', agree: (played: Awaited<ReturnType<typeof play>>) => void) =>
    fc.assert(
      fc.asyncProperty(scenario, async ({ steps, highWaterMark, end }) => {
        const played = await play(steps, end, { whenFull, highWaterMark });

        expect(played.errors.length).toBeLessThanOrEqual(1);
        if (end === 'failed') expect(played.errors).toHaveLength(1);
        agree(played);
      }),
      { seed: 20_261_121, numRuns: 300 },
    );

  it("gives the same values with 'pause'", () =>
    check('pause', ({ pushed, values, errors }) => {
      expect(values).toEqual(pushed);
      expect(errors.every((error) => error === failed)).toBe(true);
    }));

  it("gives the same text with 'merge'", () =>
    check('merge', ({ pushed, values, errors }) => {
      expect(runs(values)).toEqual(runs(pushed));
      expect(errors.every((error) => error === failed)).toBe(true);
    }));

  it("gives the same values up to the error with 'fail'", () =>
    check('fail', ({ pushed, values, errors }) => {
      expect(values).toEqual(pushed.slice(0, values.length));
      expect(errors[0] instanceof AnthropicError || values.length === pushed.length).toBe(true);
    }));
});

describe('a slow consumer of a stream that fails', () => {
  const params = { model: 'claude-sonnet-5-5', max_tokens: 64, messages: [{ role: 'user' as const, content: 'Hi' }] };
  const events = eventsOf(buildMessage({ content: 'Hello, world. How are you?' })).slice(0, 5);
  const answer = { apiKey: 'k', fetch: () => Promise.resolve(eventStream(sseOf([...events, errorEvent('overloaded_error', 'Overloaded')]))) }; // prettier-ignore

  it("loses the error in the SDK's MessageStream", async () => {
    const stream = new Anthropic({ ...answer, maxRetries: 0, logLevel: 'off' }).messages.stream(params);
    stream.on('error', () => undefined);
    const { values, ended } = await looped(stream, settle);

    expect(values).toHaveLength(events.length);
    expect(ended).toBe('completed');
  });

  it('loses values in concatMap', async () => {
    const slow = concatMap((event: MessageStreamEvent) => defer(() => settle().then(() => event)));
    const { values, ended } = await outcomeOf(streamMessage(params, answer).pipe(slow));

    expect(values.length).toBeLessThan(events.length);
    expect(ended).toBe('failed');
  });

  it('gets all values and the error here', async () => {
    const { values, error } = await looped(toAsyncIterable(streamMessage(params, answer)), settle);

    expect(values).toEqual(events);
    expect(error).toBeInstanceOf(OverloadedError);
  });
});

describe('types', () => {
  it('infers what the loop gets', async () => {
    const text$ = from<MessageStreamEvent[]>([]).pipe(textDeltas());
    for await (const text of toAsyncIterable(text$)) expectTypeOf(text).toEqualTypeOf<string>();

    expectTypeOf(toAsyncIterable(text$)).toEqualTypeOf<AsyncIterable<string>>();
    expectTypeOf(toAsyncIterable(() => of(1, 'a'))).toEqualTypeOf<AsyncIterable<string | number>>();
    expectTypeOf(toAsyncIterable((demand) => fromResponse(new Response(), { demand }))).toEqualTypeOf<
      AsyncIterable<MessageStreamEvent>
    >();
    // @ts-expect-error -- a promise is no Observable
    expect(() => toAsyncIterable(Promise.resolve(1))).not.toThrow();
    // @ts-expect-error -- there is no such choice
    expect(() => toAsyncIterable(text$, { whenFull: 'drop' })).toThrow(TypeError);
  });
});
