import { Observable, type Subscriber } from 'rxjs';
import { copyStart } from '../accumulate/copyStart.js';
import { connectionLost, incompleteMessage, type Progress } from '../errors/connectionErrors.js';
import { AnthropicError, APIUserAbortError } from '../errors/classes.js';
import { isEvent, type AnyEvent, type MessageStreamEvent } from '../api/events.js';
import { isConnectionFailure, isProgramFault } from '../errors/connectionFailure.js';
import { describeCauses, isNamed } from '../errors/inspectError.js';
import { readAPIError } from '../errors/readError.js';
import { readPath, asString } from '../utils/inspect.js';
import { Turn } from '../rx/turn.js';
import { expectAtLeast, expectFunction } from '../utils/options.js';
import { MessageReader } from './messageReader.js';
import type { ResponseOptions } from './responseOptions.js';
import { statusError } from '../errors/statusError.js';

/** A stream of the official SDK or its variants (Bedrock, Vertex), or any other async iterable of events. */
export interface SdkStream extends AsyncIterable<AnyEvent> {
  /** Aborts the SDK's request. */
  readonly controller?: AbortController | undefined;
}

/**
 * What `client.messages.stream()` returns. It is read through its listeners, because its iterator loses an error that
 * occurs while the consumer is busy.
 */
interface SdkMessageStream extends SdkStream {
  readonly ended?: boolean | undefined;
  on(name: string, listener: (value: never) => void): unknown;
}

/** The options of {@link fromSdkStream}. */
export type FromSdkStreamOptions = Pick<ResponseOptions, 'yieldAfterMs' | 'scheduler'>;

/** How many events are read between two readings of the clock. */
const EVENTS_PER_PIECE = 32;

/**
 * Reads the events of a stream from the official SDK: from `messages.create({ stream: true })`, `messages.stream()`,
 * the beta client, or the clients for Bedrock and Vertex.
 *
 *     stream                   --a--b--c--|    the SDK's events
 *     fromSdkStream(create)
 *     result                   --a--b--c--|
 *
 * Each subscription calls the function once; unsubscribing aborts the SDK's request. Events are validated as in
 * `fromResponse`: a stream that ends before `message_stop` fails with `IncompleteMessageError`. An error of the SDK
 * becomes the corresponding error of this package, with the original as its `cause`. The error is reported after all
 * events that arrived before it.
 *
 * @param create - Creates the stream. Pass its signal to the SDK, so that a request that has no response yet is aborted
 * too. Set the SDK client's `maxRetries` to 0 if you use `retryOnConnectionError`, so that requests are retried in one
 * place only.
 * @param options.yieldAfterMs - How long to work, in ms, before yielding to the event loop, while data keeps arriving: see
 * `streamMessage`. Default 8. Does not apply to `messages.stream()`, which cannot be held back.
 * @param options.scheduler - The clock of `yieldAfterMs`. Default `asyncScheduler`.
 * @returns The events as they arrive. The SDK omits pings.
 * @throws {TypeError} At call time, if `create` is not a function, for example if it is the stream itself.
 * @throws {RangeError} At call time, if `yieldAfterMs` is negative or not a number.
 * @example
 * import Anthropic from '@anthropic-ai/sdk';
 *
 * const client = new Anthropic({ maxRetries: 0 });
 * const question = { model, max_tokens: 1024, messages: [{ role: 'user' as const, content: 'Hello' }] };
 * fromSdkStream((signal) => client.messages.create({ ...question, stream: true }, { signal })).pipe(textDeltas());
 */
export function fromSdkStream(
  create: (signal: AbortSignal) => SdkStream | PromiseLike<SdkStream>,
  options: FromSdkStreamOptions = {},
): Observable<MessageStreamEvent> {
  const { yieldAfterMs, scheduler } = options;
  expectAtLeast(0, 'fromSdkStream', { yieldAfterMs });
  expectFunction('fromSdkStream', 'create', create); // not the stream itself: each subscription needs its own
  return new Observable<MessageStreamEvent>((subscriber) => {
    const controller = new AbortController();
    const emit = (event: MessageStreamEvent): void => {
      subscriber.next(event);
    };
    const reader = new MessageReader(emit, undefined, 'message');
    const turn = new Turn(yieldAfterMs, scheduler);
    readStream(create, controller.signal, reader, subscriber, turn).then(
      () => {
        subscriber.complete();
      },
      (error: unknown) => {
        if (reader.stage === 'complete' && isConnectionFailure(error)) subscriber.complete();
        else subscriber.error(translateError(error, reader.progress));
      },
    );
    return () => {
      turn.stop();
      controller.abort();
    };
  });
}

