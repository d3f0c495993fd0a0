import { expectTypeOf } from 'expect-type';
import * as fc from 'fast-check';
import { asapScheduler, from, of, Subject, type Observable, type Subscription } from 'rxjs';
import {
  accumulateMessage,
  auditFrame,
  messageState,
  type Message,
  type MessageState,
  type MessageStreamEvent,
} from '../../src/index.js';
import { buildMessage, eventsOf, toolUseBlock } from '../../src/testing/index.js';
import { outcomeOf, watch } from '../source/support/outcome.js';
import { itKeepsTheOperatorContract } from '../support/contract.js';
import { marbles } from '../support/marbles.js';
import { countingClock } from './support/idleTimeouts.js';
import { after, play } from './support/pacing.js';

interface State {
  readonly status: string;
  readonly value: string;
}

const stateOf = (status: string) => (value: string) => ({ status, value });

/** States by their letters in marbles: a … d are streaming, x … z are done. */
const states: Readonly<Record<string, State>> = {
  ...Object.fromEntries(Array.from('abcd', (value) => [value, stateOf('streaming')(value)])),
  ...Object.fromEntries(Array.from('xyz', (value) => [value, stateOf('done')(value)])),
};

describe('auditFrame', () => {
  itKeepsTheOperatorContract<State, State>(() => auditFrame(), {
    values: ['a', 'x', 'b', 'c', 'y', 'z'].flatMap((letter) => states[letter] ?? []),
    empty: 'completes',
  });

  it(
    'emits the first state at once, and then the newest at each frame',
    marbles(({ cold, animate, expectObservable, expectSubscriptions }) => {
      animate('             --------x-------x-------x-------x----');
      const source = cold(' --a-b-c---d---------------a-b-------|', states);
      const subs = '        ^-----------------------------------!';
      const expected = '    --a-----c-------d---------a-----b---|';

      expectObservable(source.pipe(auditFrame())).toBe(expected, states);
      expectSubscriptions(source.subscriptions).toBe(subs);
    }),
  );

  it(
    'emits a state with another status at once, instead of the state that is held',
    marbles(({ cold, animate, expectObservable }) => {
      animate('             ------------x--');
      const source = cold(' -ab-xy-a-b----|', states);
      const expected = '    -a--x--a----b-|';

      expectObservable(source.pipe(auditFrame())).toBe(expected, states);
    }),
  );

  it(
    'emits the state that is held before it completes',
    marbles(({ cold, animate, expectObservable }) => {
      animate('             ----------');
      const source = cold(' -a-b-c-|   ', states);
      const expected = '    -a-----(c|)';

      expectObservable(source.pipe(auditFrame())).toBe(expected, states);
    }),
  );

  it(
    'emits the state that is held before an error',
    marbles(({ cold, animate, expectObservable }) => {
      animate('             ----------');
      const source = cold(' -a-b-c-#   ', states);
      const expected = '    -a-----(c#)';

      expectObservable(source.pipe(auditFrame())).toBe(expected, states);
    }),
  );

  it(
    'emits the newest state after 100 ms if there is no frame, as in a hidden tab',
    marbles(({ cold, animate, expectObservable }) => {
      animate('             -');
      const source = cold(' abc 200ms  d|', states);
      const expected = '    a 99ms c 102ms d|';

      expectObservable(source.pipe(auditFrame())).toBe(expected, states);
    }),
  );

  it(
    'emits at most one state in everyMs',
    marbles(({ cold, expectObservable }) => {
      const source = cold(' -a-bc-----d---ab--|', states);
      const expected = '    -a----c----d----b-|';

      expectObservable(source.pipe(auditFrame({ everyMs: 5 }))).toBe(expected, states);
    }),
  );

  it(
    'emits at most one state per turn of a scheduler',
    marbles(({ cold, expectObservable }) => {
      const source = cold(' -(abc)--|', states);
      const expected = '    -(ac)---|';

      expectObservable(source.pipe(auditFrame({ scheduler: asapScheduler }))).toBe(expected, states);
    }),
  );

  it('treats values without a status as alike', async () => {
    const { values } = await outcomeOf(from([undefined, 'a', null, 3, undefined]).pipe(auditFrame()));

    expect(values).toEqual([undefined, undefined]);
  });

  it('emits every status of a message, and its last state', async () => {
    const message = buildMessage({ content: ['Let me look at that.', toolUseBlock('get', { a: 1 })] });
    const source = from(eventsOf(message)).pipe(messageState());
    const all = await outcomeOf(source);
    const { values } = await outcomeOf(source.pipe(auditFrame()));
    const changes = (list: readonly MessageState[]) =>
      list.map(({ status }) => status).filter((status, i, statuses) => status !== statuses[i - 1]);

    expect(values.length).toBeLessThan(all.values.length);
    expect(changes(values)).toEqual(changes(all.values));
    expect(values.at(-1)).toEqual(all.values.at(-1));
  });

  it('emits the newest state that a consumer pushes while it receives one', () => {
    const { clock, scheduler } = countingClock();
    const source = new Subject<State>();
    const seen: string[] = [];
    source.pipe(auditFrame({ everyMs: 10, scheduler })).subscribe(({ value }) => {
      seen.push(value);
      if (seen.length < 3) for (const more of ['-', '+']) source.next(stateOf('streaming')(value + more));
      if (seen.length === 3) source.next(stateOf('done')('done'));
    });
    source.next(stateOf('streaming')('a'));
    clock.advance(100);

    expect(seen).toEqual(['a', 'a+', 'a++', 'done']);
    expect(clock.timers).toBe(0);
  });

  it.each<[string, (source: Subject<State>, subscription: Subscription) => void]>([
    ['the source completes', (source) => { source.complete(); }], // prettier-ignore
    ['the source fails', (source) => { source.error(new Error('of the source')); }], // prettier-ignore
    ['the consumer unsubscribes', (_, subscription) => { subscription.unsubscribe(); }], // prettier-ignore
  ])('leaves no timer behind when %s', (_, end) => {
    const { clock, scheduler } = countingClock();
    const source = new Subject<State>();
    const { subscription } = watch(source.pipe(auditFrame({ everyMs: 10, scheduler })));
    for (const value of 'abc') source.next(stateOf('streaming')(value));

    expect(clock.timers).toBe(1);

    end(source, subscription);

    expect(clock.timers).toBe(0);
    expect(source.observed).toBe(false);
  });

  it('omits only states that newer ones of the same status replace, for any states at any time', () => {
    const status = fc.constantFrom<string>('a', 'a', 'a', 'b');
    const state: fc.Arbitrary<State> = fc.record({ status, value: fc.string({ maxLength: 1 }) });
    const gaps = fc.array(fc.nat({ max: 30 }), { minLength: 1, maxLength: 20 });
    fc.assert(
      fc.property(fc.array(state, { minLength: 1 }), gaps, fc.nat({ max: 30 }), (list, between, more) => {
        const arrivals = after(list, between);
        const end = { at: (arrivals.at(-1)?.at ?? 0) + more, how: 'completes' } as const;
        const { emitted, timers } = play(arrivals, end, (scheduler) => auditFrame<State>({ everyMs: 16, scheduler }));
        const positions = emitted.map(({ value }) => list.indexOf(value));
        const isChange = (i: number): boolean => list[i]?.status !== list[i - 1]?.status;

        expect(positions).toEqual([...positions].sort((a, b) => a - b));
        expect(new Set(positions).size).toBe(positions.length);
        expect(positions.at(-1)).toBe(list.length - 1);
        expect(timers).toBe(0);

        arrivals.forEach(({ at }, i) => {
          const shown = emitted.findIndex((each) => list.indexOf(each.value) >= i);

          expect((emitted[shown]?.at ?? Infinity) - at).toBeLessThanOrEqual(isChange(i) ? 0 : 16);
          expect(!isChange(i) || positions[shown] === i).toBe(true);
        });

        const paced = emitted.filter(({ at }, i) => !isChange(positions[i] ?? 0) && at < end.at);
        paced.slice(1).forEach(({ at }, i) => {
          expect(at - (paced[i]?.at ?? 0)).toBeGreaterThanOrEqual(16);
        });
      }),
    );
  });

  it.each([0, -1, NaN, '16'])('throws a RangeError for everyMs %p at call time', (everyMs) => {
    const call = () => auditFrame({ everyMs: everyMs as number });

    expect(call).toThrow(RangeError);
    expect(call).toThrow('auditFrame: everyMs must be a number of at least 1, got ');
  });

  it('keeps the type of the states', () => {
    const events: Observable<MessageStreamEvent> = of();

    expectTypeOf(events.pipe(messageState(), auditFrame())).toEqualTypeOf<Observable<MessageState>>();
    expectTypeOf(events.pipe(accumulateMessage(), auditFrame())).toEqualTypeOf<Observable<Message>>();
    expect(auditFrame()).toBeInstanceOf(Function);
  });
});
