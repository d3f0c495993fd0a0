import { BadRequestError, OverloadedError } from '../../../../src/index.js';
import {
  decide,
  hasAddedContent,
  INITIAL_STATE,
  stateAfterDecision,
  stateAfterEvent,
  type ContinuationPolicy,
  type ContinuationState,
  type Decision,
  type Failure,
} from '../../../../src/operators/internal/retry/continuation.js';
import { createRetryPolicy, type RetryOptions } from '../../../../src/rx/retry/retryPolicy.js';
import { buildMessage, thinkingBlock } from '../../../../src/testing/index.js';
import { blockStart, messageStart, ping, restart, textDelta, thinkingDelta } from '../../../support/events.js';

const overloaded = new OverloadedError('Overloaded', { status: 529 });
const refused = new BadRequestError('Bad request', { status: 400 });

const partial = buildMessage({ content: 'The tide ', stop_reason: null });
const withoutText = buildMessage({ content: [thinkingBlock('Hm.')], stop_reason: null });

const policyOf = (options: RetryOptions & { maxContinuations?: number } = {}): ContinuationPolicy => ({
  ...createRetryPolicy('spec', { jitter: 0, ...options }),
  maxContinuations: options.maxContinuations ?? 3,
});

const stateOf = (fields: Partial<ContinuationState> = {}): ContinuationState => ({ ...INITIAL_STATE, ...fields });

const failureOf = (fields: Partial<Failure> = {}): Failure => ({
  error: overloaded,
  partial: undefined,
  isComplete: false,
  startedAt: 0,
  failedAt: 100,
  random: 0,
  ...fields,
});

const fail: Decision = { kind: 'fail', error: overloaded };
const restartWith = (attempt: number, delayMs: number, emitsRestart: boolean): Decision & { kind: 'restart' } => ({
  kind: 'restart',
  retry: { attempt, delayMs, error: overloaded },
  emitsRestart,
});
const continueWith = (
  attempt: number,
  delayMs: number,
  ifDeclined: Decision & { kind: 'fail' | 'restart' } = { kind: 'fail', error: overloaded },
): Decision & { kind: 'continue' } => ({
  kind: 'continue',
  retry: { attempt, delayMs, error: overloaded },
  partial,
  ifDeclined,
});

describe('decide', () => {
  interface Case {
    readonly when: string;
    readonly options?: RetryOptions & { maxContinuations?: number };
    readonly state?: Partial<ContinuationState>;
    readonly failure?: Partial<Failure>;
    readonly decision: Decision;
  }

  const afterContent: Partial<ContinuationState> = { progress: 'content' };
  const inContinuation: Partial<ContinuationState> = { attempt: 2, earlierFailures: 1, isContinuation: true };

  it.each<Case>([
    { when: 'the first attempt fails before any event', decision: restartWith(2, 500, true) },
    {
      when: 'the first attempt fails before any event and restarts are not announced',
      options: { announce: false },
      decision: restartWith(2, 500, false),
    },
    {
      when: 'the message has started without content',
      state: { progress: 'started' },
      failure: { partial: buildMessage({ content: [], stop_reason: null }) },
      decision: restartWith(2, 500, true),
    },
    {
      when: 'the same attempt has failed before',
      state: { attempt: 2, earlierFailures: 1 },
      decision: restartWith(3, 1000, true),
    },
    { when: 'maxRetries attempts have failed before', state: { attempt: 3, earlierFailures: 2 }, decision: fail },
    {
      when: 'the error cannot be retried',
      failure: { error: refused },
      decision: { kind: 'fail', error: refused },
    },
    {
      when: 'shouldRetry accepts the error',
      options: { shouldRetry: (error) => error === refused },
      failure: { error: refused },
      decision: { kind: 'restart', retry: { attempt: 2, delayMs: 500, error: refused }, emitsRestart: true },
    },
    {
      when: 'the message is complete',
      state: afterContent,
      failure: { partial, isComplete: true },
      decision: fail,
    },
    {
      when: 'the wait would end after maxElapsedMs',
      options: { maxElapsedMs: 599 },
      decision: fail,
    },
    {
      when: 'the wait would end at maxElapsedMs',
      options: { maxElapsedMs: 600 },
      decision: restartWith(2, 500, true),
    },
    { when: 'content has arrived', state: afterContent, failure: { partial }, decision: continueWith(2, 500) },
    {
      when: 'content has arrived and a restart is allowed',
      options: { whenStarted: 'restart' },
      state: afterContent,
      failure: { partial },
      decision: continueWith(2, 500, restartWith(2, 500, true)),
    },
    {
      when: 'content has arrived that cannot be continued',
      state: afterContent,
      failure: { partial: withoutText },
      decision: fail,
    },
    {
      when: 'content has arrived that cannot be continued and a restart is allowed',
      options: { whenStarted: 'restart' },
      state: afterContent,
      failure: { partial: withoutText },
      decision: restartWith(2, 500, true),
    },
    {
      when: 'content of an unknown type has arrived without a message',
      state: afterContent,
      decision: fail,
    },
    {
      when: 'the text of the message has been received only in a message_start that was not content',
      state: { progress: 'started' },
      failure: { partial },
      decision: restartWith(2, 500, true),
    },
    {
      when: 'content has arrived but the wait would end after maxElapsedMs',
      options: { maxElapsedMs: 599, whenStarted: 'restart' },
      state: afterContent,
      failure: { partial },
      decision: fail,
    },
    {
      when: 'content has arrived after maxRetries failed attempts',
      options: { whenStarted: 'restart' },
      state: { attempt: 3, earlierFailures: 2, progress: 'content' },
      failure: { partial },
      decision: continueWith(4, 500),
    },
    {
      when: 'content has arrived after a failed attempt and a restart is allowed',
      options: { whenStarted: 'restart' },
      state: { attempt: 2, earlierFailures: 1, progress: 'content' },
      failure: { partial },
      decision: continueWith(3, 500, restartWith(3, 1000, true)),
    },
    {
      when: 'a continuation fails before it adds content',
      state: inContinuation,
      failure: { partial },
      decision: continueWith(3, 1000),
    },
    {
      when: 'a continuation fails before it adds content after maxContinuations continuations',
      state: { ...inContinuation, continuations: 3 },
      failure: { partial },
      decision: continueWith(3, 1000),
    },
    {
      when: 'continuations have failed maxRetries times in a row before they added content',
      options: { whenStarted: 'restart' },
      state: { ...inContinuation, attempt: 3, earlierFailures: 2 },
      failure: { partial },
      decision: fail,
    },
    {
      when: 'a continuation that has added content fails',
      state: { ...inContinuation, continuations: 2, progress: 'content' },
      failure: { partial },
      decision: continueWith(3, 500),
    },
    {
      when: 'content has arrived after maxContinuations continuations',
      state: { ...inContinuation, continuations: 3, progress: 'content' },
      failure: { partial },
      decision: fail,
    },
    {
      when: 'content has arrived after maxContinuations continuations and a restart is allowed',
      options: { whenStarted: 'restart' },
      state: { ...inContinuation, continuations: 3, progress: 'content' },
      failure: { partial },
      decision: restartWith(3, 1000, true),
    },
    {
      when: 'content has arrived and maxContinuations is 0',
      options: { maxContinuations: 0 },
      state: afterContent,
      failure: { partial },
      decision: fail,
    },
    {
      when: 'content has arrived and maxRetries is 0',
      options: { maxRetries: 0 },
      state: afterContent,
      failure: { partial },
      decision: continueWith(2, 500),
    },
  ])('decides on "$decision.kind" when $when', ({ options, state, failure, decision }) => {
    expect(decide(policyOf(options), stateOf(state), failureOf(failure))).toEqual(decision);
  });

  it('subtracts the jitter from the wait', () => {
    const decision = decide(policyOf({ jitter: 0.5 }), INITIAL_STATE, failureOf({ random: 0.5 }));

    expect(decision).toEqual(restartWith(2, 375, true));
  });
});

