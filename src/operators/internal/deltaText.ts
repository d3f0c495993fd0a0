import type { OperatorFunction } from 'rxjs';
import { isEvent, type AnyEvent, type ContentBlockDelta, type MessageRestartEvent } from '../../api/events.js';
import type { ContentBlock } from '../../api/message.js';
import { transform } from '../../rx/transform.js';
import { textPieces } from './textPieces.js';

export interface DeltaTextOptions {
  /** Whether a `message_restart` comes out between the strings, for consumers that hold text back or show it. Default false. */
  readonly restarts?: boolean;
}

/** Selects the text of one kind of delta, in the pieces that {@link textPieces} tells. */
export function deltaText(
  textOf: (part: ContentBlockDelta | ContentBlock) => string | undefined,
  options: DeltaTextOptions | undefined,
): OperatorFunction<AnyEvent, string | MessageRestartEvent> {
  return transform((output) => {
    const pieces = textPieces(textOf, (piece) => {
      output.next(piece);
    });
    if (options?.restarts !== true) return pieces;
    return {
      next(event) {
        pieces.next(event);
        if (isEvent(event, 'message_restart')) output.next(event);
      },
      complete: pieces.complete,
      error: pieces.error,
    };
  });
}
