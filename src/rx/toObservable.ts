import { from, isObservable, of, type Observable } from 'rxjs';

/** A value, a promise of it, or an Observable of it. */
export type Awaitable<T> = T | PromiseLike<T> | Observable<T>;

/** Converts a value, a promise or an Observable to an Observable. A plain value is emitted synchronously. */
export function toObservable(value: unknown): Observable<unknown> {
  if (isObservable(value)) return value;
  return isPromiseLike(value) ? from(value) : of(value);
}

export function isPromiseLike(value: unknown): value is PromiseLike<unknown> {
  return typeof value === 'object' && value !== null && 'then' in value && typeof value.then === 'function';
}

/** Whether a value is a promise or an Observable. */
export function isAwaitable(value: unknown): boolean {
  return isObservable(value) || isPromiseLike(value);
}
