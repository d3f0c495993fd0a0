import { asyncScheduler, defer, EMPTY, NEVER, of, share, timer, type Observable, type SchedulerLike } from 'rxjs';
import type { RebuiltEvent } from '../accumulate/compactEvents.js';
import type { AnyEvent } from '../api/events.js';
import { expectAtLeast } from '../utils/options.js';
import { MAX_TIMER_MS } from '../utils/timers.js';
import { SharedRequest } from './internal/share/sharedRequest.js';

export interface ShareMessageOptions {
  /**
   * How long the request goes on when the last subscriber has left, in ms, in case another one comes: when one component
   * makes way for the next, say. Infinity: to its end. Default 0: it is aborted at once.
   */
  readonly graceMs?: number;
  /** The clock of `graceMs`. Default `asyncScheduler`. */
  readonly scheduler?: SchedulerLike;
}

/**
 * Makes one request for all who subscribe, whenever they come: each first gets the message so far, then what is new.
 *
 *     source            --s--b--d--d--e--m--z|        one request
 *     shareMessage()
 *     1st subscriber    --s--b--d--d--e--m--z|
 *     2nd, later                 R-d--e--m--z|        R: s, b, and a d with the text so far
 *     3rd, afterwards                           (W|)  W: the whole message
 *
 * The message so far comes at once, as the fewest events that rebuild it: its `message_start`, the start of each block
 * with one delta for all its text, thinking or JSON, the stops, the stop reason. Any operator works on them. What is
 * kept is the message, not its events. Of several messages in one stream, as `runTools` makes them, all are kept, with the
 * tool results between them; a `ping` or `tool_progress` only reaches those who are there. Of an attempt that was
 * withdrawn, its `message_start` is kept, with what it cost, and the `message_restart`.
 *
 * When the last subscriber leaves, the request is aborted, at once or `graceMs` later; who comes after that makes a new
 * one. When the source has completed with a whole message, everyone gets that, without a request, as long as the result
 * exists. An error reaches all subscribers, after all that came before it; one of the package has the `partial` message.
 * It is not kept: who subscribes after it makes a new request, so `retry` after it works, and so does a button. The same
 * goes for a completion without a whole message.
 *
 * What is to happen once goes before it, as `retryOnConnectionError`; what each subscriber makes of the events, after it.
 *
 * @param options.graceMs - How long the request goes on without subscribers, in ms. Default 0.
 * @param options.scheduler - The clock of `graceMs`. Default `asyncScheduler`.
 * @returns An operator from events to events: the source's in the same turn, and the ones that rebuild the message when
 * it is subscribed to.
 * @throws {RangeError} At call time, if `graceMs` is negative or not a number.
 * @throws {InvalidEventError} In the stream, if an event comes out of order.
 * @example
 * // An Angular service: each component shows the same answer, also one that opens later.
 * readonly answer$ = streamMessage(params, options).pipe(retryOnConnectionError(), shareMessage({ graceMs: 1000 }));
 * // In components:
 * readonly text = toSignal(this.chat.answer$.pipe(textDeltas(), scan((text, delta) => text + delta, '')));
 * readonly message = toSignal(this.chat.answer$.pipe(accumulateMessage()));
 */
export function shareMessage(
  options: ShareMessageOptions = {},
): <Event extends AnyEvent>(source: Observable<Event>) => Observable<Event | RebuiltEvent> {
  const { graceMs = 0, scheduler = asyncScheduler } = options;
  expectAtLeast(0, 'shareMessage', { graceMs });
  const grace = graceMs === Infinity ? NEVER : timer(Math.min(graceMs, MAX_TIMER_MS), scheduler);

  return <Event extends AnyEvent>(source: Observable<Event>) => {
    let request = new SharedRequest<Event>(); // of all subscriptions: that is what the operator is for
    const events: Observable<Event | RebuiltEvent> = defer(() => request.keeping(source));
    return events.pipe(
      share({
        connector: () => (request = new SharedRequest<Event>()),
        // The last one also leaves because of an error: there is nothing then that a timer could end.
        resetOnRefCountZero: graceMs === 0 || (() => (request.isOver ? EMPTY : grace)),
        resetOnComplete: () => (request.isOver ? of(true) : NEVER),
      }),
    );
  };
}
