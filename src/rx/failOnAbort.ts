import { defer, fromEvent, map, of, type Observable } from 'rxjs';
import type { ErrorPhase } from '../errors/classes.js';
import { userAbort } from '../errors/connectionErrors.js';

/** Emits nothing. Fails with `APIUserAbortError` when the signal is aborted, or on subscription if it already is. */
export function failOnAbort(signal: AbortSignal, phase: ErrorPhase): Observable<never> {
  return defer(() => (signal.aborted ? of(undefined) : fromEvent(signal, 'abort'))).pipe(
    map(() => {
      throw userAbort(signal.reason, { phase });
    }),
  );
}
