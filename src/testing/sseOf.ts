import type { AnyEvent } from '../api/events.js';

/** How events are written, by `sseOf` and by the server. */
export interface SseOfOptions {
  /** Whether lines end with CR LF, as some gateways send them, instead of LF. Default false. */
  readonly crlf?: boolean | undefined;
  /** Whether an `event:` line precedes every `data:` line. Default true. */
  readonly eventLines?: boolean | undefined;
  /**
   * The number of spaces before the closing brace of each `data:` line. The API pads its events like this. Default 0.
   */
  readonly padding?: number | undefined;
}

/**
 * Writes events as server-sent events, in the API's form.
 *
 *     sseOf([{ type: 'ping' }])                   // 'event: ping\ndata: {"type":"ping"}\n\n'
 *     sseOf(['data: {oops\n\n'])                  // 'data: {oops\n\n'
 *
 * @param events - The events, in order. A string is written unchanged and ignores the options: a comment, malformed
 *   data, an incomplete event.
 * @param options.crlf - Whether lines end with CR LF instead of LF. Default false.
 * @param options.eventLines - Whether to write the `event:` lines. Default true.
 * @param options.padding - The number of spaces before the closing brace of each `data:` line. Default 0.
 * @returns The text, with a blank line after every event; `''` for no events.
 * @throws {RangeError} If `padding` is not an integer of at least 0.
 * @see https://html.spec.whatwg.org/multipage/server-sent-events.html
 */
export function sseOf(events: readonly (AnyEvent | string)[], options: SseOfOptions = {}): string {
  const { crlf = false, eventLines = true, padding = 0 } = options;
  if (!Number.isInteger(padding) || padding < 0) {
    throw new RangeError(`sseOf: padding must be an integer of at least 0, got ${padding}.`);
  }
  const lineEnd = crlf ? '\r\n' : '\n';
  const frame = (event: AnyEvent) => {
    const data = JSON.stringify(event).slice(0, -1) + ' '.repeat(padding) + '}';
    return (eventLines ? `event: ${event.type}${lineEnd}` : '') + `data: ${data}${lineEnd}${lineEnd}`;
  };
  return events.map((event) => (typeof event === 'string' ? event : frame(event))).join('');
}
