import { Observable } from 'rxjs';
import { onAbort } from './onAbort.js';

/** Emits the reason of a signal when it is aborted, or on subscription if it already is. */
export function fromAbort(signal: AbortSignal): Observable<unknown> {
  return new Observable((subscriber) => {
    const emit = (): void => {
      subscriber.next(signal.reason);
    };
    if (signal.aborted) {
      emit();
      return undefined;
    }
    return onAbort(signal, emit);
  });
}
