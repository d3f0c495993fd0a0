import type { Observable, SchedulerLike } from 'rxjs';
import type { APIConnectionTimeoutError, ErrorPhase, TimeoutName } from '../errors/classes.js';
import { hasContent } from '../api/content.js';
import { isEvent, type AnyEvent } from '../api/events.js';
import { transform } from '../rx/transform.js';
import { expectTimeouts, createWatchdog, type TimeoutOptions, type Watchdog } from '../rx/watchdog.js';
import { timeoutError } from '../errors/connectionErrors.js';

/** The longest waits of a stream of events, in ms. Infinity means: as long as it takes. */
export interface IdleTimeoutOptions {
  /** From the subscription, or a `message_restart`, to the first event: connecting is in it. Default 600 000 (10 minutes). */
  readonly firstEventMs?: number;
  /** Between events of the server; a ping counts. Default 300 000 (5 minutes). */
  readonly idleMs?: number;
  /** Between content: pings do not count. Default Infinity, since silent thinking is healthy. */
  readonly contentMs?: number;
  /** From the subscription to the end of the stream, tools that run included. Default Infinity. */
  readonly totalMs?: number;
  /** The clock. Default `asyncScheduler`. */
  readonly scheduler?: SchedulerLike;
}

const TIMEOUTS = ['firstEventMs', 'idleMs', 'contentMs', 'totalMs'] as const;

/** What is waited for, where it is not what a source waits for. */
const AWAITED: Readonly<Partial<Record<TimeoutName, string>>> = { idleMs: 'event', totalMs: 'end of the stream' };

/** What `runTools` puts between the server's events. */
const NOT_OF_THE_SERVER: ReadonlySet<string> = new Set(['tool_progress', 'tool_result', 'run_end']);

/**
 * Fails a stream of events whose server has fallen silent, and leaves it; the events pass through.
 *
 *     source                   --s--d--d-----------     s: message_start  d: content
 *     idleTimeout({ idleMs: 6 })
 *     result                   --s--d--d-----#          #: APIConnectionTimeoutError
 *
 * For streams that have no timeouts of their own: of an SDK (`fromSdkStream`), from a queue, a worker or another process.
 * Put it before `retryOnConnectionError()`, which then tries again: the error is retryable. `streamMessage` and
 * `fromResponse` have the option `timeout`, which also sees bytes that are no event yet. An SDK leaves pings out, so that
 * long thinking without a word is silence there.
 *
 * The clocks of `idleMs` and `contentMs` begin with the first event and run while something is awaited from the server.
 * They stop at `message_stop` and begin again with the next `message_start`, so that on the events of `runTools` they
 * stand still while tools run between two messages, however long, and while the next request connects. What the tools
 * say, also while a message still streams, is not of the server and puts nothing off. After `message_stop` only `totalMs`
 * can run out: a source may linger. A `message_restart` stops the clocks too, and begins `firstEventMs` anew: the wait and
 * the next attempt's connecting are in it.
 *
 * `runTools` with its own requests needs none of this for silence: the `timeout` in its options is that of each request,
 * and no request is open while tools run after a message. With a `request` of your own, put it there.
 *
 * Nothing is held back: what came before the timeout has been delivered. There is one timer, however many events come,
 * and none if all waits are Infinity. It ends with the subscription. Completion and errors pass through.
 *
 * @param options.firstEventMs - From the subscription to the first event, in ms. Default 600 000.
 * @param options.idleMs - Between events of the server, pings included, in ms. Default 300 000.
 * @param options.contentMs - Between content, in ms. Default Infinity.
 * @param options.totalMs - From the subscription to the end, in ms. Default Infinity.
 * @param options.scheduler - The clock. Default `asyncScheduler`.
 * @returns An operator that passes everything through, in the same turn. It fails with `APIConnectionTimeoutError`, which
 * says which `timeout` ran out, after how many `ms`, what the server's `lastEvent` was, and in which `phase`.
 * @throws {RangeError} At call time, if a timeout is no number above 0.
 * @throws {TypeError} At call time, if there is no such timeout.
 * @example
 * fromSdkStream((signal) => client.messages.create({ ...params, stream: true }, { signal }))
 *   .pipe(idleTimeout({ idleMs: 120_000 }), retryOnConnectionError(), finalMessage());
 */
export function idleTimeout(
  options: IdleTimeoutOptions = {},
): <Event extends AnyEvent>(source: Observable<Event>) => Observable<Event> {
  const { scheduler, ...timeouts } = options;
  expectTimeouts('idleTimeout', timeouts, TIMEOUTS, ['options have', '']);
  const waits = { ...timeouts, firstEventMs: timeouts.firstEventMs ?? 600_000 };

  return <Event extends AnyEvent>(source: Observable<Event>) =>
    source.pipe(
      transform<Event, Event>((output) => {
        const listener = new Listener(waits, scheduler, (error) => {
          output.error(error);
        });
        output.add(() => {
          listener.stop();
        });
        return {
          next(event) {
            listener.hear(event);
            output.next(event);
          },
        };
      }),
    );
}

/** Hears the server's events, and for how long there are none. */
class Listener {
  readonly #watchdog: Watchdog;
  #awaited: 'first event' | 'next event' | 'nothing' = 'first event';
  #phase: ErrorPhase = 'connect';
  #lastEvent: string | undefined;

  constructor(
    waits: TimeoutOptions,
    scheduler: SchedulerLike | undefined,
    onExpired: (error: APIConnectionTimeoutError) => void,
  ) {
    this.#watchdog = createWatchdog(waits, scheduler, (wait, ms) => {
      const progress = { phase: this.#phase, lastEvent: this.#lastEvent, requestID: undefined };
      onExpired(timeoutError(wait, ms, progress, 'idleTimeout: ', AWAITED[wait]));
    });
    this.#watchdog.begin('firstEventMs');
    this.#watchdog.begin('totalMs');
  }

  hear(event: AnyEvent): void {
    if (NOT_OF_THE_SERVER.has(event.type)) return;
    this.#lastEvent = event.type;
    if (isEvent(event, 'message_restart')) {
      this.#await('first event');
      this.#phase = 'connect';
      this.#watchdog.begin('firstEventMs');
      return;
    }
    this.#watchdog.end('firstEventMs');
    if (this.#phase === 'connect') this.#phase = 'before-content';
    if (isEvent(event, 'message_stop')) this.#await('nothing');
    else this.#goOn(event);
  }

  stop(): void {
    this.#watchdog.stop();
  }

  #await(awaited: 'first event' | 'nothing'): void {
    this.#awaited = awaited;
    this.#watchdog.end('idleMs');
    this.#watchdog.end('contentMs');
  }

  #goOn(event: AnyEvent): void {
    const bringsContent = hasContent(event);
    if (bringsContent) this.#phase = 'mid-content';
    if (this.#awaited === 'nothing' && !isEvent(event, 'message_start')) return;
    if (bringsContent || this.#awaited !== 'next event') this.#watchdog.begin('contentMs');
    this.#watchdog.begin('idleMs');
    this.#awaited = 'next event';
  }
}
