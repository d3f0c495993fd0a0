import { createParser } from 'eventsource-parser';
import { InvalidEventError } from '../errors/classes.js';

/** One event of a stream of server-sent events, as it was sent. */
export interface ServerSentEvent {
  /** The `event:` field. */
  readonly event?: string | undefined;
  /** The `data:` fields, joined by line feeds. */
  readonly data: string;
  /** The `id:` field. */
  readonly id?: string | undefined;
  /** The bytes ended before the blank line that ends an event, so `data` may have been cut. */
  readonly unterminated?: true;
}

/** Takes bytes, cut anywhere. */
export interface SseDecoder {
  /** @throws {InvalidEventError} If an unfinished event is longer than `maxBufferSize`. */
  push(bytes: Uint8Array): void;
  /** Ends the bytes: an event that lacks its blank line comes out, marked as `unterminated`. */
  flush(): void;
}

const STREAM = { stream: true };

/**
 * Decodes bytes to server-sent events.
 *
 * @param onEvent - Called for each event, in the same turn as the bytes that end it. What it throws comes out of `push`.
 * @param maxBufferSize - The most that is kept of an unfinished event, in UTF-16 code units. Default 16 777 216 (16 Mi).
 * @see https://html.spec.whatwg.org/multipage/server-sent-events.html#event-stream-interpretation
 */
export function sseDecoder(onEvent: (event: ServerSentEvent) => void, maxBufferSize = 16_777_216): SseDecoder {
  const decoder = new TextDecoder();
  let count = 0;
  let ended = false;
  let last = '';
  const { feed } = createParser({
    maxBufferSize,
    onEvent(event) {
      count += 1;
      onEvent(ended ? { ...event, unterminated: true } : event);
    },
    onError(cause) {
      if (!cause.type.startsWith('max')) return; // a field that no event has: ignored, as the standard says
      throw new InvalidEventError(
        `An event is longer than maxBufferSize, ${maxBufferSize} UTF-16 code units: raise it.`,
        { position: count, data: '', cause },
      );
    },
  });
  return {
    push(bytes) {
      const text = decoder.decode(bytes, STREAM);
      if (text !== '') last = text;
      feed(text);
    },
    flush() {
      if (last.endsWith('\r')) feed('\n'); // what the parser still waits for, to see CRLF or CR
      ended = true;
      feed(`${decoder.decode()}\n\n`);
    },
  };
}
