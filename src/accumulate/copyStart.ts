import type { MessageStartEvent } from '../api/events.js';

/** Copies what the official SDK's MessageStream goes on to change: it grows its snapshot inside of the `message_start` event. */
export function copyStart<Event extends MessageStartEvent>(event: Event): Event {
  const { message } = event;
  return { ...event, message: { ...message, content: [...message.content], usage: { ...message.usage } } };
}
