import type { AnyEvent } from '../api/events.js';
import { expectOneOf } from '../utils/options.js';
import type { Message } from '../api/message.js';
import { buildMessage } from './buildMessage.js';
import { errorEvent } from './errorEvent.js';
import { eventsOf } from './eventsOf.js';
import type { RecordedRequest } from './messagesServer.js';
import { sseOf, type SseOfOptions } from './sseOf.js';

/**
 * What the server answers to one request: a body, how it is sent, and how it ends. Without any body it is a short greeting,
 * or, for a `status` from 400 up, the JSON of the API's error for that status.
 *
 * Bytes are counted in the body, before gzip. Of several `…AtByte` the lowest counts; one past the end of the body does
 * nothing.
 */
export interface Reply extends SseOfOptions {
  /** Sent as the events that `eventsOf` makes of it, or as one JSON object if the request does not have `stream: true`. */
  readonly message?: Message;
  /**
   * Sent in place of `message`, also to a request without `stream: true`. A string is written as it is. A generator may go
   * on for ever, as a server that sends nothing but pings does; it can be read once, so a function of the request makes it.
   */
  readonly events?: Iterable<AnyEvent | string> & object;
  /** Sent in place of `message` and `events`: a string as text, anything else as JSON. */
  readonly body?: unknown;
  /** Default 200. */
  readonly status?: number;
  /**
   * Put over the default ones, which are `content-type`, `cache-control: no-cache`, a `request-id` that counts up from
   * `req_0001`, `anthropic-ratelimit-…` for requests, tokens, input-tokens and output-tokens, and what lets pages of any
   * origin read them all.
   */
  readonly headers?: Readonly<Record<string, string>>;
  /** Wait before the headers, in ms. Default 0. */
  readonly delayMs?: number;
  /** Wait between two writes, in ms. The first follows the headers at once. Default 0. */
  readonly paceMs?: number;
  /** Size of a write, in bytes, wherever that cuts. Default: a write for each event, or for a whole `body`. */
  readonly chunkBytes?: number;
  /** Sends `content-encoding: gzip`, whatever the request accepts; each write can be read as soon as it is there. */
  readonly gzip?: boolean;
  /** The response ends after so many bytes, as if that were all. */
  readonly cutAtByte?: number;
  /**
   * The connection is closed (FIN) once so many bytes have left; 0: once the headers have. With `gzip` that is a while later,
   * since a client that is still decompressing loses what it has received.
   */
  readonly disconnectAtByte?: number;
  /**
   * The connection is reset (RST) once so many bytes have left; 0: once the headers have. That is 5 ms later, since a reset
   * takes away what a client in another process has not read.
   */
  readonly resetAtByte?: number;
  /** Nothing follows after so many bytes, until the client leaves or the server is closed. */
  readonly stallAtByte?: number;
  /** The connection is closed or reset in place of an answer, after `delayMs`. */
  readonly noResponse?: 'close' | 'reset';
}

/** A reply worked out for one request. */
export interface ReplyPlan {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly chunks: Iterable<Uint8Array>;
  /** How many bytes of the body are sent. */
  readonly limit: number;
  /** What happens once `limit` bytes were sent. A body that is shorter just ends. */
  readonly atLimit: 'end' | 'close' | 'reset' | 'stall';
}

/** The largest number that a reply takes: no timer waits for more ms. */
const MOST = 2 ** 31 - 1;

/** Throws a `RangeError` that names the first number of a reply that makes no sense, or a `TypeError` for `noResponse`. */
export function checkReply(reply: Reply): void {
  expectOneOf('startMessagesServer', 'noResponse', reply.noResponse, ['close', 'reset']);
  for (const [name, least] of [
    ['status', 200],
    ['delayMs', 0],
    ['paceMs', 0],
    ['chunkBytes', 1],
    ['padding', 0],
    ['cutAtByte', 0],
    ['disconnectAtByte', 0],
    ['resetAtByte', 0],
    ['stallAtByte', 0],
  ] as const) {
    const value = reply[name];
    if (value !== undefined && !(Number.isInteger(value) && value >= least && value <= MOST)) {
      throw new RangeError(
        `startMessagesServer: ${name} must be a whole number from ${least} to ${MOST}, got ${value}`,
      );
    }
  }
}

/** The API's answer to a request that a script has no say in, or undefined for one that it has. */
export function refusal({ method, path, body }: RecordedRequest): Reply | undefined {
  if (method !== 'POST' || path !== '/v1/messages') {
    return { status: 404, body: errorEvent('not_found_error', `Not found: ${method} ${path}`) };
  }
  const isObject = typeof body === 'object' && body !== null && !Array.isArray(body);
  if (isObject) return undefined;
  return { status: 400, body: errorEvent('invalid_request_error', 'The request body is not a JSON object.') };
}

