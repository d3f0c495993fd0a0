import { endWith, map, type Observable } from 'rxjs';
import type { AnyEvent } from '../api/events.js';
import type { SchedulerLike } from 'rxjs';
import { expectAtLeast } from '../utils/options.js';
import { safeStringify } from '../utils/safeStringify.js';
import { toChunks, type ChunkOrHeartbeat } from './toChunks.js';
import { expectUIMessageOptions, type ToUIMessageStreamOptions } from './toUIMessageStream.js';
import type { UIMessageChunk } from './uiMessageChunk.js';

/** The options of a response that is a UI message stream. */
export interface UIMessageResponseOptions extends ToUIMessageStreamOptions {
  /** More headers of the response. They replace those that the package sets. */
  readonly headers?: HeadersInit | undefined;
  /**
   * How long nothing may be sent before a comment is, in ms, so that no proxy closes the connection. Default 15 000.
   * `Infinity` sends none.
   */
  readonly heartbeatMs?: number | undefined;
  /** The most that may wait for a client that does not read, in bytes. Beyond it, the stream ends with an error. Default 16 MiB. */
  readonly maxPendingBytes?: number | undefined;
  /** The scheduler of the comments. Default `asyncScheduler`. */
  readonly scheduler?: SchedulerLike | undefined;
}

/** The default of `maxPendingBytes`. */
export const MAX_PENDING_BYTES = 16_777_216;

/** The last line of a UI message stream. */
const DONE = 'data: [DONE]\n\n';

/** What is sent if the client reads too slowly, or if the service stops. */
export const TOO_SLOW = endText('The client reads the stream too slowly.');
export const STOPPED = endText('The service stopped the stream.');

/**
 * Validates the options at call time.
 *
 * @throws {RangeError} If `heartbeatMs` or `maxPendingBytes` is less than 1 or not a number.
 * @throws {TypeError} If `messageMetadata` or `describeError` is not a function.
 */
export function expectResponseOptions(caller: string, options: UIMessageResponseOptions): void {
  expectUIMessageOptions(caller, options);
  const { heartbeatMs, maxPendingBytes } = options;
  expectAtLeast(1, caller, { heartbeatMs, maxPendingBytes });
}

/** Converts events to the text of a UI message stream. The result never fails, and its last text is `[DONE]`. */
export function toChunkTexts(source: Observable<AnyEvent>, options: UIMessageResponseOptions): Observable<string> {
  return source.pipe(toChunks(options), map(textOf), endWith(DONE));
}

/** Returns the headers of the response. */
export function streamHeaders({ headers }: UIMessageResponseOptions): Headers {
  const all = new Headers({
    'content-type': 'text/event-stream; charset=utf-8',
    'cache-control': 'no-cache, no-transform', // compression would hold chunks back
    'x-accel-buffering': 'no', // nginx would hold chunks back
    'x-vercel-ai-ui-message-stream': 'v1',
  });
  const added = new Headers(headers);
  for (const name of added.keys()) all.delete(name);
  for (const [name, value] of added) all.append(name, value);
  return all;
}

function textOf(chunk: ChunkOrHeartbeat): string {
  if (chunk === 'heartbeat') return ': keep-alive\n\n';
  return `data: ${safeStringify(chunk) ?? withoutMetadata(chunk)}\n\n`;
}

/** Only metadata that a function returned may have no JSON form, such as a circular value. */
function withoutMetadata(chunk: UIMessageChunk): string {
  return JSON.stringify({ ...chunk, messageMetadata: undefined });
}

function endText(errorText: string): string {
  return `data: ${JSON.stringify({ type: 'error', errorText })}\n\n${DONE}`;
}
