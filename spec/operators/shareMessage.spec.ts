import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { expectTypeOf } from 'expect-type';
import { concat, defer, NEVER, Observable, of, retry, Subject, throwError } from 'rxjs';
import type { RebuiltEvent } from '../../src/accumulate/compactEvents.js';
import {
  APIConnectionError,
  finalMessage,
  finalText,
  InvalidEventError,
  retryOnConnectionError,
  streamMessage,
  type AnyEvent,
  type MessageStreamEvent,
  type RunToolsEvent,
} from '../../src/index.js';
import { shareMessage } from '../../src/operators/shareMessage.js';
import { buildMessage } from '../../src/testing/index.js';
import { readPath } from '../../src/utils/inspect.js';
import { virtualClock } from '../source/support/clock.js';
import { settle, watch, type Watched } from '../source/support/outcome.js';
import { useServers } from '../source/support/servers.js';
import { itKeepsTheOperatorContract } from '../support/contract.js';
import { blockStart, messageDelta, messageStart, textDelta } from '../support/events.js';
import { marbles } from '../support/marbles.js';
import { params } from '../tools/support/turns.js';
import { s, b, e, z, names, allEvents, rebuilt, live } from './support/sharedMessages.js';

describe('shareMessage', () => {
  // A new result per subscription, because a late subscriber receives other events than the first one.
  itKeepsTheOperatorContract<MessageStreamEvent, MessageStreamEvent>(
    () => (source) => defer(() => source.pipe(shareMessage())),
    { values: allEvents, empty: 'completes' },
  );

  describe('what its subscribers receive', () => {
    /** An event with any fields. */
    const eventOf = (event: AnyEvent & Readonly<Record<string, unknown>>): AnyEvent => event;

    const receive = async (event: AnyEvent): Promise<AnyEvent> => {
      const events: AnyEvent[] = [];
      const source: Observable<AnyEvent> = concat(of(...allEvents.slice(0, 3), event), NEVER);
      const subscription = source.pipe(shareMessage()).subscribe((received) => events.push(received));
      await settle();
      subscription.unsubscribe();
      return events.at(-1) ?? { type: 'none' };
    };

    it.each<[string, AnyEvent, (event: AnyEvent) => unknown]>([
      ['content_block_start', blockStart(1, { type: 'text', text: '' }), (event) => readPath(event, 'content_block')],
      ['content_block_delta', textDelta('Hi'), (event) => readPath(event, 'delta')],
      ['message_delta', messageDelta(), (event) => readPath(event, 'delta')],
      ['ping', eventOf({ type: 'ping', extra: { deep: {} } }), (event) => readPath(event, 'extra', 'deep')],
      ['message_stop', eventOf({ type: 'message_stop', extra: {} }), (event) => readPath(event, 'extra')],
    ])('is frozen at any depth: %s', async (_, event, inner) => {
      const received = await receive(event);

      expect(received).toEqual(event);
      expect(Object.isFrozen(received)).toBe(true);
      expect(Object.isFrozen(inner(received))).toBe(true);
    });

    it('keeps the objects of tools as they are, in events whose fields are frozen', async () => {
      const output = { rows: [] };
      const received = await receive(eventOf({ type: 'tool_progress', output }));

      expect(Object.isFrozen(received)).toBe(true);
      expect(readPath(received, 'output')).toBe(output);
      expect(Object.isFrozen(output)).toBe(false);
    });

    it('is a frozen copy of a message_start, because the official SDK writes to its message', async () => {
      const start = messageStart({ id: 'msg_1' });
      const received: AnyEvent[] = [];
      of(start)
        .pipe(shareMessage())
        .subscribe({ next: (event) => received.push(event), error: () => undefined });
      await settle();

      expect(received).toEqual([start]);
      expect(Object.isFrozen(readPath(received[0], 'message'))).toBe(true);
      expect(Object.isFrozen(start.message)).toBe(false);
    });
  });

  it(
    'emits the message so far to a late subscriber, then the new events',
    marbles(({ cold, expectObservable, expectSubscriptions }) => {
      const source = cold(' --s-b-1-p-2--------3-e-m-z|', names);
      const subs = '        ^-------------------------!';
      const first = '       --s-b-1-p-2--------3-e-m-z|';
      const join = '        ------------^              ';
      const second = '      ------------(sbD)--3-e-m-z|';
      const result = source.pipe(shareMessage());

      expectObservable(result).toBe(first, names);
      expectObservable(result, join).toBe(second, names);
      expectSubscriptions(source.subscriptions).toBe(subs);
    }),
  );

  it(
    'aborts the request when the last subscriber unsubscribes, and starts a new one for the next',
    marbles(({ cold, expectObservable, expectSubscriptions }) => {
      const source = cold(' -s-b-1-2-3-e-m-z|          ', names);
      const subs1 = '       ^-------!                  ';
      const subs2 = '       ----------^---------------!';
      const unsub1 = '      ^---!                      ';
      const first = '       -s-b-                      ';
      const unsub2 = '      --^-----!                  ';
      const second = '      --sb-1-2-                  ';
      const join3 = '       ----------^                ';
      const third = '       -----------s-b-1-2-3-e-m-z|';
      const result = source.pipe(shareMessage());

      expectObservable(result, unsub1).toBe(first, names);
      expectObservable(result, unsub2).toBe(second, names);
      expectObservable(result, join3).toBe(third, names);
      expectSubscriptions(source.subscriptions).toBe([subs1, subs2]);
    }),
  );

  describe('graceMs', () => {
    it(
      'lets the request continue for the next subscriber, who receives what arrived meanwhile',
      marbles(({ cold, expectObservable, expectSubscriptions }) => {
        const source = cold(' -s-b-1-2---------3-e-m-z|', names);
        const subs = '        ^-----------------------!';
        const unsub = '       ^-----!                  ';
        const first = '       -s-b-1-                  ';
        const join = '        ----------^              ';
        const second = '      ----------(sbD)--3-e-m-z|';
        const result = source.pipe(shareMessage({ graceMs: 5 }));

        expectObservable(result, unsub).toBe(first, names);
        expectObservable(result, join).toBe(second, names);
        expectSubscriptions(source.subscriptions).toBe(subs);
      }),
    );

    it(
      'is how long the request continues after the last subscriber has unsubscribed',
      marbles(({ cold, expectObservable, expectSubscriptions }) => {
        const source = cold(' -s-------------            ', names);
        const subs1 = '       ^-------------!            ';
        const subs2 = '       ------------------^-------!';
        const unsub1 = '      ^-!                        ';
        const first = '       -s-                        ';
        const unsub2 = '      ------^--!                 ';
        const second = '      ------s---                 ';
        const unsub3 = '      ------------------^--!     ';
        const third = '       -------------------s--     ';
        const result = source.pipe(shareMessage({ graceMs: 5 }));

        expectObservable(result, unsub1).toBe(first, names);
        expectObservable(result, unsub2).toBe(second, names);
        expectObservable(result, unsub3).toBe(third, names);
        expectSubscriptions(source.subscriptions).toBe([subs1, subs2]);
      }),
    );

    it(
      'lets the request run to its end if it is Infinity',
      marbles(({ cold, expectObservable, expectSubscriptions }) => {
        const source = cold(' -s-b-1-2 120m z|      ', names);
        const subs = '        ^------- 120m -!      ';
        const unsub = '       ^-!                   ';
        const first = '       -s-                   ';
        const join = '        60m ^                 ';
        const second = '      60m (sbD) 3ms 60m z|  ';
        const result = source.pipe(shareMessage({ graceMs: Infinity }));

        expectObservable(result, unsub).toBe(first, names);
        expectObservable(result, join).toBe(second, names);
        expectSubscriptions(source.subscriptions).toBe(subs);
      }),
    );

    it('needs no timer if it is Infinity', () => {
      const clock = virtualClock();
      const { shared } = live({ graceMs: Infinity, scheduler: clock.scheduler });
      shared.subscribe().unsubscribe();

      expect(clock.timers).toBe(0);
    });

    it('is at most the longest wait of a timer, on its scheduler', () => {
      const clock = virtualClock();
      const { shared, counts } = live({ graceMs: 2 ** 40, scheduler: clock.scheduler });
      shared.subscribe().unsubscribe();
      clock.advance(2 ** 31 - 2);
      expect(counts.aborted).toBe(0);
      clock.advance(1);

      expect(counts.aborted).toBe(1);
    });

    it('needs no timer while there are subscribers, or after the end', () => {
      const clock = virtualClock();
      const { shared, emit, complete, fail } = live({ graceMs: 5, scheduler: clock.scheduler });
      const first = shared.subscribe({ error: () => undefined });
      expect(clock.timers).toBe(0);
      fail(new Error('lost'));
      expect(clock.timers).toBe(0);

      shared.subscribe();
      complete(); // without a complete message
      expect(clock.timers).toBe(0);

      shared.subscribe();
      emit(...allEvents);
      complete();
      shared.subscribe();

      expect(first.closed).toBe(true);
      expect(clock.timers).toBe(0);
    });

    it('is 0 by default, which needs no timer', () => {
      const clock = virtualClock();
      const { shared, counts } = live({ scheduler: clock.scheduler });
      shared.subscribe().unsubscribe();

      expect(counts.aborted).toBe(1);
      expect(clock.timers).toBe(0);
    });

    it('ends with the source: a failed request is made again, a complete message is kept', () => {
      const clock = virtualClock();
      const { shared, counts, emit, complete, fail } = live({ graceMs: 5, scheduler: clock.scheduler });
      shared.subscribe().unsubscribe();
      fail(new Error('lost'));
      expect(clock.timers).toBe(0);

      shared.subscribe().unsubscribe();
      expect(counts.requests).toBe(2);
      emit(...allEvents);
      complete();
      expect(clock.timers).toBe(0);
      clock.advance(10);

      expect(watch(shared)).toMatchObject({ values: rebuilt, ended: 'completed' });
      expect(counts).toEqual({ requests: 2, aborted: 0 });
    });

    it.each([-1, NaN, '5'])('is rejected if it is %p', (graceMs) => {
      const options: object = { graceMs };

      expect(() => shareMessage(options)).toThrow(
        new RangeError(
          `shareMessage: graceMs must be a number of at least 0, got ${typeof graceMs === 'string' ? `'${graceMs}'` : String(graceMs)}.`,
        ),
      );
    });
  });

  describe('an error', () => {
    it('reaches all subscribers, after all events before it', () => {
      const { shared, emit, fail } = live();
      const error = new Error('lost');
      const first = watch(shared);
      emit(s, b, textDelta('1'), textDelta('2'));
      const second = watch(shared);
      emit(textDelta('3'));
      fail(error);

      expect(first).toMatchObject({ values: [s, b, textDelta('1'), textDelta('2'), textDelta('3')], ended: 'failed' });
      expect(second).toMatchObject({ values: [s, b, textDelta('12'), textDelta('3')], ended: 'failed' });
      expect(first.error).toBe(error);
      expect(second.error).toBe(error);
    });

    it('has the message so far as partial, unless it already has one', () => {
      const { shared, emit, fail } = live();
      const error = new APIConnectionError('lost');
      const first = watch(shared);
      emit(s, b, textDelta('1'), textDelta('2'));
      fail(error);
      const { partial } = error;
      watch(shared);
      fail(error);

      expect(first.error).toBe(error);
      expect(partial).toEqual({ ...s.message, content: [{ type: 'text', text: '12' }] });
      expect(error.partial).toBe(partial);
    });

    it('is not kept: the next subscriber starts a new request', () => {
      const { shared, counts, emit, fail } = live();
      watch(shared);
      emit(s, b, textDelta('1'));
      fail(new Error('lost'));
      const second = watch(shared);
      expect(second).toMatchObject({ values: [], ended: undefined });
      emit(...allEvents);

      expect(second.values).toEqual(allEvents);
      expect(counts.requests).toBe(2);
    });

    it('can be retried by all subscribers with one request', () => {
      const { shared, counts, emit, complete, fail } = live();
      const both = [watch(shared.pipe(retry(1))), watch(shared.pipe(retry(1)))];
      emit(s, b);
      fail(new Error('lost'));
      emit(...allEvents);
      complete();

      for (const { values, ended } of both) expect([values, ended]).toEqual([[s, b, ...allEvents], 'completed']);
      expect(counts.requests).toBe(2);
    });

    it('may be synchronous', () => {
      const error = new Error('lost');
      let requests = 0;
      const shared = defer(() => {
        requests += 1;
        return concat(
          of(s),
          throwError(() => error),
        );
      }).pipe(shareMessage());

      for (let i = 1; i <= 2; i += 1) {
        expect(watch(shared)).toMatchObject({ values: [s], ended: 'failed', error });
        expect(requests).toBe(i);
      }
    });

    it('is the result of an event that is out of order, which aborts the request', () => {
      const { shared, counts, emit } = live();
      const both = [watch(shared), watch(shared)];
      emit(s, b, e, textDelta('1'), z);

      for (const { values, error } of both) {
        expect(values).toEqual([s, b, e]);
        expect(error).toBeInstanceOf(InvalidEventError);
        expect(error).toMatchObject({ position: 3, partial: { id: 'msg_1', content: [{ type: 'text', text: '' }] } });
      }
      expect(counts).toEqual({ requests: 1, aborted: 1 });
    });
  });

  it('frees the memory of a request that was aborted or failed', async () => {
    setFlagsFromString('--expose-gc');
    const collect = runInNewContext('gc') as () => void;
    const sources = [live(), live()] as const;
    const blocks = sources.map(({ shared, emit }) => {
      const subscription = shared.subscribe({ error: () => undefined });
      const block = structuredClone(b);
      emit(s, block);
      return { subscription, block: new WeakRef(block) };
    });
    await settle();
    collect();
    expect(blocks.map(({ block }) => block.deref())).toEqual([b, b]);

    blocks[0]?.subscription.unsubscribe();
    sources[1].fail(new Error('lost'));
    await settle();
    collect();

    expect(blocks.map(({ block }) => block.deref())).toEqual([undefined, undefined]);
  });

  it('does no work for those who have unsubscribed', () => {
    const { shared, emit } = live();
    const first = watch(shared);
    for (let i = 0; i < 100; i += 1) shared.subscribe().unsubscribe();
    const calls = jest.spyOn(Subject.prototype, 'next');
    try {
      emit(s);

      expect(first.values).toEqual([s]);
      expect(calls).toHaveBeenCalledTimes(2); // into the source, and to the remaining subscriber
    } finally {
      calls.mockRestore();
    }
  });

  describe('over HTTP', () => {
    const serve = useServers();
    const message = buildMessage({ content: 'Hello, world. How are you?' });

    it('makes one request for all subscribers', async () => {
      const server = await serve({ message, chunkBytes: 50 });
      const shared = streamMessage(params, { apiKey: 'k', baseURL: server.url }).pipe(shareMessage());
      const late: Watched<string>[] = [];
      await shared.forEach((event) => {
        if (event.type === 'content_block_delta' && late.length === 0) late.push(watch(shared.pipe(finalText())));
      });

      expect(late).toMatchObject([{ values: ['Hello, world. How are you?'], ended: 'completed' }]);
      expect(watch(shared.pipe(finalMessage())).values).toEqual([message]);
      expect(server.requests).toHaveLength(1);
    });

    it('aborts the request when the last subscriber unsubscribes', async () => {
      const server = await serve({ message, stallAtByte: 900 });
      const shared = streamMessage(params, { apiKey: 'k', baseURL: server.url }).pipe(shareMessage());
      const two = [shared.subscribe(), shared.subscribe()];
      const request = await server.request();
      two[0]?.unsubscribe();
      await settle();
      expect(server.openConnections).toBe(1);
      two[1]?.unsubscribe();
      await request.closed;

      expect(request.hungUp).toBe(true);
      expect(server.requests).toHaveLength(1);
    });

    it('replays a message that was retried before', async () => {
      const server = await serve([{ status: 529, headers: { 'retry-after-ms': '0' } }, { message }]);
      const shared = streamMessage(params, { apiKey: 'k', baseURL: server.url }).pipe(
        retryOnConnectionError(),
        shareMessage(),
      );
      await shared.forEach(() => undefined);

      expect(watch(shared.pipe(finalMessage())).values).toEqual([message]);
      expect(server.requests).toHaveLength(2);
    });
  });

  it('has the type of its source, with the events that rebuild a message', () => {
    interface Tick {
      readonly type: 'tick';
    }
    const events: Observable<MessageStreamEvent> = NEVER;
    const run: Observable<RunToolsEvent> = NEVER;
    const ticks: Observable<Tick> = NEVER;

    expectTypeOf(events.pipe(shareMessage())).toEqualTypeOf<Observable<MessageStreamEvent>>();
    expectTypeOf(run.pipe(shareMessage({ graceMs: 5 }))).toEqualTypeOf<Observable<RunToolsEvent>>();
    expectTypeOf(ticks.pipe(shareMessage())).toEqualTypeOf<Observable<Tick | RebuiltEvent>>();
    // @ts-expect-error -- numbers are not events
    void of(1).pipe(shareMessage());
    // @ts-expect-error -- the option is graceMs
    void shareMessage({ grace: 5 });
    expect(run.pipe(shareMessage())).toBeInstanceOf(Observable);
  });
});
