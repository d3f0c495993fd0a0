import {
  concat,
  concatMap,
  EMPTY,
  from,
  ignoreElements,
  map,
  of,
  throwError,
  timer,
  type Observable,
  type SchedulerLike,
} from 'rxjs';
import type { AnyEvent, MessageStreamEvent } from '../api/events.js';
import { transform } from '../rx/transform.js';
import { MessageReader } from '../source/messageReader.js';

/** An event, and how long it comes after the previous one, in ms. */
export interface TimedEvent {
  readonly afterMs: number;
  readonly event: AnyEvent;
}

/** How a stream of timed events ends. */
export interface TimedEnd {
  /** How long after the last event, in ms. Default 0. */
  readonly endAfterMs?: number;
  /** The error that it fails with. Default: it completes. */
  readonly error?: Error | undefined;
  readonly scheduler: SchedulerLike | undefined;
}

/**
 * Emits events as a source does: validates them, and fails with a typed error for an `error` event, and with
 * `IncompleteMessageError` if the last message is incomplete. Events without a delay are emitted synchronously.
 */
export function timedEvents(
  events: Iterable<TimedEvent>,
  { endAfterMs = 0, error, scheduler }: TimedEnd,
): Observable<MessageStreamEvent> {
  const event$ = from(events).pipe(
    concatMap(({ afterMs, event }) => (afterMs > 0 ? timer(afterMs, scheduler).pipe(map(() => event)) : of(event))),
  );
  const wait$ = endAfterMs > 0 ? timer(endAfterMs, scheduler).pipe(ignoreElements()) : EMPTY;
  const failure$ = error === undefined ? EMPTY : throwError(() => error);
  return concat(event$, wait$, failure$).pipe(
    transform<AnyEvent, MessageStreamEvent>((output) => {
      const reader = new MessageReader((event) => {
        output.next(event);
      });
      return {
        next(event) {
          reader.readEvent(event);
        },
        complete() {
          reader.expectComplete();
        },
      };
    }),
  );
}
