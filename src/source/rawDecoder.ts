import type { Progress } from '../errors/connectionErrors.js';
import type { ResponseFacts } from '../errors/statusError.js';
import type { BodyDecoder, DecodeResult } from './bodyDecoder.js';
import { createSseDecoder, type ServerSentEvent, type SseDecoder } from './sseDecoder.js';

/**
 * Decodes the bytes of a response to server-sent events. Each event counts as content, and the body may end after any
 * of them.
 */
export class RawDecoder implements BodyDecoder {
  readonly #requestID: string | undefined;
  readonly #sse: SseDecoder;
  #eventCount = 0;
  #lastEvent: string | undefined;

  constructor(emit: (event: ServerSentEvent) => void, response: ResponseFacts, maxBufferSize?: number) {
    this.#requestID = response.requestID;
    this.#sse = createSseDecoder((event) => {
      this.#eventCount += 1;
      this.#lastEvent = event.event ?? 'message'; // the default type of a server-sent event
      emit(event);
    }, maxBufferSize);
  }

  get progress(): Progress {
    return {
      phase: this.#eventCount === 0 ? 'before-content' : 'mid-content',
      lastEvent: this.#lastEvent,
      requestID: this.#requestID,
    };
  }

  push(bytes: Uint8Array): DecodeResult {
    const eventCount = this.#eventCount;
    this.#sse.push(bytes);
    return this.#resultSince(eventCount);
  }

  flush(): DecodeResult {
    const eventCount = this.#eventCount;
    this.#sse.flush();
    return this.#resultSince(eventCount);
  }

  readJson(): boolean {
    return false; // nothing says which events the JSON stands for
  }

  expectComplete(): void {
    // Raw events may end anywhere.
  }

  #resultSince(eventCount: number): DecodeResult {
    const hasEvents = this.#eventCount > eventCount;
    return { hasEvents, isActive: hasEvents, stage: 'open' };
  }
}
