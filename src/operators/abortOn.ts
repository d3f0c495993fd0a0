import { catchError, defer, map, takeUntil, type Observable, type ObservableInput } from 'rxjs';
import { MessageAccumulator } from '../accumulate/messageAccumulator.js';
import type { AnyEvent } from '../api/events.js';
import { isContinued } from '../api/stopReasons.js';
import { userAbort } from '../errors/connectionErrors.js';
import { addMissingPartial } from '../rx/accumulating.js';
import { fromAbort } from '../rx/fromAbort.js';
import { fromInput } from '../rx/fromInput.js';
import { transform } from '../rx/transform.js';
import { isObject } from '../utils/inspect.js';

/**
 * Aborts the request when a stop button, or anything else, emits. Events pass through.
 *
 *     source             --s--b--d--d-----           s: message_start … d: content
 *     stop$              --------------x--
 *     abortOn(stop$)
 *     result             --s--b--d--d--#             #: APIUserAbortError, with the message so far as `partial`
 *
 * Unsubscribes from the source, which aborts the request, and fails with an `APIUserAbortError`, which is never
 * retried. Put this operator after a retry, so that it also ends a wait, and before {@link shareMessage}, so that it
 * aborts the request for all subscribers. The option `abort` of `messageState` only ends the subscription of that
 * state: a shared request continues for the other subscribers.
 *
 * Once the message is complete, nothing is left to abort: the result then completes. If the message has stopped for
 * tools or for `pause_turn`, as in the events of `runTools`, another message follows, so the result fails.
 *
 * To stop a tool run whose conversation is kept, abort the `signal` of `runTools` instead. This operator unsubscribes from
 * the run, so that `onTurn` is not called, and the error has no `messages`.
 *
 * `stop$` is subscribed to before the source, so if it emits synchronously, no request is made. `stop$` is unsubscribed
 * from when the source ends. If it completes without emitting, nothing happens; if it fails, the source is unsubscribed
 * from, and the result fails with its error. Completion and errors of the source pass through; errors of this package
 * get the message so far as their `partial`.
 *
 * @param stop$ - What aborts the request: an Observable, a promise, another `ObservableInput`, or an `AbortSignal`,
 * whose reason becomes the `cause` of the error.
 * @returns An operator that emits each event synchronously.
 * @throws {TypeError} At call time, if `stop$` is none of these.
 * @throws {InvalidEventError} In the stream, if an event is out of order.
 * @example
 * readonly stop$ = new Subject<void>(); // a button calls stop$.next()
 * readonly answer$ = streamMessage(params, options).pipe(
 *   retryOnConnectionError(),
 *   abortOn(this.stop$),
 *   shareMessage(),
 * );
 * // After stop$ has emitted, the last state is 'aborted'.
 * readonly state = toSignal(this.answer$.pipe(messageState()), { initialValue: idleMessageState });
 */
export function abortOn(
  stop$: ObservableInput<unknown> | AbortSignal,
): <Event extends AnyEvent>(source: Observable<Event>) => Observable<Event> {
  const stopped = fromStop(stop$);

  return <Event extends AnyEvent>(source: Observable<Event>) =>
    defer(() => {
      const message = new MessageAccumulator();
      const end = stopped.pipe(
        map((reason) => {
          // `takeUntil` completes the result when this returns, and fails it when this throws.
          if (!isDone(message)) throw userAbort(reason, { phase: message.phase });
        }),
        catchError((error: unknown) => {
          addMissingPartial(error, message);
          throw error;
        }),
      );
      return source.pipe(
        transform<Event, Event>((output) => ({
          next(event) {
            message.add(event);
            output.next(event);
          },
          error(error) {
            addMissingPartial(error, message);
          },
        })),
        takeUntil(end),
      );
    });
}

/** Whether the message is complete, and neither a tool nor the API continues it. */
function isDone({ isComplete, message }: MessageAccumulator): boolean {
  return isComplete && !isContinued(message?.stop_reason);
}

/**
 * Emits when the request should be aborted. The value becomes the error's `cause`: the reason of a signal, otherwise
 * undefined.
 */
function fromStop(stop: ObservableInput<unknown> | AbortSignal): Observable<unknown> {
  if (isAbortSignal(stop)) return fromAbort(stop);
  const problem = 'abortOn: stop$ must be an Observable, a promise, another ObservableInput or an AbortSignal.';
  return fromInput(stop, problem).pipe(map(() => undefined));
}

/** Does not use `instanceof`, which is false for a signal of another realm. */
function isAbortSignal(stop: ObservableInput<unknown> | AbortSignal): stop is AbortSignal {
  return isObject(stop) && 'aborted' in stop;
}
