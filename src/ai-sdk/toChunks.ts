import type { OperatorFunction } from 'rxjs';
import type { AnyEvent } from '../api/events.js';
import type { FrameOptions } from '../relay/frameOptions.js';
import { toPublicError } from '../relay/publicError.js';
import { toFrames } from '../relay/toFrames.js';
import { transform } from '../rx/transform.js';
import { finishReasonOf } from './finishReason.js';
import type { ToUIMessageStreamOptions } from './toUIMessageStream.js';
import { UIMessageWriter, type UIMessageEnd } from './uiMessage.js';
import type { UIMessageChunk, UIMessageMetadata } from './uiMessageChunk.js';

/** A chunk, or a sign of life while there is none. */
export type ChunkOrHeartbeat = UIMessageChunk | 'heartbeat';

/**
 * Converts events to chunks and heartbeats. The result never fails: `toFrames` decides what is valid, what is an error,
 * and whether the source may end.
 */
export function toChunks(
  options: ToUIMessageStreamOptions & Pick<FrameOptions, 'heartbeatMs' | 'scheduler'>,
): OperatorFunction<AnyEvent, ChunkOrHeartbeat> {
  const { messageId, messageMetadata = defaultMetadata, describeError } = options;
  return (source) =>
    source.pipe(
      toFrames({ ...options, ids: false }),
      transform((output) => {
        const writer = new UIMessageWriter((chunk) => {
          output.next(chunk);
        }, messageId);
        let hasFailed = false;
        const fail = (errorText: string): void => {
          hasFailed = true;
          writer.start();
          output.next({ type: 'error', errorText });
        };
        return {
          next(frame) {
            if (frame.kind === 'event') writer.add(frame.event);
            else if (frame.kind === 'heartbeat') output.next('heartbeat');
            else if (frame.error.name === 'APIUserAbortError') {
              hasFailed = true;
              writer.start();
              output.next({ type: 'abort' });
            } else fail(frame.error.message);
          },
          complete() {
            if (hasFailed) return;
            const end = writer.end();
            let metadata: unknown;
            try {
              metadata = messageMetadata(end);
            } catch (error) {
              fail(toPublicError(error, describeError).message);
              return;
            }
            const finishReason = end.isPaused ? 'tool-calls' : finishReasonOf(end.stopReason);
            output.next({ type: 'finish', finishReason, messageMetadata: metadata });
          },
        };
      }),
    );
}

function defaultMetadata({ model, stopReason, usage }: UIMessageEnd): UIMessageMetadata {
  return { ...(model !== undefined && { model }), stopReason, usage };
}
