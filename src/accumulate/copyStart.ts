import type { MessageStartEvent } from '../api/events.js';
import { initialUsage } from './usage.js';

/**
 * Copies the parts of a `message_start` that the official SDK's MessageStream later changes, since it updates its
 * snapshot in place. Adds the usage if it is missing.
 */
export function copyStart<Event extends MessageStartEvent>(event: Event): Event {
  const { message } = event;
  return { ...event, message: { ...message, content: [...message.content], usage: { ...initialUsage(message) } } };
}
