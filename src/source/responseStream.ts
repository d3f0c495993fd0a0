import { Observable, type SchedulerLike, type Subscriber } from 'rxjs';
import type { Demand } from '../demand.js';
import { InvalidEventError, type ErrorPhase } from '../errors.js';
import { expectAtLeast } from '../expectAtLeast.js';
import type { BodyDecoder } from './bodyDecoder.js';
import { abortedByUser, connectionLost, unconnected } from './connectionErrors.js';
import { redact } from './redact.js';
import { BodyHead, bodyOf, notAnEventStream, readText, type BodyReader } from './responseBody.js';
import { describeResponse, withoutSecrets, type ResponseInfo } from './responseInfo.js';
import { errorOfResponse } from './statusErrors.js';
import { expectTimeouts, timedOut, Watchdog, type TimeoutOptions, type WaitName } from '../watchdog.js';

/** What every source that reads a response takes. */
export interface ResponseOptions {
  /**
   * Aborts the request: the stream then fails with `APIUserAbortError`, or completes if `message_stop` was passed on
   * before. Unsubscribing aborts it too, silently.
   */
  readonly signal?: AbortSignal;
  /** The longest waits, see {@link TimeoutOptions}. */
  readonly timeout?: TimeoutOptions;
  /**
   * The most that is kept of one event whose end has not arrived, in UTF-16 code units. An event that is longer fails
   * the stream with `InvalidEventError`; what came before it was delivered. Default 16 777 216 (16 Mi).
   */
  readonly maxBufferSize?: number;
  /** Called once a subscription, when the headers have come and before the first event, also for an error status. */
  readonly onResponse?: (response: ResponseInfo) => void;
  /** The clock of the timeouts. Default `asyncScheduler`. */
  readonly scheduler?: SchedulerLike;
  /** Reading waits while it says so, and with it all timeouts but `totalMs`: see `toAsyncIterable`. */
  readonly demand?: Demand;
}

/** Refuses options that can't be meant, at call time. */
export function expectResponseOptions(caller: string, options: ResponseOptions): void {
  expectTimeouts(caller, options.timeout);
  expectAtLeast(1, caller, { maxBufferSize: options.maxBufferSize });
}

/**
 * Reads a response: one call of `connect` a subscription. Unsubscribing aborts `connect`'s signal and the body, and
 * leaves no timer or listener.
 *
 * @param secrets - What no error and no {@link ResponseInfo} may show.
 */
export function responseStream<T>(
  connect: (signal: AbortSignal) => Response | PromiseLike<Response>,
  options: ResponseOptions,
  createDecoder: (emit: (value: T) => void) => BodyDecoder,
  secrets: readonly string[] = [],
): Observable<T> {
  return new Observable<T>((subscriber) => {
    const decoder = createDecoder((value) => {
      subscriber.next(value);
    });
    const connection = new Connection(subscriber, decoder, options, secrets);
    connection.open(connect);
    return () => {
      connection.close();
    };
  });
}

class Connection {
  readonly #subscriber: Subscriber<unknown>;
  readonly #decoder: BodyDecoder;
  readonly #options: ResponseOptions;
  readonly #secrets: readonly string[];
  readonly #controller = new AbortController();
  readonly #watchdog: Watchdog;
  #response: ResponseInfo | undefined;
  #reader: BodyReader | undefined;
  /** Kept only where the response does not say what it is. */
  #head: BodyHead | undefined;
  #ended = false;
  /** Whether all has come that is needed, and was passed on. */
  #settled = false;

