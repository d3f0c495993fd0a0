import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { expectTypeOf } from 'expect-type';
import {
  concat,
  config,
  defer,
  EMPTY,
  filter,
  firstValueFrom,
  from,
  map,
  NEVER,
  Observable,
  of,
  pipe,
  retry,
} from 'rxjs';
import { Subject, take, tap, throwError, toArray, type OperatorFunction } from 'rxjs';
import { z as zod } from 'zod';
import type { RebuiltEvent } from '../../src/accumulate/compactEvents.js';
import {
  accumulateMessage,
  APIConnectionError,
  citations,
  contentBlocks,
  finalMessage,
  finalText,
  IncompleteMessageError,
  inputJsonDeltas,
  ofType,
  InvalidEventError,
  retryOnConnectionError,
  streamMessage,
  textDeltas,
  thinkingDeltas,
  toolInput,
  toolUses,
  usage,
  type AnyEvent,
  type MessageStreamEvent,
  type RunToolsEvent,
} from '../../src/index.js';
import { messageState } from '../../src/operators/messageState.js';
import { shareMessage, type ShareMessageOptions } from '../../src/operators/shareMessage.js';
import { buildMessage } from '../../src/testing/index.js';
import { defineTool } from '../../src/tools/defineTool.js';
import { runTools } from '../../src/tools/runTools.js';
import { streams } from '../fixtures/streams.js';
import { virtualClock } from '../source/support/clock.js';
import { settle, watch, type Watched } from '../source/support/outcome.js';
import { useServers } from '../source/support/servers.js';
import { itKeepsTheOperatorContract } from '../support/contract.js';
import { marbles } from '../support/marbles.js';
import { Answers, call, params } from '../tools/support/turns.js';

const text = (piece: string): MessageStreamEvent => ({
  type: 'content_block_delta',
  index: 0,
  delta: { type: 'text_delta', text: piece },
});

/** s a message starts, b and e its block starts and stops, m is the stop reason, z the message stops. */
const s: MessageStreamEvent = {
  type: 'message_start',
  message: { ...buildMessage({ id: 'msg_1', usage: { input_tokens: 4, output_tokens: 1 } }), stop_reason: null },
};
const b: MessageStreamEvent = { type: 'content_block_start', index: 0, content_block: { type: 'text', text: '' } };
const e: MessageStreamEvent = { type: 'content_block_stop', index: 0 };
const m: MessageStreamEvent = {
  type: 'message_delta',
  delta: { stop_reason: 'end_turn', stop_sequence: null },
  usage: { output_tokens: 9 },
};
const z: MessageStreamEvent = { type: 'message_stop' };
const ping: MessageStreamEvent = { type: 'ping' };
const names = { s, b, e, m, z, p: ping, 1: text('1'), 2: text('2'), 3: text('3'), D: text('12') };
const whole = [s, b, text('1'), text('2'), text('3'), e, m, z];
const rebuilt = [s, b, text('123'), e, m, z];

/** A source that does what it is told, of which each subscription is one request. */
function live<Event extends AnyEvent = MessageStreamEvent>(options?: ShareMessageOptions) {
  let input = new Subject<Event>();
  const counts = { requests: 0, aborted: 0 };
  const events = defer(() => {
    counts.requests += 1;
    input = new Subject();
    return input.pipe(
      tap({
        unsubscribe() {
          counts.aborted += 1;
        },
      }),
    );
  });
  return {
    counts,
    shared: events.pipe(shareMessage(options)),
    emit(...emitted: readonly Event[]): void {
      for (const event of emitted) input.next(event);
    },
    complete(): void {
      input.complete();
    },
    fail(error: Error): void {
      input.error(error);
    },
  };
}

/** Subscribes, and lets a callback do something in the moment in which an event comes. */
function watchEach<T>(source: Observable<T>, each: (event: T) => void): Watched<T> {
  return watch(source.pipe(tap(each)));
}

