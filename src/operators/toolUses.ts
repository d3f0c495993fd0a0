import type { OperatorFunction } from 'rxjs';
import { toolInputStatus } from '../accumulate/toolInputStatus.js';
import type { AnyEvent } from '../api/events.js';
import type { ToolUseBlock } from '../api/message.js';
import { ToolCallOrder } from '../protocol/toolCallOrder.js';
import { accumulating } from '../rx/accumulating.js';

/**
 * Selects the model's tool calls, each when it is safe to run: finished, valid, and the model has moved on from it.
 *
 *     source       --s--b--d--e--b--d--e--m--z--|    b, e: a call starts and stops  m: stop_reason 'tool_use'
 *     toolUses()
 *     result       --------------x--------y-----|
 *
 * A call comes when the next block begins, or with the stop reason `tool_use`, never at its own `content_block_stop`: a
 * reply that `max_tokens` cuts off closes its last block too. A call whose input is truncated or no JSON is not emitted,
 * nor the last one of a message that ends for any other reason: the Message has them, see {@link toolInputStatus}.
 *
 * When the message is refused, when a fallback model takes over, and on `message_restart`, the calls that wait are
 * dropped, and those that were emitted before are withdrawn. `runTools` aborts them.
 *
 * If the source completes before `message_stop`, the result is an `IncompleteMessageError`; it, and any other error of
 * the package, has what had arrived as `partial`.
 *
 * @returns An operator from events to `tool_use` blocks, each in the same turn as the event that shows that the model
 * has moved on.
 * @throws {InvalidEventError} In the stream, if an event comes out of order.
 * @example
 * stream$.pipe(toolUses()).subscribe(({ name, input }) => console.log(name, input)); // get_weather { city: 'Paris' }
 */
export function toolUses(): OperatorFunction<AnyEvent, ToolUseBlock> {
  return accumulating((accumulator, output) => {
    const calls = new ToolCallOrder();
    return {
      next(event) {
        for (const index of calls.add(event).movedOn) {
          const block = accumulator.block(index);
          if (block?.type === 'tool_use' && toolInputStatus(block).state === 'complete') output.next(block);
        }
      },
    };
  });
}
