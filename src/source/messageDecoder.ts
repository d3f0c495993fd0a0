import type { ContentBlockDeltaEvent } from '../api/events.js';
import type { Progress } from '../errors/connectionErrors.js';
import type { BodyDecoder, DecodeResult } from './bodyDecoder.js';
import { readDeltaFrame } from './deltaPattern.js';
import { readMessageBody } from './messageBody.js';
import type { MessageReader } from './messageReader.js';
import { createSseDecoder, type SseDecoder } from './sseDecoder.js';

/** Reads the events of a message: a {@link MessageReader}, or what stands in for it. */
export type EventReader = Pick<
  MessageReader,
  'progress' | 'eventCount' | 'activityCount' | 'stage' | 'readServerSentEvent' | 'readEvent' | 'expectComplete'
>;

/** Decodes the bytes of a response to the events of a message. */
export class MessageDecoder implements BodyDecoder {
  readonly #reader: EventReader;
  readonly #sse: SseDecoder;

  constructor(reader: EventReader, maxBufferSize?: number) {
    this.#reader = reader;
    const readDelta = (event: ContentBlockDeltaEvent, data: string): void => {
      reader.readEvent(event, data);
    };
    this.#sse = createSseDecoder(
      (event) => {
        reader.readServerSentEvent(event);
      },
      maxBufferSize,
      (text, start) => readDeltaFrame(text, start, readDelta),
    );
  }

  get progress(): Progress {
    return this.#reader.progress;
  }

  push(bytes: Uint8Array): DecodeResult {
    const { eventCount, activityCount } = this.#reader;
    this.#sse.push(bytes);
    return this.#resultSince(eventCount, activityCount);
  }

  flush(): DecodeResult {
    const { eventCount, activityCount } = this.#reader;
    this.#sse.flush();
    return this.#resultSince(eventCount, activityCount);
  }

  readJson(body: unknown): boolean {
    const events = readMessageBody(body);
    for (const event of events ?? []) this.#reader.readEvent(event);
    return events !== undefined;
  }

  expectComplete(): void {
    this.#reader.expectComplete();
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
