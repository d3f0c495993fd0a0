import type { ErrorPhase } from '../errors.js';
import type { ResponseInfo } from './responseInfo.js';

/** Makes values of a response's bytes. */
export interface BodyDecoder {
  /** Learns whose bytes they are. */
  begin(response: ResponseInfo): void;
  /** Takes the next bytes. What it throws fails the stream. */
  push(bytes: Uint8Array): void;
  /** Takes what is left when no more bytes come. */
  flush(): void;
  /** Throws if the bytes may not end here. */
  check(): void;
  readonly phase: ErrorPhase;
  /** The type of the last event. */
  readonly lastEvent: string | undefined;
  /** How many events with content there were. */
  readonly contents: number;
  /** Whether all has come that is needed: whatever ends the bytes now is no failure. */
  readonly settled: boolean;
}
