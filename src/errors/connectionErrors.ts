/** Creates the errors for a request that got no response, or whose response was incomplete. */
import type { Message } from '../api/message.js';
import {
  AnthropicError,
  APIConnectionError,
  APIConnectionTimeoutError,
  APIUserAbortError,
  IncompleteMessageError,
  type ErrorPhase,
  type TimeoutName,
} from './classes.js';
import { isConnectionFailure, isProgramFault } from './connectionFailure.js';
import { causesOf, describeCauses, isNamed } from './inspectError.js';
import { readPath } from '../utils/inspect.js';
import { withFullStop } from '../utils/text.js';

/** How far a request got. */
export interface Progress {
  readonly phase: ErrorPhase;
  /** The type of the last event, undefined before the first event. */
  readonly lastEvent: string | undefined;
  readonly requestID: string | undefined;
}

/** The progress of a request that has no response yet. */
export const NOT_CONNECTED: Progress = { phase: 'connect', lastEvent: undefined, requestID: undefined };

/** Creates the error for a request that was aborted or whose connection failed, depending on the `cause`. */
export function connectionLost(cause: unknown, progress: Progress): APIConnectionError | APIUserAbortError {
  if (isNamed(cause, 'AbortError')) return userAbort(cause, progress);
  const { phase, lastEvent } = progress;
  const timeout = causesOf(cause)
    .map((error) => PLATFORM_TIMEOUTS.get(readPath(error, 'code')))
    .find(Boolean);
  if (timeout !== undefined) return platformTimeoutError(timeout, cause, progress);
  const message =
    phase === 'connect'
      ? `The API did not respond: ${withFullStop(describeCauses(cause))} Check the URL or baseURL, and the network.`
      : `The connection was lost ${whenInStream(lastEvent)}: ${withFullStop(describeCauses(cause))}`;
  return new APIConnectionError(message, { ...progress, cause });
}

/** Creates the error for a request that got no response. */
export function noResponse(cause: unknown): APIConnectionError | APIUserAbortError {
  return connectionLost(cause, NOT_CONNECTED);
}

/**
 * Converts an error that was thrown by the function that creates the response. Returns errors of this package
 * unchanged. Any other error is treated as a connection failure, unless it is an abort or a programming mistake, such
 * as a `TypeError` for bad arguments.
 */
export function connectFailure(cause: unknown): AnthropicError {
  if (cause instanceof AnthropicError) return cause;
  if (isNamed(cause, 'AbortError') || isConnectionFailure(cause) || !isProgramFault(cause)) return noResponse(cause);
  const reason = describeCauses(cause);
  const advice = /\bURL\b/.test(reason) ? ' On a server, a URL must be absolute.' : '';
  return new AnthropicError(`The function that creates the response failed: ${withFullStop(reason)}${advice}`, {
    cause,
  });
}

/** Creates the error for a request that was aborted by a signal or by the runtime. The `cause` is the reason. */
export function userAbort(cause: unknown, progress: Pick<Progress, 'phase'> & Partial<Progress>): APIUserAbortError {
  return new APIUserAbortError('The request was aborted.', { ...progress, cause });
}

/** What has not happened when a timeout of a source expires, as described in error messages. */
const MISSED: Readonly<Record<TimeoutName, string>> = {
  headersMs: 'No response headers arrived',
  firstEventMs: 'No event arrived',
  contentMs: 'No content arrived',
  idleMs: 'No bytes arrived',
  totalMs: 'The response did not end',
};

/**
 * Creates the error for a timeout that expired.
 *
 * @param prefix - The text before the option's name in the message. Default `timeout.`, as in the options of a source.
 * @param missed - What has not happened, as the message begins. Default: the description for a source, which receives
 * bytes.
 */
export function timeoutError(
  timeout: TimeoutName,
  ms: number,
  { phase, lastEvent, requestID }: Progress,
  prefix = 'timeout.',
  missed = MISSED[timeout],
): APIConnectionTimeoutError {
  const message = `${missed} within ${ms} ms (${prefix}${timeout}), ${whenInStream(lastEvent)}.`;
  return new APIConnectionTimeoutError(message, { timeout, ms, phase, lastEvent, requestID });
}

/** The error codes of the limits that Node's `fetch` (undici) has of its own, with the timeouts that they cut off. */
const PLATFORM_TIMEOUTS: ReadonlyMap<unknown, TimeoutName> = new Map([
  ['UND_ERR_HEADERS_TIMEOUT', 'headersMs'],
  ['UND_ERR_BODY_TIMEOUT', 'idleMs'],
]);

/** The default of these limits, in ms. Their errors do not say how long they waited. */
const PLATFORM_TIMEOUT_MS = 300_000;

function platformTimeoutError(timeout: TimeoutName, cause: unknown, progress: Progress): APIConnectionTimeoutError {
  const { lastEvent } = progress;
  const message = `${MISSED[timeout]} within the limit of Node's fetch (300 s by default), ${whenInStream(lastEvent)}. To wait longer, pass a fetch whose dispatcher has other limits.`;
  return new APIConnectionTimeoutError(message, { ...progress, timeout, ms: PLATFORM_TIMEOUT_MS, cause });
}

/** Creates the error for a stream that ended after a number of events, but before `message_stop`. */
export function incompleteMessage(
  events: number,
  phase: ErrorPhase,
  requestID?: string,
  partial?: Message,
): IncompleteMessageError {
  const place =
    events === 0 ? 'before the first event' : `after ${events} event${events === 1 ? '' : 's'}, before message_stop`;
  return new IncompleteMessageError(
    `The stream ended ${place}. Send the request again, as retryOnConnectionError() does.`,
    { phase, requestID, partial },
  );
}

/**
 * Creates the error for a stream of a tool run that ended after a number of events, with its last message complete, but
 * before `run_end`.
 */
export function incompleteRun(events: number, requestID?: string): IncompleteMessageError {
  return new IncompleteMessageError(
    `The stream of a tool run ended after ${events} events, before run_end: the service that forwards it failed. If you start the run again, its tools run again.`,
    { phase: 'mid-content', requestID },
  );
}

function whenInStream(lastEvent: string | undefined): string {
  return lastEvent === undefined ? 'before the first event' : `after ${lastEvent}`;
}
