import type { AnyEvent } from '../api/events.js';
import { expectOneOf } from '../utils/options.js';
import { isRecord } from '../utils/inspect.js';
import { MAX_TIMER_MS } from '../utils/timers.js';
import type { Message } from '../api/message.js';
import { buildMessage } from './buildMessage.js';
import { errorEvent } from './errorEvent.js';
import { eventsOf } from './eventsOf.js';
import type { RecordedRequest } from './messagesServer.js';
import { sseOf, type SseOfOptions } from './sseOf.js';

/**
 * The response to one request: its body, how it is sent, and how it ends. The default body is a short greeting, or the
 * JSON of the API's error if `status` is at least 400.
 *
 * Positions count the bytes of the body before gzip. If there are several `…AtByte`, the lowest applies. A position
 * after the end of the body has no effect.
 */
export interface Reply extends SseOfOptions {
  /** Sent as the events of `eventsOf`, or as one JSON object if the request does not have `stream: true`. */
  readonly message?: Message | undefined;
  /**
   * Sent instead of `message`, even if the request does not have `stream: true`. A string is written unchanged. A
   * generator may be infinite, like a server that sends only pings. It can be read only once, so create it in a script
   * that is a function.
   */
  readonly events?: (Iterable<AnyEvent | string> & object) | undefined;
  /** Sent instead of `message` and `events`: a string as text, any other value as JSON. */
  readonly body?: unknown;
  /** Default 200. */
  readonly status?: number | undefined;
  /**
   * Added to the default headers. A header replaces the default one of the same name. The defaults are `content-type`,
   * `cache-control: no-cache`, a `request-id` that counts up from `req_0001`, `anthropic-ratelimit-…` for requests,
   * tokens, input-tokens and output-tokens, and the CORS headers that let pages of any origin read them all.
   */
  readonly headers?: Readonly<Record<string, string>> | undefined;
  /** How long to wait before the headers, in ms. Default 0. */
  readonly delayMs?: number | undefined;
  /** How long to wait between two writes, in ms. The first write follows the headers immediately. Default 0. */
  readonly paceMs?: number | undefined;
  /** The size of a write, in bytes. May split events and characters. Default: one write per event, or per `body`. */
  readonly chunkBytes?: number | undefined;
  /** Sends `content-encoding: gzip`, whatever the request accepts. The client can decompress each write on its own. */
  readonly gzip?: boolean | undefined;
  /** The number of bytes after which the response ends, as if it were complete. */
  readonly cutAtByte?: number | undefined;
  /**
   * The number of bytes after which the connection is closed (FIN); 0 closes it after the headers. With `gzip` the
   * close is delayed by at least 50 ms, since a client that is still decompressing would lose what it has received.
   */
  readonly disconnectAtByte?: number | undefined;
  /**
   * The number of bytes after which the connection is reset (RST); 0 resets it after the headers. The reset is delayed
   * by 5 ms, since it discards what a client in another process has not read yet.
   */
  readonly resetAtByte?: number | undefined;
  /** The number of bytes after which nothing more is sent, until the client disconnects or the server is closed. */
  readonly stallAtByte?: number | undefined;
  /** Closes or resets the connection instead of responding, after `delayMs`. */
  readonly noResponse?: 'close' | 'reset' | undefined;
}

/** The reply to one request, with all defaults applied. */
export interface ReplyPlan {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly chunks: Iterable<Uint8Array>;
  /** The maximum number of bytes of the body to send. */
  readonly limit: number;
  /** What happens after `limit` bytes. A shorter body ends normally. */
  readonly atLimit: 'end' | 'close' | 'reset' | 'stall';
}

/**
 * Checks the options of a reply.
 *
 * @throws {RangeError} If a number is out of range. The error names the first such option.
 * @throws {TypeError} If `noResponse` has another value.
 */
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
    if (value !== undefined && !(Number.isInteger(value) && value >= least && value <= MAX_TIMER_MS)) {
      throw new RangeError(
        `startMessagesServer: ${name} must be an integer from ${least} to ${MAX_TIMER_MS}, got ${value}.`,
      );
    }
  }
}

/** Returns the error response to a request that the API does not support. Undefined if the script decides. */
export function refusal({ method, path, body }: RecordedRequest): Reply | undefined {
  if (method !== 'POST' || path !== '/v1/messages') {
    return { status: 404, body: errorEvent('not_found_error', `Not found: ${method} ${path}`) };
  }
  if (isRecord(body)) return undefined;
  return { status: 400, body: errorEvent('invalid_request_error', 'The request body is not a JSON object.') };
}

/** Returns the plan for a reply. `position` is that of the request, counted from 1. */
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
    chunks: takeBytes(limit, splitBytes(encode(parts), reply.chunkBytes)),
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

/** Yields the text of one event at a time, so a long script never has to fit into memory. */
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
  return errorEvent(type, `The script replied with status ${status}.`, { request_id: requestId });
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

function* encode(parts: Iterable<string>): Generator<Uint8Array> {
  const encoder = new TextEncoder();
  for (const part of parts) yield encoder.encode(part);
}

/** Splits bytes into chunks of `size`. Without a `size`, yields the parts unchanged. */
function* splitBytes(parts: Iterable<Uint8Array>, size?: number): Generator<Uint8Array> {
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

/** Yields the first `limit` bytes. Does not read any chunk after them. */
function* takeBytes(limit: number, chunks: Iterable<Uint8Array>): Generator<Uint8Array> {
  let remaining = limit;
  if (remaining === 0) return;
  for (const chunk of chunks) {
    if (chunk.length > 0) yield chunk.subarray(0, remaining);
    remaining -= chunk.length;
    if (remaining <= 0) return;
  }
}
