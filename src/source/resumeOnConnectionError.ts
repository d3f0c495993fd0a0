import { catchError, defer, EMPTY, of, repeat, type Observable } from 'rxjs';
import type { MessageReconnectEvent, MessageStreamEvent } from '../api/events.js';
import { APIError } from '../errors/classes.js';
import { planRetry, type Retry } from '../rx/retry/planRetry.js';
import { createRetryPolicy, type RetryOptions } from '../rx/retry/retryPolicy.js';
import { waitForRetry } from '../rx/retry/waitForRetry.js';
import type { FromResponseOptions, Resume } from './fromResponse.js';
import { MessageDecoder } from './messageDecoder.js';
import { ResumableReader } from './resumableReader.js';
import { responseStream } from './responseStream.js';
import { withStatusErrors } from './withStatusErrors.js';

/** The options of `resumeOnConnectionError`. */
export interface ResumeOptions extends Pick<
  RetryOptions,
  'initialDelayMs' | 'maxDelayMs' | 'maxRetryAfterMs' | 'jitter' | 'shouldRetry' | 'onRetry'
> {
  /**
   * How many requests in a row may fail before the error is passed on. The count starts over with each new event.
   * Default 8, which takes about 40 s with the default waits: long enough for a restart of the server.
   */
  readonly maxRetries?: number | undefined;
  /** How long after the first failure in a row a request may still start, in ms. Default Infinity. */
  readonly maxElapsedMs?: number | undefined;
}

/** How many requests in a row may fail by default: more than for a retry, because resuming costs no tokens. */
const MAX_RETRIES = 8;

/**
 * Lets `fromResponse` resume a response whose connection is lost, with the `id` of the last event, instead of failing.
 *
 *     1st response        --1--2--3--#                     #: the connection was lost; 1, 2, 3: the ids of the events
 *     2nd response                        --4--5--z|       requested with last-event-id: 3
 *     fromResponse(…)     --1--2--3--r------4--5--z|       r: message_reconnect
 *
 * The server has to send an `id` with each event, and to send what follows the `last-event-id` of the request, as
 * `recordTo` and `resumeFrom` of `rxjs-anthropic/relay` do. The events are those of one stream: their order is still
 * validated, and none is emitted twice. A `message_reconnect` precedes each wait, so that `messageState` shows
 * 'reconnecting' until the next event.
 *
 * | what happens after the first event with an `id` | |
 * |---|---|
 * | the connection is lost, a timeout expires, the body ends early | resumed |
 * | a resumed request fails with an error that a retry may resolve, such as a 503 | resumed |
 * | an `error` event without an `id` that a retry may resolve, as a server sends it that shuts down | resumed |
 * | an `error` event with an `id` | passed on: it is the recorded end of the stream |
 * | any other error, and every error after the stream is complete | passed on |
 * | the last event, other than a ping, had no `id` | passed on: the server would send it again |
 * | the server repeats events whose ids are integers | they are ignored |
 * | the server sends another message, or repeats other events | `InvalidEventError` |
 *
 * What cannot be resumed is passed on as it would be without this option, so `retryOnConnectionError` still sends the
 * request again if it fails before the first event.
 *
 * The waits are those of `retryOnConnectionError`: `initialDelayMs` x 2^n, at most `maxDelayMs`, minus up to a quarter at
 * random, or as long as the server asks. Unsubscribing ends a wait, and the `signal` of `fromResponse` ends it with an
 * error. The waits use the `scheduler` of `fromResponse`. Its timeouts apply to each request, except `firstEventMs`, which
 * applies to the first one only; `onResponse` is called for each response.
 *
 * It is a function, so that only programs that use it contain its code (1.7 kB).
 *
 * @param options.maxRetries - How many requests in a row may fail. Default 8.
 * @returns The value of the option `resume` of `fromResponse`.
 * @throws {RangeError} At call time, if a number is negative or not a number, or `jitter` is above 1.
 * @example
 * const json = { 'content-type': 'application/json' };
 * fromResponse(
 *   (signal, { headers }) => fetch(`/api/chat/${id}`, { method: 'POST', headers: { ...json, ...headers }, body, signal }),
 *   { resume: resumeOnConnectionError() },
 * ).pipe(messageState());
 */
export function resumeOnConnectionError(options: ResumeOptions = {}): Resume {
  const { maxRetries = MAX_RETRIES, ...others } = options;
  const given = createRetryPolicy('resumeOnConnectionError', { ...others, maxRetries });

  return (request, responseOptions) => {
    if (typeof request !== 'function') {
      throw new TypeError('fromResponse: with resume, response must be a function that makes a request.');
    }
    const { signal, scheduler = given.scheduler } = responseOptions;
    const policy = { ...given, signal, scheduler };

    return defer(() => {
      const reader = new ResumableReader();
      let attempt = 1;
      let failures = 0; // in a row
      let failedFirstAt = 0; // of these
      let wait: Observable<unknown> = EMPTY; // Emits before the next request. Empty if there is none.

      const planNext = (error: unknown): Retry | undefined => {
        const failedAt = scheduler.now();
        if (reader.hasProgressed) failures = 0;
        if (failures === 0) failedFirstAt = failedAt;
        if (!reader.canResume || failures >= policy.maxRetries || !policy.shouldRetry(error)) return undefined;
        const earlierFailures = failures;
        failures += 1;
        const startedAt = failedFirstAt;
        return planRetry(policy, { error, attempt, earlierFailures, startedAt, failedAt, random: Math.random() });
      };

      return defer((): Observable<MessageStreamEvent> => {
        wait = EMPTY;
        reader.startRequest();
        const { lastID } = reader;
        const headers = lastID === undefined ? {} : { 'last-event-id': headerText(lastID) };
        return responseStream<MessageStreamEvent>(
          withStatusErrors((own) => request(own, { lastEventId: lastID, headers })),
          lastID === undefined ? responseOptions : withoutFirstEventMs(responseOptions),
          (emit, response) => {
            reader.startResponse(emit, response);
            return new MessageDecoder(reader, responseOptions.maxBufferSize);
          },
        ).pipe(
          catchError((error: unknown) => {
            const { phase } = reader.progress;
            // A request without a response does not know what earlier responses have emitted.
            if (lastID !== undefined && error instanceof APIError) Object.assign(error, { phase });
            const retry = planNext(error);
            if (retry === undefined) throw error;
            attempt = retry.attempt;
            wait = waitForRetry(policy, retry, phase);
            const reconnect: MessageReconnectEvent = { type: 'message_reconnect', ...retry };
            return of(reconnect);
          }),
        );
      }).pipe(repeat({ delay: () => wait }));
    });
  };
}

/** Returns a text as the value of a header: its bytes in UTF-8, each as one character, because `fetch` refuses others. */
function headerText(text: string): string {
  return Array.from(new TextEncoder().encode(text), (byte) => String.fromCharCode(byte)).join('');
}

/** The first event of a resumed response is one of many, and may be far away: only `idleMs` limits the silence before it. */
function withoutFirstEventMs(options: FromResponseOptions): FromResponseOptions {
  return { ...options, timeout: { ...options.timeout, firstEventMs: Infinity } };
}