describe('shareMessage', () => {
  // Each subscription of the contract is the first: what several share is not the same for each, as is said below.
  itKeepsTheOperatorContract<MessageStreamEvent, MessageStreamEvent>(
    () => (source) => defer(() => source.pipe(shareMessage())),
    { values: whole, empty: 'completes' },
  );

  it(
    'gives who comes later the message so far at once, then what comes',
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
    'aborts the request when the last subscriber leaves, and makes a new one for the next',
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
      'lets the request go on for the next subscriber, who gets what came meanwhile',
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
      'is how long the request goes on without subscribers, from when the last one left',
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
      'lets the request go on to its end, if it is Infinity',
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

    it('needs no timer then', () => {
      const clock = virtualClock();
      const { shared } = live({ graceMs: Infinity, scheduler: clock.scheduler });
      shared.subscribe().unsubscribe();

      expect(clock.timers).toBe(0);
    });

    it('ends where a timer can wait no longer, on its own clock', () => {
      const clock = virtualClock();
      const { shared, counts } = live({ graceMs: 2 ** 40, scheduler: clock.scheduler });
      shared.subscribe().unsubscribe();
      clock.advance(2 ** 31 - 2);
      expect(counts.aborted).toBe(0);
      clock.advance(1);

      expect(counts.aborted).toBe(1);
    });

    it('needs no timer while there are subscribers, nor after the end', () => {
      const clock = virtualClock();
      const { shared, emit, complete, fail } = live({ graceMs: 5, scheduler: clock.scheduler });
      const first = shared.subscribe({ error: () => undefined });
      expect(clock.timers).toBe(0);
      fail(new Error('lost'));
      expect(clock.timers).toBe(0);

      shared.subscribe();
      complete(); // nothing whole
      expect(clock.timers).toBe(0);

      shared.subscribe();
      emit(...whole);
      complete();
      shared.subscribe();

      expect(first.closed).toBe(true);
      expect(clock.timers).toBe(0);
    });

    it('is no wait by default, and needs no timer', () => {
      const clock = virtualClock();
      const { shared, counts } = live({ scheduler: clock.scheduler });
      shared.subscribe().unsubscribe();

      expect(counts.aborted).toBe(1);
      expect(clock.timers).toBe(0);
    });

    it('is over with the source: what failed meanwhile is asked for again, what completed is not', () => {
      const clock = virtualClock();
      const { shared, counts, emit, complete, fail } = live({ graceMs: 5, scheduler: clock.scheduler });
      shared.subscribe().unsubscribe();
      fail(new Error('lost'));
      expect(clock.timers).toBe(0);

      shared.subscribe().unsubscribe();
      expect(counts.requests).toBe(2);
      emit(...whole);
      complete();
      expect(clock.timers).toBe(0);
      clock.advance(10);

      expect(watch(shared)).toMatchObject({ values: rebuilt, ended: 'completed' });
      expect(counts).toEqual({ requests: 2, aborted: 0 });
    });

    it.each([-1, NaN, '5'])('is refused if it is %p', (graceMs) => {
      const options: object = { graceMs };

      expect(() => shareMessage(options)).toThrow(
        new RangeError(`shareMessage: graceMs must be a number of at least 0, got ${String(graceMs)}.`),
      );
    });
  });

  describe('after the end', () => {
    it('gives the whole message without another request, as often as it is asked for', () => {
      const { shared, counts, emit, complete } = live();
      shared.subscribe();
      emit(...whole);
      complete();

      for (let i = 0; i < 3; i += 1) {
        expect(watch(shared)).toMatchObject({ values: rebuilt, ended: 'completed' });
      }
      expect(counts.requests).toBe(1);
    });

    it('gives all messages, and what stands between them', () => {
      const { shared, emit, complete } = live<AnyEvent>();
      const result = { type: 'tool_result', tool_use_id: 'toolu_1' };
      const second = { ...s, message: { ...s.message, id: 'msg_2' } };
      shared.subscribe();
      emit(...whole, result, { type: 'tool_progress' }, ping, second, z, { type: 'run_end' });
      complete();

      expect(watch(shared).values).toEqual([...rebuilt, result, second, z, { type: 'run_end' }]);
    });

    it('asks again if the source completed without a whole message', () => {
      const { shared, counts, emit, complete } = live();
      const first = watch(shared.pipe(retry({ count: 1 }), finalMessage()));
      emit(s, b);
      complete();

      expect(first.error).toBeInstanceOf(IncompleteMessageError);
      expect(watch(shared)).toMatchObject({ values: [], ended: undefined });
      expect(counts.requests).toBe(2);
    });

    it('asks again if the source was empty', () => {
      let requests = 0;
      const shared = defer(() => {
        requests += 1;
        return EMPTY;
      }).pipe(shareMessage());

      expect(watch(shared).ended).toBe('completed');
      expect(watch(shared).ended).toBe('completed');
      expect(requests).toBe(2);
    });

    it('does so for who comes in the moment of completion', () => {
      const { shared, counts, emit, complete } = live();
      const late: Watched<unknown>[] = [];
      shared.subscribe({ complete: () => late.push(watch(shared)) });
      emit(...whole);
      complete();

      expect(late).toMatchObject([{ values: rebuilt, ended: 'completed' }]);
      expect(counts.requests).toBe(1);
    });
  });

  describe('an error', () => {
    it('reaches everyone, after all that came before it', () => {
      const { shared, emit, fail } = live();
      const error = new Error('lost');
      const first = watch(shared);
      emit(s, b, text('1'), text('2'));
      const second = watch(shared);
      emit(text('3'));
      fail(error);

      expect(first).toMatchObject({ values: [s, b, text('1'), text('2'), text('3')], ended: 'failed' });
      expect(second).toMatchObject({ values: [s, b, text('12'), text('3')], ended: 'failed' });
      expect(first.error).toBe(error);
      expect(second.error).toBe(error);
    });

    it('has what had arrived as partial, unless it has one', () => {
      const { shared, emit, fail } = live();
      const error = new APIConnectionError('lost');
      const first = watch(shared);
      emit(s, b, text('1'), text('2'));
      fail(error);
      const { partial } = error;
      watch(shared);
      fail(error);

      expect(first.error).toBe(error);
      expect(partial).toEqual({ ...s.message, content: [{ type: 'text', text: '12' }] });
      expect(error.partial).toBe(partial);
    });

    it('is not kept: the next subscriber makes a new request', () => {
      const { shared, counts, emit, fail } = live();
      watch(shared);
      emit(s, b, text('1'));
      fail(new Error('lost'));
      const second = watch(shared);
      expect(second).toMatchObject({ values: [], ended: undefined });
      emit(...whole);

      expect(second.values).toEqual(whole);
      expect(counts.requests).toBe(2);
    });

    it('can be retried by all of its subscribers with one request', () => {
      const { shared, counts, emit, complete, fail } = live();
      const both = [watch(shared.pipe(retry(1))), watch(shared.pipe(retry(1)))];
      emit(s, b);
      fail(new Error('lost'));
      emit(...whole);
      complete();

      for (const { values, ended } of both) expect([values, ended]).toEqual([[s, b, ...whole], 'completed']);
      expect(counts.requests).toBe(2);
    });

    it('may come at once', () => {
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

    it('is what an event out of order is: the request is left', () => {
      const { shared, counts, emit } = live();
      const both = [watch(shared), watch(shared)];
      emit(s, b, e, text('1'), z);

      for (const { values, error } of both) {
        expect(values).toEqual([s, b, e]);
        expect(error).toBeInstanceOf(InvalidEventError);
        expect(error).toMatchObject({ position: 3, partial: { id: 'msg_1', content: [{ type: 'text', text: '' }] } });
      }
      expect(counts).toEqual({ requests: 1, aborted: 1 });
    });
  });

  it('gives a late subscriber what withdrawn attempts cost', () => {
    const { shared, emit } = live();
    const restart = { type: 'message_restart', attempt: 2, delayMs: 5, error: new Error('lost') } as const;
    const withdrawn = { ...s, message: { ...s.message, usage: { ...s.message.usage, output_tokens: 9 } } };
    const early = watch(shared.pipe(usage()));
    emit(s, b, text('1'), m, restart);
    const waiting = watch(shared);
    emit(s, b);
    const late = [watch(shared), watch(shared.pipe(usage())), watch(shared.pipe(accumulateMessage()))];
    const [, used, snapshots] = late;

    expect(waiting.values).toEqual([withdrawn, restart, s, b]);
    expect(late[0]?.values).toEqual([withdrawn, restart, s, b]);
    expect(used?.values.at(-1)).toEqual(early.values.at(-1));
    expect(used?.values.at(-1)).toMatchObject({ output_tokens: 1, abandoned_attempts: [{ output_tokens: 9 }] });
    expect(snapshots?.values.at(-1)).toMatchObject({ content: [{ type: 'text', text: '' }] });
  });

  it('gives a late subscriber as many events as there are blocks, however many came', () => {
    const { shared, emit } = live();
    const first = watch(shared.pipe(textDeltas()));
    emit(s, b);
    for (let i = 0; i < 100_000; i += 1) emit(ping, text(String(i % 10)));
    const late = watch(shared);

    expect(late.values).toEqual([s, b, text(first.values.join(''))]);
  });

  it('gives a late subscriber of a run all its messages, and the results after their calls', async () => {
    const answers = new Answers({ content: ['Let me look.', call('look')] }, { content: 'Found.' });
    const look = defineTool({ name: 'look', input: zod.object({}), run: () => from(['not yet', 'here']) });
    const shared = runTools(params, { tools: [look], request: answers.request }).pipe(shareMessage());
    const beside = ofType('content_block_start', 'message_stop', 'tool_progress', 'tool_result', 'run_end');
    const late: Watched<unknown>[] = [];
    await shared.forEach(({ type }) => {
      if (type === 'tool_result') late.push(watch(shared.pipe(beside)), watch(shared.pipe(textDeltas())));
    });
    const after = [watch(shared.pipe(beside)), watch(shared.pipe(textDeltas()))];
    const kept = [
      { type: 'content_block_start', content_block: { type: 'text' } },
      { type: 'content_block_start', content_block: { type: 'tool_use' } },
      { type: 'tool_result' },
      { type: 'message_stop' },
      { type: 'content_block_start' },
      { type: 'message_stop' },
      { type: 'run_end' },
    ];

    expect(late).toMatchObject([{ values: kept }, { values: ['Let me look.', 'Found.'], ended: 'completed' }]);
    expect(after).toMatchObject([{ values: kept }, { values: ['Let me look.', 'Found.'], ended: 'completed' }]);
    expect(answers.asked).toHaveLength(2);
  });

  it('passes on what a gateway repeats, and does not keep it', () => {
    const { shared, emit } = live();
    const first = watch(shared);
    emit(s, s, b);

    expect(first.values).toEqual([s, s, b]);
    expect(watch(shared).values).toEqual([s, b]);
  });

  it('keeps nothing of a request that was aborted, or failed', async () => {
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

  it('has no more work with those who have left', () => {
    const { shared, emit } = live();
    const first = watch(shared);
    for (let i = 0; i < 100; i += 1) shared.subscribe().unsubscribe();
    const calls = jest.spyOn(Subject.prototype, 'next');
    try {
      emit(s);

      expect(first.values).toEqual([s]);
      expect(calls).toHaveBeenCalledTimes(2); // into the source, and to the one who is there
    } finally {
      calls.mockRestore();
    }
  });

  describe('when one thing happens inside another', () => {
    it('gives who joins while another takes an event that event once', () => {
      const { shared, emit } = live();
      const late: Watched<MessageStreamEvent>[] = [];
      watchEach(shared, (event) => {
        if (event === names[2]) late.push(watch(shared));
      });
      const other = watch(shared);
      emit(s, b, text('1'), names[2], text('3'));

      expect(late[0]?.values).toEqual([s, b, text('12'), text('3')]);
      expect(other.values).toEqual([s, b, text('1'), text('2'), text('3')]);
    });

    it('gives everyone the events in order, if one of them makes the source emit', () => {
      const { shared, emit, complete } = live();
      const before = watch(shared);
      const cause = watchEach(shared, (event) => {
        if (event === b) emit(text('1'));
        if (event === e) {
          emit(m, z);
          complete();
        }
      });
      const after = watch(shared);
      emit(s, b, e);

      for (const { values, ended } of [before, cause, after]) {
        expect([values, ended]).toEqual([[s, b, text('1'), e, m, z], 'completed']);
      }
    });

    it('gives everyone all events before the error that one of them caused', () => {
      const { shared, emit, fail } = live();
      const cause = watchEach(shared, (event) => {
        if (event === b) fail(new Error('lost'));
      });
      const after = watch(shared);
      emit(s, b);

      for (const { values, ended } of [cause, after]) expect([values, ended]).toEqual([[s, b], 'failed']);
    });

    it('gives what the source emits while the message is rebuilt after that', () => {
      const { shared, emit, complete } = live();
      const early = watch(shared);
      emit(s, b, text('1'), text('2'));
      const late = watchEach(shared, (event) => {
        if (event.type === s.type) emit(text('3'));
        if (event === b) emit(e, m);
        if (event === m) {
          emit(z);
          complete();
        }
      });

      expect(early).toMatchObject({ values: whole, ended: 'completed' });
      expect(late).toMatchObject({ values: [s, b, text('12'), text('3'), e, m, z], ended: 'completed' });
    });

    it('gives who joins while the message is rebuilt for another the same', () => {
      const { shared, emit } = live();
      watch(shared);
      emit(s, b, text('1'));
      const late: Watched<unknown>[] = [];
      const outer = watchEach(shared, (event) => {
        if (event.type === s.type) emit(text('2'));
        if (event === b) late.push(watch(shared));
      });
      emit(text('3'));

      expect(outer.values).toEqual([s, b, text('1'), text('2'), text('3')]);
      expect(late[0]?.values).toEqual([s, b, text('12'), text('3')]);
    });

    it('lets a subscriber leave while the message is rebuilt for it', () => {
      const { shared, counts, emit } = live();
      const first = watch(shared);
      emit(s, b, text('1'));

      expect(watch(shared.pipe(take(2)))).toMatchObject({ values: [s, b], ended: 'completed' });
      emit(text('2'));
      expect(first.values).toEqual([s, b, text('1'), text('2')]);
      expect(counts.aborted).toBe(0);
    });

    it('aborts the request, if that was the last one', () => {
      const clock = virtualClock();
      const { shared, counts, emit } = live({ graceMs: 5, scheduler: clock.scheduler });
      const first = shared.subscribe();
      emit(s, b);
      first.unsubscribe();
      clock.advance(4);
      expect(watch(shared.pipe(take(1))).values).toEqual([s]);
      clock.advance(4);
      expect(counts.aborted).toBe(0);
      clock.advance(1);

      expect(counts).toEqual({ requests: 1, aborted: 1 });
    });

    it('gives nothing more to who is made to leave by another', () => {
      const { shared, emit } = live();
      const seen: unknown[] = [];
      watchEach(shared, (event) => {
        if (event === b) second.unsubscribe();
      });
      const second = shared.subscribe((event) => seen.push(event));
      emit(s, b, e);

      expect(seen).toEqual([s]);
    });

    it('stops a synchronous source when the last subscriber leaves', () => {
      let pulled = 0;
      const source = new Observable<MessageStreamEvent>((subscriber) => {
        for (const event of whole) {
          if (subscriber.closed) return;
          pulled += 1;
          subscriber.next(event);
        }
      });

      expect(watch(source.pipe(shareMessage(), take(3))).values).toEqual(whole.slice(0, 3));
      expect(pulled).toBe(3);
    });

    it('shares a synchronous source with who joins in the middle of it', () => {
      let requests = 0;
      const late: Watched<unknown>[] = [];
      const shared: Observable<MessageStreamEvent> = defer(() => {
        requests += 1;
        return from(whole);
      }).pipe(shareMessage());
      const first = watchEach(shared, (event) => {
        if (event === whole[3]) late.push(watch(shared));
      });

      expect(first).toMatchObject({ values: whole, ended: 'completed' });
      expect(late).toMatchObject([{ values: [s, b, text('12'), text('3'), e, m, z], ended: 'completed' }]);
      expect(requests).toBe(1);
    });

    it('makes a new request for who comes in the moment of an error', () => {
      const { shared, counts, emit, fail } = live({ graceMs: 5 });
      const late: Watched<unknown>[] = [];
      shared.subscribe({ error: () => late.push(watch(shared)) });
      emit(s, b);
      fail(new Error('lost'));
      emit(s);

      expect(late).toMatchObject([{ values: [s], ended: undefined }]);
      expect(counts).toEqual({ requests: 2, aborted: 0 });
    });

    it('makes a new request for who comes while the last one is aborted', () => {
      const late: Watched<unknown>[] = [];
      let requests = 0;
      const shared: Observable<MessageStreamEvent> = new Observable<MessageStreamEvent>((subscriber) => {
        requests += 1;
        if (requests > 1) return;
        subscriber.next(s);
        subscriber.add(() => late.push(watch(shared)));
      }).pipe(shareMessage());
      shared.subscribe().unsubscribe();

      expect(late).toMatchObject([{ values: [], ended: undefined }]);
      expect(requests).toBe(2);
      expect(watch(shared).values).toEqual([]);
      expect(requests).toBe(2);
    });

    it('reports what a consumer throws, which the others do not notice', async () => {
      const { shared, emit } = live();
      const before = config.onUnhandledError;
      const reports = new Subject<unknown>();
      config.onUnhandledError = (error) => {
        reports.next(error);
      };
      const reported = firstValueFrom(reports.pipe(take(2), toArray()));
      const error = new Error('of a consumer');
      try {
        shared.subscribe(() => {
          throw error;
        });
        const other = watch(shared);
        emit(s, b);
        const late = watch(shared);

        expect(other.values).toEqual([s, b]);
        expect(late.values).toEqual([s, b]);
        expect(await reported).toEqual([error, error]); // one for each event
      } finally {
        config.onUnhandledError = before;
      }
    });
  });

  describe.each(streams)('on the stream $name', ({ events }) => {
    type Operator = OperatorFunction<AnyEvent, unknown>;
    const emitsTheSame: Readonly<Record<string, Operator>> = {
      finalMessage: finalMessage(),
      finalText: finalText(),
      contentBlocks: contentBlocks(),
      toolUses: toolUses(),
      citations: citations(),
      toolInput: pipe(
        toolInput('get_weather'),
        filter(({ done }) => done),
      ),
    };
    const joinsToTheSame: Readonly<Record<string, OperatorFunction<AnyEvent, string>>> = {
      textDeltas: textDeltas(),
      thinkingDeltas: thinkingDeltas(),
      inputJsonDeltas: pipe(
        inputJsonDeltas(),
        map(({ partial_json }) => partial_json),
      ),
    };
    const endsWithTheSame: Readonly<Record<string, Operator>> = {
      accumulateMessage: accumulateMessage(),
      messageState: messageState(),
      usage: usage(),
    };

    /** What someone has at the end who joins after so many events. */
    function joining(position: number) {
      const { shared, counts, emit, complete } = live();
      const first = watch(shared);
      const watchAll = <T>(operators: Readonly<Record<string, OperatorFunction<AnyEvent, T>>>) =>
        Object.entries(operators).map(([name, operator]) => ({ name, watched: watch(shared.pipe(operator)) }));
      emit(...events.slice(0, position));
      const same = watchAll(emitsTheSame);
      const joined = watchAll(joinsToTheSame);
      const ends = watchAll(endsWithTheSame);
      emit(...events.slice(position));
      complete();
      return {
        first: first.values,
        requests: counts.requests,
        seen: [
          ...same.map(({ name, watched }) => [name, watched.values, watched.ended]),
          ...joined.map(({ name, watched }) => [name, watched.values.join(''), watched.ended]),
          ...ends.map(({ name, watched }) => [name, watched.values.at(-1), watched.ended]),
        ],
      };
    }

    it('gives who joins anywhere what the first subscriber has', () => {
      const { seen } = joining(0);
      for (let position = 0; position <= events.length; position += 1) {
        const late = joining(position);

        expect(late.seen).toEqual(seen);
        expect(late.first).toEqual(events);
        expect(late.requests).toBe(1);
      }
    });
  });

  describe('over HTTP', () => {
    const serve = useServers();
    const message = buildMessage({ content: 'Hello, world. How are you?' });

    it('makes one request for all', async () => {
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

    it('aborts it when the last subscriber leaves', async () => {
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

    it('replays a message that was retried before it', async () => {
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

  it('is typed as its source, with the events that rebuild a message', () => {
    interface Tick {
      readonly type: 'tick';
    }
    const events: Observable<MessageStreamEvent> = NEVER;
    const run: Observable<RunToolsEvent> = NEVER;
    const ticks: Observable<Tick> = NEVER;

    expectTypeOf(events.pipe(shareMessage())).toEqualTypeOf<Observable<MessageStreamEvent>>();
    expectTypeOf(run.pipe(shareMessage({ graceMs: 5 }))).toEqualTypeOf<Observable<RunToolsEvent>>();
    expectTypeOf(ticks.pipe(shareMessage())).toEqualTypeOf<Observable<Tick | RebuiltEvent>>();
    // @ts-expect-error -- numbers are no events
    void of(1).pipe(shareMessage());
    // @ts-expect-error -- it is graceMs
    void shareMessage({ grace: 5 });
    expect(run.pipe(shareMessage())).toBeInstanceOf(Observable);
  });
});
