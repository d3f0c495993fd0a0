import { catchError, concat, concatMap, groupBy, mergeMap, of } from 'rxjs';
import type { MonoTypeOperatorFunction, Observable } from 'rxjs';
import type { MessageStreamEvent } from '../api/events.js';
import type { ToolEvent, ToolResultEvent } from './toolEvents.js';

/** The error of the source, as an item that waits until the results before it have been saved. */
interface Failure {
  readonly type: 'failure';
  readonly error: unknown;
}

/**
 * Saves each result before it is emitted, one after the other. Other events are not delayed. An error of the source is
 * emitted once the results before it have been saved and emitted.
 *
 * @param save - Saves a result when it is subscribed to. Emits nothing.
 */
export function saveResults(
  save: (result: ToolResultEvent) => Observable<never>,
): MonoTypeOperatorFunction<MessageStreamEvent | ToolEvent> {
  return (events) =>
    events.pipe(
      catchError((error: unknown) => of<Failure>({ type: 'failure', error })),
      groupBy(isQueued),
      mergeMap((group) =>
        group.key
          ? group.pipe(
              concatMap((item) => {
                if (item.type === 'failure') throw item.error;
                return concat(save(item), of(item));
              }),
            )
          : group,
      ),
    );
}

function isQueued(item: MessageStreamEvent | ToolEvent | Failure): item is ToolResultEvent | Failure {
  return item.type === 'tool_result' || item.type === 'failure';
}
