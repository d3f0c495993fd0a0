import { from, type Observable, type ObservableInput } from 'rxjs';

/**
 * Converts an argument that aborts something to an Observable. A string is not accepted, although RxJS would emit its
 * characters at once.
 *
 * @param problem - The message of the error.
 * @throws {TypeError} If the argument is not an `ObservableInput`.
 */
export function fromInput(input: ObservableInput<unknown>, problem: string): Observable<unknown> {
  try {
    if (typeof input === 'object' || typeof input === 'function') return from(input);
  } catch (cause) {
    throw new TypeError(problem, { cause });
  }
  throw new TypeError(problem);
}
