import type { Observable } from 'rxjs';
import type { MessageStreamEvent } from '../api/events.js';
import { AnthropicError } from '../errors/classes.js';
import { APIStatusError } from '../errors/statusClasses.js';
import type { MessageCreateParams } from '../api/params.js';
import { noResponse } from '../errors/connectionErrors.js';
import { MessageDecoder } from './messageDecoder.js';
import { messageRequest, type StreamMessageOptions } from './messageRequest.js';
import { readResponseInfo } from './responseInfo.js';
import { expectResponseOptions } from './responseOptions.js';
import { responseStream } from './responseStream.js';
import { parseURL } from './runtime.js';

/** How many redirects on the same origin are followed. */
const MAX_REDIRECTS = 5;

/**
 * Asks the model for a message and streams it: `POST /v1/messages` with `stream: true`.
 *
 *     subscribe   ^                                            !
 *     request     --POST-----------------------------------------
 *     result      ------------s--b--d--d--p--d--e--m--z|            s: message_start … z: message_stop
 *
 * One subscription is one request, made of the parameters as they were at the call. Unsubscribing aborts it. Nothing is
 * retried: see `retryOnConnectionError`.
 *
 * Every event is checked, and that it may come where it comes. If the bytes end before `message_stop`, the stream fails
 * with `IncompleteMessageError`; see `fromResponse` for the other errors. A redirect is followed on the same origin
 * only, so that no other one ever sees the key.
 *
 * No error and no `onResponse` shows a key, a token, or the value of a header or a query parameter of `baseURL` whose name
 * looks like a secret's (key, token, secret, auth, cookie, password): where a gateway, `fetch` or the signal's reason repeats
 * one, `[redacted]` stands in its place. Secrets of less than 8 characters are ignored, since they would redact ordinary text.
 * Events, and so a `partial` message, are what the model said, and are never changed.
 *
 * @param params - What to ask for; fields that are not known here are sent as they are.
 * @param options - Key, address, headers, timeouts and the rest: each has a default.
 * @returns The events as they arrive, pings too. It completes when the bytes have ended after `message_stop`, or 5 s after it.
 * @throws {TypeError} At call time, saying what to do: no key, no model, no messages, `max_tokens` that is no number, a
 * `baseURL` that is no URL, a key in a browser.
 * @throws {RangeError} At call time, if a timeout or `maxBufferSize` is no number above 0.
 * @example
 * streamMessage({ model: 'claude-opus-5-5', max_tokens: 1024, messages: [{ role: 'user', content: 'Hello' }] })
 *   .pipe(textDeltas())
 *   .subscribe((text) => process.stdout.write(text)); // Hello! How can I help?
 * @see https://platform.claude.com/docs/en/build-with-claude/streaming
 */
export function streamMessage(
  params: MessageCreateParams,
  options: StreamMessageOptions = {},
): Observable<MessageStreamEvent> {
  expectResponseOptions('streamMessage', options);
  const request = messageRequest(params, options);
  return responseStream(
    (signal) => post(options.fetch ?? globalThis.fetch, request.url, { ...request.init, signal }),
    options,
    (emit, info) => new MessageDecoder(emit, info, options.maxBufferSize),
    request.secrets,
  );
}

/**
 * Makes the request, and follows its redirects.
 *
 * @throws {APIStatusError} If it would not be sent there as it is, or to another origin.
 */
async function post(
  fetch: typeof globalThis.fetch,
  url: URL,
  init: RequestInit,
  redirects = MAX_REDIRECTS,
): Promise<Response> {
  const response = await fetch(url.href, init).catch((cause: unknown) => {
    // Whatever it rejects with is the connection's fault: what else could be has been checked before.
    throw cause instanceof AnthropicError ? cause : noResponse(cause);
  });
  const { status, headers } = response;
  if (status !== 0 && (status < 300 || status >= 400)) return response; // 0 is a redirect that a browser hides
  await response.body?.cancel();
  const target = parseURL(headers.get('location') || 'https://', url); // which is no URL
  const canFollow = (status === 307 || status === 308) && target?.origin === url.origin;
  if (canFollow && redirects > 0) return post(fetch, target, init, redirects - 1);
  const where =
    status === 0 ? 'where a browser does not tell' : `${target?.origin ?? 'nowhere'}, with status ${status}`;
  throw new APIStatusError(
    `${url.origin} redirects ${canFollow ? `more than ${MAX_REDIRECTS} times` : `to ${where}`}. ` +
      'Only a 307 or 308 on the same origin is followed. Set baseURL to where it leads.',
    { ...readResponseInfo(response), status: status || undefined },
  );
}