/** Works out the answer to the `position`-th request, counted from 1. */
export function planReply(reply: Reply, requestBody: unknown, position: number): ReplyPlan {
  checkReply(reply);
  const requestId = `req_${String(position).padStart(4, '0')}`;
  const { type, parts } = bodyOf(reply, requestBody, requestId);
  const given = Object.entries(reply.headers ?? {}).map(([name, value]) => [name.toLowerCase(), value] as const);
  const [limit, atLimit] = endOf(reply);
  return {
    status: reply.status ?? 200,
    headers: {
      'content-type': type,
      'cache-control': 'no-cache',
      'request-id': requestId,
      ...rateLimits(position),
      'access-control-allow-origin': '*',
      'access-control-expose-headers': '*',
      ...(reply.gzip === true && { 'content-encoding': 'gzip' }),
      ...Object.fromEntries(given),
    },
    chunks: upTo(limit, inChunks(encoded(parts), reply.chunkBytes)),
    limit,
    atLimit,
  };
}

function bodyOf(
  reply: Reply,
  requestBody: unknown,
  requestId: string,
): { readonly type: string; readonly parts: Iterable<string> } {
  const json = (value: unknown) => ({ type: 'application/json', parts: [JSON.stringify(value)] });
  const { status = 200, body, events } = reply;
  if (typeof body === 'string') return { type: 'text/plain; charset=utf-8', parts: [body] };
  if (body !== undefined) return json(body);
  if (events === undefined && reply.message === undefined && status >= 400) return json(errorFor(status, requestId));

  const { model, stream } = requestBody as { readonly model?: unknown; readonly stream?: unknown };
  const message =
    reply.message ??
    buildMessage({ content: 'Hello! How can I help you today?', ...(typeof model === 'string' && { model }) });
  if (events === undefined && stream !== true) return json(message);
  return { type: 'text/event-stream; charset=utf-8', parts: framesOf(events ?? eventsOf(message), reply) };
}

/** The texts of the events, one at a time, so that a long script is never in memory as a whole. */
function* framesOf(events: Iterable<AnyEvent | string>, options: SseOfOptions): Generator<string> {
  for (const event of events) yield sseOf([event], options);
}

const ERROR_TYPES: Readonly<Record<number, string>> = {
  401: 'authentication_error',
  402: 'billing_error',
  403: 'permission_error',
  404: 'not_found_error',
  413: 'request_too_large',
  429: 'rate_limit_error',
  504: 'timeout_error',
  529: 'overloaded_error',
};

function errorFor(status: number, requestId: string) {
  const type = ERROR_TYPES[status] ?? (status < 500 ? 'invalid_request_error' : 'api_error');
  return errorEvent(type, `The server was told to answer ${status}.`, { request_id: requestId });
}

function rateLimits(position: number): Record<string, string> {
  const limits = { requests: 4000, tokens: 480_000, 'input-tokens': 400_000, 'output-tokens': 80_000 };
  const headers = Object.entries(limits).flatMap(([name, limit]) => [
    [`anthropic-ratelimit-${name}-limit`, String(limit)],
    [`anthropic-ratelimit-${name}-remaining`, String(Math.max(0, limit - position))],
    [`anthropic-ratelimit-${name}-reset`, '2030-01-01T00:00:00Z'],
  ]);
  return Object.fromEntries(headers) as Record<string, string>;
}

function endOf(reply: Reply): readonly [number, ReplyPlan['atLimit']] {
  const { cutAtByte = Infinity, disconnectAtByte = Infinity, resetAtByte = Infinity, stallAtByte = Infinity } = reply;
  const lowest = Math.min(cutAtByte, disconnectAtByte, resetAtByte, stallAtByte);
  if (lowest === cutAtByte) return [lowest, 'end'];
  if (lowest === disconnectAtByte) return [lowest, 'close'];
  return [lowest, lowest === resetAtByte ? 'reset' : 'stall'];
}

function* encoded(parts: Iterable<string>): Generator<Uint8Array> {
  const encoder = new TextEncoder();
  for (const part of parts) yield encoder.encode(part);
}

/** Cuts bytes anew, every `size` of them. Without a `size` they stay as they are. */
function* inChunks(parts: Iterable<Uint8Array>, size?: number): Generator<Uint8Array> {
  if (size === undefined) {
    yield* parts;
    return;
  }
  let chunk = new Uint8Array(size);
  let filled = 0;
  for (const part of parts) {
    for (let from = 0; from < part.length;) {
      const piece = part.subarray(from, from + size - filled);
      chunk.set(piece, filled);
      from += piece.length;
      filled += piece.length;
      if (filled === size) {
        yield chunk;
        chunk = new Uint8Array(size);
        filled = 0;
      }
    }
  }
  yield chunk.subarray(0, filled);
}

/** The first `limit` bytes; nothing is read that is past them. */
function* upTo(limit: number, chunks: Iterable<Uint8Array>): Generator<Uint8Array> {
  let left = limit;
  if (left === 0) return;
  for (const chunk of chunks) {
    if (chunk.length > 0) yield chunk.subarray(0, left);
    left -= chunk.length;
    if (left <= 0) return;
  }
}
