import { expectTypeOf } from 'expect-type';
import { concat, defer, from, lastValueFrom, NEVER, of, Subject, tap, throwError, type Observable } from 'rxjs';
import type { SchedulerLike } from 'rxjs';
import {
  APIConnectionTimeoutError,
  finalMessage,
  fromSdkStream,
  retryOnConnectionError,
  type AnyEvent,
  type MessageStreamEvent,
} from '../../src/index.js';
import { idleTimeout, type IdleTimeoutOptions } from '../../src/operators/idleTimeout.js';
import { buildMessage, eventsOf } from '../../src/testing/index.js';
import { virtualClock } from '../source/support/clock.js';
import { settle, watch } from '../source/support/outcome.js';
import { itKeepsTheOperatorContract } from '../support/contract.js';
import { marbles } from '../support/marbles.js';

/** Events that the package knows nothing of, or nothing that matters here. */
interface Untyped {
  readonly type: 'tool_progress' | 'tool_result' | 'run_end' | 'weather_report';
}

const minute = 60_000;
const message = buildMessage({ content: 'Hello, world. How are you?' });
const events = eventsOf(message);

/**
 * Events by their letters in marbles: s a message starts, b an empty block does, d text, e the block stops, m the stop
 * reason, z the message stops; p a ping, r a restart; T and U what tools say, R the end of a run, u an unknown event.
 */
const letters = {
  s: { type: 'message_start', message: { ...message, content: [], stop_reason: null } },
  b: { type: 'content_block_start', index: 0, content_block: { type: 'text', text: '' } },
  d: { type: 'content_block_delta', index: 0, delta: { type: 'text_delta', text: 'Hello' } },
  e: { type: 'content_block_stop', index: 0 },
  m: { type: 'message_delta', delta: { stop_reason: 'tool_use', stop_sequence: null }, usage: {} },
  z: { type: 'message_stop' },
  p: { type: 'ping' },
  r: { type: 'message_restart', attempt: 2, delayMs: 0, error: undefined },
  T: { type: 'tool_progress' },
  U: { type: 'tool_result' },
  R: { type: 'run_end' },
  u: { type: 'weather_report' },
} satisfies Record<string, MessageStreamEvent | Untyped>;

/** No wait but those that are given. */
const only = (options: IdleTimeoutOptions): IdleTimeoutOptions => ({
  firstEventMs: Infinity,
  idleMs: Infinity,
  ...options,
});

/** A test that draws what comes of a source. If it times out, the error has these fields. */
function expectResult(
  options: IdleTimeoutOptions,
  pictures: { readonly source: string; readonly subs?: string; readonly result: string },
  error?: object,
): () => void {
  return () => {
    let seen: unknown;
    marbles(({ cold, expectObservable, expectSubscriptions }) => {
      const source = cold<AnyEvent>(pictures.source, letters);
      const result = source.pipe(
        idleTimeout(options),
        tap({
          error: (failure: unknown) => {
            seen = failure;
          },
        }),
      );

      expectObservable(result, '^ 660m !').toBe(pictures.result, letters, expect.any(APIConnectionTimeoutError));
      if (pictures.subs !== undefined) expectSubscriptions(source.subscriptions).toBe(pictures.subs);
    })();

    expect(seen).toEqual(error && expect.objectContaining(error));
  };
}

/** A clock that counts how often something is scheduled on it. */
function countingClock() {
  const clock = virtualClock();
  let armed = 0;
  const scheduler: SchedulerLike = {
    now: () => clock.scheduler.now(),
    schedule: (...args: Parameters<SchedulerLike['schedule']>) => {
      armed += 1;
      return clock.scheduler.schedule(...args);
    },
  };
  return { clock, scheduler, armed: () => armed };
}

