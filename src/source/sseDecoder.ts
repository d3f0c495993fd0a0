import { createParser } from 'eventsource-parser';
import { InvalidEventError } from '../errors/classes.js';
import { EmptyErrors } from './emptyErrors.js';
import { Utf8Decoder } from './utf8Decoder.js';

/** One server-sent event, as it was sent. */
export interface ServerSentEvent {
  /** The `event:` field. */
  readonly event?: string | undefined;
  /** The `data:` fields, joined by line feeds. */
  readonly data: string;
  /** The `id:` field. */
  readonly id?: string | undefined;
  /** Set if the bytes ended before the blank line that ends an event, so that `data` may be truncated. */
  readonly unterminated?: true;
}

/** Decodes bytes, which may be split anywhere. */
export interface SseDecoder {
  /** @throws {InvalidEventError} If an unfinished event is longer than `maxBufferSize`. */
  push(bytes: Uint8Array): void;
  /**
   * Emits the last event if its blank line is missing, marked as `unterminated`. Called when no more bytes will arrive.
   */
  flush(): void;
}

/** The default of `maxBufferSize`, in UTF-16 code units. */
export const DEFAULT_MAX_BUFFER_SIZE = 16_777_216;

/**
 * Reads the frame that begins at `start` without the parser, if it can.
 *
 * @returns Where the frame ends; `start` if the parser has to read it.
 */
export type ReadFrame = (text: string, start: number) => number;

const FRAME_END = '\n\n';

/**
 * Creates a decoder from bytes to server-sent events.
 *
 * @param onEvent - Called synchronously for each event. An error that it throws is thrown by `push` or `flush`.
 * @param maxBufferSize - Longest unfinished event, in UTF-16 code units. A longer one makes `push` throw. Default
 * 16 777 216 (16 Mi).
 * @param readFrame - Called where the first whole frame of a chunk begins, and after each frame that it has read. `onEvent` is
 * not called for those. The parser reads the rest of the chunk. Default: the parser reads all frames.
 * @see https://html.spec.whatwg.org/multipage/server-sent-events.html#event-stream-interpretation
 */
export function createSseDecoder(
  onEvent: (event: ServerSentEvent) => void,
  maxBufferSize = DEFAULT_MAX_BUFFER_SIZE,
  readFrame: ReadFrame = (_, start) => start,
): SseDecoder {
  const decoder = new Utf8Decoder();
  let eventCount = 0;
  const errors = new EmptyErrors();
  let isFlushing = false;
  let lastText = '';
  /** Whether the parser holds no part of a frame, so that the next text begins a frame. */
  let isBetweenFrames = false;
  const { feed } = createParser({
    maxBufferSize,
    onEvent(event) {
      eventCount += 1;
      onEvent(isFlushing ? { ...event, unterminated: true } : event);
    },
    onError(cause) {
      if (cause.type !== 'max-buffer-size-exceeded') return; // an unknown field, which the standard says to ignore
      throw new InvalidEventError(
        `An event is longer than maxBufferSize, ${maxBufferSize} UTF-16 code units. Increase maxBufferSize.`,
        { position: eventCount, data: '', cause },
      );
    },
  });

  const parse = (text: string): void => {
    feed(errors.push(text));
    isBetweenFrames = text.endsWith(FRAME_END);
  };

  /** Lets the parser finish the frame that the last text began. Returns where the next frame begins. */
  const finishFrame = (text: string): number => {
    if (isBetweenFrames) return 0;
    const end = text.indexOf(FRAME_END);
    const next = end === -1 ? text.length : end + FRAME_END.length;
    parse(text.slice(0, next));
    return next;
  };

  /** Reads frames without the parser, until it has to read one. Returns where that begins. */
  const readFrames = (text: string, from: number): number => {
    let start = from;
    while (start < text.length) {
      const end = readFrame(text, start);
      if (end === start) break;
      eventCount += 1;
      start = end;
    }
    return start;
  };

  return {
    push(bytes) {
      const text = decoder.push(bytes);
      if (text === '') return;
      lastText = text;
      const rest = readFrames(text, finishFrame(text));
      if (rest < text.length) parse(text.slice(rest));
    },
    flush() {
      // After a CR the parser waits for the next character, since the line may end with CRLF.
      feed(errors.push(lastText.endsWith('\r') ? '\n' : ''));
      isFlushing = true;
      feed(errors.push(decoder.flush()) + errors.flush());
    },
  };
}
