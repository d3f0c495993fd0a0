import { Observable } from 'rxjs';
import { AnthropicError, toAsyncIterable } from '../../src/index.js';
import { settle } from '../source/support/outcome.js';
import { createSource, failOnUnhandledRejections, loop, readRest, startBusyLoop } from './support/loops.js';

const unhandled = failOnUnhandledRejections();

describe("toAsyncIterable, whenFull: 'fail'", () => {
  const options = { whenFull: 'fail', highWaterMark: 2 } as const;

  it('fails if more than highWaterMark values are queued, after all that had arrived', async () => {
    const source = createSource<string>();
    const iterator = await startBusyLoop(source, 'a', options);
    source.push('b', 'c');

    expect(source.log.unsubscribed).toBe(0);

    source.push('d');

    expect(source.log.unsubscribed).toBe(1);

    source.push('e');
    const { values, error } = await readRest(iterator);

    expect(values).toEqual(['b', 'c', 'd']);
    expect(error).toBeInstanceOf(AnthropicError);
    expect(error).toMatchObject({ name: 'AnthropicError', retryable: false });
    expect((error as AnthropicError).message).toBe(
      'toAsyncIterable: the loop is more than highWaterMark (2) values behind. ' +
        "Increase it, or use whenFull: 'merge', which joins text, or 'pause', which makes the source wait.",
    );
    expect(await iterator.next()).toEqual({ done: true, value: undefined });
  });

  it('never fails with a loop that keeps up', async () => {
    const source = createSource<number>();
    const iterator = await startBusyLoop(source, 0, options);
    for (let i = 1; i <= 10; i += 1) {
      source.push(i, i);
      expect([await iterator.next(), await iterator.next()]).toEqual(Array(2).fill({ done: false, value: i }));
    }
    expect(source.log.unsubscribed).toBe(0);
  });

  it('unsubscribes from a synchronous source early', async () => {
    let emitted = 0;
    const million = new Observable<number>((subscriber) => {
      while (!subscriber.closed && emitted < 1_000_000) subscriber.next((emitted += 1));
    });
    const { values, ended } = await loop(toAsyncIterable(million, options));

    expect(values).toEqual([1, 2, 3, 4]); // one pending read, two queued, and one too many
    expect(emitted).toBe(4);
    expect(ended).toBe('failed');
  });

  it('leaves no unhandled rejection if no read receives the error', async () => {
    const source = createSource<number>();
    await startBusyLoop(source, 0, options);
    source.push(1, 2, 3, 4);
    await settle();

    expect(unhandled).toEqual([]);
  });
});
