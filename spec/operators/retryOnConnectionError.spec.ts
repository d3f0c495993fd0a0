import { getEventListeners } from 'node:events';
import * as fc from 'fast-check';
import { concat, defer, firstValueFrom, from, lastValueFrom, NEVER, Observable, of, Subject } from 'rxjs';
import { take, throwError, toArray, VirtualTimeScheduler } from 'rxjs';
import {
  accumulateMessage,
  APIConnectionError,
  APIConnectionTimeoutError,
  APIStatusError,
  APIUserAbortError,
  BadRequestError,
  bufferByPunctuation,
  contentBlocks,
  finalMessage,
  finalText,
  IncompleteMessageError,
  OverloadedError,
  RateLimitError,
  retryOnConnectionError,
  streamMessage,
  tapMessage,
  textDeltas,
  trackUsage,
  usage,
  type Message,
  type MessageRestartEvent,
  type MessageStreamEvent,
  type RetryOnConnectionErrorOptions,
} from '../../src/index.js';
import { buildMessage, eventsOf, startMessagesServer, thinkingBlock, toolUseBlock } from '../../src/testing/index.js';
import { itKeepsTheOperatorContract } from '../support/contract.js';
import { marbles } from '../support/marbles.js';

type Source = Observable<MessageStreamEvent>;
type Retry = Parameters<NonNullable<RetryOnConnectionErrorOptions['onRetry']>>[0];

const overloaded = new OverloadedError('Overloaded', { status: 529, type: 'overloaded_error' });
const refused = new BadRequestError('Bad request', { status: 400, type: 'invalid_request_error' });

const message = buildMessage({ content: 'Hello, world. How are you?', usage: { output_tokens: 9 } });
const events = eventsOf(message, { deltaLength: 6 });
const ping: MessageStreamEvent = { type: 'ping' };
const start: MessageStreamEvent = { type: 'message_start', message: { ...message, content: [], stop_reason: null } };
const emptyBlock: MessageStreamEvent = {
  type: 'content_block_start',
  index: 0,
  content_block: { type: 'text', text: '' },
};
const delta: MessageStreamEvent = {
  type: 'content_block_delta',
  index: 0,
  delta: { type: 'text_delta', text: 'Hello' },
};
const stop: MessageStreamEvent = { type: 'message_stop' };

const restartAfter = (error: unknown, attempt: number, delayMs: number): MessageRestartEvent => ({
  type: 'message_restart',
  attempt,
  delayMs,
  error,
});

// eslint-disable-next-line rxjs-x/throw-error -- what a source fails with may be anything
const failing = (error: unknown): Source => throwError(() => error);

/** The first so many events, then an error. */
const cutAt = (count: number, error: unknown = overloaded): Source =>
  concat(from(events.slice(0, count)), failing(error));

/** Each subscription is the next attempt; the last one repeats. */
function attempts(...sources: readonly [Source, ...Source[]]): Source & { readonly count: number } {
  let count = 0;
  const source = defer(() => {
    count += 1;
    return sources[Math.min(count, sources.length) - 1] ?? NEVER;
  });
  return Object.defineProperty(source, 'count', { get: () => count }) as Source & { readonly count: number };
}

/** Runs on a clock of its own; says what came, which retries were announced, and when each attempt began. */
function timed(source: Source, options: RetryOnConnectionErrorOptions = {}) {
  const scheduler = new VirtualTimeScheduler();
  const log: unknown[] = [];
  const retries: Retry[] = [];
  const starts: number[] = [];
  const onRetry = (retry: Retry): void => {
    retries.push(retry);
  };
  const subscription = defer(() => {
    starts.push(scheduler.now());
    return source;
  })
    .pipe(retryOnConnectionError({ jitter: 0, onRetry, ...options, scheduler }))
    .subscribe({
      next: (event) => log.push(event),
      error: (error: unknown) => log.push({ error }),
      complete: () => log.push('complete'),
    });
  return { scheduler, log, retries, starts, subscription };
}

/** The text among strings and what withdraws them. */
function textOf(parts: readonly (string | MessageRestartEvent)[]): string {
  return parts.filter((part) => typeof part === 'string').join('');
}

/** All that a result emits, without waits. */
function run<Out>(result: Observable<Out>): Promise<Out[]> {
  return lastValueFrom(result.pipe(toArray()));
}

const atOnce: RetryOnConnectionErrorOptions = { initialDelayMs: 0, jitter: 0 };
const restarting: RetryOnConnectionErrorOptions = { ...atOnce, whenStarted: 'restart' };

