import { concat, defer, from, lastValueFrom, NEVER, of, Subject, type Observable } from 'rxjs';
import {
  APIConnectionTimeoutError,
  finalMessage,
  fromSdkStream,
  retryOnConnectionError,
  type AnyEvent,
  type MessageStreamEvent,
} from '../../src/index.js';
import { idleTimeout } from '../../src/operators/idleTimeout.js';
import { virtualClock } from '../source/support/clock.js';
import { settle, watch } from '../source/support/outcome.js';
import { minute, message, events, letters, countingClock } from './support/idleTimeouts.js';

describe('idleTimeout: defaults and timer', () => {
  it.each([
    ['firstEventMs', NEVER, 10],
    ['idleMs', concat(of(letters.s), NEVER), 5],
  ])('has a default for %s', (timeout, source, minutes) => {
    const { scheduler, advance } = virtualClock();
    const seen = watch(source.pipe(idleTimeout({ scheduler })));
    advance(minutes * minute - 1);

    expect(seen.ended).toBeUndefined();

    advance(1);

    expect(seen.error).toMatchObject({ timeout, ms: minutes * minute });
  });

  it('has no default for contentMs and totalMs', () => {
    const { scheduler, advance } = virtualClock();
    const source = new Subject<AnyEvent>();
    const seen = watch(source.pipe(idleTimeout({ scheduler })));
    for (let minutes = 0; minutes < 48 * 60; minutes += 4) {
      source.next(letters.p);
      advance(4 * minute);
    }

    expect(seen.ended).toBeUndefined();
    seen.subscription.unsubscribe();
  });

  it('stops at a message_reconnect, and waits for the next event from there', () => {
    const { scheduler, advance } = virtualClock();
    const source = new Subject<AnyEvent>();
    const seen = watch(source.pipe(idleTimeout({ firstEventMs: 5000, idleMs: 1000, contentMs: 1000, scheduler })));
    source.next(letters.s);
    source.next(letters.d);
    source.next({ type: 'message_reconnect' });
    advance(4999);

    expect(seen.ended).toBeUndefined();

    advance(1);

    expect(seen.error).toMatchObject({ timeout: 'firstEventMs', lastEvent: 'message_reconnect', phase: 'mid-content' });
  });

  it('runs again once a reconnected message continues', () => {
    const { scheduler, advance } = virtualClock();
    const source = new Subject<AnyEvent>();
    const seen = watch(source.pipe(idleTimeout({ firstEventMs: 5000, idleMs: 1000, scheduler })));
    source.next(letters.s);
    source.next({ type: 'message_reconnect' });
    advance(4999);
    source.next(letters.d);
    advance(999);

    expect(seen.ended).toBeUndefined();

    advance(1);

    expect(seen.error).toMatchObject({ timeout: 'idleMs', phase: 'mid-content' });
  });

  describe('the timer', () => {
    it('is the only one, and is scheduled when it fires, not per event', () => {
      const { clock, scheduler, armed } = countingClock();
      const source = new Subject<AnyEvent>();
      const seen = watch(
        source.pipe(idleTimeout({ firstEventMs: 1000, idleMs: 1000, contentMs: 2000, totalMs: 1e9, scheduler })),
      );
      source.next(letters.s);
      for (let count = 0; count < 10_000; count += 1) {
        clock.advance(1);
        source.next(letters.d);

        if (clock.timers !== 1) throw new Error(`${clock.timers} timers`);
      }

      expect(seen.values).toHaveLength(10_001);
      expect(armed()).toBeLessThan(25); // 10 s with timeouts of 1 s and 2 s
      clock.advance(999);

      expect(seen.ended).toBeUndefined();

      clock.advance(1);

      expect(seen.error).toMatchObject({ timeout: 'idleMs' });
      expect(clock.timers).toBe(0);
    });

    it('is never scheduled if all timeouts are Infinity', () => {
      const { scheduler, armed } = countingClock();
      const source = new Subject<AnyEvent>();
      const seen = watch(source.pipe(idleTimeout({ firstEventMs: Infinity, idleMs: Infinity, scheduler })));
      for (const event of [...events, letters.r, ...events]) source.next(event);

      expect(seen.values).toHaveLength(2 * events.length + 1);
      expect(armed()).toBe(0);
    });

    it.each<[string, (source: Subject<AnyEvent>) => void]>([
      [
        'completion',
        (source) => {
          source.complete();
        },
      ],
      [
        'an error',
        (source) => {
          source.error(new Error('of the source'));
        },
      ],
    ])('ends with %s', (_, end) => {
      const { clock, scheduler } = countingClock();
      const source = new Subject<AnyEvent>();
      const seen = watch(source.pipe(idleTimeout({ totalMs: 1000, scheduler })));
      source.next(letters.s);

      expect(clock.timers).toBe(1);

      end(source);

      expect(seen.ended).toBeDefined();
      expect(clock.timers).toBe(0);
    });

    it('ends with the subscription, even while an event is delivered', () => {
      const { clock, scheduler } = countingClock();
      const source = new Subject<AnyEvent>();
      const result = source.pipe(idleTimeout({ totalMs: 1000, scheduler }));
      const seen = watch(result);
      const unsubscribing = result.subscribe(() => {
        unsubscribing.unsubscribe();
      });
      source.next(letters.s);
      seen.subscription.unsubscribe();

      expect(clock.timers).toBe(0);
      expect(source.observed).toBe(false);
    });

    it('is separate for each subscription', () => {
      const { clock, scheduler } = countingClock();
      const source = new Subject<AnyEvent>();
      const result = source.pipe(idleTimeout({ firstEventMs: 1000, idleMs: 100, scheduler }));
      const early = watch(result);
      source.next(letters.s);
      const late = watch(result);
      clock.advance(100);

      expect([early.ended, late.ended]).toEqual(['failed', undefined]);
      late.subscription.unsubscribe();
    });
  });

  describe('before other operators', () => {
    it('makes retryOnConnectionError retry', async () => {
      const { scheduler, advance } = virtualClock();
      let attempts = 0;
      const source: Observable<MessageStreamEvent> = defer(() => {
        attempts += 1;
        return attempts < 3 ? concat(of<MessageStreamEvent>(letters.s), NEVER) : from(events);
      });
      const final = lastValueFrom(
        source.pipe(
          idleTimeout({ idleMs: 1000, scheduler }),
          retryOnConnectionError({ initialDelayMs: 10, jitter: 0, scheduler }),
          finalMessage(),
        ),
      );
      advance(1000 + 10);
      advance(1000 + 20);

      expect(await final).toEqual(message);
      expect(attempts).toBe(3);
    });

    it('leaves partial to the operators that accumulate', async () => {
      const { scheduler, advance } = virtualClock();
      const source = concat(of(letters.s, letters.b, letters.d), NEVER);
      const final = lastValueFrom(source.pipe(idleTimeout({ scheduler }), finalMessage()));
      advance(5 * minute);

      await expect(final).rejects.toMatchObject({
        timeout: 'idleMs',
        partial: { content: [{ type: 'text', text: 'Hello' }] },
      });
    });
  });

  it('aborts the request of an SDK whose stream has stalled', async () => {
    const { scheduler, advance } = virtualClock();
    const controller = new AbortController();
    async function* stalling(): AsyncGenerator<MessageStreamEvent> {
      yield letters.s;
      await new Promise(() => undefined);
    }
    const stream = { controller, [Symbol.asyncIterator]: stalling };
    const seen = watch(fromSdkStream(() => stream).pipe(idleTimeout({ idleMs: 1000, scheduler })));
    await settle();
    advance(999);

    expect(seen).toMatchObject({ values: [letters.s], ended: undefined });
    expect(controller.signal.aborted).toBe(false);

    advance(1);

    expect(seen.error).toBeInstanceOf(APIConnectionTimeoutError);
    expect(controller.signal.aborted).toBe(true);
  });
});
