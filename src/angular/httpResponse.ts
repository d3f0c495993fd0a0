import { HttpErrorResponse, HttpEventType, type HttpEvent, type HttpResponseBase } from '@angular/common/http';
import { Subscription, type Observable, type Observer, type SchedulerLike } from 'rxjs';
import { isHighSurrogate } from '../utils/text.js';

/** Subscribes to the events of a request. Resolves to its response when the headers, or something else, decide it. */
export function readResponse(event$: Observable<HttpEvent<string>>, scheduler: SchedulerLike): Promise<Response> {
  return new Promise((resolve, reject) => {
    new HttpExchange(resolve, reject, scheduler).follow(event$);
  });
}

/** Statuses whose responses cannot have a body. */
const WITHOUT_BODY: readonly number[] = [204, 205, 304];

/**
 * How much text, in UTF-16 code units, may be copied per millisecond. `partialText` is all text so far, as a chain of
 * pieces, which V8 copies into one piece before it is read. If each event read it, 10,000 events of 150 characters would
 * copy 7.5 GB.
 */
const COPIED_PER_MS = 16_384;

const REPLACEMENT_CHARACTER = 0xfffd;

/**
 * One request: turns the events of `HttpClient` into a Response.
 *
 * - 'waiting': there is no response yet. An error status does not end this: its interceptors may send the request again.
 * - 'open': the response has been passed on, and its body grows.
 * - 'done': nothing more is passed on.
 */
class HttpExchange implements Observer<HttpEvent<string>> {
  readonly #resolve: (response: Response) => void;
  readonly #reject: (reason: unknown) => void;
  readonly #scheduler: SchedulerLike;
  readonly #encoder = new TextEncoder();
  readonly #subscription = new Subscription();
  #stage: 'waiting' | 'open' | 'done' = 'waiting';
  #body: ReadableStreamDefaultController<Uint8Array> | undefined;
  /** Fails the body. Set while text is queued there, which the error of a stream would discard. */
  #failLater: (() => void) | undefined;
  /** The text of the last event, if it has not been passed on. */
  #arrived: string | undefined;
  /** Runs until the text may be read again; undefined if it may be read now. */
  #pause: Subscription | undefined;
  /** How much of the text has been passed on, in UTF-16 code units. */
  #length = 0;

  constructor(resolve: (response: Response) => void, reject: (reason: unknown) => void, scheduler: SchedulerLike) {
    this.#resolve = resolve;
    this.#reject = reject;
    this.#scheduler = scheduler;
  }

  follow(event$: Observable<HttpEvent<string>>): void {
    this.#subscription.add(event$.subscribe(this));
  }

  next(event: HttpEvent<string>): void {
    switch (event.type) {
      case HttpEventType.ResponseHeader:
        if (event.ok) this.#open(event);
        break;
      case HttpEventType.DownloadProgress:
        if (this.#stage === 'open') this.#arrived = event.partialText;
        if (this.#pause === undefined) this.#passArrived();
        break;
      case HttpEventType.Response:
        if (this.#stage === 'waiting') this.#respond(event, toText(event.body));
        else this.#close(toText(event.body));
        break;
    }
  }

  error(error: unknown): void {
    if (this.#stage === 'waiting' && isStatusError(error)) this.#respond(error, toText(error.error));
    else this.#fail(error instanceof HttpErrorResponse ? this.#connectionError(error) : error);
  }

  complete(): void {
    if (this.#stage === 'done') return;
    this.#fail(this.#connectionError(new Error('An interceptor completed the request before its response.')));
  }

  #open(head: HttpResponseBase): void {
    if (this.#stage !== 'waiting') {
      this.#fail(this.#connectionError(new Error('An interceptor sent the request again while its response arrived.')));
      return;
    }
    this.#stage = 'open';
    const body = new ReadableStream<Uint8Array>({
      start: (controller) => {
        this.#body = controller;
      },
      pull: () => this.#failLater?.(), // called when the queue is empty
      cancel: () => {
        this.#end();
      },
    });
    this.#resolve(createResponse(head, body));
  }

  /** Passes on what has arrived, and then pauses for 1 ms per 16 KiB of text. */
  #passArrived(): void {
    if (this.#arrived === undefined) return;
    this.#pass(withoutHalfCharacter(this.#arrived));
    const pauseMs = Math.floor(this.#arrived.length / COPIED_PER_MS);
    this.#arrived = undefined;
    if (pauseMs === 0) return;
    this.#pause = this.#scheduler.schedule(() => {
      this.#pause = undefined;
      this.#passArrived();
    }, pauseMs);
  }

  /** Passes on what is new in the text. */
  #pass(text: string): void {
    if (this.#stage !== 'open' || text.length <= this.#length) return;
    this.#body?.enqueue(this.#encoder.encode(text.slice(this.#length)));
    this.#length = text.length;
  }

  #close(text: string): void {
    this.#pass(text);
    if (this.#stage === 'open') this.#body?.close();
    this.#pause?.unsubscribe();
    this.#stage = 'done'; // not unsubscribed, so that interceptors see the completion
  }

  #respond(head: HttpResponseBase, text: string): void {
    this.#stage = 'done';
    this.#resolve(createResponse(head, text));
  }

  #fail(error: unknown): void {
    if (this.#stage === 'waiting') this.#reject(error);
    else if (this.#stage === 'open') this.#failBody(error);
    this.#end();
  }

  #failBody(error: unknown): void {
    this.#passArrived();
    const fail = () => this.#body?.error(error);
    const isQueued = (this.#body?.desiredSize ?? 1) <= 0;
    if (isQueued) this.#failLater = fail;
    else fail();
  }

  #end(): void {
    this.#stage = 'done';
    this.#pause?.unsubscribe();
    this.#subscription.unsubscribe();
  }

  /** The error of Chromium's `fetch` for a connection that could not be established, or was lost. */
  #connectionError(cause: Error): TypeError {
    return new TypeError(this.#stage === 'waiting' ? 'Failed to fetch' : 'network error', { cause });
  }
}

/** Whether an error reports a status, and not that there was no response, or that it could not be read. */
function isStatusError(error: unknown): error is HttpErrorResponse {
  return error instanceof HttpErrorResponse && error.status >= 300 && error.status <= 599;
}

function createResponse({ headers, status }: HttpResponseBase, body: BodyInit): Response {
  const names = headers.keys();
  return new Response(WITHOUT_BODY.includes(status) ? null : body, {
    status,
    headers: names.flatMap((name) => (headers.getAll(name) ?? []).map((value): [string, string] => [name, value])),
  });
}

/** The body of a response that was made by an interceptor may be anything. */
function toText(body: unknown): string {
  return typeof body === 'string' ? body : body === null || body === undefined ? '' : JSON.stringify(body);
}

/**
 * Removes the last code unit of a text that has not arrived completely, if it may stand for half a character: an
 * `XMLHttpRequest` may decode the first bytes of a character as U+FFFD, and replace it when the others arrive.
 */
function withoutHalfCharacter(text: string): string {
  const last = text.charCodeAt(text.length - 1);
  return last === REPLACEMENT_CHARACTER || isHighSurrogate(last) ? text.slice(0, -1) : text;
}
