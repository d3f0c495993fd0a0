import { blocksToEvents } from '../accumulate/blocksToEvents.js';
import { initialUsage } from '../accumulate/usage.js';
import type { MessageStartEvent, MessageStreamEvent } from '../api/events.js';
import { findShapeFault } from '../protocol/eventShape.js';
import { readPath } from '../utils/inspect.js';

/**
 * Reads a body that is a complete Message, as a gateway sends it that ignores `stream`.
 *
 * @param body - The parsed JSON.
 * @returns The events that build the message; undefined if the body is not a Message.
 */
export function readMessageBody(body: unknown): readonly MessageStreamEvent[] | undefined {
  const event = { type: 'message_start', message: body };
  if (!isMessageStart(event)) return undefined;
  const { message } = event;
  const usage = initialUsage(message);
  return [
    { type: 'message_start', message: { ...message, content: [], stop_reason: null, stop_sequence: null, usage } },
    ...blocksToEvents(message.content),
    { type: 'message_delta', delta: { stop_reason: message.stop_reason, stop_sequence: message.stop_sequence }, usage },
    { type: 'message_stop' },
  ];
}

function isMessageStart(event: { readonly type: string; readonly message: unknown }): event is MessageStartEvent {
  return readPath(event.message, 'type') === 'message' && findShapeFault(event) === undefined;
}
