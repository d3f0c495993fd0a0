import { EventStreamCodec } from '@smithy/eventstream-codec';
import { InvalidEventError } from '../errors/classes.js';
import { describeCauses } from '../errors/inspectError.js';
import type { Progress } from '../errors/connectionErrors.js';
import type { BodyDecoder, DecodeResult } from '../source/bodyDecoder.js';
import { readMessageBody } from '../source/messageBody.js';
import type { MessageReader } from '../source/messageReader.js';
import { asString, readPath } from '../utils/inspect.js';
import { errorEventOf } from './bedrockExceptions.js';
import { FrameBuffer } from './frameBuffer.js';

/** The longest frame by default, in bytes: that of the largest event that AWS sends. */
const MAX_FRAME_BYTES = 25_165_824;

/** Decodes the frames of an AWS event stream to the events of a message. */
export class BedrockDecoder implements BodyDecoder {
  readonly #reader: MessageReader;
  readonly #frames: FrameBuffer;
  readonly #codec = new EventStreamCodec(
    (input: Uint8Array | string) => (typeof input === 'string' ? input : decodeUtf8(input)),
    (text) => new TextEncoder().encode(text),
  );

  constructor(reader: MessageReader, maxBufferSize = MAX_FRAME_BYTES) {
    this.#reader = reader;
    this.#frames = new FrameBuffer(maxBufferSize);
  }

  get progress(): Progress {
    return this.#reader.progress;
  }

  push(bytes: Uint8Array): DecodeResult {
    const { eventCount, activityCount } = this.#reader;
    try {
      for (const frame of this.#frames.push(bytes)) this.#readFrame(frame);
    } catch (error) {
      if (error instanceof RangeError) throw this.#invalid(error, '');
      throw error;
    }
    return this.#resultSince(eventCount, activityCount);
  }

  flush(): DecodeResult {
    const { eventCount, activityCount } = this.#reader;
    return this.#resultSince(eventCount, activityCount); // half a frame is nothing
  }

  readJson(body: unknown): boolean {
    const events = readMessageBody(body);
    for (const event of events ?? []) this.#reader.readEvent(event);
    return events !== undefined;
  }

  expectComplete(): void {
    this.#reader.expectComplete();
  }

  #readFrame(frame: Uint8Array): void {
    const { headers, body } = this.#decode(frame);
    const header = (name: string): string => asString(readPath(headers, name, 'value')) ?? '';
    const text = decodeUtf8(body);
    switch (header(':message-type')) {
      case 'event':
        if (header(':event-type') === 'chunk') this.#readChunk(text);
        break;
      case 'exception': {
        const message = asString(readPath(parsed(text), 'message')) ?? text;
        this.#fail(header(':exception-type'), message);
        break;
      }
      case 'error':
        this.#fail(header(':error-code'), header(':error-message'));
    }
  }

  /** A chunk is the JSON of an event in base64, within JSON. */
  #readChunk(text: string): void {
    const base64 = readPath(parsed(text), 'bytes');
    let data: string;
    try {
      if (typeof base64 !== 'string') throw new TypeError('The chunk has no bytes.');
      data = decodeUtf8(Uint8Array.from(atob(base64), (character) => character.charCodeAt(0)));
    } catch (cause) {
      throw this.#invalid(cause, text);
    }
    this.#reader.readServerSentEvent({ event: undefined, data });
  }

  #fail(name: string, message: string): void {
    this.#reader.readServerSentEvent({ event: 'error', data: errorEventOf(name, message) });
  }

  #decode(frame: Uint8Array): ReturnType<EventStreamCodec['decode']> {
    try {
      return this.#codec.decode(frame);
    } catch (cause) {
      throw this.#invalid(cause, '');
    }
  }

  #invalid(cause: unknown, data: string): InvalidEventError {
    const message = `The stream contains an invalid frame: ${describeCauses(cause)}`;
    return new InvalidEventError(message, { position: this.#reader.eventCount, data, cause });
  }

  #resultSince(eventCount: number, activityCount: number): DecodeResult {
    const reader = this.#reader;
    return {
      hasEvents: reader.eventCount > eventCount,
      isActive: reader.activityCount > activityCount,
      stage: reader.stage,
    };
  }
}

function decodeUtf8(bytes: Uint8Array): string {
  return new TextDecoder().decode(bytes);
}

function parsed(json: string): unknown {
  try {
    return JSON.parse(json) as unknown;
  } catch {
    return undefined;
  }
}
