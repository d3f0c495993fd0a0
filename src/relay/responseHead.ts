import { readPath } from '../utils/inspect.js';
import { readResponseInfo, type ResponseInfo } from '../source/responseInfo.js';
import { responseOf } from '../source/responseOf.js';
import type { FailureFrame, Frame } from './frame.js';
import type { PublicError } from './publicError.js';
import type { RelayOptions } from './relayOptions.js';

/** How a response begins. */
export interface ResponseHead {
  readonly status: number;
  readonly headers: Headers;
}

/** Returns the head of a response that consists of frames, of which `first` is the first. */
export function streamHead(first: Frame, options: RelayOptions): ResponseHead {
  const upstream = first.kind === 'event' ? responseOf(first.event) : undefined;
  const headers = new Headers({
    'content-type': 'text/event-stream; charset=utf-8',
    'cache-control': 'no-cache, no-transform', // compression would hold events back
    'x-accel-buffering': 'no', // nginx would hold events back
  });
  if (upstream?.requestID !== undefined) headers.set('request-id', upstream.requestID);
  return { status: 200, headers: withHeaders(headers, options, upstream) };
}

/** Returns the head of a response that consists only of an error, in JSON. */
export function errorHead({ error, cause }: FailureFrame, options: RelayOptions): ResponseHead {
  const headers = new Headers({ 'content-type': 'application/json', 'cache-control': 'no-store' });
  for (const [name, value] of Object.entries(headersOf(error))) {
    if (value !== undefined) headers.set(name, value);
  }
  const isErrorStatus = error.status >= 400 && error.status <= 599; // describeError may return any number
  return { status: isErrorStatus ? error.status : 500, headers: withHeaders(headers, options, upstreamOf(cause)) };
}

function headersOf({ retryable, retryAfterMs, requestID }: PublicError): Record<string, string | undefined> {
  return {
    'request-id': requestID,
    'x-should-retry': String(retryable), // the official SDKs follow it too
    ...(retryAfterMs !== undefined && {
      'retry-after': String(Math.ceil(retryAfterMs / 1000)),
      'retry-after-ms': String(retryAfterMs),
    }),
  };
}

/** Returns the response that an error of the API came in; undefined if it is not known. */
function upstreamOf(cause: unknown): ResponseInfo | undefined {
  const headers = readPath(cause, 'headers');
  const status = readPath(cause, 'status');
  return headers instanceof Headers && typeof status === 'number' ? readResponseInfo({ status, headers }) : undefined;
}

/** Adds the headers of the options, which replace those of the same names. */
function withHeaders(headers: Headers, options: RelayOptions, upstream: ResponseInfo | undefined): Headers {
  const added = new Headers(typeof options.headers === 'function' ? options.headers(upstream) : options.headers);
  for (const name of added.keys()) headers.delete(name);
  for (const [name, value] of added) headers.append(name, value);
  return headers;
}
