import type { Observable, SchedulerLike } from 'rxjs';
import type { APIConnectionTimeoutError, ErrorPhase, TimeoutName } from '../errors/classes.js';
import { hasContent, isActivity } from '../api/content.js';
import { RUN_EVENTS } from '../api/runEvents.js';
import { isEvent, type AnyEvent } from '../api/events.js';
import { transform } from '../rx/transform.js';
import { expectTimeouts, createWatchdog, type TimeoutOptions, type Watchdog } from '../rx/watchdog.js';
import { timeoutError } from '../errors/connectionErrors.js';

/** The timeouts of a stream of events, in ms. Infinity disables a timeout. */
export interface IdleTimeoutOptions {
  /**
   * From the subscription, or a `message_restart`, to the first event, including the time to connect. Default 600 000
   * (10 minutes).
   */
  readonly firstEventMs?: number | undefined;
  /** Between events from the server, including pings. Default 300 000 (5 minutes). */
  readonly idleMs?: number | undefined;
  /**
   * Between events that show that the model is at work: content and every delta, even an empty one, but not pings.
   * Default Infinity, since silent thinking is healthy.
   */
  readonly contentMs?: number | undefined;
  /** From the subscription to the end of the stream, including the time that tools run. Default Infinity. */
  readonly totalMs?: number | undefined;
  /** The scheduler of the timeouts. Default `asyncScheduler`. */
  readonly scheduler?: SchedulerLike | undefined;
}

const TIMEOUTS = ['firstEventMs', 'idleMs', 'contentMs', 'totalMs'] as const;

/** What the error message says has not happened, if it differs from the message of a source. */
const MISSED: Readonly<Partial<Record<TimeoutName, string>>> = {
  idleMs: 'No event arrived',
  totalMs: 'The stream did not end',
};

/**
 * Fails a stream of events, and unsubscribes from it, when the server has been silent for too long. Events pass
 * through.
 *
 *     source                   --s--d--d-----------     s: message_start  d: content
 *     idleTimeout({ idleMs: 6 })
 *     result                   --s--d--d-----#          #: APIConnectionTimeoutError
 *
 * This is for streams without timeouts of their own: from an SDK (`fromSdkStream`), a queue, a worker or another
 * process. Put the operator before `retryOnConnectionError()`, which then retries, since the error is retryable.
 * `streamMessage` and `fromResponse` have the option `timeout`, which also counts bytes that are not an event yet. SDKs
 * omit pings, so long thinking without an event counts as silence there.
 *
 * These timeouts run at each moment:
 *
 * | after | `firstEventMs` | `idleMs`, `contentMs` | `totalMs` |
 * |---|---|---|---|
 * | the subscription | starts | | starts |
 * | any event of the server during a message | stops | start again; `contentMs` only at content and deltas | runs |
 * | a tool event of `runTools` | | run, but do not start again | runs |
 * | `message_stop` | | stop, until the next `message_start` | runs |
 * | `message_restart`, `message_reconnect` | starts again | stop, until the next event of the server | runs |
 *
 * In the events of `runTools`, `idleMs` and `contentMs` therefore do not run while tools run between two messages,
 * however long that takes, or while the next request connects. After a restart or reconnect, `firstEventMs` covers the
 * wait before the next attempt and the time to connect.
 *
 * `runTools` does not need this operator when it makes its own requests: the `timeout` in its options applies to each
 * request, and no request is open while tools run after a message. If you pass a `request` function, use the operator
 * there.
 *
 * Nothing is held back: every event before the timeout has already been emitted. There is one timer, however many
 * events arrive, and none if all timeouts are Infinity. Unsubscribing ends it. Completion and errors pass through.
 *
 * @param options.firstEventMs - From the subscription to the first event, in ms. Default 600 000.
 * @param options.idleMs - Between events from the server, including pings, in ms. Default 300 000.
 * @param options.contentMs - Between events with content or a delta, in ms. Pings do not count. Default Infinity.
 * @param options.totalMs - From the subscription to the end, in ms. Default Infinity.
 * @param options.scheduler - The scheduler of the timeouts. Default `asyncScheduler`.
 * @returns An operator that emits each event synchronously. It fails with `APIConnectionTimeoutError`, which reports
 * the `timeout` that expired, its length in `ms`, the server's `lastEvent`, and the `phase`.
 * @throws {RangeError} At call time, if a timeout is not a number above 0.
 * @throws {TypeError} At call time, if a timeout has an unknown name.
 * @example
 * import Anthropic from '@anthropic-ai/sdk';
 *
 * const client = new Anthropic({ maxRetries: 0 });
 * const question = { model, max_tokens: 1024, messages: [{ role: 'user' as const, content: 'Hello' }] };
 * fromSdkStream((signal) => client.messages.create({ ...question, stream: true }, { signal }))
 *   .pipe(idleTimeout({ idleMs: 120_000 }), retryOnConnectionError(), finalMessage());
 */
