/** The stream that the gateways pass on. Each delta begins with a mark, so that a client can count them without parsing. */
import { buildMessage, eventsOf, sseOf, textBlock } from 'rxjs-anthropic/testing';
import { DELTA_LENGTH } from '../fixtures.js';

export const MARK = '@';

/** A mark, and the time at which the delta was written. */
export const STAMP = new RegExp(`${MARK}([0-9a-z]{${DELTA_LENGTH - 1}})`, 'g');

/** Returns how long ago the text of a delta was written, in µs. */
export function delayOf(text: string): number {
  return now() - parseInt(text.slice(MARK.length), 36);
}

const encoder = new TextEncoder();
const events = eventsOf(buildMessage({ content: [textBlock('.')] }));
const at = events.findIndex(({ type }) => type === 'content_block_delta');

/** The frames before and after the deltas. */
export const HEAD = encoder.encode(sseOf(events.slice(0, at)));
export const TAIL = encoder.encode(sseOf(events.slice(at + 1)));

/** Returns the frame of a delta that is written now. */
export function deltaFrame(): string {
  const text = `${MARK}${now()
    .toString(36)
    .padStart(DELTA_LENGTH - 1, '0')}`;
  const data = `{"type":"content_block_delta","index":0,"delta":{"type":"text_delta","text":"${text}"}}`;
  return `event: content_block_delta\ndata: ${data}\n\n`;
}

/** A clock that all processes of a machine share, in µs. */
export function now(): number {
  return Number(process.hrtime.bigint() / 1000n);
}
