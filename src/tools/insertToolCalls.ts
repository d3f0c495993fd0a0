import { of, type Observable, type OperatorFunction } from 'rxjs';
import { isEvent, type AnyEvent, type MessageStreamEvent } from '../api/events.js';
import type { Message, ToolUseBlock } from '../api/message.js';
import { answerableCalls } from '../history/answerableCalls.js';
import { ToolCallOrder } from '../protocol/toolCallOrder.js';
import { accumulating } from '../rx/accumulating.js';
import type { ToolEvent } from './toolEvents.js';
import { notRunResult } from './toolResult.js';
import type { ToolRun } from './toolRun.js';

/** An event of a message, passed through. */
export interface EventItem {
  readonly kind: 'event';
  readonly event: MessageStreamEvent;
}

/** A new batch of calls begins. It withdraws the calls of the previous batch. */
export interface BatchItem {
  readonly kind: 'batch';
  readonly batch: number;
}

/** A call that the model has made. */
export interface CallItem {
  readonly kind: 'call';
  /** The number of the batch that the call belongs to. */
  readonly batch: number;
  /** Runs the call when it is subscribed to. Emits its progress and its result. */
  readonly outcome: Observable<ToolEvent>;
}

export type TurnItem = EventItem | BatchItem | CallItem;

/**
 * Inserts the calls of a message between its events, each after the event that shows that the model has moved on from
 * it. The calls that the model has not moved on from follow `message_stop`, each with a result that says that it was
 * not run.
 *
 * @param run - Receives the turn, which begins with the subscription, and its events.
 * @param toOutcome - Returns an Observable that runs a call when it is subscribed to.
 */
export function insertToolCalls(
  run: ToolRun,
  toOutcome: (call: ToolUseBlock) => Observable<ToolEvent>,
): OperatorFunction<AnyEvent, TurnItem> {
  return accumulating((accumulator, output) => {
    run.beginTurn(accumulator);
    const order = new ToolCallOrder();
    /** The ids of the calls of this batch that the model has moved on from. */
    const confirmedIds = new Set<string>();
    let batch = 0;

    const beginBatch = (): void => {
      confirmedIds.clear();
      batch += 1;
      output.next({ kind: 'batch', batch });
    };
    const emitCall = (index: number): void => {
      const call = accumulator.block(index);
      if (call?.type !== 'tool_use') return;
      confirmedIds.add(call.id);
      output.next({ kind: 'call', batch, outcome: toOutcome(call) });
    };
    const emitCallsNotRun = (message: Message): void => {
      for (const call of answerableCalls(message)) {
        if (confirmedIds.has(call.id)) continue;
        output.next({ kind: 'call', batch, outcome: of(notRunResult(call, message.stop_reason)) });
      }
    };

    return {
      next(event) {
        run.addEvent(event);
        const { isWithdrawal, confirmed } = order.add(event);
        if (isWithdrawal) beginBatch();
        // An event of an unknown type passes through too, although its type is not part of the union.
        output.next({ kind: 'event', event: event as MessageStreamEvent });
        confirmed.forEach(emitCall);
        if (isEvent(event, 'message_stop') && accumulator.message !== undefined) emitCallsNotRun(accumulator.message);
      },
    };
  });
}