async function readStream(
  create: (signal: AbortSignal) => SdkStream | PromiseLike<SdkStream>,
  signal: AbortSignal,
  reader: MessageReader,
  subscriber: Subscriber<unknown>,
  turn: Turn,
): Promise<void> {
  const stream = await create(signal);
  // Listen even after unsubscribing: a MessageStream that fails without a listener causes an unhandled rejection.
  const listening = isMessageStream(stream) ? listenTo(stream, reader) : undefined;
  // Runs immediately if the consumer has already unsubscribed.
  subscriber.add(() => stream.controller?.abort());
  if (listening !== undefined) await listening;
  else if (!subscriber.closed) await iterate(stream, reader, subscriber, turn);
  if (signal.aborted) return; // unsubscribed
  if (stream.controller?.signal.aborted === true) {
    throw new APIUserAbortError("The SDK's stream was aborted.", { phase: reader.progress.phase });
  }
  reader.expectComplete();
}

async function iterate(
  stream: SdkStream,
  reader: MessageReader,
  subscriber: Subscriber<unknown>,
  turn: Turn,
): Promise<void> {
  let events = 0;
  turn.startWork();
  for await (const event of stream) {
    if (subscriber.closed) return;
    reader.readEvent(event);
    events += 1;
    if (events % EVENTS_PER_PIECE === 0 && turn.endWork()) await turn.next();
  }
}

/** Reads the events that a MessageStream passes to its listeners. Resolves when it ends, and rejects when it fails. */
function listenTo(stream: SdkMessageStream, reader: MessageReader): Promise<void> {
  return new Promise((resolve, reject) => {
    let hasFailed = false;
    stream.on('streamEvent', (event: AnyEvent) => {
      if (hasFailed) return;
      try {
        // The SDK continues to write to the message of this event, so the event is copied.
        reader.readEvent(isEvent(event, 'message_start') ? copyStart(event) : event);
      } catch (error) {
        hasFailed = true;
        reject(error); // eslint-disable-line @typescript-eslint/prefer-promise-reject-errors -- the original error
      }
    });
    stream.on('error', reject);
    stream.on('abort', reject);
    stream.on('end', resolve);
    if (stream.ended === true) reject(new AnthropicError(ALREADY_ENDED));
  });
}

const ALREADY_ENDED =
  "The SDK's stream has already ended. Create a new stream in the function, so that each subscription has its own.";

/** The error message of the SDK's MessageStream if the response ends before its first event. */
const NO_EVENT = 'request ended without sending any chunks';

function isMessageStream(stream: SdkStream): stream is SdkMessageStream {
  return 'on' in stream && typeof stream.on === 'function';
}

/** Returns the error of this package that corresponds to an error of the SDK. */
function translateError(error: unknown, progress: Progress): AnthropicError {
  if (error instanceof AnthropicError) return error;
  const facts = readAPIError(error);
  const message = facts.message ?? describeCauses(error);
  const requestID = asString(readPath(error, 'requestID')) ?? facts.requestID;
  const phase = progress.lastEvent === undefined ? 'connect' : progress.phase;
  if (isNamed(error, 'APIUserAbortError') || isNamed(error, 'AbortError')) {
    return new APIUserAbortError("The SDK's request was aborted.", { cause: error, phase, requestID });
  }
  if (facts.status !== undefined || (facts.type !== undefined && isNamed(error, 'APIError'))) {
    const { status, type } = facts;
    const withoutStatus = message.replace(/^\d{3} /, ''); // the SDK's messages begin with it, and so do this package's
    return statusError(withoutStatus, { ...readResponse(error), status, type, phase, requestID, cause: error });
  }
  // Once there are events, an error that is neither the SDK's nor a programming error comes from the body's reader.
  const isOfReader = progress.lastEvent !== undefined && !isNamed(error, 'AnthropicError') && !isProgramFault(error);
  if (isOfReader || isConnectionFailure(error)) return connectionLost(error, { ...progress, phase, requestID });
  if (message === NO_EVENT) return incompleteMessage(0, progress.phase);
  return new AnthropicError(message, { cause: error });
}

/** Reads the headers and the body of the response from an error of the SDK. */
function readResponse(error: unknown): { readonly headers: Headers | undefined; readonly error: unknown } {
  const headers = readPath(error, 'headers');
  return { headers: headers instanceof Headers ? headers : undefined, error: readPath(error, 'error') };
}
