import { getEventListeners } from 'node:events';
import * as fc from 'fast-check';
import { of, VirtualTimeScheduler } from 'rxjs';
import {
  APIUserAbortError,
  RateLimitError,
  retryOnConnectionError,
  type MessageStreamEvent,
  type RetryOnConnectionErrorOptions,
} from '../../src/index.js';
import { messageStop } from '../support/events.js';
import { marbles } from '../support/marbles.js';
import { overloaded, start, failing, attempts, timed, restartAfter } from './support/retries.js';

describe('retryOnConnectionError: waits', () => {
  describe('the wait', () => {
    it('doubles from 500 ms up to 8 s', () => {
      const { scheduler, retries, starts } = timed(failing(overloaded), { maxRetries: 7 });
      scheduler.flush();

      expect(retries.map(({ delayMs }) => delayMs)).toEqual([500, 1000, 2000, 4000, 8000, 8000, 8000]);
      expect(starts).toEqual([0, 500, 1500, 3500, 7500, 15_500, 23_500, 31_500]);
    });

    it('starts at initialDelayMs and is at most maxDelayMs', () => {
      const { scheduler, starts } = timed(failing(overloaded), { maxRetries: 4, initialDelayMs: 30, maxDelayMs: 100 });
      scheduler.flush();

      expect(starts).toEqual([0, 30, 90, 190, 290]);
    });

    it('is skipped, and the error passes on, if the headers ask for more than maxRetryAfterMs', () => {
      const asking = (ms: number) =>
        new RateLimitError('Slow down', { status: 429, headers: new Headers({ 'retry-after-ms': String(ms) }) });
      const [allowed, refusedWait] = [asking(60_000), asking(60_001)];
      const first = timed(failing(allowed), { maxRetries: 1 });
      const second = timed(failing(refusedWait), { maxRetries: 1 });
      first.scheduler.flush();
      second.scheduler.flush();

      expect(first.starts).toEqual([0, 60_000]);
      expect(second.starts).toEqual([0]);
      expect(second.log).toEqual([{ error: refusedWait }]);
    });

    it('is maxDelayMs if initialDelayMs is longer', () => {
      const { scheduler, starts } = timed(failing(overloaded), { maxRetries: 2, maxDelayMs: 100 });
      scheduler.flush();

      expect(starts).toEqual([0, 100, 200]);
    });

    it('is at most the longest wait of a timer', () => {
      const { retries, scheduler } = timed(failing(overloaded), {
        maxRetries: 1,
        initialDelayMs: Infinity,
        maxDelayMs: Infinity,
      });
      scheduler.flush();

      expect(retries.map(({ delayMs }) => delayMs)).toEqual([2 ** 31 - 1]);
    });

    it('uses the default scheduler if there is none in the options', () => {
      marbles(({ cold, expectObservable }) => {
        const source = attempts(cold<MessageStreamEvent>('#', {}, overloaded), cold('s|', { s: start }));

        expectObservable(source.pipe(retryOnConnectionError({ jitter: 0 }))).toBe('r 499ms s|', {
          r: restartAfter(overloaded, 2, 500),
          s: start,
        });
      })();
    });

    describe('with jitter', () => {
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

      it('is shorter by up to a quarter by default', () => {
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

      it('draws a new random number for each retry', () => {
        random.mockReturnValueOnce(0).mockReturnValueOnce(0.5).mockReturnValueOnce(0.25);

        expect(delays({ jitter: 1 })).toEqual([500, 500, 1500]);
      });

      it('stays within the bounds of jitter', () => {
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

      it('is not shortened if the API asked for it', () => {
        random.mockReturnValue(0.9);
        const error = new RateLimitError('Slow down', { status: 429, headers: new Headers({ 'retry-after': '3' }) });
        const { retries } = timed(failing(error), { jitter: 1 });

        expect(retries[0]?.delayMs).toBe(3000);
      });
    });

    it.each<[string, Record<string, string>, number]>([
      ['retry-after-ms', { 'retry-after-ms': '1500' }, 1500],
      ['retry-after-ms rather than retry-after', { 'retry-after-ms': '1500', 'retry-after': '9' }, 1500],
      ['retry-after in seconds', { 'retry-after': '3' }, 3000],
      ['retry-after in fractions of a second', { 'retry-after': '0.25' }, 250],
      ['retry-after as a date', { 'retry-after': new Date(20_000).toUTCString() }, 20_000],
      ['retry-after if retry-after-ms is not a number', { 'retry-after-ms': 'soon', 'retry-after': '3' }, 3000],
      ['retry-after beyond maxDelayMs', { 'retry-after': '60' }, 60_000],
      ['a wait of 0', { 'retry-after': '0' }, 0],
      ['the longest wait of a timer', { 'retry-after-ms': '2147483647' }, 2 ** 31 - 1],
      ['more than the longest wait of a timer', { 'retry-after-ms': '2147483648' }, 500],
      ['a negative number', { 'retry-after-ms': '-1' }, 500],
      ['a date in the past', { 'retry-after': new Date(-20_000).toUTCString() }, 500],
      ['a value that cannot be read', { 'retry-after': 'soon' }, 500],
      ['no wait', {}, 500],
    ])('follows headers with %s', (_, headers, delayMs) => {
      const error = new RateLimitError('Slow down', { status: 429, headers: new Headers(headers) });
      const { scheduler, starts, retries } = timed(attempts(failing(error), of(messageStop)), {
        maxRetryAfterMs: Infinity,
      });
      scheduler.flush();

      expect(starts).toEqual([0, delayMs]);
      expect(retries).toEqual([{ attempt: 2, delayMs, error }]);
    });

    it('compares a date with the clock of the scheduler', () => {
      const error = new RateLimitError('Slow down', {
        status: 429,
        headers: new Headers({ 'retry-after': new Date(20_000).toUTCString() }),
      });
      const { scheduler, starts } = timed(attempts(failing(overloaded), failing(error), of(messageStop)), {
        initialDelayMs: 5000,
      });
      scheduler.flush();

      expect(starts).toEqual([0, 5000, 20_000]);
    });
  });

  describe('maxElapsedMs', () => {
    it.each([
      [1499, [0, 500]],
      [1500, [0, 500, 1500]],
      [0, [0]],
    ])('allows no attempt to start later than %i ms after the subscription', (maxElapsedMs, begun) => {
      const { scheduler, starts, log } = timed(failing(overloaded), { maxRetries: 5, maxElapsedMs });
      scheduler.flush();

      expect(starts).toEqual(begun);
      expect(log).toEqual([{ error: overloaded }]);
    });

    it('includes the duration of the attempts, and the waits that the API asks for', () => {
      const asking = new RateLimitError('Slow down', { status: 429, headers: new Headers({ 'retry-after': '3' }) });
      const { scheduler, starts, retries } = timed(attempts(failing(asking)), { maxRetries: 5, maxElapsedMs: 7000 });
      scheduler.flush();

      expect(starts).toEqual([0, 3000, 6000]);
      expect(retries).toHaveLength(2);
    });

    it('is measured separately for each subscription', () => {
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

  describe('signal', () => {
    it.each(['before', 'during'])('ends the wait with an error if it is aborted %s it', (when) => {
      const controller = new AbortController();
      const reason = new Error('stop');
      if (when === 'before') controller.abort(reason);
      const { scheduler, log, starts } = timed(failing(overloaded), { signal: controller.signal });
      if (when === 'during') controller.abort(reason);

      expect(log).toEqual([{ error: expect.any(APIUserAbortError) as unknown }]);
      expect(log).toHaveProperty('0.error.cause', reason);
      expect(log).toHaveProperty('0.error.phase', 'before-content');
      expect(scheduler.actions).toHaveLength(0);
      expect(starts).toEqual([0]);
    });

    it('has no listener after the wait, or after unsubscribing', () => {
      const { signal } = new AbortController();
      const { scheduler, log } = timed(attempts(failing(overloaded), of(messageStop)), { signal });
      expect(getEventListeners(signal, 'abort')).toHaveLength(1);
      scheduler.flush();
      expect(log).toEqual([messageStop, 'complete']);
      expect(getEventListeners(signal, 'abort')).toHaveLength(0);

      timed(failing(overloaded), { signal }).subscription.unsubscribe();
      expect(getEventListeners(signal, 'abort')).toHaveLength(0);
    });
  });
});
