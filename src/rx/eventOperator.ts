import type { Observable } from 'rxjs';
import type { AnyEvent } from '../api/events.js';

/**
 * An operator from events, of whatever types, to `Out`. It is used like an `OperatorFunction<AnyEvent, Out>`.
 *
 * It has a type parameter because TypeScript cannot infer the types of RxJS's standalone `pipe` otherwise, if an operator
 * that passes events through stands in front: `pipe(retryOnConnectionError(), accumulateMessage())`.
 */
export interface EventOperator<Out> {
  <Event extends AnyEvent>(source: Observable<Event>): Observable<Out>;
}
