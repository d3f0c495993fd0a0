import type { MessageStartEvent } from '../api/events.js';

/** Copies the parts of a `message_start` that the official SDK's MessageStream changes later: it grows its snapshot in place. */
export function copyStart<Event extends MessageStartEvent>(event: Event): Event {
  const { message } = event;
  return { ...event, message: { ...message, content: [...message.content], usage: { ...message.usage } } };
}
