import type { SchedulerLike } from 'rxjs';
import type { TimeoutName } from '../errors/classes.js';
import type { StreamStage } from '../protocol/streamEnd.js';
import { createWatchdog, type TimeoutOptions, type Watchdog } from '../rx/watchdog.js';
import type { DecodeResult } from './bodyDecoder.js';

/**
 * How long the body may be silent after the stream is complete, in ms. The stream then completes, as if the body had
 * ended.
 */
const LINGER_MS = 5000;

/** Watches the server during one request. What has arrived so far decides which timeouts run. */
export class ServerTimers {
  readonly #watchdog: Watchdog;
  readonly #idleMs: number | undefined;
  #hasEvents = false;
  #stage: StreamStage = 'open';

  /** @param onExpired - Called with a timeout that has expired, and its limit in ms. It should call `stop`. */
  constructor(
    timeout: TimeoutOptions | undefined,
    scheduler: SchedulerLike,
    onExpired: (timeout: TimeoutName, ms: number) => void,
  ) {
    this.#idleMs = timeout?.idleMs;
    this.#watchdog = createWatchdog(timeout, scheduler, onExpired);
  }

  /** Whether an event has arrived. */
  get hasEvents(): boolean {
    return this.#hasEvents;
  }

  /** How far the stream is from its end. Once it is complete, it no longer matters how the connection ends. */
  get stage(): StreamStage {
    return this.#stage;
  }

  /** The request is about to be made. */
  startRequest(): void {
    this.#watchdog.start('headersMs');
    this.#watchdog.start('totalMs');
  }

  /** The headers have arrived. */
  startBody(): void {
    this.#watchdog.clear('headersMs');
    this.#restart();
  }

  /**
   * A chunk has been decoded.
   *
   * @param now - The time.
   */
  update({ hasEvents, isActive, stage }: DecodeResult, now: number): void {
    if (hasEvents && !this.#hasEvents) {
      this.#hasEvents = true;
      this.#watchdog.clear('firstEventMs');
    }
    if (stage !== this.#stage || stage === 'complete') {
      this.#stage = stage;
      this.#restart();
    } else {
      this.#watchdog.postpone(isActive && stage === 'open', now);
    }
  }

  /**
   * A chunk of a body that is not a stream of events is about to be read.
   *
   * @param silenceMs - How long the body may be silent, if that is less than `idleMs`.
   */
  startChunk(silenceMs: number | undefined): void {
    this.#watchdog.start('idleMs', silenceMs && Math.min(silenceMs, this.#idleMs ?? Infinity));
  }

  /** Stops the timers while the consumer is behind. They restart from zero when it is ready. */
  async pauseUntil(ready: Promise<void>): Promise<void> {
    this.#watchdog.clear('firstEventMs');
    this.#watchdog.clear('idleMs');
    this.#watchdog.clear('contentMs');
    await ready;
    this.#restart();
  }

  /** Stops all timers, permanently. */
  stop(): void {
    this.#watchdog.stop();
  }

  /**
   * Between the messages of a tool run, no content is expected. Once the stream is complete, only the end of the body is.
   */
  #restart(): void {
    this.#watchdog.start('idleMs', this.#stage === 'complete' ? LINGER_MS : undefined);
    if (this.#stage === 'open') this.#watchdog.start('contentMs');
    else this.#watchdog.clear('contentMs');
    if (!this.#hasEvents) this.#watchdog.start('firstEventMs');
  }
}
