import { concat, of, type Observable } from 'rxjs';
import type { AnyEvent } from '../api/events.js';
import { transform } from '../rx/transform.js';
import type { Continuation } from './continuation.js';

/** Precedes the events of the request. */
const START: AnyEvent = { type: 'start' };

/** Joins the events of a request with those of the message that it continues. */
export function joinContinuation(continuation: Continuation, events: Observable<AnyEvent>): Observable<AnyEvent> {
  return concat(of(START), events).pipe(
    transform((output) => {
      const emit = (event: AnyEvent): void => {
        output.next(event);
      };
      const end = (): void => {
        continuation.end(emit);
      };
      return {
        next(event) {
          if (event === START) continuation.start(emit);
          else continuation.add(event, emit);
        },
        complete: end,
        error: end,
      };
    }),
  );
}
