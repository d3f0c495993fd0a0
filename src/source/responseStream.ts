import { Observable, type SchedulerLike } from 'rxjs';
import type { Demand } from '../rx/demand.js';
import { InvalidEventError } from '../errors/classes.js';
import { expectAtLeast } from '../utils/options.js';
import type { BodyDecoder } from './bodyDecoder.js';
import { connectFailure, connectionLost, timeoutError, userAbort } from '../errors/connectionErrors.js';
import { redact } from './redact.js';
import { BodyText, notAnEventStream, readerOf, readText, type BodyReader } from './responseBody.js';
import { describeResponse, type ResponseInfo } from './responseInfo.js';
import { responseError } from '../errors/statusError.js';
import { expectTimeouts, createWatchdog, type TimeoutOptions } from '../rx/watchdog.js';

/** How long the bytes may go on after `message_stop`, in ms: the message is whole, and the stream then completes. */
const LINGER_MS = 5000;

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
    const { signal, demand } = options;
    const controller = new AbortController();
    const decoder = createDecoder((value) => {
      subscriber.next(value);
    });
    decoder.phase = 'connect';
    let reader: BodyReader | undefined;
    let ended = false;
    /** What the status says, for a body that never ends. */
    let refusal: Error | undefined;
    /** Whether all has come that is needed, and was passed on. */
    let settled = false;

    const isClosed = (): boolean => subscriber.closed; // as a function, since it changes between two looks

    const complete = (): void => {
      subscriber.complete();
    };

    /** The one way out for errors. */
    const fail = (error: unknown): void => {
      if (error instanceof InvalidEventError) error.requestID ??= decoder.requestID;
      subscriber.error(redact(error, secrets));
    };

    /** Passes on what is left when no more bytes come, for a reason that is a failure if the message is not whole. */
    const finish = (failure: () => Error): void => {
      if (settled) return;
      decoder.flush();
      if (!decoder.settled) throw failure();
    };

    const { start, postpone, clear, stop } = createWatchdog(options.timeout, options.scheduler, (wait, ms) => {
      try {
        finish(() => refusal ?? timeoutError(wait, ms, decoder));
        complete();
      } catch (error) {
        fail(error);
      }
    });

    const abort = (): void => {
      if (settled) complete();
      else if (signal !== undefined) fail(userAbort(signal.reason, decoder));
    };

    /** Begins the clocks that watch the server. Once the message is whole, only the end of the bytes is awaited, and not for long. */
    const listen = (): void => {
      settled = decoder.settled;
      if (settled) {
        clear('contentMs');
        start('idleMs', LINGER_MS);
        return;
      }
      start('idleMs');
      start('contentMs');
      if (decoder.lastEvent === undefined) start('firstEventMs');
    };

    const readEvents = async (body: BodyReader, head: BodyText | undefined): Promise<void> => {
      let contents = 0;
      let heard = false;
      for (;;) {
        const ready = demand?.ready();
        if (ready !== undefined) {
          // The clocks stand still while the consumer is waited for, and then begin anew.
          clear('firstEventMs');
          clear('idleMs');
          clear('contentMs');
          await ready;
          if (!isClosed()) listen();
        }
        let result: Awaited<ReturnType<BodyReader['read']>>;
        try {
          result = await body.read();
        } catch (cause) {
          if (!isClosed()) finish(() => connectionLost(cause, decoder));
          return;
        }
        ended = result.done;
        if (isClosed()) return;
        if (result.done) break;
        head?.add(result.value);
        decoder.push(result.value);
        if (isClosed()) return;
        if (decoder.settled !== settled) listen();
        else if (!settled) postpone(decoder.contents !== contents);
        contents = decoder.contents;
        if (!heard && decoder.lastEvent !== undefined) {
          heard = true;
          clear('firstEventMs');
        }
      }
      decoder.flush();
      if (decoder.lastEvent === undefined) head?.check();
      decoder.end();
    };

    const run = async (): Promise<void> => {
      let answer: Response;
      try {
        answer = await connect(controller.signal);
      } catch (error) {
        throw connectFailure(error);
      }
      if (isClosed()) {
        answer.body?.cancel().catch(ignore);
        return;
      }
      const info = describeResponse(answer);
      const { status, headers, requestID } = info;
      Object.assign(decoder, { headers, requestID, phase: 'before-content' });
      clear('headersMs');
      listen();
      reader = readerOf(answer);
      options.onResponse?.(redact(info, secrets));
      if (isClosed()) return;
      if (!answer.ok || reader === undefined) {
        refusal = responseError(status, '', info);
        throw responseError(status, await readText(reader), info);
      }
      const contentType = headers.get('content-type');
      if (contentType !== null && !/^text\/event-stream\b/i.test(contentType)) {
        throw notAnEventStream(`but ${contentType}`, await readText(reader));
      }
      await readEvents(reader, contentType === null ? new BodyText() : undefined);
    };

    if (signal?.aborted === true) {
      abort();
      return undefined;
    }
    signal?.addEventListener('abort', abort);
    start('headersMs');
    start('totalMs');
    run().then(complete, fail);

    return () => {
      stop();
      signal?.removeEventListener('abort', abort);
      if (ended) return;
      reader?.cancel().catch(ignore);
      controller.abort();
    };
  });
}

/** For promises whose failure says nothing new: the stream they belong to is over. */
function ignore(): void {
  // nothing to do
}
