import { Subject, Subscription, take, VirtualTimeScheduler } from 'rxjs';
import { coalesceDeltas, type AnyEvent } from '../../src/index.js';
import { watch } from '../source/support/outcome.js';
import { ping, textDelta } from '../support/events.js';
import { marbles } from '../support/marbles.js';
import { countingClock } from './support/idleTimeouts.js';
import { textLengthOf } from './support/pacing.js';

const letters = {
  ...{ a: textDelta('a'), b: textDelta('b'), c: textDelta('c'), d: textDelta('d') },
  B: textDelta('bc'),
};

describe('coalesceDeltas: time', () => {
  describe('where there are no animation frames', () => {
    it(
      'emits what is held after 100 ms, as in a hidden tab',
      marbles(({ cold, animate, expectObservable }) => {
        animate('             -');
        const source = cold(' abc 200ms  d|', letters);
        const expected = '    a 99ms B 102ms d|';

        expectObservable(source.pipe(coalesceDeltas())).toBe(expected, letters);
      }),
    );

    it(
      'emits what is held after 16 ms if the runtime has no requestAnimationFrame',
      marbles(({ cold, expectObservable }) => {
        const source = cold(' abc 50ms  d|', letters); // without animate(), a request for a frame throws
        const expected = '    a 15ms B 36ms d|';

        expectObservable(source.pipe(coalesceDeltas())).toBe(expected, letters);
      }),
    );

    it('emits what is held with the first event after that if the browser delays timers as well', () => {
      let now = 0;
      const scheduler = { now: () => now, schedule: () => new Subscription() };
      const source = new Subject<AnyEvent>();
      const seen = watch(source.pipe(coalesceDeltas({ everyMs: 100, scheduler })));
      for (const [at, text] of [
        [0, 'a'],
        [50, 'b'],
        [99, 'c'],
        [100, 'd'],
        [199, 'e'],
        [200, 'f'],
        [900, 'g'],
      ] as const) {
        // prettier-ignore
        now = at;
        source.next(textDelta(text));
      }

      expect(seen.values).toEqual([textDelta('a'), textDelta('bc'), textDelta('de'), textDelta('f')]);

      now = 1100;
      source.next(textDelta('h'));

      expect(seen.values.slice(4)).toEqual([textDelta('g')]);
      seen.subscription.unsubscribe();
    });
  });

  describe('in a tab that is visible', () => {
    afterEach(() => {
      Reflect.deleteProperty(globalThis, 'document');
    });

    const show = () => {
      Object.defineProperty(globalThis, 'document', { value: { visibilityState: 'visible' }, configurable: true });
    };

    it(
      'waits for a frame that a busy page delays',
      marbles(({ cold, animate, expectObservable }) => {
        show();
        animate('             --- 400ms x');
        const source = cold(' ab 200ms   c 300ms d|', letters);
        const expected = '    a-- 400ms B 100ms (d|)';

        expectObservable(source.pipe(coalesceDeltas())).toBe(expected, letters);
      }),
    );

    it(
      'emits what is held after a second without frames, as in a frame of another page that is out of view',
      marbles(({ cold, animate, expectObservable }) => {
        show();
        animate('             -');
        const source = cold(' abc 1s     -|', letters);
        const expected = '    a 999ms B---|';

        expectObservable(source.pipe(coalesceDeltas())).toBe(expected, letters);
      }),
    );
  });

  describe('timers', () => {
    it('are one at a time, and none after a quiet interval', () => {
      const { clock, scheduler, armed } = countingClock();
      const source = new Subject<AnyEvent>();
      const seen = watch(source.pipe(coalesceDeltas({ everyMs: 10, scheduler })));
      for (let ms = 0; ms < 1000; ms += 1) {
        source.next(textDelta('x'));
        clock.advance(1);

        if (clock.timers !== 1) throw new Error(`${clock.timers} timers`);
      }

      expect(armed()).toBe(101);
      clock.advance(20);

      expect(clock.timers).toBe(0);
      expect(seen.values.map(textLengthOf)).toEqual([1, 9, ...Array.from({ length: 99 }, () => 10)]);
      seen.subscription.unsubscribe();
    });

    it.each<[string, (source: Subject<AnyEvent>, subscription: Subscription) => void]>([
      ['the source completes', (source) => { source.complete(); }], // prettier-ignore
      ['the source fails', (source) => { source.error(new Error('of the source')); }], // prettier-ignore
      ['the consumer unsubscribes', (_, subscription) => { subscription.unsubscribe(); }], // prettier-ignore
    ])('end when %s', (_, end) => {
      const { clock, scheduler } = countingClock();
      const source = new Subject<AnyEvent>();
      const { subscription } = watch(source.pipe(coalesceDeltas({ everyMs: 10, scheduler })));
      source.next(textDelta('a'));
      source.next(textDelta('b'));

      expect(clock.timers).toBe(1);

      end(source, subscription);

      expect(clock.timers).toBe(0);
      expect(source.observed).toBe(false);
    });

    it('end when the consumer unsubscribes while it receives a delta', () => {
      const { clock, scheduler } = countingClock();
      const source = new Subject<AnyEvent>();
      for (const count of [1, 2]) {
        watch(source.pipe(coalesceDeltas({ everyMs: 10, scheduler }), take(count)));
        for (const text of 'abc') source.next(textDelta(text));
        clock.advance(10);

        expect(clock.timers).toBe(0);
        expect(source.observed).toBe(false);
      }
    });
  });

  describe('a consumer that pushes into the source', () => {
    /** Pushes the events, and `more` when the event at this position is emitted. */
    function pushing(events: readonly AnyEvent[], position: number, more: (source: Subject<AnyEvent>) => void) {
      const source = new Subject<AnyEvent>();
      const values: AnyEvent[] = [];
      let ended: string | undefined;
      source.pipe(coalesceDeltas({ everyMs: 10, scheduler: new VirtualTimeScheduler() })).subscribe({
        next: (event) => {
          if (values.push(event) === position + 1) more(source);
        },
        complete: () => (ended = 'completed'),
      });
      for (const event of events) source.next(event);
      source.complete();
      return { values, ended };
    }
    const events = [textDelta('a'), textDelta('b', 0), textDelta('c', 1), textDelta('d', 2), ping];

    it.each([0, 1, 2, 3, 4])('gets its event in order, after those before it, from event %i on', (position) => {
      const pushed = { type: 'pushed' };
      const seen = pushing(events, position, (source) => {
        source.next(pushed);
      });

      expect(seen.values).toEqual(position === 0 ? [events[0], pushed, ...events.slice(1)] : [...events, pushed]);
      expect(seen.ended).toBe('completed');
    });

    it.each([0, 1, 2, 3, 4])('gets its delta in order, from event %i on', (position) => {
      const seen = pushing(events, position, (source) => {
        source.next(textDelta('x', 9));
      });
      const [first, ...others] = events;

      expect(seen.values).toEqual(
        position === 0 ? [first, textDelta('x', 9), ...others] : [...events, textDelta('x', 9)],
      );
    });

    it.each([1, 2, 3, 4])('and completes it gets everything before, from event %i on', (position) => {
      const seen = pushing(events, position, (source) => {
        source.complete();
      });

      expect(seen).toMatchObject({ values: events, ended: 'completed' });
    });
  });
});
