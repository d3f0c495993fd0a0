import { EMPTY, filter, groupBy, map, mergeMap, takeUntil, tap, type Observable, type OperatorFunction } from 'rxjs';
import type { MessageStreamEvent } from '../api/events.js';
import type { CallItem, EventItem, TurnItem, WithdrawalItem } from './insertToolCalls.js';
import type { ToolEvent } from './toolEvents.js';
import type { ToolRun } from './toolRun.js';

/**
 * Runs the calls between the events of a message. Emits the events at once, and the progress and the results of the
 * calls as they arrive. A withdrawal aborts the calls before it.
 *
 * @param run - Receives the results.
 */
export function runToolCalls(run: ToolRun): OperatorFunction<TurnItem, MessageStreamEvent | ToolEvent> {
  const outcomes = (items: Observable<CallItem | WithdrawalItem>): Observable<ToolEvent> => {
    const withdrawals = items.pipe(filter(({ kind }) => kind === 'withdrawal'));
    return items.pipe(
      mergeMap((item) => (item.kind === 'call' ? item.outcome.pipe(takeUntil(withdrawals)) : EMPTY)),
      tap((event) => {
        if (event.type === 'tool_result') run.addResult(event);
      }),
    );
  };
  return (items) =>
    items.pipe(
      groupBy(isEventItem),
      mergeMap((group) => (group.key ? group.pipe(map(({ event }) => event)) : outcomes(group))),
    );
}

function isEventItem(item: TurnItem): item is EventItem {
  return item.kind === 'event';
}
