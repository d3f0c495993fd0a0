import type { Agent } from 'node:http';
import { onAbort } from '../rx/onAbort.js';
import { dispatcherSend, type DispatcherLike } from './dispatcherSend.js';
import type { OutgoingRequest, Send } from './exchange.js';
import { httpSend } from './httpSend.js';
import { NodeResponse } from './nodeResponse.js';
import { createRequest } from './outgoingRequest.js';
import { isRedirect, redirectTo } from './redirect.js';

/** How many redirects are followed, as in the standard of `fetch`. */
const MAX_REDIRECTS = 20;

/** Makes requests as `fetch` does. The body of its response can be read by a source only. */
export type NodeFetch = (url: string | URL, init?: RequestInit) => Promise<NodeResponse>;

export interface NodeFetchOptions {
  /**
   * The agent of `node:http` or `node:https`, or a function from an address to its agent. Default: the global agent of
   * Node, which keeps connections alive.
   */
  readonly agent?: Agent | ((url: URL) => Agent | undefined) | undefined;
  /** A dispatcher of undici, which makes the requests instead of `node:http`. */
  readonly dispatcher?: DispatcherLike | undefined;
}

/**
 * Creates a `fetch` for sources that reads from Node's sockets without web streams, whose cost per event is higher than
 * that of everything else: `npm run bench -- sockets`.
 *
 *     subscribe        ^                            !
 *     socket           ---(headers)--data--data--data     data: a chunk, inside the stream's own event
 *     source           ---------------s-----d-----d--     decoded before the next chunk is read
 *
 * It behaves as Node's `fetch` does, with the same errors: `TypeError: fetch failed` without a response, and
 * `TypeError: terminated` if the body is not complete; their `cause` is the error of the client. `method`, `headers`,
 * `body`, `signal` and `redirect` are used; other options are ignored. There is no timeout except those of the source, and
 * those of the dispatcher if there is one.
 *
 * Responses are not compressed, unless the request has another `accept-encoding` than `identity`. A body is decoded from
 * gzip, deflate and br, and from zstd as of Node 22.15. The socket returns to its agent once the body has been read to its
 * end. Until the source reads, or while its `demand` is closed, at most 64 KiB are held and the socket is paused.
 *
 * @param options.agent - An agent of `node:http` or `node:https`, or a function from an address to its agent. Default: the
 * global agent of Node, which keeps connections alive.
 * @param options.dispatcher - A dispatcher of undici, which makes the requests instead.
 * @returns The value of the option `fetch` of `streamMessage` and `serverSentEvents`. It can be used for many requests.
 * @throws {TypeError} At call time, if both are given.
 * @example
 * streamMessage(params, { fetch: nodeFetch() }).pipe(textDeltas());
 * @see https://nodejs.org/api/http.html#class-httpagent
 */
export function nodeFetch({ agent, dispatcher }: NodeFetchOptions = {}): NodeFetch {
  if (agent !== undefined && dispatcher !== undefined) {
    throw new TypeError('nodeFetch: pass either agent or dispatcher, not both.');
  }
  const send = dispatcher ? dispatcherSend(dispatcher) : httpSend(typeof agent === 'function' ? agent : () => agent);
  return async (url, init = {}) => follow(send, await createRequest(url, init), init.redirect ?? 'follow');
}

async function follow(
  send: Send,
  request: OutgoingRequest,
  mode: RequestRedirect,
  redirects = MAX_REDIRECTS,
): Promise<NodeResponse> {
  const response = await exchange(send, request);
  if (mode === 'manual' || !isRedirect(response)) return response;
  await response.body?.cancel();
  if (mode === 'error') throw failure(new Error('unexpected redirect'));
  if (redirects === 0) throw failure(new Error('redirect count exceeded'));
  const next = redirectTo(response, request);
  if (next === undefined) throw failure(new Error('the redirect leads to an address that is not supported'));
  return follow(send, next, mode, redirects - 1);
}

/** Sends a request, and waits for the headers of its response. */
async function exchange(send: Send, request: OutgoingRequest): Promise<NodeResponse> {
  const { signal } = request;
  signal?.throwIfAborted();
  try {
    const incoming = await send(request);
    const stopListening = signal && onAbort(signal, () => incoming.stream.destroy());
    return new NodeResponse(incoming, signal, () => stopListening?.());
  } catch (cause) {
    signal?.throwIfAborted();
    throw failure(cause);
  }
}

/** Creates the error of a request without a response, as Node's `fetch` does. */
function failure(cause: unknown): TypeError {
  return new TypeError('fetch failed', { cause });
}
