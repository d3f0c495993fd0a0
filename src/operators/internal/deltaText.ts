import type { OperatorFunction } from 'rxjs';
import { isEvent, type AnyEvent, type ContentBlockDelta, type MessageRestartEvent } from '../../events.js';
import type { ContentBlock } from '../../message.js';
import { transform } from '../../transform.js';
import { takeHalf, wholeCharacters, type Halves } from './wholeCharacters.js';

export interface DeltaTextOptions {
  /** Whether a `message_restart` comes out between the strings, for consumers that hold text back or show it. Default false. */
  readonly restarts?: boolean;
}

/**
 * Selects the text of one kind of delta, and of blocks that begin with some. Half a surrogate pair at the end of a delta
 * waits for its other half, which comes with the next delta of the same block; it is emitted alone if the block, or the
 * source, ends without it.
 */
export function deltaText(
  textOf: (part: ContentBlockDelta | ContentBlock) => string | undefined,
  options: DeltaTextOptions | undefined,
): OperatorFunction<AnyEvent, string | MessageRestartEvent> {
  return transform((output) => {
    const halves: Halves = new Map();
    const emit = (text: string): void => {
      if (text !== '') output.next(text);
    };
    const add = (index: number, part: ContentBlockDelta | ContentBlock): void => {
      const text = textOf(part);
      if (text !== undefined) emit(wholeCharacters(halves, index, text));
    };
    const flush = (): void => {
      for (const index of halves.keys()) emit(takeHalf(halves, index));
    };
    return {
      next(event) {
        if (isEvent(event, 'content_block_delta')) {
          add(event.index, event.delta);
        } else if (isEvent(event, 'content_block_start')) {
          add(event.index, event.content_block);
        } else if (isEvent(event, 'message_start')) {
          flush(); // of a message whose last block never stopped
          event.message.content.forEach((block, index) => {
            add(index, block);
          });
        } else if (isEvent(event, 'content_block_stop')) {
          emit(takeHalf(halves, event.index));
        } else if (isEvent(event, 'message_restart')) {
          halves.clear();
          if (options?.restarts === true) output.next(event);
        }
      },
      complete: flush,
      error: flush,
    };
  });
}
