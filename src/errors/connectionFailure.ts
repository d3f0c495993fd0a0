import { asString, readPath } from '../utils/inspect.js';
import { causesOf, isNamed } from './inspectError.js';

/** The codes and messages of a connection that could not be made or was lost, and the runtimes they come from. */
const FAILURES: readonly RegExp[] = [
  /^econn(refused|reset|aborted)$/i, // Node
  /^epipe$/i, // Node
  /^etimedout$/i, // Node
  /^enotfound$/i, // Node, DNS
  /^eai_again$/i, // Node, DNS
  /^e(net|host)(unreach|down)$/i, // Node
  /^und_err_(socket|\w+_timeout|response|closed|destroyed)$/i, // undici
  /^socket hang up$/i, // node:http
  /^fetch failed$/i, // Node: no response
  /^terminated$/i, // Node: the body was lost
  /^failed to fetch$/i, // Chromium: no response
  /^network ?error$/i, // Chromium: the body was lost
  /^load failed$/i, // Safari: no response, or the body was lost
  /^networkerror when .*$/i, // Firefox: no response
  /^error in input stream$/i, // Firefox: the body was lost
  /^the socket connection was closed .*$/i, // Bun
];

/** What runtimes put around these messages: the class as `String(error)` does, a host in parentheses, a full stop. */
const DECORATIONS = /^\w*error: |( \([^()]*\))?\.?$/gi;

/** Whether an error, or one of its causes, says that a connection could not be made or was lost. */
export function isConnectionFailure(error: unknown): boolean {
  if (isNamed(error, 'APIConnectionError', 'APIConnectionTimeoutError')) return true;
  return causesOf(error).some((cause) =>
    [readPath(cause, 'code'), readPath(cause, 'message')].some((words) => {
      const plain = asString(words)?.replace(DECORATIONS, '') ?? '';
      return FAILURES.some((failure) => failure.test(plain));
    }),
  );
}
