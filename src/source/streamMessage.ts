import type { Observable } from 'rxjs';
import type { MessageStreamEvent } from '../api/events.js';
import { AnthropicError } from '../errors/classes.js';
import { APIStatusError } from '../errors/statusClasses.js';
import type { KnownParams, MessageCreateParams } from '../api/params.js';
import type { WithoutTypos } from '../api/typos.js';
import { noResponse } from '../errors/connectionErrors.js';
import { MessageDecoder } from './messageDecoder.js';
import { MessageReader } from './messageReader.js';
import { messageRequest, type StreamMessageOptions } from './messageRequest.js';
import { cancelBody, expectResponse } from './responseBody.js';
import { readResponseInfo } from './responseInfo.js';
import type { FetchLike, ResponseLike } from './responseLike.js';
import { expectResponseOptions } from './responseOptions.js';
import { redact } from './redact.js';
import { responseStream } from './responseStream.js';
import { parseURL } from './runtime.js';

/** How many redirects on the same origin are followed. */
const MAX_REDIRECTS = 5;

/**
 * Requests a message from the model and streams it: `POST /v1/messages` with `stream: true`.
 *
 *     subscribe   ^                                            !
 *     request     --POST-----------------------------------------
 *     result      ------------s--b--d--d--p--d--e--m--z|            s: message_start … z: message_stop
 *
 * Each subscription makes one request, with the parameters as they were when `streamMessage` was called. Unsubscribing
 * aborts it. Failed requests are not retried: see `retryOnConnectionError`.
 *
 * The shape and order of every event are validated. If the body ends before `message_stop`, the stream fails with
 * `IncompleteMessageError`; see `fromResponse` for the other errors. A redirect is followed only on the same origin, so
 * that no other origin ever receives the key.
 *
 * Errors and `onResponse` never show a key, a token, or the value of a header or of a query parameter of `baseURL`
 * whose name suggests a secret (key, token, secret, auth, cookie, password). If a gateway, `fetch` or the reason of the
 * signal repeats a secret, it is replaced by `[redacted]`. Secrets of fewer than 8 characters are ignored, since they
 * would redact ordinary text. Events, and therefore a `partial` message, are the model's answer and are never changed.
 *
 * @param params - The parameters of the message. Unknown fields are sent unchanged. `user_profile_id` and `workspace_id`
 * are sent as headers. Half of a surrogate pair, in any text, is sent as U+FFFD.
 * @param options - The key, address, headers, timeouts and so on. Each has a default.
 * @returns The events as they arrive, including pings. Completes when the body ends after `message_stop`, or is silent for
 * 5 s after it.
 * @throws {InvalidParamsError} At call time, if `params` has no model or no message, if `max_tokens` is not a number, or
 * if they cannot be converted to JSON. It has `status: 400`.
 * @throws {MissingCredentialsError} At call time, if there is no key and no token.
 * @throws {TypeError} At call time, if `baseURL` is not a URL, if a header is invalid, or if a key would be exposed in a
 * browser.
 * @throws {RangeError} At call time, if a timeout or `maxBufferSize` is not a number above 0, or `yieldAfterMs` is
 * negative or not a number.
 * @example
 * streamMessage({ model: 'claude-opus-5-5', max_tokens: 1024, messages: [{ role: 'user', content: 'Hello' }] })
 *   .pipe(textDeltas())
 *   .subscribe((text) => process.stdout.write(text)); // Hello! How can I help?
 * @see https://platform.claude.com/docs/en/build-with-claude/streaming
 */
export function streamMessage<const Params extends MessageCreateParams>(
  params: Params & WithoutTypos<Params>,
  options?: StreamMessageOptions,
): Observable<MessageStreamEvent>;
// For parameters of a generic type, which cannot be checked.
export function streamMessage(params: KnownParams, options?: StreamMessageOptions): Observable<MessageStreamEvent>;
export function streamMessage(
  params: MessageCreateParams,
  options: StreamMessageOptions = {},
): Observable<MessageStreamEvent> {
  expectResponseOptions('streamMessage', options);
  const request = messageRequest(params, options);
  return responseStream(
    (signal) => post(options.fetch ?? globalThis.fetch, request.url, { ...request.init, signal }),
    options,
    (emit, info) => new MessageDecoder(new MessageReader(emit, info, 'message'), options.maxBufferSize),
    (value) => redact(value, request.secrets),
  );
}

/**
 * Sends the request, and follows its redirects.
 *
 * @throws {APIStatusError} If a redirect changes the method or the origin, or there are too many.
 */
async function post(fetch: FetchLike, url: URL, init: RequestInit, redirects = MAX_REDIRECTS): Promise<ResponseLike> {
  const response = await send(fetch, url, init);
  expectResponse(response);
  if (!isRedirect(response)) return response;
  await cancelBody(response);
  const { status } = response;
  const target = readLocation(response, url);
  const canFollow = (status === 307 || status === 308) && target?.origin === url.origin;
  if (canFollow && redirects > 0) return post(fetch, target, init, redirects - 1);
  const destination = canFollow ? `more than ${MAX_REDIRECTS} times` : `to ${describeTarget(status, target)}`;
  throw new APIStatusError(
    `${addressOf(url)} redirects ${destination}. Only redirects to the same origin with status 307 or 308 are followed. ` +
      'Set baseURL to the final address.',
    { ...readResponseInfo(response), status: status === 0 ? undefined : status },
  );
}

/** Calls `fetch`, which may return something other than a promise if it is the caller's. */
function send(fetch: FetchLike, url: URL, init: RequestInit): Promise<unknown> {
  return Promise.resolve(fetch(url.href, init)).catch((cause: unknown) => {
    // The request itself was validated before, so any rejection is a failure of the connection.
    throw cause instanceof AnthropicError ? cause : noResponse(cause);
  });
}

/** Whether a response is a redirect. Browsers report one with the status 0, because `redirect` is 'manual'. */
function isRedirect({ status }: ResponseLike): boolean {
  return status === 0 || [301, 302, 303, 307, 308].includes(status);
}

function readLocation({ headers }: ResponseLike, url: URL): URL | undefined {
  const location = headers.get('location') ?? '';
  return location === '' ? undefined : parseURL(location, url);
}

function describeTarget(status: number, target: URL | undefined): string {
  if (status === 0) return 'an address that the browser does not reveal';
  return `${target === undefined ? 'an invalid address' : addressOf(target)}, with status ${status}`;
}

/** Returns a URL without its query, which may contain what only the server should see. */
function addressOf({ origin, pathname }: URL): string {
  return origin + pathname;
}
