import { setImmediate as turn } from 'node:timers/promises';
import type { Observable, Subscription } from 'rxjs';

/** What has come out of a stream, and how it ended, if it did. */
export interface Outcome<T> {
  readonly values: readonly T[];
  readonly ended: 'completed' | 'failed' | undefined;
  readonly error: unknown;
}

/** An outcome that goes on until its subscription ends. */
export interface Watched<T> extends Outcome<T> {
  readonly subscription: Subscription;
}

/** Subscribes to a stream, and keeps the record of what comes. */
export function watch<T>(source: Observable<T>): Watched<T> {
  const values: T[] = [];
  const outcome: { ended: Outcome<T>['ended']; error: unknown } = { ended: undefined, error: undefined };
  const subscription = source.subscribe({
    next: (value) => values.push(value),
    error: (error: unknown) => {
      Object.assign(outcome, { ended: 'failed', error });
    },
    complete: () => {
      Object.assign(outcome, { ended: 'completed' });
    },
  });
  return Object.assign(outcome, { values, subscription });
}

/** Reads a stream to its end. */
export function outcomeOf<T>(source: Observable<T>): Promise<Outcome<T>> {
  return new Promise((resolve) => {
    const values: T[] = [];
    source.subscribe({
      next: (value) => values.push(value),
      error: (error: unknown) => {
        resolve({ values, ended: 'failed', error });
      },
      complete: () => {
        resolve({ values, ended: 'completed', error: undefined });
      },
    });
  });
}

/** Reads a stream that is to fail. */
export async function errorOf(source: Observable<unknown>): Promise<unknown> {
  const { ended, error } = await outcomeOf(source);
  if (ended !== 'failed') throw new Error('the stream was to fail, and completed');
  return error;
}

/**
 * Lets everything run that waits for nothing but its turn: promises, and the turns that a stream of bytes takes between
 * two of them. No time passes for it that a timer of the package could see.
 */
export async function settle(): Promise<void> {
  for (let turns = 0; turns < 10; turns += 1) await turn();
}