describe('stateAfterEvent', () => {
  const policy = policyOf();

  it('is the same state for a ping', () => {
    expect(stateAfterEvent(policy, INITIAL_STATE, ping)).toBe(INITIAL_STATE);
  });

  it('remembers that the attempt has started, then that it has content', () => {
    const started = stateAfterEvent(policy, INITIAL_STATE, messageStart());
    const withContent = stateAfterEvent(policy, started, textDelta('The'));

    expect([INITIAL_STATE, started, withContent].map(({ progress }) => progress)).toEqual([
      'nothing',
      'started',
      'content',
    ]);
    expect([started, withContent].map(hasAddedContent)).toEqual([false, true]);
    expect(stateAfterEvent(policy, withContent, textDelta(' tide'))).toBe(withContent);
    expect(stateAfterEvent(policy, withContent, ping)).toBe(withContent);
  });

  it('does not count thinking as content with thinkingIsContent: false', () => {
    const lenient = policyOf({ thinkingIsContent: false });
    const thinking = { type: 'thinking', thinking: 'Hm.', signature: '' };

    for (const event of [thinkingDelta('Hm.'), blockStart(0, thinking)]) {
      expect(stateAfterEvent(lenient, INITIAL_STATE, event).progress).toBe('started');
      expect(stateAfterEvent(policy, INITIAL_STATE, event).progress).toBe('content');
    }
  });

  it('forgets what the consumer has received when a message_restart withdraws it', () => {
    const state = stateOf({ attempt: 2, continuations: 1, isContinuation: true, progress: 'content' });

    expect(stateAfterEvent(policy, state, restart())).toEqual({ ...state, isContinuation: false, progress: 'nothing' });
  });
});

describe('stateAfterDecision', () => {
  it('counts a restart as one more failure in a row', () => {
    const state = stateOf({ attempt: 4, earlierFailures: 1, continuations: 1, isContinuation: true });

    expect(stateAfterDecision(state, restartWith(5, 0, true))).toEqual({
      attempt: 5,
      earlierFailures: 2,
      continuations: 1,
      isContinuation: false,
      progress: 'nothing',
    });
  });

  it('counts a continuation, and its failures from 1, after an attempt that added content', () => {
    const state = stateOf({ attempt: 2, earlierFailures: 1, continuations: 1, progress: 'content' });

    expect(stateAfterDecision(state, continueWith(3, 0))).toEqual({
      attempt: 3,
      earlierFailures: 1,
      continuations: 2,
      isContinuation: true,
      progress: 'nothing',
    });
  });

  it('counts another failure, but no continuation, after an attempt that added nothing', () => {
    const state = stateOf({ attempt: 2, earlierFailures: 1, continuations: 1, isContinuation: true });

    expect(stateAfterDecision(state, continueWith(3, 0))).toEqual({ ...state, attempt: 3, earlierFailures: 2 });
  });
});
