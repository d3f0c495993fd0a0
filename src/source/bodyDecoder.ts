import type { Progress } from '../errors/connectionErrors.js';
import type { SseDecoder } from './sseDecoder.js';
import type { ResponseFacts } from '../errors/statusError.js';

/** Makes values of a response's bytes. It is told whose bytes they are, and tells how far they have come. */
export interface BodyDecoder extends SseDecoder, Progress, ResponseFacts {
  phase: Progress['phase'];
  requestID: string | undefined;
  headers: Headers | undefined;
  /** Throws if the bytes may not end here. */
  end(): void;
  /** How many events with content there were. */
  readonly contents: number;
  /** Whether all has come that is needed: whatever ends the bytes now is no failure. */
  readonly settled: boolean;
}
