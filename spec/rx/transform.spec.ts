import { concat, map, merge, Observable, of, Subject, take, throwError } from 'rxjs';
import { transform, type Handlers } from '../../src/rx/transform.js';
import { itKeepsTheOperatorContract } from '../support/contract.js';
import { marbles } from '../support/marbles.js';

const failed = new Error('of the source');

/** Emits each string's letters, and at the end how many strings there were, if any. */
const letters = () =>
  transform<string, string>((output) => {
    let count = 0;
    const flush = (): void => {
      if (count > 0) output.next(String(count));
    };
    return {
      next(text) {
        count += 1;
        for (const letter of text) output.next(letter);
      },
      complete: flush,
      error: flush,
    };
  });

/** All that a result says, in the order in which it says it. */
function notificationsOf(source: Observable<unknown>): unknown[] {
  const seen: unknown[] = [];
  source.subscribe({
    next: (value) => seen.push(value),
    error: (error: unknown) => seen.push({ error }),
    complete: () => seen.push('complete'),
  });
  return seen;
}

/** Emits without end, until the consumer has enough; says how much it has emitted and that it was left. */
function endless() {
  const log = { emitted: 0, left: 0 };
  const source = new Observable<string>((subscriber) => {
    subscriber.add(() => {
      log.left += 1;
    });
    while (!subscriber.closed && log.emitted < 1000) {
      log.emitted += 1;
      subscriber.next('ab');
    }
  });
  return { source, log };
}

