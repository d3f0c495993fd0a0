import { OverloadedError, RateLimitError } from '../../../src/index.js';
import { backoffMs, planRetry, type FailedAttempt } from '../../../src/rx/retry/planRetry.js';
import { createRetryPolicy, type RetryOptions } from '../../../src/rx/retry/retryPolicy.js';

const overloaded = new OverloadedError('Overloaded', { status: 529 });

const failed = (fields: Partial<FailedAttempt> = {}): FailedAttempt => ({
  error: overloaded,
  attempt: 1,
  earlierFailures: 0,
  startedAt: 1000,
  failedAt: 3000,
  random: 0,
  ...fields,
});
const policyOf = (options: RetryOptions = {}) => createRetryPolicy('spec', options);
const requesting = (ms: number) =>
  new RateLimitError('Slow down', { status: 429, headers: new Headers({ 'retry-after-ms': String(ms) }) });

describe('planRetry', () => {
  it('returns the number, wait and reason of the next attempt', () => {
    const plan = planRetry(policyOf(), failed({ attempt: 4, earlierFailures: 1 }));

    expect(plan).toEqual({ attempt: 5, delayMs: 1000, error: overloaded });
  });

  it('waits as long as the API asks for, without jitter', () => {
    const error = requesting(1234);

    expect(planRetry(policyOf(), failed({ error, earlierFailures: 3, random: 0.9 }))).toEqual({
      attempt: 2,
      delayMs: 1234,
      error,
    });
  });

  it('plans nothing if the API asks for more than maxRetryAfterMs', () => {
    expect(planRetry(policyOf({ maxRetryAfterMs: 99 }), failed({ error: requesting(100) }))).toBeUndefined();
    expect(planRetry(policyOf({ maxRetryAfterMs: 100 }), failed({ error: requesting(100) }))?.delayMs).toBe(100);
  });

  it('plans nothing if the attempt would start later than maxElapsedMs after the first one', () => {
    expect(planRetry(policyOf({ maxElapsedMs: 2499 }), failed())).toBeUndefined();
    expect(planRetry(policyOf({ maxElapsedMs: 2500 }), failed())?.delayMs).toBe(500);
  });
});

describe('backoffMs', () => {
  const limits = { initialDelayMs: 500, maxDelayMs: 8000, jitter: 0.25 };

  it.each([
    [0, 500],
    [1, 1000],
    [2, 2000],
    [3, 4000],
    [4, 8000],
    [5, 8000],
    [1024, 8000],
  ])('after %i earlier failures is %i ms without jitter', (earlierFailures, delayMs) => {
    expect(backoffMs(limits, earlierFailures, 0)).toBe(delayMs);
  });

  it('subtracts the random part of the jitter from the limited wait', () => {
    expect(backoffMs(limits, 0, 0.5)).toBe(437.5);
    expect(backoffMs(limits, 9, 0.5)).toBe(7000);
    expect(backoffMs({ ...limits, jitter: 1 }, 0, 0.5)).toBe(250);
  });

  it('is 0 with an initialDelayMs of 0, however many failures there were', () => {
    expect(backoffMs({ ...limits, initialDelayMs: 0 }, 5000, 0)).toBe(0);
  });

  it('is at most the longest wait of a timer', () => {
    expect(backoffMs({ ...limits, initialDelayMs: Infinity, maxDelayMs: Infinity }, 0, 0)).toBe(2 ** 31 - 1);
  });
});
