import { Observable } from 'rxjs';
import { onAbort } from '../rx/onAbort.js';
import type { CreateDecoder } from './bodyDecoder.js';
import { Connection, type Redact } from './connection.js';
import type { ResponseLike } from './responseLike.js';
import type { ResponseOptions } from './responseOptions.js';

/**
 * Creates an Observable that reads a response. Each subscription calls `connect` once. Unsubscribing aborts the signal
 * that `connect` was given, cancels the body, and leaves no timer or listener behind.
 *
 * @param redact - Removes secrets from what the stream reports. It is a parameter so that sources without secrets do
 * not bundle its code.
 */
export function responseStream<T>(
  connect: (signal: AbortSignal) => ResponseLike | PromiseLike<ResponseLike>,
  options: ResponseOptions,
  createDecoder: CreateDecoder<T>,
  redact?: Redact,
): Observable<T> {
  return new Observable<T>((subscriber) => {
    const { signal } = options;
    const connection = new Connection(subscriber, options, createDecoder, redact);
    const abort = (): void => {
      connection.abort(signal?.reason);
    };
    if (signal?.aborted === true) {
      abort();
      return undefined;
    }
    const stopListening = signal && onAbort(signal, abort);
    connection.open(connect);
    return () => {
      stopListening?.();
      connection.close();
    };
  });
}
