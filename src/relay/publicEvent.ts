import type { AnyEvent } from '../api/events.js';
import { RUN_EVENTS } from '../api/runEvents.js';
import type { PublicError } from './publicError.js';

/** The types of the package's own events, whose `error` is what was thrown in the service. */
const OWN_EVENTS: ReadonlySet<string> = new Set([...RUN_EVENTS, 'message_restart', 'message_reconnect']);

/**
 * Returns an event as a client may see it: the `error` of the package's own events is replaced by what is public about
 * it. All other events are returned as they are.
 */
export function toPublicEvent(event: AnyEvent, describe: (error: unknown) => PublicError): AnyEvent {
  if (!OWN_EVENTS.has(event.type)) return event;
  const { error }: AnyEvent & { readonly error?: unknown } = event;
  if (error === undefined) return event;
  const copy: AnyEvent & { readonly error: PublicError } = { ...event, error: describe(error) };
  return copy;
}

/** Whether an event announces that the service itself retries. */
export function announcesRetry({ type }: AnyEvent): boolean {
  return type === 'message_restart' || type === 'message_reconnect';
}