describe('idleTimeout', () => {
  itKeepsTheOperatorContract<MessageStreamEvent, MessageStreamEvent>(() => idleTimeout(), {
    values: events,
    empty: 'completes',
  });

  it(
    'passes events on as they come, and completes with its source',
    expectResult(
      { firstEventMs: 3, idleMs: 4, contentMs: 7, totalMs: 20 },
      {
        source: '--s--b---d-e--m-z-|',
        subs: '  ^-----------------!',
        result: '--s--b---d-e--m-z-|',
      },
    ),
  );

  describe('firstEventMs', () => {
    it(
      'counts from the subscription',
      expectResult(
        only({ firstEventMs: 5 }),
        {
          source: '--------s',
          subs: '  ^----!',
          result: '-----#',
        },
        {
          timeout: 'firstEventMs',
          ms: 5,
          phase: 'connect',
          lastEvent: undefined,
          requestID: undefined,
          partial: undefined,
          retryable: true,
          message: 'No event within 5 ms (idleTimeout: firstEventMs), before the first event.',
        },
      ),
    );

    it(
      'ends with any event: a start',
      expectResult(only({ firstEventMs: 5 }), {
        source: '----s-',
        result: '----s',
      }),
    );
    it(
      'ends with any event: a ping',
      expectResult(only({ firstEventMs: 5 }), {
        source: '----p-',
        result: '----p',
      }),
    );

    it(
      'begins anew with a restart, for the next attempt',
      expectResult(
        only({ firstEventMs: 5, idleMs: 4, contentMs: 4 }),
        {
          source: '--s-d-r-----s',
          subs: '  ^----------!',
          result: '--s-d-r----#',
        },
        {
          timeout: 'firstEventMs',
          phase: 'connect',
          lastEvent: 'message_restart',
          message: 'No event within 5 ms (idleTimeout: firstEventMs), after message_restart.',
        },
      ),
    );
  });

  describe('idleMs', () => {
    it(
      'counts from each event, a ping and an unknown one too',
      expectResult(
        only({ idleMs: 4 }),
        {
          source: '------p--s---b---d--u---e-------m',
          subs: '  ^---------------------------!',
          result: '------p--s---b---d--u---e---#',
        },
        {
          timeout: 'idleMs',
          ms: 4,
          phase: 'mid-content',
          lastEvent: 'content_block_stop',
          message: 'No event within 4 ms (idleTimeout: idleMs), after content_block_stop.',
        },
      ),
    );

    it(
      'says before-content until there is some',
      expectResult(
        only({ idleMs: 4 }),
        {
          source: '--s--b-------',
          result: '--s--b---#',
        },
        { phase: 'before-content', lastEvent: 'content_block_start' },
      ),
    );

    it(
      'says before-content again in the attempt after a restart',
      expectResult(
        only({ idleMs: 4 }),
        {
          source: '--s-d-r------s-----',
          result: '--s-d-r------s---#',
        },
        { phase: 'before-content', lastEvent: 'message_start' },
      ),
    );

    it(
      'does not hear what tools say while the message still streams',
      expectResult(
        only({ idleMs: 4 }),
        {
          source: '--s--d-TU-T-U',
          result: '--s--d-TU#',
        },
        { lastEvent: 'content_block_delta' },
      ),
    );
  });

  describe('contentMs', () => {
    it(
      'counts from the first event, and from each content: pings do not count',
      expectResult(
        only({ contentMs: 6 }),
        {
          source: '-----------p-s-b-d----p-e---p',
          result: '-----------p-s-b-d----p#',
        },
        {
          timeout: 'contentMs',
          ms: 6,
          phase: 'mid-content',
          lastEvent: 'ping',
          message: 'No content within 6 ms (idleTimeout: contentMs), after ping.',
        },
      ),
    );

    it(
      'runs out before any content',
      expectResult(
        only({ contentMs: 6 }),
        {
          source: '--p-s-bp-p',
          result: '--p-s-bp#',
        },
        { timeout: 'contentMs', phase: 'before-content' },
      ),
    );

    it(
      'begins anew with the next message',
      expectResult(
        only({ contentMs: 6 }),
        {
          source: '--s-d-z-----------s----p--',
          result: '--s-d-z-----------s----p#',
        },
        { timeout: 'contentMs' },
      ),
    );

    it(
      'begins anew after a restart',
      expectResult(
        only({ contentMs: 6 }),
        {
          source: '--s-d-r-----------p-s--p--',
          result: '--s-d-r-----------p-s--p#',
        },
        { timeout: 'contentMs' },
      ),
    );
  });

  describe('totalMs', () => {
    it(
      'counts from the subscription to the end',
      expectResult(
        only({ totalMs: 11 }),
        {
          source: '--s-d-d-d-d-d-d',
          subs: '  ^----------!',
          result: '--s-d-d-d-d#',
        },
        {
          timeout: 'totalMs',
          ms: 11,
          lastEvent: 'content_block_delta',
          message: 'No end of the stream within 11 ms (idleTimeout: totalMs), after content_block_delta.',
        },
      ),
    );

    it(
      'goes on after message_stop, and over restarts',
      expectResult(
        only({ totalMs: 20 }),
        {
          source: '--s-r-s-d-z-T-U-R-',
          subs: '  ^-------------------!',
          result: '--s-r-s-d-z-T-U-R---#',
        },
        { timeout: 'totalMs', lastEvent: 'message_stop' },
      ),
    );
  });

  describe('after message_stop', () => {
    const all: IdleTimeoutOptions = { firstEventMs: 4, idleMs: 4, contentMs: 4 };

    it(
      'nothing times out',
      expectResult(all, {
        source: '--s-d-z 600m |',
        result: '--s-d-z 600m |',
      }),
    );

    it(
      'nothing begins with what lingers, or what tools say',
      expectResult(all, {
        source: '--s-d-z-p-u-e-d-T-U-R 600m |',
        result: '--s-d-z-p-u-e-d-T-U-R 600m |',
      }),
    );

    it(
      'the clocks begin again with the next message',
      expectResult(
        all,
        {
          source: '--s-d-z 600m s--p-----',
          result: '--s-d-z 600m s--p#',
        },
        { timeout: 'contentMs' },
      ),
    );

    it(
      'so does the clock of silence',
      expectResult(
        only({ idleMs: 4 }),
        {
          source: '--s-d-z 600m s--p-----',
          result: '--s-d-z 600m s--p---#',
        },
        { timeout: 'idleMs', lastEvent: 'ping' },
      ),
    );

    it(
      'a restart awaits the next attempt',
      expectResult(
        all,
        {
          source: '--s-d-z--r-----',
          result: '--s-d-z--r---#',
        },
        { timeout: 'firstEventMs' },
      ),
    );
  });

  it(
    'delivers what comes in the moment of the timeout first, and then waits on',
    expectResult(
      only({ idleMs: 4 }),
      {
        source: '--s---d--------',
        result: '--s---d---#',
      },
      { lastEvent: 'content_block_delta' },
    ),
  );

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

  it('has no limit by default for silent thinking, nor for the whole', () => {
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

  describe('its timer', () => {
    it('is one, armed anew when it fires, and not with each event', () => {
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
      expect(armed()).toBeLessThan(25); // 10 s of waits of 1 s and 2 s
      clock.advance(999);

      expect(seen.ended).toBeUndefined();

      clock.advance(1);

      expect(seen.error).toMatchObject({ timeout: 'idleMs' });
      expect(clock.timers).toBe(0);
    });

    it('is armed for nothing if all waits are Infinity', () => {
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

    it('ends with the subscription, also in the middle of an event', () => {
      const { clock, scheduler } = countingClock();
      const source = new Subject<AnyEvent>();
      const result = source.pipe(idleTimeout({ totalMs: 1000, scheduler }));
      const seen = watch(result);
      const leaving = result.subscribe(() => {
        leaving.unsubscribe();
      });
      source.next(letters.s);
      seen.subscription.unsubscribe();

      expect(clock.timers).toBe(0);
      expect(source.observed).toBe(false);
    });

    it('is of each subscription', () => {
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
    it('lets retryOnConnectionError try again', async () => {
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

    it('leaves partial to those that accumulate', async () => {
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

  it('passes an error of its source on unchanged', () => {
    const error = new Error('of the source');
    const seen = watch(
      concat(
        of(letters.s),
        throwError(() => error),
      ).pipe(idleTimeout()),
    );

    expect(seen).toMatchObject({ values: [letters.s], ended: 'failed' });
    expect(seen.error).toBe(error);
  });

  describe('refuses at the call', () => {
    it.each(['firstEventMs', 'idleMs', 'contentMs', 'totalMs'])('what is no wait for %s', (name) => {
      for (const ms of [0, -1, NaN, -Infinity, '1000', null]) {
        const call = () => idleTimeout({ [name]: ms });

        expect(call).toThrow(RangeError);
        expect(call).toThrow(`idleTimeout: ${name} must be a number of ms above 0, got ${String(ms)}.`);
      }
    });

    it.each(['headersMs', 'idle'])('a wait that it does not have: %s', (name) => {
      const call = () => idleTimeout({ [name]: 1000 });

      expect(call).toThrow(TypeError);
      expect(call).toThrow(`idleTimeout: options have no ${name}.`);
    });

    it('nothing that is not given', () => {
      const { scheduler, advance } = virtualClock();
      const none = { firstEventMs: undefined, idleMs: undefined, scheduler } as unknown as IdleTimeoutOptions;
      const seen = watch(NEVER.pipe(idleTimeout(none)));
      advance(10 * minute);

      expect(seen.error).toMatchObject({ timeout: 'firstEventMs', ms: 10 * minute });
    });
  });

  it('keeps the type of the events', () => {
    const ticks: Observable<{ readonly type: 'tick'; readonly count: number }> = NEVER;
    const strings: Observable<string> = NEVER;
    // @ts-expect-error -- a string has no type
    const ofStrings = strings.pipe(idleTimeout());
    // @ts-expect-error -- headers are not seen here
    expect(() => idleTimeout({ headersMs: 1 })).toThrow();

    expectTypeOf(ticks.pipe(idleTimeout())).toEqualTypeOf<typeof ticks>();
    expectTypeOf(ofStrings).not.toBeAny();
  });
});
