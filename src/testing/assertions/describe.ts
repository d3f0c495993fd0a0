import { isEvent, isTyped, type AnyEvent, type ContentBlockDelta } from '../../api/events.js';
import { asString, readPath } from '../../utils/inspect.js';
import { safeStringify } from '../../utils/safeStringify.js';

/** The longest description, in UTF-16 code units. */
const MAX_LENGTH = 120;

/** Describes a value in one line: an event by its name and what it contains, an error by its name and message. */
export function describe(value: unknown): string {
  const text = value instanceof Error ? `${value.name}: ${value.message}` : describeOther(value);
  return text.length > MAX_LENGTH ? `${text.slice(0, MAX_LENGTH - 1)}…` : text;
}

function describeOther(value: unknown): string {
  return isTyped(value) ? describeEvent(value) : (safeStringify(value) ?? String(value));
}

function describeEvent(event: AnyEvent): string {
  if (isEvent(event, 'message_start')) return `message_start ${show(readPath(event, 'message', 'id'))}`;
  if (isEvent(event, 'content_block_start')) {
    const [type, name] = ['type', 'name'].map((field) => asString(readPath(event, 'content_block', field)));
    return ['content_block_start', event.index, type, name].filter((part) => part !== undefined).join(' ');
  }
  if (isEvent(event, 'content_block_delta')) return describeDelta(event.index, event.delta);
  if (isEvent(event, 'content_block_stop')) return `content_block_stop ${event.index}`;
  if (isEvent(event, 'message_delta')) return `message_delta ${show(readPath(event, 'delta', 'stop_reason'))}`;
  const { type, ...fields } = event;
  return Object.keys(fields).length === 0 ? type : `${type} ${show(fields)}`;
}

function describeDelta(index: number, delta: ContentBlockDelta): string {
  const { type, ...fields } = delta;
  const [content, ...others] = Object.values(fields) as unknown[];
  return `${type} ${index} ${show(others.length === 0 ? content : fields)}`;
}

function show(value: unknown): string {
  return safeStringify(value) ?? String(value);
}
