import { getEventListeners } from 'node:events';
import { concat, EMPTY, from, map, NEVER, Observable, of, Subject, throwError, type ObservableInput } from 'rxjs';
import {
  abortOn,
  APIConnectionError,
  APIUserAbortError,
  messageState,
  retryOnConnectionError,
  shareMessage,
  toolInput,
  type MessageStreamEvent,
  type StopReason,
} from '../../src/index.js';
import { buildMessage, eventsOf } from '../../src/testing/index.js';
import { watch } from '../source/support/outcome.js';
import { itKeepsTheOperatorContract } from '../support/contract.js';
import { marbles } from '../support/marbles.js';
import { textDelta } from '../support/events.js';

const message = buildMessage({ content: 'Hello' });
const events = eventsOf(message);
const half = events.slice(0, 3);
const partial = { content: [{ type: 'text', text: 'Hello' }], stop_reason: null };

describe('abortOn', () => {
  itKeepsTheOperatorContract<MessageStreamEvent, MessageStreamEvent>(() => abortOn(NEVER), {
    values: events,
    empty: 'completes',
  });

  it(
    'unsubscribes from the source and fails when stop$ emits',
    marbles(({ cold, expectObservable, expectSubscriptions }) => {
      const [s, b, d] = half;
      const source = cold('--s--b--d-------', { s, b, d } as Record<string, MessageStreamEvent>);
      const subs = '       ^----------!    ';
      const stop$ = cold(' -----------x-x  ');
      const expected = '   --s--b--d--#    ';

      expectObservable(source.pipe(abortOn(stop$))).toBe(expected, { s, b, d }, expect.any(APIUserAbortError));
      expectSubscriptions(source.subscriptions).toBe(subs);
      expectSubscriptions(stop$.subscriptions).toBe(subs);
    }),
  );

  it.each([
    ['before the first event', [], 'connect', undefined],
    ['before content', events.slice(0, 2), 'before-content', { content: [{ text: '' }] }],
    ['after content', half, 'mid-content', partial],
  ])('keeps the partial message and reports the phase: %s', (_, before, phase, expected) => {
    const stop$ = new Subject<string>();
    const seen = watch(concat(from(before), NEVER).pipe(abortOn(stop$)));
    stop$.next('a click');

    expect(seen.error).toBeInstanceOf(APIUserAbortError);
    expect(seen.error).toMatchObject({ phase, retryable: false, cause: undefined, partial: expected });
  });

  it('aborts a shared request for all its subscribers', () => {
    const stop$ = new Subject<void>();
    const source = new Subject<MessageStreamEvent>();
    const shared = source.pipe(abortOn(stop$), shareMessage());
    const state = watch(shared.pipe(messageState()));
    const tool = watch(shared.pipe(toolInput('get')));
    for (const event of half) source.next(event);
    stop$.next();

    expect([source.observed, stop$.observed]).toEqual([false, false]);
    expect(state.values.at(-1)).toMatchObject({ status: 'aborted', text: 'Hello', message: partial });
    expect(tool.error).toBeInstanceOf(APIUserAbortError);
  });

  it('ends the wait of a retry before it, and is not retried by one after it', () => {
    const stop$ = new Subject<void>();
    const lost = throwError(() => new APIConnectionError('lost'));
    const seen = watch(lost.pipe(retryOnConnectionError(), abortOn(stop$), retryOnConnectionError()));
    stop$.next();

    expect(seen.error).toBeInstanceOf(APIUserAbortError);
    expect(stop$.observed).toBe(false);
  });

  it('delivers the event during which stop$ emits', () => {
    const stop$ = new Subject<void>();
    const stopping = map((event: MessageStreamEvent) => {
      if (event.type === 'content_block_delta') stop$.next();
      return event;
    });
    const seen = watch(from(events).pipe(abortOn(stop$), stopping));

    expect(seen.error).toMatchObject({ partial });
  });

  it('makes no request if stop$ emits synchronously', () => {
    let isSubscribed = false;
    const source = new Observable<never>(() => {
      isSubscribed = true;
    });

    expect(watch(source.pipe(abortOn(of(1)))).error).toBeInstanceOf(APIUserAbortError);
    expect(isSubscribed).toBe(false);
  });

  it('ignores that stop$ completes without emitting', () => {
    expect(watch(from(events).pipe(abortOn(EMPTY))).values).toEqual(events);
    expect(watch(from(events).pipe(abortOn([]))).ended).toBe('completed');
  });

  it('fails with the error of stop$, and unsubscribes from the source', () => {
    const stop$ = new Subject<void>();
    const source = new Subject<MessageStreamEvent>();
    const error = new APIConnectionError('the socket of the button');
    const seen = watch(source.pipe(abortOn(stop$)));
    for (const event of half) source.next(event);
    stop$.error(error);

    expect(seen.error).toBe(error);
    expect(error.partial).toMatchObject(partial);
    expect(source.observed).toBe(false);
  });

  const stoppedAfter = (stop_reason: StopReason) => {
    const stop$ = new Subject<void>();
    const complete = eventsOf(buildMessage({ content: 'Hello', stop_reason }));
    const seen = watch(concat(from(complete), NEVER).pipe(abortOn(stop$)));
    stop$.next();
    return { ...seen, count: complete.length };
  };

  it.each<StopReason>(['end_turn', 'max_tokens', 'stop_sequence', 'refusal'])(
    'completes after a complete message with %s',
    (stop_reason) => {
      const { values, ended, error, count } = stoppedAfter(stop_reason);

      expect([ended, error, values.length]).toEqual(['completed', undefined, count]);
    },
  );

  it.each<StopReason>(['tool_use', 'pause_turn', 'compaction'])(
    'fails after a complete message with %s, because another message follows',
    (stop_reason) => {
      const { ended, error } = stoppedAfter(stop_reason);

      expect(ended).toBe('failed');
      expect(error).toBeInstanceOf(APIUserAbortError);
      expect(error).toMatchObject({ partial: { ...partial, stop_reason }, phase: 'mid-content', retryable: false });
    },
  );

  it('unsubscribes from stop$ when the source ends or the consumer unsubscribes', () => {
    const stop$ = new Subject<void>();
    watch(from(events).pipe(abortOn(stop$)));
    watch(NEVER.pipe(abortOn(stop$))).subscription.unsubscribe();

    expect(stop$.observed).toBe(false);
  });

  it('adds the partial message to an error of the source', () => {
    const error = new APIConnectionError('lost');
    watch(
      concat(
        from(half),
        throwError(() => error),
      ).pipe(abortOn(NEVER)),
    );

    expect(error.partial).toMatchObject(partial);
  });

  it('accepts an AbortSignal, with its reason as the cause, and leaves no listener', () => {
    const controller = new AbortController();
    const source = concat(from(half), NEVER).pipe(abortOn(controller.signal));
    const [seen, left] = [watch(source), watch(source)];
    left.subscription.unsubscribe();
    const reason = new Error('the client has gone');
    controller.abort(reason);

    expect(seen.error).toMatchObject({ name: 'APIUserAbortError', cause: reason, partial });
    expect(watch(source)).toMatchObject({ values: [], error: { cause: reason } });
    expect(getEventListeners(controller.signal, 'abort')).toEqual([]);
  });

  it('fails if an event is out of order', () => {
    expect(watch(of(textDelta('x')).pipe(abortOn(NEVER))).error).toMatchObject({ name: 'InvalidEventError' });
  });

  it.each([[undefined], [1], [{}]])('is rejected at call time for %p', (stop$) => {
    const call = () => abortOn(stop$ as unknown as ObservableInput<unknown>);

    expect(call).toThrow(TypeError);
    expect(call).toThrow('abortOn: stop$ must be an Observable, a promise, another ObservableInput or an AbortSignal.');
  });
});