  constructor(
    subscriber: Subscriber<unknown>,
    decoder: BodyDecoder,
    options: ResponseOptions,
    secrets: readonly string[],
  ) {
    this.#subscriber = subscriber;
    this.#decoder = decoder;
    this.#options = options;
    this.#secrets = secrets;
    this.#watchdog = new Watchdog(options.timeout, options.scheduler, (wait, ms) => {
      this.#expire(wait, ms);
    });
  }

  open(connect: (signal: AbortSignal) => Response | PromiseLike<Response>): void {
    const { signal } = this.#options;
    if (signal?.aborted === true) {
      this.#abort();
      return;
    }
    signal?.addEventListener('abort', this.#abort);
    this.#watchdog.begin('headersMs', 'totalMs');
    this.#run(connect).then(
      () => {
        this.#subscriber.complete();
      },
      (error: unknown) => {
        this.#fail(error);
      },
    );
  }

  close(): void {
    this.#watchdog.stop();
    this.#options.signal?.removeEventListener('abort', this.#abort);
    if (this.#ended) return;
    this.#reader?.cancel().catch(ignore);
    this.#controller.abort();
  }

  readonly #abort = (): void => {
    const { signal } = this.#options;
    if (this.#settled) this.#subscriber.complete();
    else if (signal !== undefined) this.#fail(abortedByUser(signal, this.#progress));
  };

  /** The one way out for errors. */
  #fail(error: unknown): void {
    if (error instanceof InvalidEventError) error.requestID ??= this.#response?.requestID;
    this.#subscriber.error(redact(error, this.#secrets));
  }

  /** As a method, since it changes between two looks. */
  #isClosed(): boolean {
    return this.#subscriber.closed;
  }

  #expire(wait: WaitName, ms: number): void {
    try {
      if (wait !== 'linger') this.#decoder.flush();
    } catch (error) {
      this.#fail(error);
      return;
    }
    if (wait === 'linger' || this.#decoder.settled) this.#subscriber.complete();
    else this.#fail(timedOut(wait, ms, this.#progress));
  }

  get #progress(): { phase: ErrorPhase; lastEvent: string | undefined; requestID: string | undefined } {
    const { phase, lastEvent } = this.#decoder;
    const requestID = this.#response?.requestID;
    return { phase: this.#response === undefined ? 'connect' : phase, lastEvent, requestID };
  }

  async #run(connect: (signal: AbortSignal) => Response | PromiseLike<Response>): Promise<void> {
    const response = await this.#connect(connect);
    if (this.#subscriber.closed) {
      response.body?.cancel().catch(ignore);
      return;
    }
    this.#response = describeResponse(response);
    this.#decoder.begin(this.#response);
    this.#watchdog.end('headersMs');
    this.#watchdog.begin('firstEventMs', 'idleMs', 'contentMs');
    this.#reader = bodyOf(response)?.getReader();
    this.#options.onResponse?.(withoutSecrets(this.#response, this.#secrets));
    if (this.#isClosed()) return;
    if (!response.ok) throw errorOfResponse(response.status, await readText(this.#reader), this.#response);
    const contentType = response.headers.get('content-type');
    if (contentType !== null && !/^text\/event-stream\b/i.test(contentType)) {
      throw notAnEventStream(contentType, await readText(this.#reader));
    }
    if (contentType === null) this.#head = new BodyHead();
    await this.#readEvents();
  }

  async #connect(connect: (signal: AbortSignal) => Response | PromiseLike<Response>): Promise<Response> {
    try {
      return await connect(this.#controller.signal);
    } catch (error) {
      throw unconnected(error, this.#progress);
    }
  }

  async #readEvents(): Promise<void> {
    const decoder = this.#decoder;
    let contents = 0;
    for (;;) {
      const ready = this.#options.demand?.ready();
      if (ready !== undefined) await this.#pause(ready);
      const bytes = await this.#read();
      if (this.#subscriber.closed || bytes === undefined) return;
      this.#head?.add(bytes);
      decoder.push(bytes);
      if (this.#isClosed()) return;
      const { settled } = decoder;
      if (settled !== this.#settled) {
        this.#settled = settled;
        if (settled) this.#watchdog.end('idleMs', 'contentMs');
        else this.#watchdog.end('linger');
        if (settled) this.#watchdog.begin('linger');
      }
      if (!settled) this.#watchdog.begin('idleMs');
      if (decoder.lastEvent !== undefined) this.#watchdog.end('firstEventMs');
      if (decoder.contents !== contents && !settled) this.#watchdog.begin('contentMs');
      contents = decoder.contents;
    }
  }

  /** Waits for the consumer. The clocks that watch the server stand still meanwhile, and then begin anew. */
  async #pause(ready: Promise<void>): Promise<void> {
    const { settled, lastEvent } = this.#decoder;
    this.#watchdog.end('firstEventMs', 'idleMs', 'contentMs', 'linger');
    await ready;
    if (this.#subscriber.closed) return;
    if (settled) this.#watchdog.begin('linger');
    else this.#watchdog.begin('idleMs', 'contentMs');
    if (lastEvent === undefined) this.#watchdog.begin('firstEventMs');
  }

  /** The next bytes; undefined at their end, after what was left has been passed on. */
  async #read(): Promise<Uint8Array | undefined> {
    let failure: { readonly cause: unknown } | undefined;
    try {
      const result = await this.#reader?.read();
      if (result?.done === false) return result.value;
      this.#ended = true;
    } catch (cause) {
      failure = { cause };
    }
    if (this.#subscriber.closed) return undefined;
    this.#decoder.flush();
    if (failure === undefined) this.#checkEnd();
    else if (!this.#decoder.settled) throw connectionLost(failure.cause, this.#progress);
    return undefined;
  }

  #checkEnd(): void {
    if (this.#decoder.lastEvent === undefined) this.#head?.check();
    this.#decoder.check();
  }
}

/** For promises whose failure says nothing new: the stream they belong to is over. */
function ignore(): void {
  // nothing to do
}
