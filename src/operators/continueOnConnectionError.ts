import { defer, EMPTY, repeat, tap, type Observable, type Subscriber } from 'rxjs';
import { ContinuedMessage } from '../accumulate/continuedMessage.js';
import { isEvent, type AnyEvent, type MessageStreamEvent } from '../api/events.js';
import type { Message } from '../api/message.js';
import { AnthropicError } from '../errors/classes.js';
import { replacePartial } from '../rx/accumulating.js';
import { transform } from '../rx/transform.js';
import { expectAtLeast } from '../utils/options.js';
import {
  decide,
  hasAddedContent,
  INITIAL_STATE,
  stateAfterDecision,
  stateAfterEvent,
  type Decision,
} from './internal/retry/continuation.js';
import { rememberRetried } from '../rx/retry/retriedErrors.js';
import { createRetryPolicy, type RetryOptions } from '../rx/retry/retryPolicy.js';
import { waitForRetry } from '../rx/retry/waitForRetry.js';

export interface ContinueOnConnectionErrorOptions<Next extends AnyEvent = AnyEvent> extends RetryOptions {
  /**
   * Returns the stream that continues the partial message, usually that of a request with
   * `continuationParams(params, partial)`. It may decline by throwing an `AnthropicError`; the original error is then
   * passed on.
   */
  readonly continueWith: (partial: Message) => Observable<Next>;
  /** How many times, per subscription, a message is continued after an attempt that added content. Default 3. */
  readonly maxContinuations?: number | undefined;
}

/**
 * Continues a message whose connection was lost, so that the consumer sees one complete message.
 *
 *     1st request                  --s--b--d--#              d: 'The tide '
 *     continueWith(partial)                       --s--b--e--c--m--z--|     e: 'comes in.'
 *     continueOnConnectionError()
 *     result                       --s--b--d--r-----u-----e--c--m--z--|     r: message_reconnect
 *                                                                          u: message_delta with the usage so far
 *
 * The API cannot resume a stream. A continuation is a new request, billed separately, that shows the model what it has
 * written. Its first text continues the open text block, without repeating white space where the two meet; its other
 * blocks get the next indexes. An open thinking block is stopped without a signature. An open tool call is stopped with
 * invalid input, so that it never runs. `usage` is the total of all requests, and `usage.iterations` lists the usage of
 * each.
 *
 * Before the wait, a `message_reconnect` reports that the message will continue. It withdraws nothing: only
 * `messageState` and `idleTimeout` react to it.
 *
 * A request that fails before any content is sent again, as by {@link retryOnConnectionError}; for a continuation,
 * `continueWith` is called again. The error is passed on after `maxRetries` retries in a row that added no content.
 *
 * The original error is passed on, with the message so far as `partial`, if the message cannot be continued: it has no
 * text yet, it has a complete tool call (which may have run), or it has a stop reason. The same applies to every message
 * of a tool run except the first, since a continuation would lack the results of the tools. With `whenStarted: 'restart'`, a
 * `message_restart` withdraws such a message instead, and the first request is sent again.
 *
 * @param options.continueWith - Returns the stream that continues the partial message.
 * @param options.maxContinuations - How many times a message is continued after an attempt that added content.
 * Default 3.
 * @returns An operator from the events of one message to the events of one message. It emits each event synchronously.
 * @throws {TypeError} At call time, if `continueWith` is not a function or `whenStarted` is not one of its values.
 * @throws {RangeError} At call time, if a number is negative or not a number, or `jitter` is above 1.
 * @example
 * streamMessage(params, options).pipe(
 *   continueOnConnectionError({
 *     continueWith: (partial) => streamMessage(continuationParams(params, partial), options),
 *   }),
 *   textDeltas(),
 * );
 * @see https://platform.claude.com/docs/en/build-with-claude/streaming#error-recovery
 */
