import type { AnyEvent } from '../api/events.js';
import { expectOneOf } from '../utils/options.js';
import { isRecord } from '../utils/inspect.js';
import { MAX_TIMER_MS } from '../utils/timers.js';
import type { Message } from '../api/message.js';
import { eventsOf } from './eventsOf.js';
import type { SseOfOptions } from './sseOf.js';

/**
 * The response to one request: its body, how it is sent, and how it ends. The default body is a short greeting, or the
 * JSON of the API's error if `status` is at least 400.
 *
 * `after` is the simplest way to make a response incomplete. The `…AtByte` can also split an event or a character: they
 * count the bytes of the body before gzip. Of several such positions, the first one applies. A position in bytes that is
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
  /**
   * Ends the body of events early: after so many of its events (0: after the headers), or after the event with which
   * `text` is complete in the message's text. `then` says how: the response ends as if it were complete (`'end'`), the
   * connection is closed (`'disconnect'`) or reset (`'reset'`), or nothing more is sent (`'stall'`), as described at the
   * `…AtByte` below. Has no effect on a body that is not events.
   */
  readonly after?: ReplyEnding | undefined;
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

/** What happens to a response after some of its events, or after some of its text. */
export type ReplyEnding = ({ readonly event: number } | { readonly text: string }) & {
  readonly then: 'end' | 'disconnect' | 'reset' | 'stall';
};

/**
 * Checks the options of a reply.
 *
 * @param caller - The function whose script it is, for the messages of the errors.
 * @throws {RangeError} If a number is out of range, or if the message ends before the position `after`. The error names
 *   the first such option.
 * @throws {TypeError} If `noResponse` or `after` has another value.
 */
export function checkReply(reply: Reply, caller: string): void {
  expectOneOf(caller, 'noResponse', reply.noResponse, ['close', 'reset']);
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
      throw new RangeError(`${caller}: ${name} must be an integer from ${least} to ${MAX_TIMER_MS}, got ${value}.`);
    }
  }
  if (reply.after !== undefined) checkEnding(reply.after, reply.message, caller);
}

function checkEnding(after: ReplyEnding, message: Message | undefined, caller: string): void {
  if (!isRecord(after)) throw new TypeError(`${caller}: after must be an object, got ${typeof after}.`);
  const { event, text, then }: { event?: unknown; text?: unknown; then?: unknown } = after;
  expectOneOf(caller, 'after.then', then ?? null, ['end', 'disconnect', 'reset', 'stall']);
  const hasText = typeof text === 'string' && text !== '';
  const hasEvent = typeof event === 'number' && Number.isInteger(event) && event >= 0;
  if (hasText === hasEvent || (event !== undefined && text !== undefined)) {
    throw new TypeError(`${caller}: after must have either an event, which is an integer of at least 0, or a text.`);
  }
  if (message === undefined) return;
  if (hasText && !textOf(message).includes(text)) {
    throw new RangeError(`${caller}: after.text is not in the text of the message: ${JSON.stringify(text)}.`);
  }
  const { length } = eventsOf(message);
  if (hasEvent && event > length) {
    throw new RangeError(`${caller}: after.event is ${event}, but the message has ${length} events.`);
  }
}

function textOf(message: Message): string {
  return message.content.map((block) => (block.type === 'text' ? block.text : '')).join('');
}
