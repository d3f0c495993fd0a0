import { Observable, type Subscriber } from 'rxjs';
import { copyStart } from '../accumulate/copyStart.js';
import { connectionLost, incompleteMessage } from '../errors/connectionErrors.js';
import { AnthropicError, APIUserAbortError } from '../errors/classes.js';
import { isEvent, type AnyEvent, type MessageStreamEvent } from '../api/events.js';
import { isConnectionFailure } from '../errors/connectionFailure.js';
import { describeCauses, isNamed } from '../errors/inspectError.js';
import { readAPIError } from '../errors/readError.js';
import { readPath, asString } from '../utils/inspect.js';
import { MessageReader } from './messageReader.js';
import { statusError } from '../errors/statusError.js';

/** A stream of the official SDK or its siblings (Bedrock, Vertex), or any other sequence of events. */
export interface SdkStream extends AsyncIterable<AnyEvent> {
  /** Aborts the SDK's request. */
  readonly controller?: AbortController;
}

/** What `client.messages.stream()` returns: its iterator loses an error while the consumer is busy, its listeners do not. */
interface SdkMessageStream extends SdkStream {
  readonly ended?: boolean;
  on(name: string, listener: (value: never) => void): unknown;
}

/**
 * Reads the events of a stream that the official SDK made: of `messages.create({ stream: true })` or `messages.stream()`,
 * of the beta client, of Bedrock and Vertex.
 *
 * One subscription is one call of the function; unsubscribing aborts the SDK's request. Events are checked as by
 * `fromResponse`: a stream that ends before `message_stop` fails with `IncompleteMessageError`. The SDK's errors come out as
 * this package's, with the original as `cause`, and never before the events that came before them.
 *
 * @param create - Makes the stream. Give its signal to the SDK, so that a request that has no answer yet is aborted too,
 * and the SDK's client `maxRetries: 0` if `retryOnConnectionError` follows, so that attempts are counted once.
 * @returns The events as they arrive. The SDK leaves pings out.
 * @example
 * fromSdkStream((signal) => client.messages.create({ ...params, stream: true }, { signal })).pipe(textDeltas());
 */
export function fromSdkStream(
  create: (signal: AbortSignal) => SdkStream | PromiseLike<SdkStream>,
): Observable<MessageStreamEvent> {
  return new Observable<MessageStreamEvent>((subscriber) => {
    const controller = new AbortController();
    const reader = new MessageReader((event) => {
      subscriber.next(event);
    });
    read(create, controller.signal, reader, subscriber).then(
      () => {
        subscriber.complete();
      },
      (error: unknown) => {
        if (reader.isComplete && isConnectionFailure(error)) subscriber.complete();
        else subscriber.error(translate(error, reader));
      },
    );
    return () => {
      controller.abort();
    };
  });
}

async function read(
  create: (signal: AbortSignal) => SdkStream | PromiseLike<SdkStream>,
  signal: AbortSignal,
  reader: MessageReader,
  subscriber: Subscriber<unknown>,
): Promise<void> {
  const stream = await create(signal);
  // First of all, even if the consumer has left: a MessageStream that fails unheard makes an unhandled rejection.
  const reading = isMessageStream(stream) ? listen(stream, reader) : undefined;
  const abort = (): void => {
    stream.controller?.abort();
  };
  subscriber.add(abort); // at once, if the consumer has left
  if (reading !== undefined) await reading;
  else if (!subscriber.closed) await iterate(stream, reader, subscriber);
  if (signal.aborted) return;
  if (stream.controller?.signal.aborted === true) {
    throw new APIUserAbortError("The SDK's stream was aborted.", { phase: reader.progress.phase });
  }
  reader.expectComplete();
}

async function iterate(stream: SdkStream, reader: MessageReader, subscriber: Subscriber<unknown>): Promise<void> {
  for await (const event of stream) {
    if (subscriber.closed) return;
    reader.readEvent(event);
  }
}

function listen(stream: SdkMessageStream, reader: MessageReader): Promise<void> {
  return new Promise((resolve, reject) => {
    let isFaulty = false;
    stream.on('streamEvent', (event: AnyEvent) => {
      if (isFaulty) return;
      try {
        reader.readEvent(isEvent(event, 'message_start') ? copyStart(event) : event);
      } catch (error) {
        isFaulty = true;
        reject(error); // eslint-disable-line @typescript-eslint/prefer-promise-reject-errors -- it is passed on, not made
      }
    });
    stream.on('error', reject);
    stream.on('abort', reject);
    stream.on('end', resolve);
    if (stream.ended === true) reject(new AnthropicError(READ_BEFORE));
  });
}

const READ_BEFORE =
  "The SDK's stream has ended before it was read. Make a new one in the function, so that each subscription has its own.";

/** What the SDK's MessageStream says of bytes that ended before the first event. */
const NO_EVENT = 'request ended without sending any chunks';

function isMessageStream(stream: SdkStream): stream is SdkMessageStream {
  return 'on' in stream && typeof stream.on === 'function';
}

function translate(error: unknown, reader: MessageReader): unknown {
  if (error instanceof AnthropicError) return error;
  const { status, type, message, requestID: sent } = readAPIError(error);
  const requestID = asString(readPath(error, 'requestID')) ?? sent;
  const said = message ?? describeCauses(error);
  const phase = reader.progress.lastEvent === undefined ? 'connect' : reader.progress.phase;
  if (isNamed(error, 'APIUserAbortError') || isNamed(error, 'AbortError')) {
    return new APIUserAbortError("The SDK's request was aborted.", { cause: error, phase, requestID });
  }
  if (status !== undefined || (type !== undefined && isNamed(error, 'APIError'))) {
    const { headers, body } = responseOf(error);
    return statusError(said.replace(/^\d{3} /, ''), {
      status,
      type,
      headers,
      error: body,
      phase,
      requestID,
      cause: error,
    });
  }
  if (isConnectionFailure(error))
    return connectionLost(error, { phase, lastEvent: reader.progress.lastEvent, requestID });
  if (said === NO_EVENT) return incompleteMessage(0, reader.progress.phase);
  return new AnthropicError(said, { cause: error });
}

function responseOf(error: unknown): { readonly headers: Headers | undefined; readonly body: unknown } {
  if (typeof error !== 'object' || error === null) return { headers: undefined, body: undefined };
  return {
    headers: 'headers' in error && error.headers instanceof Headers ? error.headers : undefined,
    body: 'error' in error ? error.error : undefined,
  };
}
