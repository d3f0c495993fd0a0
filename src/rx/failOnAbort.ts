import { map, type Observable } from 'rxjs';
import type { ErrorPhase } from '../errors/classes.js';
import { userAbort } from '../errors/connectionErrors.js';
import { fromAbort } from './fromAbort.js';

/** Emits nothing. Fails with `APIUserAbortError` when the signal is aborted, or on subscription if it already is. */
export function failOnAbort(signal: AbortSignal, phase: ErrorPhase): Observable<never> {
  return fromAbort(signal).pipe(
    map((reason) => {
      throw userAbort(reason, { phase });
    }),
  );
}
