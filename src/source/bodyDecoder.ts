import type { Progress } from '../errors/connectionErrors.js';
import type { ResponseFacts } from '../errors/statusError.js';
import type { StreamStage } from '../protocol/streamEnd.js';

/** What a decoder found in the bytes that it was given. */
export interface DecodeResult {
  /** Whether there were events. */
  readonly hasEvents: boolean;
  /** Whether one of the events shows that the model is at work, which restarts `contentMs`. */
  readonly isActive: boolean;
  /** How far the stream now is from its end. Once it is complete, a lost connection is no longer a failure. */
  readonly stage: StreamStage;
}

/** Decodes the body of one response, and emits its values synchronously. */
export interface BodyDecoder {
  /** How far the stream has progressed, for errors. */
  readonly progress: Progress;
  /** Decodes bytes, which may begin and end anywhere. Throws if they contain an invalid event. */
  push(bytes: Uint8Array): DecodeResult;
  /**
   * Reads a body that is JSON instead of a stream.
   *
   * @returns Whether the body is a message, whose events have now been emitted.
   */
  readJson(body: unknown): boolean;
  /** Emits the last event if only its blank line is missing. Called when no more bytes will arrive. */
  flush(): DecodeResult;
  /** Throws if the body is not allowed to end here. */
  expectComplete(): void;
}

/** Creates the decoder of a response, once its headers have arrived. */
export type CreateDecoder<T> = (emit: (value: T) => void, response: ResponseFacts) => BodyDecoder;
