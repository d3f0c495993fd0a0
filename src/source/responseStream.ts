import { Observable, type SchedulerLike, type Subscriber } from 'rxjs';
import { AnthropicError, InvalidEventError, type ErrorPhase } from '../errors.js';
import { expectAtLeast } from '../expectAtLeast.js';
import { abortedByUser, connectionLost, unconnected } from './connectionErrors.js';
import { describeResponse, type ResponseInfo } from './responseInfo.js';
import { errorOfResponse } from './statusErrors.js';
import { expectTimeouts, timedOut, Watchdog, type TimeoutOptions, type WaitName } from '../watchdog.js';

/** What every source that reads a response takes. */
export interface ResponseOptions {
  /** Aborts the request: the stream then fails with `APIUserAbortError`. Unsubscribing aborts it too, silently. */
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
}

/** Makes values of a response's bytes. */
export interface BodyDecoder {
  /** Learns whose bytes they are. */
  begin(response: ResponseInfo): void;
  /** Takes the next bytes. What it throws fails the stream. */
  push(bytes: Uint8Array): void;
  /** Takes what is left when no more bytes come. */
  flush(): void;
  /** Throws if the bytes may not end here. */
  check(): void;
  readonly phase: ErrorPhase;
  /** The type of the last event. */
  readonly lastEvent: string | undefined;
  /** How many events with content there were. */
  readonly contents: number;
  /** Whether all has come that is needed: whatever ends the bytes now is no failure. */
  readonly settled: boolean;
}

/** Refuses options that can't be meant, at call time. */
export function expectResponseOptions(caller: string, options: ResponseOptions): void {
  expectTimeouts(caller, options.timeout);
  expectAtLeast(1, caller, { maxBufferSize: options.maxBufferSize });
}

/**
 * Reads a response: one call of `connect` a subscription. Unsubscribing aborts `connect`'s signal and the body, and
 * leaves no timer or listener.
 */
export function responseStream<T>(
  connect: (signal: AbortSignal) => Response | PromiseLike<Response>,
  options: ResponseOptions,
  createDecoder: (emit: (value: T) => void) => BodyDecoder,
): Observable<T> {
  return new Observable<T>((subscriber) => {
    const decoder = createDecoder((value) => {
      subscriber.next(value);
    });
    const connection = new Connection(subscriber, decoder, options);
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
  readonly #controller = new AbortController();
  readonly #watchdog: Watchdog;
  #response: ResponseInfo | undefined;
  #reader: ReadableStreamDefaultReader<Uint8Array> | undefined;
  #ended = false;

  constructor(subscriber: Subscriber<unknown>, decoder: BodyDecoder, options: ResponseOptions) {
    this.#subscriber = subscriber;
    this.#decoder = decoder;
    this.#options = options;
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
        this.#subscriber.error(error);
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
    if (signal !== undefined) this.#subscriber.error(abortedByUser(signal, this.#progress));
  };

  /** As a method, since it changes between two looks. */
  #isClosed(): boolean {
    return this.#subscriber.closed;
  }

  #expire(wait: WaitName, ms: number): void {
    try {
      if (wait !== 'linger') this.#decoder.flush();
    } catch (error) {
      this.#subscriber.error(error);
      return;
    }
    if (wait === 'linger' || this.#decoder.settled) this.#subscriber.complete();
    else this.#subscriber.error(timedOut(wait, ms, this.#progress));
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
    this.#options.onResponse?.(this.#response);
    if (this.#isClosed()) return;
    if (!response.ok) throw errorOfResponse(response.status, await this.#readText(), this.#response);
    const contentType = response.headers.get('content-type');
    if (contentType !== null && !/^text\/event-stream\b/i.test(contentType)) {
      throw notAnEventStream(contentType, await this.#readText());
    }
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
    let settled = false;
    let contents = 0;
    for (;;) {
      const bytes = await this.#read();
      if (this.#subscriber.closed || bytes === undefined) return;
      decoder.push(bytes);
      if (this.#isClosed()) return;
      if (decoder.settled !== settled) {
        settled = decoder.settled;
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
    if (failure === undefined) this.#decoder.check();
    else if (!this.#decoder.settled) throw connectionLost(failure.cause, this.#progress);
    return undefined;
  }

  /** The beginning of a body that is no stream of events: at most 64 KiB, or what came before the connection was lost. */
  async #readText(): Promise<string> {
    const decoder = new TextDecoder();
    let text = '';
    try {
      while (text.length < 65_536) {
        const result = await this.#reader?.read();
        if (result?.done !== false) break;
        text += decoder.decode(result.value, { stream: true });
      }
    } catch {
      return text; // the error that is being made says more than that its text broke off
    }
    return text;
  }
}

/** The body; null where an error status has none, since the status then says it all. */
function bodyOf(response: Response): ReadableStream<Uint8Array> | null {
  if (response.bodyUsed || response.body?.locked === true) {
    throw new AnthropicError(
      'The response was read before. Pass a function that makes a new one, so that each subscription has its own.',
    );
  }
  const { body }: { readonly body?: ReadableStream<Uint8Array> | null } = response; // React Native leaves it out
  if (typeof body?.getReader !== 'function' && response.ok) {
    throw new AnthropicError(
      'The response has no body stream. Where fetch gives none (React Native), pass another one, such as expo/fetch.',
    );
  }
  return body ?? null;
}

function notAnEventStream(contentType: string, text: string): InvalidEventError {
  return new InvalidEventError(
    `The response is not text/event-stream but ${contentType}: something between here and the API answered, or baseURL is wrong.`,
    { position: 0, data: text },
  );
}

/** For promises whose failure says nothing new: the stream they belong to is over. */
function ignore(): void {
  // nothing to do
}
