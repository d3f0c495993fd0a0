import { isEvent, type AnyEvent, type ContentBlockDelta } from '../../api/events.js';
import type { ContentBlock } from '../../api/message.js';
import type { Handlers } from '../../rx/transform.js';
import { takeHalf, wholeCharacters, type Halves } from './wholeCharacters.js';

/**
 * Tells the text of one kind of delta, and of blocks that begin with some. Half a surrogate pair at the end of a delta
 * waits for its other half, which comes with the next delta of the same block; it is told alone if the block, or the
 * source, ends without it. A `message_restart` drops what waits.
 *
 * @param tell - Called with each piece that is not empty, and the index of its block.
 */
export function textPieces(
  textOf: (part: ContentBlockDelta | ContentBlock) => string | undefined,
  tell: (piece: string, index: number) => void,
): Required<Handlers<AnyEvent>> {
  const halves: Halves = new Map();
  const pass = (piece: string, index: number): void => {
    if (piece !== '') tell(piece, index);
  };
  const add = (part: ContentBlockDelta | ContentBlock, index: number): void => {
    const text = textOf(part);
    if (text !== undefined) pass(wholeCharacters(halves, index, text), index);
  };
  const flush = (): void => {
    for (const index of halves.keys()) pass(takeHalf(halves, index), index);
  };
  return {
    next(event) {
      if (isEvent(event, 'content_block_delta')) {
        add(event.delta, event.index);
      } else if (isEvent(event, 'content_block_start')) {
        add(event.content_block, event.index);
      } else if (isEvent(event, 'message_start')) {
        flush(); // of a message whose last block never stopped
        event.message.content.forEach(add);
      } else if (isEvent(event, 'content_block_stop')) {
        pass(takeHalf(halves, event.index), event.index);
      } else if (isEvent(event, 'message_restart')) {
        halves.clear();
      }
    },
    complete: flush,
    error: flush,
  };
}
