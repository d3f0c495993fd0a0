import type { Progress } from '../errors/connectionErrors.js';
import type { ResponseFacts } from '../errors/statusError.js';
import type { MessageStreamEvent } from '../api/events.js';
import type { StreamKind } from '../protocol/streamEnd.js';
import type { BodyDecoder, DecodeResult } from './bodyDecoder.js';
import { readMessageBody } from './messageBody.js';
import { MessageReader } from './messageReader.js';
import { createSseDecoder, type SseDecoder } from './sseDecoder.js';

/** Decodes the bytes of a response to the events of a message. */
export class MessageDecoder implements BodyDecoder {
  readonly #reader: MessageReader;
  readonly #sse: SseDecoder;

  constructor(
    emit: (event: MessageStreamEvent) => void,
    response: ResponseFacts,
    maxBufferSize?: number,
    kind?: StreamKind,
  ) {
    const reader = new MessageReader(emit, response, kind);
    this.#reader = reader;
    this.#sse = createSseDecoder((event) => {
      reader.readServerSentEvent(event);
    }, maxBufferSize);
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
