/** Sources, loops and unhandled rejections for the specs of `toAsyncIterable`. */
import { runInThisContext } from 'node:vm';
import { Observable, Subject } from 'rxjs';
import { toAsyncIterable, type ToAsyncIterableOptions } from '../../../src/index.js';
import { settle } from '../../source/support/outcome.js';

export const failure = new Error('of the source');

/** Jest's own `process` is a copy that never reports a rejection. This is the process that it was copied from. */
const node = runInThisContext('process') as NodeJS.Process;

/** Fails each test of a spec that leaves an unhandled rejection. Returns a list of those that Node has reported. */
export function failOnUnhandledRejections(): unknown[] {
  const unhandled: unknown[] = [];
  const record = (reason: unknown) => unhandled.push(reason);
  beforeEach(() => {
    unhandled.length = 0;
    node.on('unhandledRejection', record);
  });
  afterEach(async () => {
    await settle();
    node.off('unhandledRejection', record);
    if (unhandled.length > 0) throw new Error('there was an unhandled rejection', { cause: unhandled[0] });
  });
  return unhandled;
}

/** Creates a source that the spec controls, with a count of its subscriptions and of those that have ended. */
export function createSource<T>() {
  const subject = new Subject<T>();
  const log = { subscribed: 0, unsubscribed: 0 };
  const source = new Observable<T>((subscriber) => {
    log.subscribed += 1;
    subscriber.add(() => {
      log.unsubscribed += 1;
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
    complete: () => {
      subject.complete();
    },
  };
}

export const iterate = <T>(source: Observable<T>, options?: ToAsyncIterableOptions) =>
  toAsyncIterable(source, options)[Symbol.asyncIterator]() as Required<AsyncIterator<T, unknown, undefined>>;

/** Runs a loop. Returns the values that it received, and how it ended. */
export async function loop<T>(iterable: AsyncIterable<T>, body: () => Promise<unknown> = () => Promise.resolve()) {
  const values: T[] = [];
  try {
    for await (const value of iterable) {
      values.push(value);
      await body();
    }
  } catch (error) {
    return { values, ended: 'failed', error };
  }
  return { values, ended: 'completed', error: undefined };
}

/** Subscribes and reads the first value. The loop is then busy, so all later values are queued. */
export async function startBusyLoop<T>(
  { source, push }: ReturnType<typeof createSource<T>>,
  first: T,
  options: ToAsyncIterableOptions,
) {
  const iterator = iterate(source, options);
  const result = iterator.next();
  push(first);
  await result;
  return iterator;
}

/** Reads the remaining values of an iterator. Returns how it ended, too. */
export const readRest = <T>(iterator: AsyncIterator<T>) => loop({ [Symbol.asyncIterator]: () => iterator });
