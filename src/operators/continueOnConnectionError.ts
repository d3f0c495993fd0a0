import { defer, EMPTY, repeat, tap, type Observable } from 'rxjs';
import { ContinuedMessage } from '../accumulate/continuedMessage.js';
import { AnthropicError } from '../errors/classes.js';
import { isEvent, type AnyEvent, type MessageStreamEvent } from '../api/events.js';
import { expectAtLeast } from '../utils/options.js';
import type { Message } from '../api/message.js';
import { canContinue } from '../history/canContinue.js';
import { transform } from '../rx/transform.js';
import { setPartial } from '../rx/accumulating.js';
import { isShownContent, planRetry, retryPolicy, waitFor, type RetryOptions } from './internal/retrying.js';

export interface ContinueOnConnectionErrorOptions<Next extends AnyEvent = AnyEvent> extends RetryOptions {
  /**
   * Makes the stream that goes on from what had arrived, most often of `continuationParams(params, partial)`. An
   * `AnthropicError` that it throws says that there is nothing to go on from: the original error then passes.
   */
  readonly continueWith: (partial: Message) => Observable<Next>;
  /** How often a subscription goes on with what has arrived. Default 3. */
  readonly maxContinuations?: number;
}

/**
 * Goes on with a message that broke off, so that the consumer sees one message, which is whole.
 *
 *     1st request                  --s--b--d--#              d: 'The tide '
 *     continueWith(partial)                       --s--b--e--c--m--z--|     e: 'comes in.'
 *     continueOnConnectionError()
 *     result                       --s--b--d--------u-----e--c--m--z--|     u: message_delta with the usage so far
 *
 * There is no resume in the API: it is a new request, billed anew, that shows the model what it had written. Its text goes on in the
 * same block, without white space doubled at the seam; its other blocks get the next indexes. A thinking block or tool call that was open
 * is stopped as it is, unsigned or not valid, and never run. `usage` is that of all requests, and `usage.iterations` what each cost.
 *
 * A request that fails before any content is sent again, as by {@link retryOnConnectionError}; `continueWith` is called anew for it. After
 * `maxRetries` attempts in a row that have brought nothing new, the error passes on. The original error passes on, with all that had arrived as `partial`, where the message can't be gone
 * on with: it has no text yet, a tool call is whole (it may have been run), or the model had said why it stopped. With
 * `whenStarted: 'restart'` it is then withdrawn by a `message_restart`, and the first request sent again.
 *
 * @param options.continueWith - Makes the request that goes on.
 * @returns An operator from the events of one message to the events of one message. Events are passed on in the same turn.
 * @throws {TypeError} At call time, if `continueWith` is no function or `whenStarted` something else.
 * @throws {RangeError} At call time, if a number is negative or not a number, or `jitter` is above 1.
 * @example
 * streamMessage(params, options).pipe(
 *   continueOnConnectionError({ continueWith: (partial) => streamMessage(continuationParams(params, partial), options) }),
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
      'continueOnConnectionError: continueWith must be a function that makes the stream to go on with.',
    );
  }
  expectAtLeast(0, 'continueOnConnectionError', { maxContinuations });
  const policy = retryPolicy('continueOnConnectionError', options);

  return <Event extends AnyEvent>(source: Observable<Event>) =>
    defer(() => {
      const begun = policy.scheduler.now();
      const message = new ContinuedMessage<Event | Next>();
      let request: Observable<Event | Next> = source;
      let wait: Observable<unknown>;
      let attempt = 1;
      let failures = 0; // one after the other, with nothing new to go on from
      let continuations = 0;
      let started = false;
      let shown = false;

      const addWhole = (error: unknown): void => {
        setPartial(error, message.accumulator);
      };

      const continuation = (): Observable<Next> | undefined => {
        const { partial } = message.accumulator;
        if (!shown || partial === undefined || !canContinue(partial)) return undefined;
        try {
          return continueWith(partial);
        } catch (refusal) {
          if (refusal instanceof AnthropicError) return undefined;
          throw refusal;
        }
      };

      const tryIt = defer(() => {
        wait = EMPTY;
        let isNew = false; // whether this attempt has brought content
        return request.pipe(
          transform<Event | Next, Event | Next | MessageStreamEvent>((output) => {
            const emit = (event: Event | Next | MessageStreamEvent): void => {
              output.next(event);
            };

            /** Prepares the request that follows an error, if one does. */
            const goesOn = (error: unknown): boolean => {
              if (message.accumulator.complete || !policy.shouldRetry(error)) return false;
              if (!isNew && failures >= policy.maxRetries) return false;
              const next = isNew && continuations >= maxContinuations ? undefined : continuation();
              if (next === undefined && shown && policy.whenStarted !== 'restart') return false;
              if (next !== undefined && isNew) failures = 0;
              else if (failures >= policy.maxRetries) return false;
              const retry = planRetry(policy, error, attempt, failures, begun);
              if (retry === undefined) return false;

              if (next === undefined) {
                message.startOver();
                if (started || policy.announce === true) message.take({ type: 'message_restart', ...retry }, emit);
                started = shown = false;
              } else {
                message.goOn();
                if (isNew) continuations += 1;
              }
              request = next ?? source;
              attempt = retry.attempt;
              failures += 1;
              wait = waitFor(policy, retry, shown ? 'mid-content' : 'before-content').pipe(tap({ error: addWhole }));
              return true;
            };

            const end = (error: unknown): void => {
              message.flush(emit); // before it is said what to go on from
              if (goesOn(error)) {
                output.complete(); // of this request: the next one follows
                return;
              }
              addWhole(error);
              output.error(error);
            };

            return {
              next(event) {
                if (isEvent(event, 'message_restart') && !message.isGoingOn) {
                  started = shown = isNew = false; // by another retry, nearer to the source
                } else if (isEvent(event, 'message_restart') && isNew) {
                  // What was passed on of a continuation cannot be withdrawn alone. A relay may leave the error out.
                  end(event.error ?? message.accumulator.incomplete);
                  return;
                }
                started ||= !isEvent(event, 'ping') && !isEvent(event, 'message_restart');
                if (isShownContent(policy, event)) shown = isNew = true;
                try {
                  message.take(event, emit);
                } catch (fault) {
                  end(fault);
                }
              },
              error: end,
              complete() {
                const { incomplete } = message.accumulator;
                if (incomplete === undefined) output.complete();
                else end(incomplete);
              },
            };
          }),
        );
      });
      return tryIt.pipe(repeat({ delay: () => wait }));
    });
}
