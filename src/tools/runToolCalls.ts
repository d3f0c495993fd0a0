import { EMPTY, groupBy, map, mergeMap, switchMap, tap, type Observable, type OperatorFunction } from 'rxjs';
import type { MessageStreamEvent } from '../api/events.js';
import type { BatchItem, CallItem, EventItem, TurnItem } from './insertToolCalls.js';
import type { ToolEvent } from './toolEvents.js';
import type { ToolRun } from './toolRun.js';

/**
 * Runs the calls between the events of a message. Emits the events at once, and the progress and the results of the
 * calls as they arrive. A new batch aborts the running calls of the previous batch, and drops its waiting calls.
 *
 * @param run - Receives the results.
 * @param concurrency - How many calls run at the same time. The others wait in order.
 */
export function runToolCalls(
  run: ToolRun,
  concurrency: number,
): OperatorFunction<TurnItem, MessageStreamEvent | ToolEvent> {
  const outcomes = (items: Observable<BatchItem | CallItem>): Observable<ToolEvent> =>
    items.pipe(
      groupBy(({ batch }) => batch),
      switchMap((batch) => batch.pipe(mergeMap((item) => (item.kind === 'call' ? item.outcome : EMPTY), concurrency))),
      tap((event) => {
        if (event.type === 'tool_result') run.addResult(event);
      }),
    );
  return (items) =>
    items.pipe(
      groupBy(isEventItem),
      mergeMap((group) => (group.key ? group.pipe(map(({ event }) => event)) : outcomes(group))),
    );
}

function isEventItem(item: TurnItem): item is EventItem {
  return item.kind === 'event';
}