describe('retryOnConnectionError', () => {
  itKeepsTheOperatorContract<MessageStreamEvent, MessageStreamEvent>(() => retryOnConnectionError(), {
    values: events,
    empty: 'completes',
  });

  it(
    'makes another attempt when one failed, after a wait',
    marbles(({ cold, expectObservable, expectSubscriptions }) => {
      const names = { p: ping, s: start, d: delta, z: stop };
      const first = cold('  --p--#                   ', names, overloaded);
      const second = cold('           --s--d--z--|   ', names);
      const firstSubs = '   ^----!                   ';
      const secondSubs = '  ----------^----------!   ';
      const expected = '    --p---------s--d--z--|   ';
      const source = attempts(first, second);

      expectObservable(source.pipe(retryOnConnectionError({ initialDelayMs: 5, jitter: 0 }))).toBe(expected, names);
      expectSubscriptions(first.subscriptions).toBe(firstSubs);
      expectSubscriptions(second.subscriptions).toBe(secondSubs);
    }),
  );

  it('passes events on in the same turn, and completes with its source', () => {
    const source = new Subject<MessageStreamEvent>();
    const seen: unknown[] = [];
    source
      .pipe(retryOnConnectionError())
      .subscribe({ next: (event) => seen.push(event), complete: () => seen.push('|') });
    source.next(start);
    expect(seen).toEqual([start]);
    source.complete();

    expect(seen).toEqual([start, '|']);
  });

  describe('waits', () => {
    it('double from 500 ms up to 8 s', () => {
      const { scheduler, retries, starts } = timed(failing(overloaded), { maxRetries: 7 });
      scheduler.flush();

      expect(retries.map(({ delayMs }) => delayMs)).toEqual([500, 1000, 2000, 4000, 8000, 8000, 8000]);
      expect(starts).toEqual([0, 500, 1500, 3500, 7500, 15_500, 23_500, 31_500]);
    });

    it('begin with initialDelayMs and end at maxDelayMs', () => {
      const { scheduler, starts } = timed(failing(overloaded), { maxRetries: 4, initialDelayMs: 30, maxDelayMs: 100 });
      scheduler.flush();

      expect(starts).toEqual([0, 30, 90, 190, 290]);
    });

    it('are not made when the headers ask for more than maxRetryAfterMs', () => {
      const asking = (ms: number) =>
        new RateLimitError('Slow down', { status: 429, headers: new Headers({ 'retry-after-ms': String(ms) }) });
      const [long, longer] = [asking(60_000), asking(60_001)];
      const first = timed(failing(long), { maxRetries: 1 });
      const second = timed(failing(longer), { maxRetries: 1 });
      first.scheduler.flush();
      second.scheduler.flush();

      expect(first.starts).toEqual([0, 60_000]);
      expect(second.starts).toEqual([0]);
      expect(second.log).toEqual([{ error: longer }]);
    });

    it('are never longer than initialDelayMs if maxDelayMs is less', () => {
      const { scheduler, starts } = timed(failing(overloaded), { maxRetries: 2, maxDelayMs: 100 });
      scheduler.flush();

      expect(starts).toEqual([0, 100, 200]);
    });

    it('are never longer than a timer can wait', () => {
      const { retries, scheduler } = timed(failing(overloaded), {
        maxRetries: 1,
        initialDelayMs: Infinity,
        maxDelayMs: Infinity,
      });
      scheduler.flush();

      expect(retries.map(({ delayMs }) => delayMs)).toEqual([2 ** 31 - 1]);
    });

    it('go by the default clock without a scheduler', () => {
      marbles(({ cold, expectObservable }) => {
        const source = attempts(cold<MessageStreamEvent>('#', {}, overloaded), cold('s|', { s: start }));

        expectObservable(source.pipe(retryOnConnectionError({ jitter: 0 }))).toBe('500ms s|', { s: start });
      })();
    });

    describe('at random', () => {
      let random: jest.SpiedFunction<typeof Math.random>;
      beforeEach(() => {
        random = jest.spyOn(Math, 'random');
      });
      afterEach(() => {
        random.mockRestore();
      });

      const delays = (options: RetryOnConnectionErrorOptions): number[] => {
        const { scheduler, retries, starts } = timed(failing(overloaded), { maxRetries: 3, ...options });
        scheduler.flush();
        expect(starts.slice(1).map((time, i) => time - (starts[i] ?? NaN))).toEqual(
          retries.map(({ delayMs }) => expect.closeTo(delayMs, 6) as unknown),
        );
        return retries.map(({ delayMs }) => delayMs);
      };

      it('are shorter by up to a quarter', () => {
        const byDefault = (): number[] => {
          const scheduler = new VirtualTimeScheduler();
          const seen: number[] = [];
          failing(overloaded)
            .pipe(retryOnConnectionError({ scheduler, onRetry: ({ delayMs }) => seen.push(delayMs) }))
            .subscribe({ error: () => undefined });
          scheduler.flush();
          return seen;
        };

        random.mockReturnValue(0);
        expect(byDefault()).toEqual([500, 1000]);
        random.mockReturnValue(0.5);
        expect(byDefault()).toEqual([437.5, 875]);
        random.mockReturnValue(1 - Number.EPSILON);
        expect(byDefault()).toEqual([expect.closeTo(375, 9), expect.closeTo(750, 9)]);
      });

      it('take a new chance each time', () => {
        random.mockReturnValueOnce(0).mockReturnValueOnce(0.5).mockReturnValueOnce(0.25);

        expect(delays({ jitter: 1 })).toEqual([500, 500, 1500]);
      });

      it('stay within the bounds of jitter', () => {
        fc.assert(
          fc.property(
            fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true }),
            fc.double({ min: 0, max: 1, noNaN: true }),
            (chance, jitter) => {
              random.mockReturnValue(chance);
              for (const [retry, delayMs] of delays({ jitter }).entries()) {
                expect(delayMs).toBeLessThanOrEqual(500 * 2 ** retry);
                expect(delayMs).toBeGreaterThanOrEqual(500 * 2 ** retry * (1 - jitter));
              }
            },
          ),
          { seed: 1, numRuns: 100 },
        );
      });

      it('do not change what the API asked for', () => {
        random.mockReturnValue(0.9);
        const error = new RateLimitError('Slow down', { status: 429, headers: new Headers({ 'retry-after': '3' }) });
        const { retries } = timed(failing(error), { jitter: 1 });

        expect(retries[0]?.delayMs).toBe(3000);
      });
    });

    it.each<[string, Record<string, string>, number]>([
      ['retry-after-ms', { 'retry-after-ms': '1500' }, 1500],
      ['retry-after-ms, before retry-after', { 'retry-after-ms': '1500', 'retry-after': '9' }, 1500],
      ['retry-after in seconds', { 'retry-after': '3' }, 3000],
      ['retry-after in parts of seconds', { 'retry-after': '0.25' }, 250],
      ['retry-after as a date', { 'retry-after': new Date(20_000).toUTCString() }, 20_000],
      ['retry-after, if retry-after-ms is no number', { 'retry-after-ms': 'soon', 'retry-after': '3' }, 3000],
      ['retry-after beyond maxDelayMs', { 'retry-after': '60' }, 60_000],
      ['no wait', { 'retry-after': '0' }, 0],
      ['the longest wait of a timer', { 'retry-after-ms': '2147483647' }, 2 ** 31 - 1],
      ['more than a timer can wait', { 'retry-after-ms': '2147483648' }, 500],
      ['a negative number', { 'retry-after-ms': '-1' }, 500],
      ['a date in the past', { 'retry-after': new Date(-20_000).toUTCString() }, 500],
      ['nothing that can be read', { 'retry-after': 'soon' }, 500],
      ['nothing', {}, 500],
    ])('follow the headers when they ask for %s', (_, headers, delayMs) => {
      const error = new RateLimitError('Slow down', { status: 429, headers: new Headers(headers) });
      const { scheduler, starts, retries } = timed(attempts(failing(error), of(stop)), { maxRetryAfterMs: Infinity });
      scheduler.flush();

      expect(starts).toEqual([0, delayMs]);
      expect(retries).toEqual([{ attempt: 2, delayMs, error }]);
    });

    it('read a date by the clock of the scheduler', () => {
      const error = new RateLimitError('Slow down', {
        status: 429,
        headers: new Headers({ 'retry-after': new Date(20_000).toUTCString() }),
      });
      const { scheduler, starts } = timed(attempts(failing(overloaded), failing(error), of(stop)), {
        initialDelayMs: 5000,
      });
      scheduler.flush();

      expect(starts).toEqual([0, 5000, 20_000]);
    });
  });

  describe('attempts', () => {
    it('are three by default, and the last error passes on', () => {
      const errors = [1, 2, 3].map((n) => new APIConnectionError(`lost ${n}`));
      const source = attempts(failing(errors[0]), failing(errors[1]), failing(errors[2]));
      const { scheduler, log } = timed(source);
      scheduler.flush();

      expect(source.count).toBe(3);
      expect(log).toEqual([{ error: errors[2] }]);
      expect((log[0] as { error: unknown }).error).toBe(errors[2]);
    });

    it.each([0, 1, 5])('are one more than maxRetries, %i', (maxRetries) => {
      const source = attempts(failing(overloaded));
      const { scheduler, log } = timed(source, { maxRetries });
      scheduler.flush();

      expect(source.count).toBe(maxRetries + 1);
      expect(log).toEqual([{ error: overloaded }]);
    });

    it('go on for ever if maxRetries is Infinity', () => {
      let left = 200;
      const source = defer(() => ((left -= 1) > 0 ? failing(overloaded) : of(stop)));
      const { scheduler, log, starts } = timed(source, { maxRetries: Infinity, initialDelayMs: 1, maxDelayMs: 1 });
      scheduler.flush();

      expect(starts).toHaveLength(200);
      expect(log).toEqual([stop, 'complete']);
    });

    it('are counted anew for each subscription', () => {
      const source = attempts(failing(overloaded));
      const scheduler = new VirtualTimeScheduler();
      const retries: number[] = [];
      const result = source.pipe(
        retryOnConnectionError({
          jitter: 0,
          scheduler,
          onRetry: ({ attempt, delayMs }) => retries.push(attempt, delayMs),
        }),
      );
      for (let i = 0; i < 2; i += 1) {
        result.subscribe({ error: () => undefined });
        scheduler.flush();
      }

      expect(source.count).toBe(6);
      expect(retries).toEqual([2, 500, 3, 1000, 2, 500, 3, 1000]);
    });

    it('are counted apart for subscriptions at the same time', () => {
      const source = attempts(failing(overloaded));
      const scheduler = new VirtualTimeScheduler();
      const ends: unknown[] = [];
      const result = source.pipe(retryOnConnectionError({ jitter: 0, scheduler }));
      for (let i = 0; i < 2; i += 1) result.subscribe({ error: () => ends.push(scheduler.now()) });
      scheduler.flush();

      expect(source.count).toBe(6);
      expect(ends).toEqual([1500, 1500]);
    });

    it('leave the one that failed before the next begins', () => {
      const log: string[] = [];
      const source: Source = new Observable((subscriber) => {
        log.push('subscribe');
        subscriber.error(overloaded);
        return () => log.push('leave');
      });
      timed(source, { onRetry: () => log.push('retry') }).scheduler.flush();

      expect(log.filter((entry) => entry !== 'retry')).toEqual([
        'subscribe',
        'leave',
        'subscribe',
        'leave',
        'subscribe',
        'leave',
      ]);
    });

    it('of a source that fails at once do not fill the stack, however many there are', () => {
      const source = attempts(failing(overloaded));
      const { scheduler, log, retries } = timed(source, { maxRetries: 10_000, initialDelayMs: 0 });
      scheduler.flush();

      expect(source.count).toBe(10_001);
      expect(log).toEqual([{ error: overloaded }]);
      expect(retries.every(({ delayMs }) => delayMs === 0)).toBe(true);
    });

    it('pass all events on, however many failed before', () => {
      let left = 10_000;
      const source = defer(() => ((left -= 1) > 0 ? failing(overloaded) : from(events)));
      const { scheduler, log } = timed(source, { maxRetries: Infinity });
      scheduler.flush();

      expect(log).toEqual([...events, 'complete']);
    });
  });

  describe('errors that no retry can help', () => {
    it.each<[string, unknown]>([
      ['a status', refused],
      ['an error of your own code', new TypeError('undefined is not a function')],
      ['no error at all', null],
      ['a string', 'fetch failed'],
    ])('pass at once: %s', (_, error) => {
      const { log, retries, starts, scheduler } = timed(cutAt(1, error));

      expect(log).toEqual([events[0], { error }]);
      expect((log[1] as { error: unknown }).error).toBe(error);
      expect([retries, starts, scheduler.actions]).toEqual([[], [0], []]);
    });
  });

  describe('errors that a retry can help', () => {
    it.each<[string, unknown]>([
      ['a status', overloaded],
      ['a lost connection', new APIConnectionError('lost')],
      ['a timeout', new APIConnectionTimeoutError('No bytes', { timeout: 'idleMs', ms: 1 })],
      ['a stream that ended early', new IncompleteMessageError('cut')],
      ['an event of the API', { type: 'error', error: { type: 'overloaded_error', message: 'Overloaded' } }],
      ["fetch's own", new TypeError('fetch failed')],
    ])('are retried: %s', (_, error) => {
      const { scheduler, log, retries } = timed(attempts(failing(error), of(stop)));
      scheduler.flush();

      expect(log).toEqual([stop, 'complete']);
      expect(retries).toEqual([{ attempt: 2, delayMs: 500, error }]);
    });
  });

  describe('shouldRetry', () => {
    it('says which errors are retried', () => {
      const asked: unknown[] = [];
      const shouldRetry = (error: unknown): boolean => {
        asked.push(error);
        return error === refused;
      };
      const { scheduler, log } = timed(attempts(failing(refused), failing(overloaded)), { shouldRetry });
      scheduler.flush();

      expect(asked).toEqual([refused, overloaded]);
      expect(log).toEqual([{ error: overloaded }]);
    });

    it('cannot have more attempts, or content withdrawn', () => {
      const source = attempts(failing(refused));
      const { scheduler } = timed(source, { shouldRetry: () => true, maxRetries: 1 });
      scheduler.flush();
      expect(source.count).toBe(2);

      const started = attempts(cutAt(4));
      timed(started, { shouldRetry: () => true }).scheduler.flush();
      expect(started.count).toBe(1);
    });

    it('fails the result with what it throws', () => {
      const failure = new Error('of shouldRetry');
      const { log, scheduler } = timed(failing(overloaded), {
        shouldRetry: () => {
          throw failure;
        },
      });

      expect(log).toEqual([{ error: failure }]);
      expect(scheduler.actions).toEqual([]);
    });
  });

  describe('onRetry', () => {
    it('is called before each wait, and before the message is withdrawn', () => {
      const log: unknown[] = [];
      const scheduler = new VirtualTimeScheduler();
      const onRetry = (retry: Retry): void => {
        log.push([scheduler.now(), 'onRetry', retry]);
      };
      attempts(cutAt(1), cutAt(1, refused))
        .pipe(retryOnConnectionError({ jitter: 0, scheduler, onRetry }))
        .subscribe({
          next: ({ type }) => log.push([scheduler.now(), type]),
          error: (error: unknown) => log.push([scheduler.now(), error]),
        });
      scheduler.flush();

      expect(log).toEqual([
        [0, 'message_start'],
        [0, 'onRetry', { attempt: 2, delayMs: 500, error: overloaded }],
        [0, 'message_restart'],
        [500, 'message_start'],
        [500, refused],
      ]);
    });

    it('is not called for an error that passes', () => {
      for (const source of [failing(refused), cutAt(4)]) {
        const { retries, scheduler } = timed(source);
        scheduler.flush();
        expect(retries).toEqual([]);
      }
      const { retries, scheduler } = timed(failing(overloaded), { maxRetries: 2 });
      scheduler.flush();

      expect(retries.map(({ attempt }) => attempt)).toEqual([2, 3]);
    });

    it('fails the result with what it throws', () => {
      const failure = new Error('of onRetry');
      const source = attempts(cutAt(1));
      const { log, scheduler } = timed(source, {
        onRetry: () => {
          throw failure;
        },
      });

      expect(log).toEqual([events[0], { error: failure }]);
      expect(scheduler.actions).toEqual([]);
      expect(source.count).toBe(1);
    });
  });

  describe('a failed attempt that had begun', () => {
    it(
      'passes its error on after content, and all events before it',
      marbles(({ cold, expectObservable, expectSubscriptions }) => {
        const names = { s: start, b: emptyBlock, d: delta };
        const source = cold(' --s--b--d--#', names, overloaded);
        const subs = '        ^----------!';
        const expected = '    --s--b--d--#';

        expectObservable(source.pipe(retryOnConnectionError())).toBe(expected, names, overloaded);
        expectSubscriptions(source.subscriptions).toBe(subs);
      }),
    );

    it(
      'is withdrawn and made again by default if there was no content',
      marbles(({ cold, expectObservable, expectSubscriptions }) => {
        const names = { s: start, b: emptyBlock, d: delta, r: restartAfter(overloaded, 2, 3) };
        const first = cold('  --s--b--#         ', names, overloaded);
        const second = cold('            --s--d|', names);
        const firstSubs = '   ^-------!         ';
        const secondSubs = '  -----------^-----!';
        const expected = '    --s--b--r----s--d|';

        expectObservable(attempts(first, second).pipe(retryOnConnectionError({ initialDelayMs: 3, jitter: 0 }))).toBe(
          expected,
          names,
        );
        expectSubscriptions(first.subscriptions).toBe(firstSubs);
        expectSubscriptions(second.subscriptions).toBe(secondSubs);
      }),
    );

    it(
      'is withdrawn after content if asked to',
      marbles(({ cold, expectObservable, expectSubscriptions }) => {
        const names = { s: start, d: delta, r: restartAfter(overloaded, 2, 3) };
        const first = cold('  --s--d--#         ', names, overloaded);
        const second = cold('            --s--d|', names);
        const firstSubs = '   ^-------!         ';
        const secondSubs = '  -----------^-----!';
        const expected = '    --s--d--r----s--d|';

        expectObservable(
          attempts(first, second).pipe(
            retryOnConnectionError({ initialDelayMs: 3, jitter: 0, whenStarted: 'restart' }),
          ),
        ).toBe(expected, names);
        expectSubscriptions(first.subscriptions).toBe(firstSubs);
        expectSubscriptions(second.subscriptions).toBe(secondSubs);
      }),
    );

    it.each<[string, MessageStreamEvent[]]>([
      ['emitted nothing', []],
      ['emitted only pings', [ping, ping]],
    ])('is not announced if it %s', (_, before) => {
      const { log, scheduler } = timed(attempts(concat(from(before), failing(overloaded)), of(stop)));
      scheduler.flush();

      expect(log).toEqual([...before, stop, 'complete']);
    });

    it.each<[string, MessageStreamEvent]>([
      ['text', delta],
      ['an empty delta', { type: 'content_block_delta', index: 0, delta: { type: 'thinking_delta', thinking: '' } }],
      ['a call of a tool', { type: 'content_block_start', index: 0, content_block: toolUseBlock('get_weather') }],
      ['a block that is whole', { type: 'content_block_start', index: 0, content_block: { type: 'text', text: 'Hi' } }],
      ['a message that brings content', { type: 'message_start', message }],
      ['an event of an unknown type', { type: 'news' } as never],
    ])('has shown content with %s', (_, event) => {
      const { log, scheduler } = timed(concat(of(event), failing(overloaded)));
      scheduler.flush();

      expect(log).toEqual([event, { error: overloaded }]);
    });

    it.each<[string, MessageStreamEvent]>([
      ['the start of a message', start],
      ['the start of an empty text', emptyBlock],
      [
        'the start of empty thinking',
        { type: 'content_block_start', index: 0, content_block: { type: 'thinking', thinking: '', signature: '' } },
      ],
    ])('has begun, but shown nothing, with %s', (_, event) => {
      const { log, scheduler } = timed(attempts(concat(of(event), failing(overloaded)), of(stop)));
      scheduler.flush();

      expect(log).toEqual([event, restartAfter(overloaded, 2, 500), stop, 'complete']);
    });

    it('is judged by its own events, not by those of the attempt before', () => {
      const source = attempts(cutAt(1), concat(of(ping), failing(overloaded)), cutAt(4));
      const { log, scheduler } = timed(source);
      scheduler.flush();

      expect(log).toEqual([
        events[0],
        restartAfter(overloaded, 2, 500),
        ping,
        ...events.slice(0, 4),
        { error: overloaded },
      ]);
    });

    it('has shown nothing any more once the source has withdrawn it', () => {
      const inner = restartAfter(refused, 2, 7);
      const withdrawn = concat(from([...events.slice(0, 4), inner]), failing(overloaded));
      const begun = concat(from([...events.slice(0, 4), inner, start]), failing(overloaded));
      const { log, scheduler } = timed(attempts(withdrawn, begun, of(stop)));
      scheduler.flush();

      expect(log).toEqual([
        ...events.slice(0, 4),
        inner,
        ...events.slice(0, 4),
        inner,
        start,
        restartAfter(overloaded, 3, 1000),
        stop,
        'complete',
      ]);
    });

    it('is announced each time, with the attempt that follows, its wait and its reason', () => {
      const errors = [new APIConnectionError('lost'), new IncompleteMessageError('cut'), refused];
      const { log, scheduler } = timed(attempts(cutAt(1, errors[0]), cutAt(4, errors[1]), cutAt(2, errors[2])), {
        whenStarted: 'restart',
      });
      scheduler.flush();

      expect(log).toEqual([
        events[0],
        restartAfter(errors[0], 2, 500),
        ...events.slice(0, 4),
        restartAfter(errors[1], 3, 1000),
        ...events.slice(0, 2),
        { error: errors[2] },
      ]);
      expect((log[1] as MessageRestartEvent).error).toBe(errors[0]);
    });

    it('is not withdrawn by an error that passes', () => {
      for (const error of [refused, overloaded]) {
        const { log } = timed(cutAt(4, error), { whenStarted: 'restart', maxRetries: 0 });
        expect(log).toEqual([...events.slice(0, 4), { error }]);
      }
    });
  });

  describe('maxElapsedMs', () => {
    it.each([
      [1499, [0, 500]],
      [1500, [0, 500, 1500]],
      [0, [0]],
    ])('begins no attempt later than %i ms after the subscription', (maxElapsedMs, begun) => {
      const { scheduler, starts, log } = timed(failing(overloaded), { maxRetries: 5, maxElapsedMs });
      scheduler.flush();

      expect(starts).toEqual(begun);
      expect(log).toEqual([{ error: overloaded }]);
    });

    it('counts what the attempts themselves took, and what the API asks for', () => {
      const asking = new RateLimitError('Slow down', { status: 429, headers: new Headers({ 'retry-after': '3' }) });
      const { scheduler, starts, retries } = timed(attempts(failing(asking)), { maxRetries: 5, maxElapsedMs: 7000 });
      scheduler.flush();

      expect(starts).toEqual([0, 3000, 6000]);
      expect(retries).toHaveLength(2);
    });

    it('counts anew for each subscription', () => {
      const scheduler = new VirtualTimeScheduler();
      const source = attempts(failing(overloaded));
      const result = source.pipe(retryOnConnectionError({ jitter: 0, maxElapsedMs: 500, scheduler }));
      for (let i = 1; i <= 2; i += 1) {
        result.subscribe({ error: () => undefined });
        scheduler.flush();
        expect(source.count).toBe(2 * i);
      }
    });
  });

  describe('thinkingIsContent', () => {
    const thought = buildMessage({ content: [thinkingBlock('Let me see.'), 'Hello'] });
    const thinking = eventsOf(thought);
    const textAt = thinking.findIndex(
      (event) => event.type === 'content_block_start' && event.content_block.type === 'text',
    );
    const broken = (count: number): Source => concat(from(thinking.slice(0, count)), failing(overloaded));

    it('passes the error on once thinking was shown, by default', async () => {
      const source = attempts(broken(3), from(thinking));

      await expect(run(source.pipe(retryOnConnectionError(atOnce)))).rejects.toBe(overloaded);
      expect(source.count).toBe(1);
    });

    it('withdraws thinking if it does not count', async () => {
      for (let count = 2; count <= textAt; count += 1) {
        const source = attempts(broken(count), from(thinking));
        const seen = await run(source.pipe(retryOnConnectionError({ ...atOnce, thinkingIsContent: false })));

        expect(seen).toEqual([...thinking.slice(0, count), restartAfter(overloaded, 2, 0), ...thinking]);
      }
    });

    it('withdraws redacted thinking too', async () => {
      const redacted = eventsOf(buildMessage({ content: [{ type: 'redacted_thinking', data: 'x' }, 'Hello'] }));
      const source = attempts(concat(from(redacted.slice(0, 2)), failing(overloaded)), from(redacted));
      const result = source.pipe(retryOnConnectionError({ ...atOnce, thinkingIsContent: false }), finalText());

      expect(await run(result)).toEqual(['Hello']);
    });

    it('passes the error on once anything else was shown', async () => {
      const source = attempts(broken(textAt + 2), from(thinking));

      await expect(run(source.pipe(retryOnConnectionError({ ...atOnce, thinkingIsContent: false })))).rejects.toBe(
        overloaded,
      );
    });
  });

  describe('announce', () => {
    it('emits a restart also where there is nothing to withdraw', async () => {
      const source = attempts(failing(overloaded), of(ping, stop));

      expect(await run(source.pipe(retryOnConnectionError({ ...atOnce, announce: true })))).toEqual([
        restartAfter(overloaded, 2, 0),
        ping,
        stop,
      ]);
    });
  });

  describe('signal', () => {
    it.each(['before', 'during'])('that is aborted %s a wait ends it at once', (when) => {
      const controller = new AbortController();
      const reason = new Error('stop');
      if (when === 'before') controller.abort(reason);
      const { scheduler, log, starts } = timed(failing(overloaded), { signal: controller.signal });
      if (when === 'during') controller.abort(reason);

      expect(log).toEqual([{ error: expect.any(APIUserAbortError) as unknown }]);
      expect(log).toHaveProperty('0.error.cause', reason);
      expect(scheduler.actions).toHaveLength(0);
      expect(starts).toEqual([0]);
    });

    it('keeps no listener once the wait is over, or left', () => {
      const { signal } = new AbortController();
      const { scheduler, log } = timed(attempts(failing(overloaded), of(stop)), { signal });
      expect(getEventListeners(signal, 'abort')).toHaveLength(1);
      scheduler.flush();
      expect(log).toEqual([stop, 'complete']);
      expect(getEventListeners(signal, 'abort')).toHaveLength(0);

      timed(failing(overloaded), { signal }).subscription.unsubscribe();
      expect(getEventListeners(signal, 'abort')).toHaveLength(0);
    });
  });

  describe('when the consumer leaves', () => {
    it('during an attempt, leaves the source', () => {
      const source = new Subject<MessageStreamEvent>();
      const { subscription, scheduler } = timed(source);
      expect(source.observed).toBe(true);
      subscription.unsubscribe();

      expect(source.observed).toBe(false);
      expect(scheduler.actions).toEqual([]);
    });

    it('during the wait, ends it', () => {
      const source = attempts(failing(overloaded));
      const { scheduler, subscription, log } = timed(source);
      expect(scheduler.actions).toHaveLength(1);
      subscription.unsubscribe();

      expect(scheduler.actions).toEqual([]);
      scheduler.flush();
      expect(source.count).toBe(1);
      expect(log).toEqual([]);
    });

    it('at message_restart, does not wait', () => {
      const source = attempts(cutAt(1));
      const scheduler = new VirtualTimeScheduler();
      source.pipe(retryOnConnectionError({ scheduler, jitter: 0 }), take(2)).subscribe();

      expect(scheduler.actions).toEqual([]);
      expect(source.count).toBe(1);
    });

    it('during a later attempt, leaves that one', () => {
      const second = new Subject<MessageStreamEvent>();
      const { scheduler, subscription } = timed(attempts(failing(overloaded), second));
      scheduler.flush();
      expect(second.observed).toBe(true);
      subscription.unsubscribe();

      expect(second.observed).toBe(false);
    });
  });

  it('leaves no timer behind when it has completed or failed', () => {
    for (const source of [
      attempts(failing(overloaded), from(events)),
      attempts(failing(overloaded), failing(refused)),
    ]) {
      const { scheduler, log } = timed(source);
      scheduler.flush();

      expect(log.length).toBeGreaterThan(0);
      expect(scheduler.actions).toEqual([]);
    }
  });

  describe('options', () => {
    it.each<[RetryOnConnectionErrorOptions, string]>([
      [{ maxRetries: -1 }, 'maxRetries must be a number of at least 0, got -1'],
      [{ maxRetries: NaN }, 'maxRetries must be a number of at least 0, got NaN'],
      [{ initialDelayMs: -1 }, 'initialDelayMs must be a number of at least 0, got -1'],
      [{ initialDelayMs: NaN }, 'initialDelayMs must be a number of at least 0, got NaN'],
      [{ maxDelayMs: -1 }, 'maxDelayMs must be a number of at least 0, got -1'],
      [{ maxDelayMs: NaN }, 'maxDelayMs must be a number of at least 0, got NaN'],
      [{ jitter: -0.1 }, 'jitter must be a number of at least 0, got -0.1'],
      [{ jitter: NaN }, 'jitter must be a number of at least 0, got NaN'],
      [{ jitter: 1.1 }, 'jitter must be a number of at most 1, got 1.1'],
    ])('refuses %p at call time', (options, what) => {
      expect(() => retryOnConnectionError(options)).toThrow(new RangeError(`retryOnConnectionError: ${what}.`));
      expect(() => retryOnConnectionError(options)).toThrow(RangeError);
    });
  });

  describe('in front of the other operators', () => {
    const hello = 'Hello, world. How are you?';
    const before = { input_tokens: message.usage.input_tokens, output_tokens: 1 };

    it('lets accumulateMessage start over', async () => {
      const snapshots = await run(
        attempts(cutAt(5), from(events)).pipe(retryOnConnectionError(restarting), accumulateMessage()),
      );
      const whole = await run(from(events).pipe(accumulateMessage()));

      expect(snapshots.at(-1)).toEqual(message);
      expect(snapshots.slice(-whole.length)).toEqual(whole);
      expect(snapshots.length).toBeGreaterThan(whole.length);
    });

    it.each([1, 2])('gives the Message when %i events without content were withdrawn by default', async (count) => {
      const source = attempts(cutAt(count), from(events));

      expect(await run(source.pipe(retryOnConnectionError(atOnce), finalMessage()))).toEqual([message]);
      expect(source.count).toBe(2);
    });

    it('gives the text once, however often it was withdrawn', async () => {
      const source = attempts(cutAt(3), cutAt(5), from(events));

      expect(await run(source.pipe(retryOnConnectionError(restarting), finalText()))).toEqual([hello]);
    });

    it('lets textDeltas say where what came before is withdrawn', async () => {
      const seen = await run(
        attempts(cutAt(4), from(events)).pipe(retryOnConnectionError(restarting), textDeltas({ restarts: true })),
      );
      const restart = seen.findIndex((part) => typeof part !== 'string');

      expect(textOf(seen.slice(0, restart))).toBe('Hello, world');
      expect(seen[restart]).toEqual(restartAfter(overloaded, 2, 0));
      expect(textOf(seen.slice(restart + 1))).toBe(hello);
    });

    it('lets bufferByPunctuation drop what was held', async () => {
      const seen = await run(
        attempts(cutAt(4), from(events)).pipe(
          retryOnConnectionError(restarting),
          textDeltas({ restarts: true }),
          bufferByPunctuation({ minLength: Infinity }),
        ),
      );

      expect(seen).toEqual(['Hello,', restartAfter(overloaded, 2, 0), 'Hello,', ' world.', ' How are you?']);
    });

    it('drops half a surrogate pair of the attempt that failed', async () => {
      const half = (text: string): MessageStreamEvent => ({ ...delta, delta: { type: 'text_delta', text } });
      const source = attempts(
        concat(of(start, emptyBlock, half('a\ud83d')), failing(overloaded)),
        of(start, emptyBlock, half('b'), stop),
      );

      expect(await run(source.pipe(retryOnConnectionError(restarting), textDeltas()))).toEqual(['a', 'b']);
    });

    it('keeps the usage of attempts that failed', async () => {
      const counts = await run(
        attempts(cutAt(4), cutAt(1), from(events)).pipe(retryOnConnectionError(restarting), usage()),
      );

      expect(counts.at(-1)).toEqual({
        ...message.usage,
        abandoned_attempts: [expect.objectContaining(before), expect.objectContaining(before)],
      });
    });

    it('tells trackUsage of an attempt that was withdrawn by default', async () => {
      const seen: unknown[] = [];
      await run(
        attempts(cutAt(1), from(events)).pipe(
          retryOnConnectionError(atOnce),
          trackUsage((counts) => seen.push(counts)),
          finalMessage(),
        ),
      );

      expect(seen.at(-1)).toEqual({ ...message.usage, abandoned_attempts: [expect.objectContaining(before)] });
    });

    it('lets contentBlocks come from the attempt that counts', async () => {
      const source = attempts(cutAt(events.length - 3), from(events));

      expect(await run(source.pipe(retryOnConnectionError(restarting), contentBlocks()))).toEqual(message.content);
    });

    it('tells tapMessage to clear what was shown', async () => {
      let shown = '';
      let final: Message | undefined;
      await run(
        attempts(cutAt(5), from(events)).pipe(
          retryOnConnectionError(restarting),
          tapMessage({
            text: (text) => (shown += text),
            restart: ({ attempt }) => (shown = `${attempt}:`),
            message: (whole) => (final = whole),
          }),
        ),
      );

      expect(shown).toBe(`2:${hello}`);
      expect(final).toEqual(message);
    });

    it('leaves what had arrived of the last attempt on the error', async () => {
      const error = new IncompleteMessageError('cut');
      const source = attempts(cutAt(5), cutAt(3, error));

      await expect(
        run(source.pipe(retryOnConnectionError({ ...restarting, maxRetries: 1 }), finalMessage())),
      ).rejects.toBe(error);
      expect(error.partial?.content).toEqual([{ type: 'text', text: 'Hello,' }]);
    });
  });

  describe('behind streamMessage', () => {
    const params = {
      model: 'claude-sonnet-5-5',
      max_tokens: 100,
      messages: [{ role: 'user' as const, content: 'Hi' }],
    };

    it('makes one request an attempt, until one succeeds', async () => {
      const server = await startMessagesServer([
        { status: 529 },
        { status: 429, headers: { 'retry-after': '0' } },
        { message },
      ]);
      const statuses: unknown[] = [];
      const onRetry = ({ error }: Retry): void => {
        statuses.push(error instanceof APIStatusError && error.status);
      };
      try {
        const source = streamMessage(params, { apiKey: 'key', baseURL: server.url });

        expect(
          await firstValueFrom(source.pipe(retryOnConnectionError({ ...atOnce, onRetry }), finalMessage())),
        ).toEqual(message);
        expect(statuses).toEqual([529, 429]);
        expect(server.requests).toHaveLength(3);
      } finally {
        await server.close();
      }
    });

    it('makes an answer whole that was cut', async () => {
      const server = await startMessagesServer([{ message, cutAtByte: 900 }, { message }]);
      try {
        const source = streamMessage(params, { apiKey: 'key', baseURL: server.url });
        const seen = await run(source.pipe(retryOnConnectionError(restarting), textDeltas({ restarts: true })));
        const place = seen.findIndex((part) => typeof part !== 'string');

        expect(seen[place]).toMatchObject({ type: 'message_restart', attempt: 2, delayMs: 0 });
        expect(seen[place]).toHaveProperty('error', expect.any(IncompleteMessageError));
        expect(textOf(seen.slice(place + 1))).toBe('Hello, world. How are you?');
        expect(server.requests).toHaveLength(2);
      } finally {
        await server.close();
      }
    });

    it('passes the cut on by default once text was shown', async () => {
      const server = await startMessagesServer([{ message, cutAtByte: 900 }, { message }]);
      try {
        const source = streamMessage(params, { apiKey: 'key', baseURL: server.url });

        await expect(run(source.pipe(retryOnConnectionError(atOnce), finalText()))).rejects.toBeInstanceOf(
          IncompleteMessageError,
        );
        expect(server.requests).toHaveLength(1);
      } finally {
        await server.close();
      }
    });
  });
});
