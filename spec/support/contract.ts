import { concat, from, lastValueFrom, materialize, NEVER, Observable, take, throwError, toArray } from 'rxjs';
import type { OperatorFunction } from 'rxjs';
import { IncompleteMessageError } from '../../src/index.js';
import { deepFreeze } from './deepFreeze.js';
import { marbles } from './marbles.js';

export interface ContractOptions<In> {
  /** Values for which the operator emits something at least once, before the last of them. */
  readonly values: readonly In[];
  /** When the operator emits: operators that emit at the end need all of their source. Default 'as it goes'. */
  readonly emits?: 'as it goes' | 'at the end';
  /** How the result of an empty source ends. */
  readonly empty: 'completes' | 'is incomplete';
}

/** The rules that every operator of the package keeps. */
export function itKeepsTheOperatorContract<In, Out>(
  create: () => OperatorFunction<In, Out>,
  { values, emits = 'as it goes', empty }: ContractOptions<In>,
): void {
  describe('the operator contract', () => {
    it(
      'emits nothing while its source is silent',
      marbles(({ cold, expectObservable, expectSubscriptions }) => {
        const source = cold<In>('-');
        const subs = '           ^----!';

        expectObservable(source.pipe(create()), '^----!').toBe('-');
        expectSubscriptions(source.subscriptions).toBe(subs);
      }),
    );

    it(`${empty === 'completes' ? 'completes' : 'fails with IncompleteMessageError'} when its source is empty`, async () => {
      const [end] = await notifications(from<In[]>([]).pipe(create()));

      expect(end?.kind).toBe(empty === 'completes' ? 'C' : 'E');
      if (end?.kind === 'E') expect(end.error).toBeInstanceOf(IncompleteMessageError);
    });

    it('passes an error through unchanged, after everything that came before it', async () => {
      const error = new Error('of the source');
      const source = concat(
        from(values),
        throwError(() => error),
      );
      const complete = await notifications(concat(from(values), NEVER).pipe(create(), takeNow()));
      const seen = await notifications(source.pipe(create()));
      const last = seen.at(-1);

      expect(last?.kind === 'E' && last.error === error).toBe(true);
      expect(seen.slice(0, complete.length - 1)).toEqual(complete.slice(0, -1));
    });

    it(
      'unsubscribes from its source when the consumer unsubscribes, even in the middle of a chain',
      marbles(({ cold, expectObservable, expectSubscriptions }) => {
        const source = cold<In>('ab-----', { a: pick(values, 0), b: pick(values, 1) });
        const subs = '           ^---!  ';

        expectObservable(source.pipe(create(), toArray()), '^---!').toBe('-');
        expectSubscriptions(source.subscriptions).toBe(subs);
      }),
    );

    it('stops a synchronous source when the consumer has enough', () => {
      let pulled = 0;
      const source = new Observable<In>((subscriber) => {
        for (const value of values) {
          if (subscriber.closed) return;
          pulled += 1;
          subscriber.next(value);
        }
      });
      source.pipe(create(), take(1)).subscribe();

      const all = values.length;
      expect(emits === 'at the end' ? pulled === all : pulled < all).toBe(true);
    });

    it('shares no state between subscriptions', async () => {
      const result = from(values).pipe(create());

      expect(await notifications(result)).toEqual(await notifications(result));
    });

    it('shares no state between concurrent subscriptions', () => {
      const consumers: ((value: In) => void)[] = [];
      const source = new Observable<In>((subscriber) => {
        consumers.push((value) => {
          subscriber.next(value);
        });
      });
      const result = source.pipe(create());
      const seen: [Out[], Out[]] = [[], []];
      const subscriptions = seen.map((list) => result.subscribe((value) => list.push(value)));
      for (const value of values) for (const push of consumers) push(value);
      for (const subscription of subscriptions) subscription.unsubscribe();

      expect(seen[1]).toEqual(seen[0]);
    });

    it('does not change its input', async () => {
      const result = from(deepFreeze(structuredClone(values))).pipe(create());

      expect(await notifications(result)).toEqual(await notifications(from(values).pipe(create())));
    });
  });
}

function notifications<T>(source: Observable<T>) {
  return lastValueFrom(source.pipe(materialize(), toArray()));
}

/** Completes after the values that are emitted synchronously. */
function takeNow<T>(): OperatorFunction<T, T> {
  return (source) =>
    new Observable<T>((subscriber) => {
      source.subscribe(subscriber);
      subscriber.complete();
    });
}

function pick<T>(values: readonly T[], index: number): T {
  const value = values[index];
  if (value === undefined) throw new Error(`The contract needs more than ${index} values.`);
  return value;
}
