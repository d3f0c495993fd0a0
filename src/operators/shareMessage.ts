import { asyncScheduler, defer, EMPTY, NEVER, of, share, timer, type Observable, type SchedulerLike } from 'rxjs';
import type { RebuiltEvent } from '../accumulate/compactEvents.js';
import type { AnyEvent } from '../api/events.js';
import { expectAtLeast } from '../utils/options.js';
import { MAX_TIMER_MS } from '../utils/timers.js';
import { SharedRequest } from './internal/share/sharedRequest.js';

/**
 * How long a request without subscribers continues after the end of a message that asks for a tool, in ms. If it
 * completes until then, the message is kept. If it is a tool run, it is aborted.
 */
const STOP_MS = 50;

export interface ShareMessageOptions {
  /**
   * How long the request continues after the last subscriber has unsubscribed, in ms, in case another one subscribes,
   * for example when one component replaces another. With Infinity, it runs to its end. Default 0: the request is
   * aborted at once.
   */
  readonly graceMs?: number | undefined;
  /** The scheduler that times `graceMs`. Default `asyncScheduler`. */
  readonly scheduler?: SchedulerLike | undefined;
}

/**
 * Shares one request among all subscribers. A late subscriber first receives the message so far, then the new events.
 *
 *     source            --s--b--d--d--e--m--z|        one request
 *     shareMessage()
 *     1st subscriber    --s--b--d--d--e--m--z|
 *     2nd, later                 R-d--e--m--z|        R: s, b, and a d with the text so far
 *     3rd, afterwards                           (W|)  W: the complete message
 *
 * The message so far is emitted synchronously, as the fewest events that rebuild it: its `message_start`, the start of
 * each block with one delta for all its text, thinking or JSON, the stops, and the stop reason. Every operator works on
 * these events. Only the message is kept in memory, not its events. If a stream has several messages, like that of
 * `runTools`, all of them are kept, with the tool results between them; a `ping` or `tool_progress` only reaches
 * current subscribers. Of a withdrawn attempt, only the `message_start`, the usage and the `message_restart` are kept.
 *
 * | what happens | current subscribers receive | a later subscriber |
 * |---|---|---|
 * | the source emits an event | the event | receives the message so far, then the new events |
 * | the source completes after a complete message | the completion | receives that message, without a request |
 * | the source completes without a complete message | the completion | starts a new request |
 * | the source fails | the error, after all events before it | starts a new request |
 * | the last subscriber unsubscribes | | joins the request within `graceMs`; then starts a new one |
 *
 * A complete message is kept for as long as the result exists. An error is not kept, so a `retry` after this operator
 * works, and so does a retry button. Errors of this package have the message so far as their `partial`.
 *
 * Put operators that apply once per request, such as `retryOnConnectionError` and `abortOn`, before this operator, and
 * those that apply per subscriber after it.
 *
 * @param options.graceMs - How long the request continues without subscribers, in ms. Default 0.
 * @param options.scheduler - The scheduler that times `graceMs`. Default `asyncScheduler`.
 * @returns An operator from events to events. It emits the events of the source synchronously, and those that rebuild
 * the message on subscription.
 * @throws {RangeError} At call time, if `graceMs` is negative or not a number.
 * @throws {InvalidEventError} In the stream, if an event is out of order.
 * @example
 * // An Angular service: all components show the same answer, including one that opens later.
 * readonly answer$ = streamMessage(params, options).pipe(
 *   retryOnConnectionError(),
 *   abortOn(this.stop$),
 *   shareMessage({ graceMs: 1000 }),
 * );
 * // In components, with that service:
 * readonly text = toSignal(this.service.answer$.pipe(textDeltas(), scan((text, delta) => text + delta, '')));
 * readonly message = toSignal(this.service.answer$.pipe(accumulateMessage()));
 */
export function shareMessage(
  options: ShareMessageOptions = {},
): <Event extends AnyEvent>(source: Observable<Event>) => Observable<Event | RebuiltEvent> {
  const { graceMs = 0, scheduler = asyncScheduler } = options;
  expectAtLeast(0, 'shareMessage', { graceMs });
  const wait = (ms: number): Observable<unknown> =>
    ms === Infinity ? NEVER : timer(Math.min(ms, MAX_TIMER_MS), scheduler);

  return <Event extends AnyEvent>(source: Observable<Event>) => {
    let request = new SharedRequest<Event>(); // Outside `defer`, because all subscriptions share it.
    const events: Observable<Event | RebuiltEvent> = defer(() => request.record(source));
    return events.pipe(
      share({
        connector: () => (request = new SharedRequest<Event>()),
        resetOnRefCountZero: () => {
          if (request.isClosed) return EMPTY; // after an error, there is no request for a timer to end
          if (request.stage === 'complete') return NEVER; // the source is about to complete
          if (request.isEmittingStop) return wait(Math.max(graceMs, STOP_MS));
          return graceMs === 0 ? of(true) : wait(graceMs);
        },
        resetOnComplete: () => (request.isClosed ? of(true) : NEVER),
      }),
    );
  };
}
