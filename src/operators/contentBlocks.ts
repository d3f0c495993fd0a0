import { isEvent } from '../api/events.js';
import type { ContentBlock } from '../api/message.js';
import { accumulating } from '../rx/accumulating.js';
import type { EventOperator } from '../rx/eventOperator.js';

/**
 * Emits each content block of the message once it is complete.
 *
 *     source           --s--b--d--d--e--b--d--e--m--z--|    b, e: blocks start and stop
 *     contentBlocks()
 *     result           --------------x--------y--------|
 *
 * Blocks are emitted in the order in which they stop. A block that never stops is not emitted, but the complete Message
 * contains it. Blocks that `message_start` already contains are complete, and are emitted with it. On `message_restart`
 * the operator starts over; the blocks emitted before are withdrawn.
 *
 * If the source completes before `message_stop`, the result fails with an `IncompleteMessageError`. That error has the
 * Message so far as its `partial`, and so does any other error of this package that passes through.
 *
 * @returns An operator from events to blocks. Each is emitted synchronously with its `content_block_stop`.
 * @throws {InvalidEventError} In the stream, if an event is out of order.
 * @example
 * stream$.pipe(contentBlocks()).subscribe((block) => console.log(block.type)); // thinking, then text
 */
export function contentBlocks(): EventOperator<ContentBlock> {
  return accumulating((accumulator, output) => ({
    next(event) {
      if (isEvent(event, 'content_block_stop')) {
        const block = accumulator.block(event.index);
        if (block !== undefined) output.next(block);
      } else if (isEvent(event, 'message_start')) {
        for (const block of accumulator.message?.content ?? []) output.next(block);
      }
    },
  }));
}