export function idleTimeout(
  options: IdleTimeoutOptions = {},
): <Event extends AnyEvent>(source: Observable<Event>) => Observable<Event> {
  const { scheduler, ...timeouts } = options;
  expectTimeouts('idleTimeout', timeouts, TIMEOUTS, '');
  const limits = { ...timeouts, firstEventMs: timeouts.firstEventMs ?? 600_000 };

  return <Event extends AnyEvent>(source: Observable<Event>) =>
    source.pipe(
      transform<Event, Event>((output) => {
        const monitor = new ServerMonitor(limits, scheduler, (error) => {
          output.error(error);
        });
        output.add(() => {
          monitor.stop();
        });
        return {
          next(event) {
            monitor.accept(event);
            output.next(event);
          },
        };
      }),
    );
}

/**
 * What the monitor expects from the server next. After `message_stop` that is nothing, until another message starts.
 */
type Expected = 'first event' | 'next event' | 'nothing';

/** Starts and stops the timeouts as the server's events arrive. */
class ServerMonitor {
  readonly #watchdog: Watchdog;
  #expected: Expected = 'first event';
  #phase: ErrorPhase = 'connect';
  #lastEvent: string | undefined;

  constructor(
    limits: TimeoutOptions,
    scheduler: SchedulerLike | undefined,
    onExpired: (error: APIConnectionTimeoutError) => void,
  ) {
    this.#watchdog = createWatchdog(limits, scheduler, (timeout, ms) => {
      const progress = { phase: this.#phase, lastEvent: this.#lastEvent, requestID: undefined };
      onExpired(timeoutError(timeout, ms, progress, 'idleTimeout: ', MISSED[timeout]));
    });
    this.#watchdog.start('firstEventMs');
    this.#watchdog.start('totalMs');
  }

  accept(event: AnyEvent): void {
    if (RUN_EVENTS.has(event.type)) return;
    this.#lastEvent = event.type;
    if (isEvent(event, 'message_restart') || isEvent(event, 'message_reconnect')) {
      this.#pause('first event');
      if (event.type === 'message_restart') this.#phase = 'connect';
      this.#watchdog.start('firstEventMs');
      return;
    }
    this.#watchdog.clear('firstEventMs');
    if (this.#phase === 'connect') this.#phase = 'before-content';
    if (isEvent(event, 'message_stop')) this.#pause('nothing');
    else this.#expectNextEvent(event);
  }

  stop(): void {
    this.#watchdog.stop();
  }

  /** Ends the timeouts between events. */
  #pause(expected: 'first event' | 'nothing'): void {
    this.#expected = expected;
    this.#watchdog.clear('idleMs');
    this.#watchdog.clear('contentMs');
  }

  /** Restarts the timeouts between events, unless the message has stopped and this event does not start another one. */
  #expectNextEvent(event: AnyEvent): void {
    const isActive = isActivity(event);
    if (isActive && this.#phase !== 'mid-content' && hasContent(event)) this.#phase = 'mid-content';
    if (this.#expected === 'nothing' && !isEvent(event, 'message_start')) return;
    if (isActive || this.#expected !== 'next event') this.#watchdog.start('contentMs');
    this.#watchdog.start('idleMs');
    this.#expected = 'next event';
  }
}
