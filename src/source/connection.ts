import { asyncScheduler, type SchedulerLike, type Subscriber } from 'rxjs';
import { InvalidEventError, type TimeoutName } from '../errors/classes.js';
import { connectionLost, NOT_CONNECTED, timeoutError, userAbort, type Progress } from '../errors/connectionErrors.js';
import { isPromiseLike } from '../rx/toObservable.js';
import { Turn } from '../rx/turn.js';
import type { BodyDecoder, CreateDecoder } from './bodyDecoder.js';
import { BodyText } from './bodyText.js';
import { cancelBody, expectBytes, ignore, isSuccess, openBody } from './responseBody.js';
import { readResponseInfo } from './responseInfo.js';
import type { AcceptChunk, BodyReader } from './responseLike.js';
import { rememberResponse } from './responseOf.js';
import type { ResponseOptions } from './responseOptions.js';
import { ServerTimers } from './serverTimers.js';
import { waitForResponse, type Connect } from './waitForResponse.js';

/**
 * The most that is decoded between two readings of the clock, in bytes: about 100 events, or 0.05 ms. A longer chunk, such as
 * that of a body that was buffered, is decoded in pieces.
 */
const PIECE_BYTES = 16_384;

/** Returns the value itself, or a copy without the secrets in it. Called for each error and {@link ResponseInfo}. */
export type Redact = <T>(value: T) => T;

/**
 * The connection of one subscription: makes the request, reads the response, and ends the stream. Owns all state from
 * the request to the end; the decoder sees only the bytes.
 */
export class Connection<T> {
  readonly #subscriber: Subscriber<T>;
  readonly #options: ResponseOptions;
  readonly #createDecoder: CreateDecoder<T>;
  readonly #redact: Redact;
  readonly #controller = new AbortController();
  readonly #timers: ServerTimers;
  readonly #scheduler: SchedulerLike;
  readonly #turn: Turn;
  /** Undefined until the headers have arrived. */
  #decoder: BodyDecoder | undefined;
  #body: BodyReader | undefined;
  #hasBodyEnded = false;
  /** What has arrived, but has not been decoded yet. */
  #rest: Uint8Array | undefined;
  /** The text of a body that is not a stream of events. */
  #text: BodyText | undefined;

