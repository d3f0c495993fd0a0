import type { AnyEvent } from '../../api/events.js';

/** What a log has stored of an event, or of the error that ended a stream. */
export interface LoggedFacts {
  /** The position in the stream, counted from 1. */
  readonly position: number;
  /** The JSON that was stored, which is what clients may see. */
  readonly data: string;
  /** Whether the stream may end after it. */
  readonly isEnd: boolean;
}

/**
 * What is stored of each event and error that a log emits. The events themselves are not changed, since they are what
 * the API sent.
 */
const LOGGED = new WeakMap<object, LoggedFacts>();

/**
 * Remembers what a log has stored of an event.
 *
 * @returns The event. It is a copy if the same object is already in a log, as the event of a simulated stream may be.
 */
export function withLoggedFacts<Event extends AnyEvent>(event: Event, facts: LoggedFacts): Event {
  const logged = LOGGED.has(event) ? { ...event } : event;
  LOGGED.set(logged, facts);
  return logged;
}

/** Remembers what a log has stored of the error that ended a stream. */
export function rememberLoggedError(error: object, facts: LoggedFacts): void {
  LOGGED.set(error, facts);
}

/** Returns what a log has stored of an event or an error; undefined if it does not come from a log. */
export function loggedFactsOf(value: object): LoggedFacts | undefined {
  return LOGGED.get(value);
}