export function continueOnConnectionError<Next extends AnyEvent>(
  options: ContinueOnConnectionErrorOptions<Next>,
): <Event extends AnyEvent>(source: Observable<Event>) => Observable<Event | Next | MessageStreamEvent> {
  const { continueWith, maxContinuations = 3 } = options;
  if (typeof continueWith !== 'function') {
    throw new TypeError(
      'continueOnConnectionError: continueWith must be a function that returns the stream that continues the message.',
    );
  }
  expectAtLeast(0, 'continueOnConnectionError', { maxContinuations });
  const policy = { ...createRetryPolicy('continueOnConnectionError', options), maxContinuations };

  return <Event extends AnyEvent>(source: Observable<Event>) =>
    defer(() => {
      type Output = Subscriber<Event | Next | MessageStreamEvent>;
      const startedAt = policy.scheduler.now();
      const message = new ContinuedMessage<Event | Next>();
      let state = INITIAL_STATE;
      let request: Observable<Event | Next> = source;
      let wait: Observable<unknown> = EMPTY; // Emits before the next request. Empty if there is no next request.

      /** Carries out what was decided about the request that has just failed. */
      const apply = (decision: Decision, output: Output): void => {
        if (decision.kind === 'fail') {
          replacePartial(decision.error, message.accumulator);
          if (state.attempt > 1) rememberRetried(decision.error, state.attempt);
          output.error(decision.error);
          return;
        }
        if (decision.kind === 'continue') {
          const continuation = unlessDeclined(() => continueWith(decision.partial));
          if (continuation === undefined) {
            apply(decision.ifDeclined, output);
            return;
          }
          request = continuation;
        } else {
          request = source;
        }
        const phase = decision.kind === 'continue' ? 'mid-content' : 'before-content';
        const onError = (error: unknown): void => {
          replacePartial(error, message.accumulator);
        };
        // Calls `onRetry`, before the event that announces the attempt.
        wait = waitForRetry(policy, decision.retry, phase).pipe(tap({ error: onError }));
        state = stateAfterDecision(state, decision);
        if (decision.kind === 'continue') {
          message.continueFromPartial();
          output.next({ type: 'message_reconnect', ...decision.retry });
        } else {
          message.startOver();
          if (decision.emitsRestart) {
            message.add({ type: 'message_restart', ...decision.retry }, (event) => {
              output.next(event);
            });
          }
        }
        output.complete(); // Ends this request only: `repeat` subscribes to the next one after the wait.
      };

      const runRequest = transform<Event | Next, Event | Next | MessageStreamEvent>((output) => {
        const emit = (event: Event | Next | MessageStreamEvent): void => {
          output.next(event);
        };
        const end = (error: unknown): void => {
          message.flush(emit); // before the decision, because the next request continues this text too
          const { partial, isComplete } = message.accumulator;
          const failedAt = policy.scheduler.now();
          const failure = { error, partial, isComplete, startedAt, failedAt, random: Math.random() };
          apply(decide(policy, state, failure), output);
        };
        return {
          next(event) {
            if (!isEvent(event, 'message_restart') || !message.isContinuing) {
              state = stateAfterEvent(policy, state, event);
            } else if (hasAddedContent(state)) {
              // The content of a continuation cannot be withdrawn without the content before it. A relay may omit the
              // error.
              end(event.error ?? message.accumulator.incompleteError);
              return;
            }
            try {
              message.add(event, emit);
            } catch (fault) {
              end(fault);
            }
          },
          error: end,
          complete() {
            const { incompleteError } = message.accumulator;
            if (incompleteError === undefined) output.complete();
            else end(incompleteError);
          },
        };
      });

      return defer(() => {
        wait = EMPTY;
        return request.pipe(runRequest);
      }).pipe(repeat({ delay: () => wait }));
    });
}

/** Returns the continuation, or undefined if `continueWith` declines by throwing an error of this package. */
function unlessDeclined<Next>(requestContinuation: () => Observable<Next>): Observable<Next> | undefined {
  try {
    return requestContinuation();
  } catch (error) {
    if (error instanceof AnthropicError) return undefined;
    throw error;
  }
}
