import { Observable } from 'rxjs';
import type { ErrorPhase } from './errors.js';
import { abortedByUser } from './source/connectionErrors.js';

/** Fails when a signal is aborted, at once if it has been. Emits nothing. */
export function failOnAbort(signal: AbortSignal, phase: ErrorPhase): Observable<never> {
  return new Observable((subscriber) => {
    const abort = (): void => {
      subscriber.error(abortedByUser(signal.reason, { phase }));
    };
    if (signal.aborted) abort();
    signal.addEventListener('abort', abort);
    return () => {
      signal.removeEventListener('abort', abort);
    };
  });
}