describe('transform', () => {
  itKeepsTheOperatorContract(letters, { values: ['ab', '', 'c', 'def'], empty: 'completes' });

  it(
    'emits none, one or many values for each of the source, in the same turn',
    marbles(({ cold, expectObservable, expectSubscriptions }) => {
      const source = cold(' --a--b-----c--|   ', { a: 'x', b: 'xyz', c: '' });
      const subs = '        ^-------------!   ';
      const expected = '    --x--(xyz)----(n|)';

      expectObservable(source.pipe(letters())).toBe(expected, { x: 'x', y: 'y', z: 'z', n: '3' });
      expectSubscriptions(source.subscriptions).toBe(subs);
    }),
  );

  it(
    'emits what is held back before an error',
    marbles(({ cold, expectObservable, expectSubscriptions }) => {
      const source = cold(' --a--#   ', { a: 'x' }, 'failed');
      const subs = '        ^----!   ';
      const expected = '    --x--(n#)';

      expectObservable(source.pipe(letters())).toBe(expected, { x: 'x', n: '1' }, 'failed');
      expectSubscriptions(source.subscriptions).toBe(subs);
    }),
  );

  it(
    'needs no handler for completion and errors',
    marbles(({ cold, expectObservable }) => {
      const same = () =>
        transform<string, string>((output) => ({
          next: (value) => {
            output.next(value);
          },
        }));

      expectObservable(cold('--a--|').pipe(same())).toBe('--a--|');
      expectObservable(cold('--a--#').pipe(same())).toBe('--a--#');
    }),
  );

  it('calls its function once per subscription, and not before', () => {
    let started = 0;
    const result = of('a', 'b').pipe(
      transform<string, string>(() => {
        started += 1;
        return { next: () => undefined };
      }),
    );
    expect(started).toBe(0);
    result.subscribe();
    expect(started).toBe(1);
    result.subscribe();

    expect(started).toBe(2);
  });

  it('calls handlers as methods, with the value or the error', () => {
    const handlers = {
      seen: [] as unknown[],
      next(value: string) {
        this.seen.push(value);
      },
      error(error: unknown) {
        this.seen.push(error);
      },
    };
    notificationsOf(
      concat(
        of('a'),
        throwError(() => failed),
      ).pipe(transform(() => handlers)),
    );

    expect(handlers.seen).toEqual(['a', failed]);
  });

  describe('when something throws', () => {
    const failure = new Error('of a handler');
    const fail = (): never => {
      throw failure;
    };

    it.each<[string, Observable<string>, Partial<Handlers<string>>]>([
      ['next', of('a', 'b'), { next: fail }],
      ['complete', of('a', 'b'), { complete: fail }],
      ['error', throwError(() => failed), { error: fail }],
    ])('fails with what the handler for %s throws, and says no more', (_, source, handlers) => {
      expect(notificationsOf(source.pipe(transform(() => ({ next: () => undefined, ...handlers }))))).toEqual([
        { error: failure },
      ]);
    });

    it('fails with the error of its function, without subscribing to the source', () => {
      let subscribed = 0;
      const source = new Observable<string>(() => {
        subscribed += 1;
      });

      expect(notificationsOf(source.pipe(transform(fail)))).toEqual([{ error: failure }]);
      expect(subscribed).toBe(0);
    });

    it('preserves what was emitted before, and unsubscribes from the source at once', () => {
      const { source, log } = endless();
      const result = source.pipe(
        transform<string, string>((output) => ({
          next(value) {
            output.next(value);
            fail();
          },
        })),
      );

      expect(notificationsOf(result)).toEqual(['ab', { error: failure }]);
      expect(log).toEqual({ emitted: 1, left: 1 });
    });

    it('fails the result, and not the code that pushes into the source', () => {
      const source = new Subject<string>();
      const seen = notificationsOf(source.pipe(transform(() => ({ next: fail }))));
      source.next('a');

      expect(seen).toEqual([{ error: failure }]);
      expect(source.observed).toBe(false);
    });

    it('does not complete if a later operator throws', () => {
      const { source, log } = endless();

      expect(notificationsOf(source.pipe(letters(), map(fail)))).toEqual([{ error: failure }]);
      expect(log).toEqual({ emitted: 1, left: 1 });
    });

    it('emits nothing more if a later operator throws on a flushed value', () => {
      expect(notificationsOf(of('').pipe(letters(), map(fail)))).toEqual([{ error: failure }]);
    });
  });

  describe('when the consumer unsubscribes', () => {
    it('unsubscribes from a synchronous source while it handles a value', () => {
      const { source, log } = endless();

      expect(notificationsOf(source.pipe(letters(), take(3)))).toEqual(['a', 'b', 'a', 'complete']);
      expect(log).toEqual({ emitted: 2, left: 1 });
    });

    it('calls no further handler', () => {
      const source = new Subject<string>();
      const called: string[] = [];
      const subscription = source
        .pipe(
          transform(() => ({
            next: () => called.push('next'),
            complete: () => called.push('complete'),
            error: () => called.push('error'),
          })),
        )
        .subscribe();
      source.next('a');
      subscription.unsubscribe();
      source.next('b');
      source.complete();

      expect(called).toEqual(['next']);
      expect(source.observed).toBe(false);
    });

    it('flushes nothing', () => {
      const source = new Subject<string>();
      const seen: string[] = [];
      source.pipe(letters(), take(1)).subscribe((value) => seen.push(value));
      source.next('a');
      source.complete();

      expect(seen).toEqual(['a']);
    });
  });

  it('unsubscribes from its source when it has completed or failed', () => {
    for (const end of [of('b'), throwError(() => failed)]) {
      let left = 0;
      const source = new Observable<string>((subscriber) => {
        subscriber.add(() => {
          left += 1;
        });
        end.subscribe(subscriber);
      });
      notificationsOf(source.pipe(letters()));

      expect(left).toBe(1);
    }
  });

  it('ignores a source that continues after its end', () => {
    const source = new Observable<string>((subscriber) => {
      subscriber.next('a');
      subscriber.complete();
      subscriber.next('b'); // eslint-disable-line rxjs-x/no-redundant-notify -- what a faulty source does
    });

    expect(notificationsOf(source.pipe(letters()))).toEqual(['a', '1', 'complete']);
  });

  it('works inside operators that subscribe more than once', () => {
    const result = of('ab').pipe(letters());

    expect(notificationsOf(merge(result, result))).toEqual(['a', 'b', '1', 'a', 'b', '1', 'complete']);
  });
});
