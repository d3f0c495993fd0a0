import { isEvent, type AnyEvent } from '../api/events.js';
import type { Reply } from './reply.js';
import { sseOf } from './sseOf.js';

/** How a response ends: as if it were complete, by a lost connection, or not at all. */
export type Ending = 'end' | 'disconnect' | 'reset' | 'stall';

/** The bytes of a response, up to its fault. Can be read once. */
export class ReplyBody {
  readonly #parts: Iterable<string>;
  readonly #chunkBytes: number | undefined;
  readonly #limit: readonly [bytes: number, ending: Ending];
  #ending: Ending = 'end';

  /** @param content - A text, or the events. */
  constructor(content: string | Iterable<AnyEvent | string>, reply: Reply) {
    this.#parts = typeof content === 'string' ? [content] : this.#framesOf(content, reply);
    this.#chunkBytes = reply.chunkBytes;
    this.#limit = limitOf(reply);
  }

  /** How the response ends after the last chunk. Known once all chunks have been read. */
  get ending(): Ending {
    return this.#ending;
  }

  /** The bytes, one write at a time. None of them is created before it is needed. */
  *chunks(): Generator<Uint8Array> {
    const [limit, ending] = this.#limit;
    let remaining = limit;
    if (remaining > 0) {
      for (const chunk of splitBytes(encode(this.#parts), this.#chunkBytes)) {
        if (chunk.length > 0) yield chunk.subarray(0, remaining);
        remaining -= chunk.length;
        if (remaining <= 0) break;
      }
    }
    if (remaining <= 0) this.#ending = ending;
  }

  /** Yields the text of one event at a time, so a long script never has to fit into memory. */
  *#framesOf(events: Iterable<AnyEvent | string>, reply: Reply): Generator<string> {
    const { after } = reply;
    const isReached = after === undefined ? () => false : positionOf(after);
    const reach = (): void => {
      this.#ending = after?.then ?? 'end';
    };
    if (isReached(undefined)) {
      reach();
      return;
    }
    for (const event of events) {
      yield sseOf([event], reply);
      if (!isReached(event)) continue;
      reach();
      return;
    }
  }
}

/**
 * Returns a function that is called once before the events, and with each of them. It returns whether the position has
 * been reached.
 */
function positionOf(after: NonNullable<Reply['after']>): (event: AnyEvent | string | undefined) => boolean {
  if ('event' in after) {
    let seen = -1;
    return () => {
      seen += 1;
      return seen >= after.event;
    };
  }
  let tail = ''; // the text so far that can be the beginning of what is looked for
  return (event) => {
    if (typeof event !== 'object' || !isEvent(event, 'content_block_delta') || event.delta.type !== 'text_delta') {
      return false;
    }
    const text = tail + event.delta.text;
    tail = after.text.length === 1 ? '' : text.slice(1 - after.text.length);
    return text.includes(after.text);
  };
}

function limitOf(reply: Reply): readonly [number, Ending] {
  const { cutAtByte = Infinity, disconnectAtByte = Infinity, resetAtByte = Infinity, stallAtByte = Infinity } = reply;
  const lowest = Math.min(cutAtByte, disconnectAtByte, resetAtByte, stallAtByte);
  if (lowest === cutAtByte) return [lowest, 'end'];
  if (lowest === disconnectAtByte) return [lowest, 'disconnect'];
  return [lowest, lowest === resetAtByte ? 'reset' : 'stall'];
}

function* encode(parts: Iterable<string>): Generator<Uint8Array> {
  const encoder = new TextEncoder();
  for (const part of parts) yield encoder.encode(part);
}

/** Splits bytes into chunks of `size`. Without a `size`, yields the parts unchanged. */
function* splitBytes(parts: Iterable<Uint8Array>, size?: number): Generator<Uint8Array> {
  if (size === undefined) {
    yield* parts;
    return;
  }
  let chunk = new Uint8Array(size);
  let filled = 0;
  for (const part of parts) {
    for (let from = 0; from < part.length;) {
      const piece = part.subarray(from, from + size - filled);
      chunk.set(piece, filled);
      from += piece.length;
      filled += piece.length;
      if (filled === size) {
        yield chunk;
        chunk = new Uint8Array(size);
        filled = 0;
      }
    }
  }
  yield chunk.subarray(0, filled);
}
