import { defer, from, Observable, of, Subject, take, VirtualTimeScheduler } from 'rxjs';
import {
  APIConnectionError,
  APIConnectionTimeoutError,
  IncompleteMessageError,
  retryOnConnectionError,
  type MessageStreamEvent,
  type RetryOnConnectionErrorOptions,
} from '../../src/index.js';
import { itKeepsTheOperatorContract } from '../support/contract.js';
import { messageStop, ping } from '../support/events.js';
import { marbles } from '../support/marbles.js';
import {
  type Source,
  type Retry,
  overloaded,
  restartAfter,
  refused,
  events,
  start,
  delta,
  failing,
  failingAfter,
  attempts,
  timed,
} from './support/retries.js';

describe('retryOnConnectionError', () => {
  itKeepsTheOperatorContract<MessageStreamEvent, MessageStreamEvent>(() => retryOnConnectionError(), {
    values: events,
    empty: 'completes',
  });

  it(
    'makes another attempt after a failure and a wait',
    marbles(({ cold, expectObservable, expectSubscriptions }) => {
      const names = { p: ping, s: start, d: delta, z: messageStop };
      const first = cold('  --p--#                   ', names, overloaded);
      const second = cold('           --s--d--z--|   ', names);
      const firstSubs = '   ^----!                   ';
      const secondSubs = '  ----------^----------!   ';
      const expected = '    --p--r------s--d--z--|   ';
      const source = attempts(first, second);
      const values = { ...names, r: restartAfter(overloaded, 2, 5) };

      expectObservable(source.pipe(retryOnConnectionError({ initialDelayMs: 5, jitter: 0 }))).toBe(expected, values);
      expectSubscriptions(first.subscriptions).toBe(firstSubs);
      expectSubscriptions(second.subscriptions).toBe(secondSubs);
    }),
  );

  it('emits each event synchronously and completes with its source', () => {
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

  describe('the attempts', () => {
    it('are at most three by default, and the last error passes on', () => {
      const errors = [1, 2, 3].map((n) => new APIConnectionError(`lost ${n}`));
      const source = attempts(failing(errors[0]), failing(errors[1]), failing(errors[2]));
      const { scheduler, log } = timed(source);
      scheduler.flush();

      expect(source.count).toBe(3);
      expect(log).toEqual([{ error: errors[2] }]);
      expect((log[0] as { error: unknown }).error).toBe(errors[2]);
    });

    it.each([0, 1, 5])('are at most one more than maxRetries: %i', (maxRetries) => {
      const source = attempts(failing(overloaded));
      const { scheduler, log } = timed(source, { maxRetries });
      scheduler.flush();

      expect(source.count).toBe(maxRetries + 1);
      expect(log).toEqual([{ error: overloaded }]);
    });

    it('are unlimited if maxRetries is Infinity', () => {
      let left = 200;
      const source = defer(() => ((left -= 1) > 0 ? failing(overloaded) : of(messageStop)));
      const { scheduler, log, starts } = timed(source, { maxRetries: Infinity, initialDelayMs: 1, maxDelayMs: 1 });
      scheduler.flush();

      expect(starts).toHaveLength(200);
      expect(log).toEqual([messageStop, 'complete']);
    });

    it('are counted from 1 for each subscription', () => {
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

    it('are counted separately for simultaneous subscriptions', () => {
      const source = attempts(failing(overloaded));
      const scheduler = new VirtualTimeScheduler();
      const ends: unknown[] = [];
      const result = source.pipe(retryOnConnectionError({ jitter: 0, scheduler }));
      for (let i = 0; i < 2; i += 1) result.subscribe({ error: () => ends.push(scheduler.now()) });
      scheduler.flush();

      expect(source.count).toBe(6);
      expect(ends).toEqual([1500, 1500]);
    });

    it('unsubscribe from the failed attempt before the next starts', () => {
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

    it('do not overflow the stack if the source always fails synchronously', () => {
      const source = attempts(failing(overloaded));
      const { scheduler, log, retries } = timed(source, { maxRetries: 2000, initialDelayMs: 0 });
      scheduler.flush();

      expect(source.count).toBe(2001);
      expect(log).toEqual([{ error: overloaded }]);
      expect(retries.every(({ delayMs }) => delayMs === 0)).toBe(true);
    });

    it('emit all events of the first one that succeeds, after any number of failures', () => {
      let left = 2000;
      const source = defer(() => ((left -= 1) > 0 ? failing(overloaded) : from(events)));
      const { scheduler, log } = timed(source, { maxRetries: Infinity });
      scheduler.flush();

      expect(log).toEqual([...events, 'complete']);
    });
  });

  describe('an error that a retry cannot help', () => {
    it.each<[string, unknown]>([
      ['a status', refused],
      ['an error of the program', new TypeError('undefined is not a function')],
      ['null', null],
      ['a string', 'fetch failed'],
    ])('passes on at once: %s', (_, error) => {
      const { log, retries, starts, scheduler } = timed(failingAfter(1, error));

      expect(log).toEqual([events[0], { error }]);
      expect((log[1] as { error: unknown }).error).toBe(error);
      expect([retries, starts, scheduler.actions]).toEqual([[], [0], []]);
    });
  });

  describe('an error that a retry can help', () => {
    it.each<[string, unknown]>([
      ['a status', overloaded],
      ['a lost connection', new APIConnectionError('lost')],
      ['a timeout', new APIConnectionTimeoutError('No bytes', { timeout: 'idleMs', ms: 1 })],
      ['an incomplete stream', new IncompleteMessageError('incomplete')],
      ['an error event of the API', { type: 'error', error: { type: 'overloaded_error', message: 'Overloaded' } }],
      ['a TypeError of fetch', new TypeError('fetch failed')],
    ])('is retried: %s', (_, error) => {
      const { scheduler, log, retries } = timed(attempts(failing(error), of(messageStop)));
      scheduler.flush();

      expect(log).toEqual([messageStop, 'complete']);
      expect(retries).toEqual([{ attempt: 2, delayMs: 500, error }]);
    });
  });

  describe('shouldRetry', () => {
    it('decides which errors are retried', () => {
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

    it('cannot exceed maxRetries or withdraw content', () => {
      const source = attempts(failing(refused));
      const { scheduler } = timed(source, { shouldRetry: () => true, maxRetries: 1 });
      scheduler.flush();
      expect(source.count).toBe(2);

      const started = attempts(failingAfter(4));
      timed(started, { shouldRetry: () => true }).scheduler.flush();
      expect(started.count).toBe(1);
    });

    it('fails the result with the error that it throws', () => {
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
    it('is called before each wait, and before the message_restart', () => {
      const log: unknown[] = [];
      const scheduler = new VirtualTimeScheduler();
      const onRetry = (retry: Retry): void => {
        log.push([scheduler.now(), 'onRetry', retry]);
      };
      attempts(failingAfter(1), failingAfter(1, refused))
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

    it('is not called for an error that passes on', () => {
      for (const source of [failing(refused), failingAfter(4)]) {
        const { retries, scheduler } = timed(source);
        scheduler.flush();
        expect(retries).toEqual([]);
      }
      const { retries, scheduler } = timed(failing(overloaded), { maxRetries: 2 });
      scheduler.flush();

      expect(retries.map(({ attempt }) => attempt)).toEqual([2, 3]);
    });

    it('fails the result with the error that it throws', () => {
      const failure = new Error('of onRetry');
      const source = attempts(failingAfter(1));
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

  describe('when the consumer unsubscribes', () => {
    it('during an attempt, unsubscribes from the source', () => {
      const source = new Subject<MessageStreamEvent>();
      const { subscription, scheduler } = timed(source);
      expect(source.observed).toBe(true);
      subscription.unsubscribe();

      expect(source.observed).toBe(false);
      expect(scheduler.actions).toEqual([]);
    });

    it('during a wait, ends it', () => {
      const source = attempts(failing(overloaded));
      const { scheduler, subscription, log } = timed(source);
      expect(scheduler.actions).toHaveLength(1);
      subscription.unsubscribe();

      expect(scheduler.actions).toEqual([]);
      scheduler.flush();
      expect(source.count).toBe(1);
      expect(log).toEqual([]);
    });

    it('at the message_restart, does not wait', () => {
      const source = attempts(failingAfter(1));
      const scheduler = new VirtualTimeScheduler();
      source.pipe(retryOnConnectionError({ scheduler, jitter: 0 }), take(2)).subscribe();

      expect(scheduler.actions).toEqual([]);
      expect(source.count).toBe(1);
    });

    it('during a later attempt, unsubscribes from it', () => {
      const second = new Subject<MessageStreamEvent>();
      const { scheduler, subscription } = timed(attempts(failing(overloaded), second));
      scheduler.flush();
      expect(second.observed).toBe(true);
      subscription.unsubscribe();

      expect(second.observed).toBe(false);
    });
  });

  it('leaves no timer after it has completed or failed', () => {
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
      [{ jitter: -0.1 }, 'jitter must be a number from 0 to 1, got -0.1'],
      [{ jitter: NaN }, 'jitter must be a number from 0 to 1, got NaN'],
      [{ jitter: 1.1 }, 'jitter must be a number from 0 to 1, got 1.1'],
    ])('throws at call time for %p', (options, what) => {
      expect(() => retryOnConnectionError(options)).toThrow(new RangeError(`retryOnConnectionError: ${what}.`));
      expect(() => retryOnConnectionError(options)).toThrow(RangeError);
    });
  });
});
