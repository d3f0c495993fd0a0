import { defer, lastValueFrom, Observable, of, take, throwError, toArray } from 'rxjs';
import { repeatUntil } from '../../src/rx/repeatUntil.js';
import { marbles } from '../support/marbles.js';

/** Subscribes directly. */
const directly = (subscribe: () => void): void => {
  subscribe();
};

/** Returns whether it has been called `times` times. */
function after(times: number): () => boolean {
  let calls = -1;
  return () => {
    calls += 1;
    return calls >= times;
  };
}

describe('repeatUntil', () => {
  it(
    'subscribes again when the source completes, until it is done',
    marbles(({ cold, expectObservable, expectSubscriptions }) => {
      const source = cold('  -a-|         ');
      const subs = ['        ^--!         ', '---^--!      ', '------^--!   '];
      const expected = '     -a--a--a-|   ';

      expectObservable(source.pipe(repeatUntil(after(3), directly))).toBe(expected);
      expectSubscriptions(source.subscriptions).toBe(subs);
    }),
  );

  it(
    'unsubscribes from the source with the result',
    marbles(({ cold, expectObservable, expectSubscriptions }) => {
      const source = cold('  -a-|      ');
      const subs = ['        ^--!      ', '---^-!    '];
      const unsub = '        -----!    ';

      expectObservable(source.pipe(repeatUntil(() => false, directly)), unsub).toBe('-a--a-');
      expectSubscriptions(source.subscriptions).toBe(subs);
    }),
  );

  it('passes an error on, and does not subscribe again', async () => {
    const error = new Error('lost');
    let subscriptions = 0;
    const source = defer(() => {
      subscriptions += 1;
      return throwError(() => error);
    });

    await expect(lastValueFrom(source.pipe(repeatUntil(() => false, directly)))).rejects.toBe(error);
    expect(subscriptions).toBe(1);
  });

  it('repeats a synchronous source 100,000 times without exhausting the stack', async () => {
    expect(await lastValueFrom(of('a').pipe(repeatUntil(after(100_000), directly), toArray()))).toHaveLength(100_000);
  });

  it('stops a synchronous source when the consumer has enough', async () => {
    let emitted = 0;
    const source = new Observable<number>((subscriber) => {
      while (!subscriber.closed) subscriber.next((emitted += 1));
    });

    expect(
      await lastValueFrom(
        source.pipe(
          repeatUntil(() => false, directly),
          take(3),
        ),
      ),
    ).toBe(3);
    expect(emitted).toBe(3);
  });

  it('subscribes to nothing if it is done from the start', async () => {
    expect(
      await lastValueFrom(
        of('a').pipe(
          repeatUntil(() => true, directly),
          toArray(),
        ),
      ),
    ).toEqual([]);
  });
});
