import type { OperatorFunction } from 'rxjs';
import { isEvent, type AnyEvent } from '../api/events.js';
import type { ContentBlock } from '../api/message.js';
import { accumulating } from '../rx/accumulating.js';

/**
 * Selects the blocks of the message, each when it has finished.
 *
 *     source           --s--b--d--d--e--b--d--e--m--z--|    b, e: blocks start and stop
 *     contentBlocks()
 *     result           --------------x--------y--------|
 *
 * Blocks come in the order in which they stop. One that never stops is not emitted; it is in the complete Message. If
 * the source completes before `message_stop`, the result is an `IncompleteMessageError`; it, and any other error of the
 * package, has what had arrived as `partial`. On `message_restart` it starts over: what was emitted before is withdrawn.
 *
 * @returns An operator from events to blocks, each in the same turn as its stop. Blocks that `message_start` brings are
 * finished and come with it.
 * @throws {InvalidEventError} In the stream, if an event comes out of order.
 * @example
 * stream$.pipe(contentBlocks()).subscribe((block) => console.log(block.type)); // thinking, then text
 */
export function contentBlocks(): OperatorFunction<AnyEvent, ContentBlock> {
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
