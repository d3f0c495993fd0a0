/** Decides what follows when a request fails, if its message can be continued. Nothing here has side effects. */
import { isEvent, type AnyEvent } from '../../../api/events.js';
import type { Message } from '../../../api/message.js';
import { canContinue } from '../../../history/canContinue.js';
import { canRestart, progressAfter, shouldEmitRestart, type AttemptProgress } from './attemptProgress.js';
import { planRetry, type Retry } from '../../../rx/retry/planRetry.js';
import type { RetryPolicy } from '../../../rx/retry/retryPolicy.js';

export interface ContinuationPolicy extends RetryPolicy {
  /** How many continuations may add content. */
  readonly maxContinuations: number;
}

/** The state of the requests for one message. */
export interface ContinuationState {
  /** The number of the running attempt, counted from 1. */
  readonly attempt: number;
  /** How many attempts in a row failed before it without adding content to the message. */
  readonly earlierFailures: number;
  /** How many attempts were continued after they had added content. */
  readonly continuations: number;
  /** Whether the running attempt continues a message from which the consumer has received content. */
  readonly isContinuation: boolean;
  /** What the consumer has received from the running attempt. */
  readonly progress: AttemptProgress;
}

export const INITIAL_STATE: ContinuationState = {
  attempt: 1,
  earlierFailures: 0,
  continuations: 0,
  isContinuation: false,
  progress: 'nothing',
};

/** A failure of the running attempt, and the message at that moment. Times are in ms of the policy's clock. */
export interface Failure {
  readonly error: unknown;
  /** The message so far, if it has started. */
  readonly partial: Message | undefined;
  /** Whether the message has stopped, so that nothing is missing. */
  readonly isComplete: boolean;
  /** When the first attempt started. */
  readonly startedAt: number;
  readonly failedAt: number;
  /** The random number for the jitter, at least 0 and less than 1. */
  readonly random: number;
}

interface Fail {
  readonly kind: 'fail';
  readonly error: unknown;
}

export interface Restart {
  readonly kind: 'restart';
  readonly retry: Retry;
  /** Whether a `message_restart` withdraws what the consumer has received. */
  readonly emitsRestart: boolean;
}

export interface Continue {
  readonly kind: 'continue';
  readonly retry: Retry;
  /** The message that the next request continues. */
  readonly partial: Message;
  /** What follows if `continueWith` declines. */
  readonly ifDeclined: Fail | Restart;
}

/** What follows a failure: the error is passed on, the first request is sent again, or the message is continued. */
export type Decision = Fail | Restart | Continue;

/** Returns the state after an event of the running attempt. It is the same object unless the state changes. */
export function stateAfterEvent(
  policy: ContinuationPolicy,
  state: ContinuationState,
  event: AnyEvent,
): ContinuationState {
  const progress = progressAfter(policy, state.progress, event);
  if (isEvent(event, 'message_restart')) return { ...state, progress, isContinuation: false };
  return progress === state.progress ? state : { ...state, progress };
}

/** Decides what follows a failure of the running attempt. */
export function decide(policy: ContinuationPolicy, state: ContinuationState, failure: Failure): Decision {
  const { error, partial } = failure;
  const fail: Fail = { kind: 'fail', error };
  if (failure.isComplete || !policy.shouldRetry(error)) return fail;

  const restart = planRestart(policy, state, failure) ?? fail;
  if (partial === undefined || !mayContinue(policy, state, partial)) return restart;
  const retry = planRetry(policy, { ...failure, attempt: state.attempt, earlierFailures: failuresToContinue(state) });
  return retry === undefined ? fail : { kind: 'continue', retry, partial, ifDeclined: restart };
}

/** Returns the state of the attempt that follows a decision. */
export function stateAfterDecision(state: ContinuationState, decision: Restart | Continue): ContinuationState {
  const { attempt } = decision.retry;
  if (decision.kind === 'restart') {
    const earlierFailures = state.earlierFailures + 1;
    return { ...state, attempt, earlierFailures, isContinuation: false, progress: 'nothing' };
  }
  return {
    attempt,
    earlierFailures: failuresToContinue(state) + 1,
    continuations: state.continuations + (hasAddedContent(state) ? 1 : 0),
    isContinuation: true,
    progress: 'nothing',
  };
}

/** Whether the running attempt has added content to the message. */
export function hasAddedContent({ progress }: ContinuationState): boolean {
  return progress !== 'nothing' && progress !== 'started';
}

function planRestart(policy: ContinuationPolicy, state: ContinuationState, failure: Failure): Restart | undefined {
  const { attempt, earlierFailures, isContinuation, progress } = state;
  const received = isContinuation ? 'content' : progress;
  if (!canRestart(policy, earlierFailures, received)) return undefined;
  const retry = planRetry(policy, { ...failure, attempt, earlierFailures });
  return retry && { kind: 'restart', retry, emitsRestart: shouldEmitRestart(policy, received) };
}

/**
 * Whether the message may be continued. The next message of a tool run may not: its request had the results of the
 * tools, and the request that would continue it does not.
 */
function mayContinue(policy: ContinuationPolicy, state: ContinuationState, partial: Message): boolean {
  if (state.progress === 'next-message') return false;
  const hasReceivedContent = state.isContinuation || hasAddedContent(state);
  const isWithinLimit = hasAddedContent(state)
    ? state.continuations < policy.maxContinuations
    : state.earlierFailures < policy.maxRetries;
  return hasReceivedContent && isWithinLimit && canContinue(partial);
}

/**
 * The failures that count for the wait before a continuation: the count starts over after an attempt that has added
 * content.
 */
function failuresToContinue(state: ContinuationState): number {
  return hasAddedContent(state) ? 0 : state.earlierFailures;
}
