import { hasUsableInput } from '../accumulate/toolInputStatus.js';
import type { ToolUseBlock } from '../api/message.js';
import { ToolCallOrder } from '../protocol/toolCallOrder.js';
import { accumulating } from '../rx/accumulating.js';
import type { EventOperator } from '../rx/eventOperator.js';

/**
 * Emits each tool call of the model once it is safe to run: complete, valid, and the model has moved on.
 *
 *     source       --s--b--d--e--b--d--e--m--z--|    b, e: a call starts and stops  m: stop_reason 'tool_use'
 *     toolUses()
 *     result       --------------x--------y-----|
 *
 * A call is emitted when the next block starts, or with the stop reason `tool_use`. It is never emitted at its own
 * `content_block_stop`, because a reply that `max_tokens` truncates closes its last block too. A call is not emitted if
 * its input is truncated or not valid JSON, or if it is the last one of a message that stops for any other reason. The
 * Message contains these calls too: see {@link toolInputStatus}.
 *
 * If the message is refused, if a fallback model takes over, and on `message_restart`, the waiting calls are dropped
 * and the calls emitted before are withdrawn. `runTools` aborts the withdrawn calls.
 *
 * If the source completes before `message_stop`, the result fails with an `IncompleteMessageError`. That error has the
 * Message so far as its `partial`, and so does any other error of this package that passes through.
 *
 * @returns An operator from events to `tool_use` blocks. Each is emitted synchronously with the event that shows that
 * the model has moved on.
 * @throws {InvalidEventError} In the stream, if an event is out of order.
 * @example
 * stream$.pipe(toolUses()).subscribe(({ name, input }) => console.log(name, input)); // get_weather { city: 'Paris' }
 */
export function toolUses(): EventOperator<ToolUseBlock> {
  return accumulating((accumulator, output) => {
    const calls = new ToolCallOrder();
    return {
      next(event) {
        for (const index of calls.add(event).confirmed) {
          const block = accumulator.block(index);
          if (block?.type === 'tool_use' && hasUsableInput(block)) output.next(block);
        }
      },
    };
  });
}
