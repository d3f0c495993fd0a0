import { defer, ignoreElements, takeLast, tap, type Observable } from 'rxjs';
import type { MessageParam } from '../api/params.js';
import { toObservable } from '../rx/toObservable.js';
import { readPath } from '../utils/inspect.js';

/** Calls a callback when it is subscribed to. Completes when the promise or the Observable that it returned does. */
export function awaitCallback(
  callback: () => unknown,
  onAnswer: (answer: unknown) => void = ignore,
): Observable<never> {
  return defer(() => toObservable(callback())).pipe(takeLast(1), tap(onAnswer), ignoreElements());
}

/** Returns the messages that the answer of `onTurn` adds to the conversation. */
export function messagesToAppend(answer: unknown): readonly MessageParam[] {
  return [readPath(answer, 'append')].flat().filter(isMessage);
}

function isMessage(value: unknown): value is MessageParam {
  return typeof readPath(value, 'role') === 'string' && readPath(value, 'content') !== undefined;
}

function ignore(): void {
  // The answers of most callbacks have no meaning.
}
