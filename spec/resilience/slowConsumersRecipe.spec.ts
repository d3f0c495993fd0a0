import {
  asapScheduler,
  catchError,
  concat,
  concatAll,
  defer,
  from,
  map,
  of,
  range,
  subscribeOn,
  throwError,
  timer,
  type Observable,
  type ObservableInput,
} from 'rxjs';
import { outcomeOf } from '../source/support/outcome.js';

const COUNT = 20_000;

/** The recipe of docs/network-failures.md: each value becomes work that waits for its turn, and so does the error. */
function oneByOne<In, Out>(source: Observable<In>, workFor: (value: In) => ObservableInput<Out>): Observable<Out> {
  return source.pipe(
    map((value) => defer(() => workFor(value)).pipe(subscribeOn(asapScheduler))),
    catchError((error: unknown) => of(throwError(() => error))), // eslint-disable-line rxjs-x/throw-error -- passed on, not made
    concatAll(),
  );
}

/** Work that takes a while for the first value, so that all others are queued behind it. */
const slowAtFirst = (value: number): Observable<number> => (value === 0 ? timer(1).pipe(map(() => 0)) : of(value));

describe('the recipe for slow consumers', () => {
  it('sees all values that are queued behind a slow one, when the work for each is synchronous', async () => {
    const { values, ended } = await outcomeOf(oneByOne(range(0, COUNT), slowAtFirst));

    expect(values).toEqual(Array.from({ length: COUNT }, (_, i) => i));
    expect(ended).toBe('completed');
  });

  it('sees all of them before the error', async () => {
    const error = new Error('of the source');
    const source = concat(
      range(0, COUNT),
      throwError(() => error),
    );
    const outcome = await outcomeOf(oneByOne(source, slowAtFirst));

    expect(outcome.values).toHaveLength(COUNT);
    expect(outcome).toMatchObject({ ended: 'failed', error });
  });

  it('works for one value after the other', async () => {
    const log: string[] = [];
    const work = async (value: number): Promise<void> => {
      log.push(`start ${value}`);
      await Promise.resolve();
      log.push(`end ${value}`);
    };
    await outcomeOf(oneByOne(from([1, 2]), work));

    expect(log).toEqual(['start 1', 'end 1', 'start 2', 'end 2']);
  });
});
