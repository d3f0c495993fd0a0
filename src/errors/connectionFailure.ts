import { asString, isObject, readPath } from '../utils/inspect.js';
import { causesOf, isNamed } from './inspectError.js';

/**
 * The error codes and messages for a connection that could not be established or was lost, with the runtime that uses
 * each. Each is a pattern that must match the complete text, ignoring case. "No response" means that `fetch` rejected;
 * "lost" means that reading the body failed later.
 */
const FAILURES: readonly string[] = [
  // In `error.code`, or the `code` of its cause:
  'ECONNREFUSED', // Node: nothing listens on that port
  'ECONNRESET|ECONNABORTED|EPIPE', // Node: the connection was closed
  'E(SOCKET)?TIMEDOUT', // Node, and the package `request`: no answer from the host
  'ENOTFOUND|EAI_AGAIN', // Node: DNS
  'ENETUNREACH|ENETDOWN|EHOSTUNREACH|EHOSTDOWN', // Node: no route to the host
  'UND_ERR_(SOCKET|RESPONSE|CLOSED|DESTROYED|\\w+_TIMEOUT)', // Node: undici, which `fetch` is built on
  'ERR_HTTP2_\\w+|ERR_STREAM_PREMATURE_CLOSE|EPROTO', // Node: HTTP/2, node-fetch, TLS
  'HPE_\\w+', // Node: the answer is not HTTP
  'ERR_NETWORK', // axios: no response
  'Connection(Refused|Closed|Reset)|FailedToOpenSocket', // Bun

  // In `error.message`:
  'fetch failed', // Node: no response
  'terminated', // Node: lost
  'socket hang up', // Node: `node:http`, no response
  'Failed to fetch', // Chromium: no response
  'network ?error', // Chromium: lost
  'Load failed', // Safari: no response, or lost
  'network ?error when .*', // Firefox: no response, "NetworkError when attempting to fetch resource."
  'Error in input stream', // Firefox: lost
  'The socket connection was closed .*', // Bun: no response, or lost, "… unexpectedly. For more information, …"
  'Unable to connect\\. Is the computer .*', // Bun: no response, "… able to access the url?"
  'error sending request .*', // Deno: no response, "… for url (https://…): …"
  'error reading a body from connection.*', // Deno: lost
  '(The )?network connection( was)? lost', // Cloudflare, and Safari on iOS: lost
  'The request timed out', // Safari
  'The Internet connection appears to be offline', // Safari
  'Network request (failed|timed out)', // React Native
  'Could not connect to the server', // Safari on iOS: no response
  'A server with the specified hostname could not be found', // Safari on iOS
  'An SSL error has occurred and .*', // Safari on iOS
  'The operation couldn.t be completed\\. .*', // Safari on iOS: an error of the system
  'client error \\(Connect\\).*', // Deno: no response
  'request or response body error.*', // Deno: lost
  'internal error; reference = \\w+', // Cloudflare
  'net::ERR_\\w+', // Electron
  '(Invalid response body while .*: )?Premature close', // node-fetch: lost
];

/**
 * Also matches what runtimes add to these texts: the name of the class, as in `String(error)`; details in parentheses;
 * a full stop. The lookahead rejects text with several lines, which no runtime writes. Without it, `.*` could backtrack
 * from the end of each line, and the time would be quadratic in the length of the text.
 */
const CONNECTION_FAILURE = new RegExp(`^(?=.*$)(\\w*error: )?(${FAILURES.join('|')})( \\(.*\\))?\\.?$`, 'i');

/** Whether an error, or one of its causes, says that a connection could not be established or was lost. */
export function isConnectionFailure(error: unknown): boolean {
  if (isNamed(error, 'APIConnectionError', 'APIConnectionTimeoutError')) return true;
  return causesOf(error).some(
    (cause) =>
      isNamed(cause, 'TimeoutError', 'NetworkError') || // from `AbortSignal.timeout()`, and a DOMException
      readPath(cause, 'status') === 0 || // Angular's HttpErrorResponse
      describesFailure(cause, 'code') ||
      describesFailure(cause, 'message'),
  );
}

/** Whether a value is an error that JavaScript throws for a programming mistake, or is not an object at all. */
export function isProgramFault(error: unknown): boolean {
  return !isObject(error) || isNamed(error, 'TypeError', 'ReferenceError', 'SyntaxError', 'RangeError');
}

function describesFailure(cause: unknown, field: 'code' | 'message'): boolean {
  return CONNECTION_FAILURE.test(asString(readPath(cause, field)) ?? '');
}
