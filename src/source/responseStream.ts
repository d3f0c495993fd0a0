import { Observable } from 'rxjs';
import type { CreateDecoder } from './bodyDecoder.js';
import { Connection } from './connection.js';
import type { ResponseOptions } from './responseOptions.js';

/**
 * Creates an Observable that reads a response. Each subscription calls `connect` once. Unsubscribing aborts the signal that
 * `connect` was given, cancels the body, and leaves no timer or listener behind.
 *
 * @param secrets - Texts that no error and no {@link ResponseInfo} may show.
 */
export function responseStream<T>(
  connect: (signal: AbortSignal) => Response | PromiseLike<Response>,
  options: ResponseOptions,
  createDecoder: CreateDecoder<T>,
  secrets: readonly string[] = [],
): Observable<T> {
  return new Observable<T>((subscriber) => {
    const { signal } = options;
    const connection = new Connection(subscriber, options, createDecoder, secrets);
    const abort = (): void => {
      connection.abort(signal?.reason);
    };
    if (signal?.aborted === true) {
      abort();
      return undefined;
    }
    signal?.addEventListener('abort', abort);
    connection.open(connect);
    return () => {
      signal?.removeEventListener('abort', abort);
      connection.close();
    };
  });
}
