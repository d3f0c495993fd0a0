import { isEvent, type AnyEvent, type ContentBlockDelta } from '../../api/events.js';
import type { ContentBlock } from '../../api/message.js';
import type { Handlers } from '../../rx/transform.js';
import { SurrogateJoiner } from './surrogateJoiner.js';
import type { ReadPart } from './textOfPart.js';

/**
 * Creates handlers that emit one kind of text: the text of deltas, and the text that blocks already have when they
 * start.
 *
 * Half a surrogate pair at the end of a delta is held back until the next delta of the same block arrives. The half is
 * emitted alone if the block or the source ends first, and dropped on `message_restart`.
 *
 * @param readPart - Selects the kind of text.
 * @param emit - Called with each piece of text that is not empty, and with the index of its block.
 */
export function createTextHandlers(
  readPart: ReadPart,
  emit: (text: string, index: number) => void,
): Required<Handlers<AnyEvent>> {
  const joiner = new SurrogateJoiner();
  const emitUnlessEmpty = (text: string, index: number): void => {
    if (text !== '') emit(text, index);
  };
  const add = (part: ContentBlockDelta | ContentBlock, index: number): void => {
    const text = readPart(part);
    if (text !== undefined) emitUnlessEmpty(joiner.add(index, text), index);
  };
  const flush = (): void => {
    for (const index of joiner.indexes()) emitUnlessEmpty(joiner.take(index), index);
  };
  return {
    next(event) {
      if (isEvent(event, 'content_block_delta')) {
        add(event.delta, event.index);
      } else if (isEvent(event, 'content_block_start')) {
        add(event.content_block, event.index);
      } else if (isEvent(event, 'message_start')) {
        flush(); // the last block of the previous message may not have stopped
        event.message.content.forEach(add);
      } else if (isEvent(event, 'content_block_stop')) {
        emitUnlessEmpty(joiner.take(event.index), event.index);
      } else if (isEvent(event, 'message_restart')) {
        joiner.clear();
      }
    },
    complete: flush,
    error: flush,
  };
}
