import { EMPTY, of, type Observable, type OperatorFunction } from 'rxjs';
import { accumulateUsage } from '../accumulate/usage.js';
import { isEvent, type AnyEvent, type MessageStreamEvent } from '../api/events.js';
import type { ToolUseBlock } from '../api/message.js';
import { accumulating } from '../rx/accumulating.js';
import { answerableCalls } from '../history/answerableCalls.js';
import type { Turn } from './run.js';
import { ToolCallOrder } from '../protocol/toolCallOrder.js';
import type { ToolProgressEvent, ToolResultEvent } from './toolEvents.js';
import { notRunResult } from './toolResult.js';

/** A call, and what is to become of it. */
export interface BatchedCall {
  /** The calls of one batch belong together. A new batch withdraws the ones before it. */
  readonly batch: number;
  /** Makes the call, once it is subscribed. Empty for what only begins a batch. */
  readonly outcome: Observable<ToolProgressEvent | ToolResultEvent>;
}

/** Whether it is a call that stands between the events of a message, all of which have a `type`. */
export function isBatchedCall(item: MessageStreamEvent | BatchedCall): item is BatchedCall {
  return !('type' in item);
}

/**
 * Puts a message's calls between its events, each after the event that shows that the model has moved on from it. Those
 * that it never moved on from come after `message_stop`, with a result that says so.
 *
 * @param turn - Gets what grows the message, and its usage.
 * @param make - Makes a call, once what it returns is subscribed.
 */
export function toolCallBatches(
  turn: Turn,
  make: (call: ToolUseBlock) => BatchedCall['outcome'],
): OperatorFunction<AnyEvent, MessageStreamEvent | BatchedCall> {
  return accumulating((accumulator, output) => {
    turn.accumulator = accumulator;
    const order = new ToolCallOrder();
    const made = new Set<string>();
    let batch = 0;

    const beginBatch = (): void => {
      made.clear();
      batch += 1;
      output.next({ batch, outcome: EMPTY });
    };
    const endMessage = (): void => {
      const { message } = accumulator;
      if (message === undefined) return;
      for (const call of answerableCalls(message)) {
        if (!made.has(call.id)) output.next({ batch, outcome: of(notRunResult(call, message.stop_reason)) });
      }
    };

    return {
      next(event) {
        turn.usage = accumulateUsage(turn.usage, event);
        const { withdrawn, movedOn } = order.add(event);
        if (withdrawn) beginBatch();
        // What is no event of a message passes through; it stays outside of the union, as events.ts says.
        output.next(event as MessageStreamEvent);
        for (const index of movedOn) {
          const call = accumulator.block(index);
          if (call?.type !== 'tool_use') continue;
          made.add(call.id);
          output.next({ batch, outcome: make(call) });
        }
        if (isEvent(event, 'message_stop')) endMessage();
      },
    };
  });
}
