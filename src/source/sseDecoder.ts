import { createParser, type EventSourceParser } from 'eventsource-parser';
import { InvalidEventError } from '../errors.js';

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

/** The most that is kept of one unfinished event, in UTF-16 code units. */
export const DEFAULT_MAX_BUFFER_SIZE = 16 * 1024 * 1024;

/**
 * Decodes bytes, cut anywhere, to server-sent events.
 *
 * @see https://html.spec.whatwg.org/multipage/server-sent-events.html#event-stream-interpretation
 */
export class SseDecoder {
  readonly #text = new TextDecoder();
  readonly #parser: EventSourceParser;
  #ended = false;
  #count = 0;
  #lastCharacter = '';

  /**
   * @param onEvent - Called for each event, in the same turn as the bytes that end it. What it throws comes out of `push`.
   * @param maxBufferSize - The most that is kept of an unfinished event, in UTF-16 code units.
   */
  constructor(onEvent: (event: ServerSentEvent) => void, maxBufferSize: number) {
    this.#parser = createParser({
      maxBufferSize,
      onEvent: (event) => {
        this.#count += 1;
        onEvent(this.#ended ? { ...event, unterminated: true } : event);
      },
      onError: (error) => {
        if (error.type !== 'max-buffer-size-exceeded') return; // a field that no event has: ignored, as the standard says
        throw new InvalidEventError(
          `An event is longer than maxBufferSize, ${maxBufferSize} UTF-16 code units: raise it.`,
          { position: this.#count, data: '', cause: error },
        );
      },
    });
  }

  /** @throws {InvalidEventError} If an unfinished event is longer than `maxBufferSize`. */
  push(bytes: Uint8Array): void {
    const text = this.#text.decode(bytes, { stream: true });
    this.#lastCharacter = text.at(-1) ?? this.#lastCharacter;
    this.#parser.feed(text);
  }

  /** Ends the bytes: an event that lacks its blank line comes out, marked as `unterminated`. */
  end(): void {
    if (this.#lastCharacter === '\r') this.#parser.feed('\n'); // what the parser still waits for, to see CRLF or CR
    this.#ended = true;
    this.#parser.feed(`${this.#text.decode()}\n\n`);
  }
}