  constructor(
    subscriber: Subscriber<T>,
    options: ResponseOptions,
    createDecoder: CreateDecoder<T>,
    redact: Redact = (value) => value,
  ) {
    this.#subscriber = subscriber;
    this.#options = options;
    this.#createDecoder = createDecoder;
    this.#redact = redact;
    this.#scheduler = options.scheduler ?? asyncScheduler;
    this.#turn = new Turn(options.yieldAfterMs, this.#scheduler);
    this.#timers = new ServerTimers(options.timeout, this.#scheduler, (timeout, ms) => {
      this.#expire(timeout, ms);
    });
  }

  /** Makes the request, and reads the response to its end. */
  open(connect: Connect): void {
    this.#timers.startRequest();
    this.#run(connect).then(() => {
      this.#complete();
    }, this.#fail);
  }

  /** Ends the stream because the caller's signal was aborted: with an error, unless the stream is complete. */
  abort(reason: unknown): void {
    if (this.#timers.stage === 'complete') this.#complete();
    else this.#fail(userAbort(reason, this.#progress));
  }

  /** Releases everything that the connection holds: its timers, its request and its body. */
  close(): void {
    this.#timers.stop();
    this.#turn.stop();
    if (this.#hasBodyEnded) return;
    this.#body?.cancel().catch(ignore);
    this.#controller.abort();
  }

  get #progress(): Progress {
    return this.#decoder?.progress ?? NOT_CONNECTED;
  }

  /** A method, because TypeScript would assume that a property keeps its value across an `await`. */
  #isClosed(): boolean {
    return this.#subscriber.closed;
  }

  #complete(): void {
    this.#subscriber.complete();
  }

  /** Reports an error. Every error is reported here, so that every error is redacted. */
  readonly #fail = (error: unknown): void => {
    if (error instanceof InvalidEventError) error.requestID ??= this.#progress.requestID;
    this.#subscriber.error(this.#redact(error));
  };

  async #run(connect: Connect): Promise<void> {
    const response = await waitForResponse(connect, this.#controller.signal);
    if (this.#isClosed()) {
      cancelBody(response).catch(ignore);
      return;
    }
    const info = readResponseInfo(response);
    let isFirst = true;
    const decoder = this.#createDecoder((value) => {
      if (isFirst) rememberResponse(value, () => this.#redact(info));
      isFirst = false;
      this.#subscriber.next(value);
    }, info);
    this.#decoder = decoder;
    this.#timers.startBody();
    const body = openBody(response);
    this.#body = body;
    const answer = this.#options.onResponse?.(this.#redact(info));
    if (isPromiseLike(answer)) await answer;
    if (this.#isClosed()) return;
    const text = new BodyText(info, !isSuccess(response), this.#options.maxBufferSize);
    if (body !== undefined && text.mayBeStream) await this.#readStream(body, decoder, text);
    else await this.#readText(body, text);
  }

  /** @param text - Receives the bytes before the first event, in case that the body is not a stream of events. */
  async #readStream(body: BodyReader, decoder: BodyDecoder, text: BodyText): Promise<void> {
    const accept = (chunk: unknown): Promise<void> | undefined => this.#accept(chunk, decoder, text);
    await this.#whenWanted();
    try {
      await (body.forEach?.(accept) ?? this.#readEach(body, accept));
    } catch (cause) {
      if (!this.#isClosed()) this.#expectCompleteOr(() => connectionLost(cause, this.#progress));
      return;
    }
    this.#hasBodyEnded = true;
    if (this.#isClosed()) return;
    const { hasEvents } = decoder.flush();
    if (!hasEvents && !this.#timers.hasEvents) {
      if (decoder.readJson(text.parse())) return;
      text.expectEvents();
    }
    decoder.expectComplete();
  }

  /** Reads a body that cannot pass its chunks on itself. */
  async #readEach(body: BodyReader, accept: AcceptChunk): Promise<void> {
    for (;;) {
      const { done, value } = await body.read();
      if (done || this.#isClosed()) return;
      const ready = accept(value);
      if (ready !== undefined) await ready;
    }
  }

  /** Decodes a chunk. Reports an error itself, because it may be called by the event of a socket. */
  #accept(chunk: unknown, decoder: BodyDecoder, text: BodyText): Promise<void> | undefined {
    try {
      expectBytes(chunk);
      if (!this.#timers.hasEvents) text.add(chunk);
      this.#rest = chunk;
      return this.#decodeRest(decoder)?.catch(this.#fail);
    } catch (error) {
      this.#fail(error);
      return undefined;
    }
  }

  /** Decodes what has arrived. Returns a promise if the next chunk has to wait. */
  #decodeRest(decoder: BodyDecoder): Promise<void> | undefined {
    while (!this.#isClosed()) {
      const piece = this.#takePiece();
      if (piece === undefined) return this.#whenWanted();
      const isOver = this.#decode(decoder, piece);
      if (isOver) return this.#turn.next().then(() => this.#decodeRest(decoder));
    }
    return undefined;
  }

  /** Returns the next piece of what has arrived; undefined if all of it has been taken. */
  #takePiece(): Uint8Array | undefined {
    const rest = this.#rest;
    const isLast = rest === undefined || rest.byteLength <= PIECE_BYTES;
    this.#rest = isLast ? undefined : rest.subarray(PIECE_BYTES);
    return isLast ? rest : rest.subarray(0, PIECE_BYTES);
  }

  /** Returns whether the turn is over. */
  #decode(decoder: BodyDecoder, piece: Uint8Array): boolean {
    this.#turn.startWork();
    const decoded = decoder.push(piece);
    const now = this.#scheduler.now();
    if (!this.#isClosed()) this.#timers.update(decoded, now);
    return this.#turn.endWork(now);
  }

  /** Reads a body that is not a stream of events: it is a complete message, or an error. */
  async #readText(body: BodyReader | undefined, text: BodyText): Promise<void> {
    this.#text = text;
    while (body !== undefined && !text.isFull) {
      this.#timers.startChunk(text.silenceMs);
      const result = await body.read().catch((cause: unknown) => {
        text.fail(cause);
      });
      this.#hasBodyEnded = result?.done === true;
      if (this.#isClosed()) return;
      if (result === undefined || result.done) break;
      expectBytes(result.value);
      text.add(result.value);
    }
    this.#endText(text);
  }

  /** Emits the events of the message in a text. Throws the text's error if it is not a message. */
  #endText(text: BodyText): void {
    if (this.#decoder?.readJson(text.parse()) !== true) throw text.createError(this.#progress);
  }

  /** Returns a promise if the consumer does not want the next chunk yet. */
  #whenWanted(): Promise<void> | undefined {
    const ready = this.#options.demand?.ready();
    return ready && this.#timers.pauseUntil(ready);
  }

  #expire(timeout: TimeoutName, ms: number): void {
    try {
      if (this.#text?.silenceMs !== undefined) this.#endText(this.#text);
      else this.#expectCompleteOr(() => timeoutError(timeout, ms, this.#progress));
      this.#complete();
    } catch (error) {
      this.#fail(error);
    }
  }

  /**
   * Emits the remaining events when no more bytes will arrive, including those of a chunk that waits for another turn. Throws
   * `createError()` if the stream is still incomplete.
   */
  #expectCompleteOr(createError: () => Error): void {
    let { stage } = this.#timers;
    for (let piece = this.#takePiece(); piece !== undefined; piece = this.#takePiece()) {
      stage = this.#decoder?.push(piece).stage ?? stage;
    }
    if (stage === 'complete') return;
    const flushed = this.#decoder?.flush();
    if (flushed?.stage !== 'complete') throw createError();
  }
}
