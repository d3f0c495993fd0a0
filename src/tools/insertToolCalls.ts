import type { Observable, OperatorFunction } from 'rxjs';
import { isEvent, type AnyEvent, type MessageStreamEvent } from '../api/events.js';
import { ToolCallOrder } from '../protocol/toolCallOrder.js';
import { accumulating } from '../rx/accumulating.js';
import type { CallRunner } from './callRunner.js';
import type { ToolEvent } from './toolEvents.js';
import type { ToolRun } from './toolRun.js';
import type { RunCall } from './turnCalls.js';

/** An event of a message, passed through. */
export interface EventItem {
  readonly kind: 'event';
  readonly event: MessageStreamEvent;
}

/** The calls so far are withdrawn. */
export interface WithdrawalItem {
  readonly kind: 'withdrawal';
}

/** A call that the model has made. */
export interface CallItem {
  readonly kind: 'call';
  /** Runs the call when it is subscribed to. Emits its progress and its result. */
  readonly outcome: Observable<ToolEvent>;
}

export type TurnItem = EventItem | WithdrawalItem | CallItem;

/**
 * Inserts the calls of a message between its events, each after the event that shows that the model has moved on from
 * it. The calls that the model has not moved on from follow `message_stop`.
 *
 * @param run - Receives the turn, which begins with the subscription, and its events.
 * @param calls - Runs the calls.
 */
export function insertToolCalls(run: ToolRun, calls: CallRunner): OperatorFunction<AnyEvent, TurnItem> {
  return accumulating((accumulator, output) => {
    const turn = run.beginTurn(accumulator);
    const order = new ToolCallOrder();

    const emitCall = (index: number, toOutcome: (call: RunCall) => Observable<ToolEvent>): void => {
      const call = turn.addCall(index);
      if (call !== undefined) output.next({ kind: 'call', outcome: toOutcome(call) });
    };

    return {
      next(event) {
        turn.addEvent(event);
        const { isWithdrawal, confirmed } = order.add(event);
        if (isWithdrawal) {
          turn.calls.withdraw();
          output.next({ kind: 'withdrawal' });
        }
        // An event of an unknown type passes through too, although its type is not part of the union.
        output.next({ kind: 'event', event: event as MessageStreamEvent });
        for (const index of confirmed) emitCall(index, (call) => calls.run(call));
        if (!isEvent(event, 'message_stop')) return;
        const stopReason = turn.message?.stop_reason ?? null;
        for (const index of order.unconfirmed) emitCall(index, (call) => calls.refuse(call, stopReason));
      },
    };
  });
}
