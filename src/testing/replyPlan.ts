import type { AnyEvent } from '../api/events.js';
import { buildMessage } from './buildMessage.js';
import { errorEvent } from './errorEvent.js';
import { eventsOf } from './eventsOf.js';
import type { Reply } from './reply.js';
import { ReplyBody } from './replyBody.js';

/** The reply to one request, with all defaults applied. */
export interface ReplyPlan {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: ReplyBody;
}

/** Returns the plan for a valid reply. `position` is that of the request, counted from 1. */
export function planReply(reply: Reply, requestBody: unknown, position: number): ReplyPlan {
  const requestId = `req_${String(position).padStart(4, '0')}`;
  const { type, content } = contentOf(reply, requestBody, requestId);
  const given = Object.entries(reply.headers ?? {}).map(([name, value]) => [name.toLowerCase(), value] as const);
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
    body: new ReplyBody(content, reply),
  };
}

function contentOf(
  reply: Reply,
  requestBody: unknown,
  requestId: string,
): { readonly type: string; readonly content: string | Iterable<AnyEvent | string> } {
  const json = (value: unknown) => ({ type: 'application/json', content: JSON.stringify(value) });
  const { status = 200, body, events } = reply;
  if (typeof body === 'string') return { type: 'text/plain; charset=utf-8', content: body };
  if (body !== undefined) return json(body);
  if (events === undefined && reply.message === undefined && status >= 400) return json(errorFor(status, requestId));

  const { model, stream } = requestBody as { readonly model?: unknown; readonly stream?: unknown };
  const message =
    reply.message ??
    buildMessage({ content: 'Hello! How can I help you today?', ...(typeof model === 'string' && { model }) });
  if (events === undefined && stream !== true) return json(message);
  return { type: 'text/event-stream; charset=utf-8', content: events ?? eventsOf(message) };
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
