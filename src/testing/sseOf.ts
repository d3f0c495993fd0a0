import type { AnyEvent } from '../api/events.js';

/** How `sseOf` and the server write events. */
export interface SseOfOptions {
  /** Lines end in CR LF, as behind some gateways. Default false: LF. */
  readonly crlf?: boolean;
  /** An `event:` line stands before every `data:` line. Default true. */
  readonly eventLines?: boolean;
  /** How many spaces stand before the closing brace of each `data:` line, as the API pads it. Default 0. */
  readonly padding?: number;
}

/**
 * Writes events as server-sent events, the way the API does.
 *
 *     sseOf([{ type: 'ping' }])                   // 'event: ping\ndata: {"type":"ping"}\n\n'
 *     sseOf(['data: {oops\n\n'])                  // 'data: {oops\n\n'
 *
 * @param events - The events in their order. A string is put in as it is, whatever the options say: comments, malformed
 *   data, half an event.
 * @param options.crlf - Lines end in CR LF. Default false: LF.
 * @param options.eventLines - Write the `event:` lines. Default true.
 * @param options.padding - Spaces before the closing brace of each `data:` line. Default 0.
 * @returns The text, with a blank line after every event; `''` for no events.
 * @throws {RangeError} If `padding` is not a whole number from 0 up.
 * @see https://html.spec.whatwg.org/multipage/server-sent-events.html
 */
export function sseOf(events: readonly (AnyEvent | string)[], options: SseOfOptions = {}): string {
  const { crlf = false, eventLines = true, padding = 0 } = options;
  if (!Number.isInteger(padding) || padding < 0) {
    throw new RangeError(`sseOf: padding must be a whole number from 0 up, got ${padding}`);
  }
  const lineEnd = crlf ? '\r\n' : '\n';
  const frame = (event: AnyEvent) => {
    const data = JSON.stringify(event).slice(0, -1) + ' '.repeat(padding) + '}';
    return (eventLines ? `event: ${event.type}${lineEnd}` : '') + `data: ${data}${lineEnd}${lineEnd}`;
  };
  return events.map((event) => (typeof event === 'string' ? event : frame(event))).join('');
}
