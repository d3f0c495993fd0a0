import { isEvent, type AnyEvent } from '../api/events.js';
import { isPlainDelta } from '../accumulate/plainDelta.js';
import { safeStringify } from '../utils/safeStringify.js';
import { errorJson, type PublicError } from './publicError.js';

/** An event, and the `id` of its frame, if it has one. */
export interface EventFrame {
  readonly kind: 'event';
  readonly event: AnyEvent;
  readonly id: string | undefined;
  /** The JSON of the event, if a log has it. */
  readonly data?: string | undefined;
  /** Whether the stream may end after this event. No error may follow then. */
  readonly isEnd: boolean;
}

/** The end of a stream that failed. */
export interface FailureFrame {
  readonly kind: 'failure';
  readonly error: PublicError;
  /** The `id` of the frame. Only an error from a log has one: the stream ends with it, whoever reads it. */
  readonly id?: string | undefined;
  /** What the service knows of it. Never sent. */
  readonly cause: unknown;
}

/** One unit of what is sent to a client. */
export type Frame = EventFrame | FailureFrame | { readonly kind: 'heartbeat' };

export const HEARTBEAT: Frame = { kind: 'heartbeat' };

/**
 * Writes a frame as text, with the blank line that ends it.
 *
 * @see https://html.spec.whatwg.org/multipage/server-sent-events.html
 */
export function frameText(frame: Frame): string {
  switch (frame.kind) {
    case 'event': {
      const { event, id, data } = frame;
      return `${idLine(id)}${eventLine(event.type)}data: ${data ?? eventJson(event)}\n\n`;
    }
    case 'failure':
      return `${idLine(frame.id)}event: error\ndata: ${errorJson(frame.error)}\n\n`;
    case 'heartbeat':
      return ': keep-alive\n\n';
  }
}

function idLine(id: string | undefined): string {
  return id === undefined ? '' : `id: ${id}\n`;
}

/** A type that would break the line is only in the data, from which the sources of this package read it anyway. */
function eventLine(type: string): string {
  return /[\r\n]/.test(type) ? '' : `event: ${type}\n`;
}

/** Returns the JSON of an event, as it is sent to clients. */
export function eventJson(event: AnyEvent): string {
  return plainDeltaJson(event) ?? safeStringify(event) ?? jsonOfFields(event);
}

/**
 * Returns the JSON of a delta of text, thinking or tool input that has no other fields, as nearly all events are. Only
 * its text is converted, because converting all its fields takes longer.
 */
function plainDeltaJson(event: AnyEvent): string | undefined {
  if (!isEvent(event, 'content_block_delta') || !isPlainDelta(event)) return undefined;
  const { index, delta } = event;
  const start = `{"type":"content_block_delta","index":${index},"delta":{"type":"`;
  switch (delta.type) {
    case 'text_delta':
      return `${start}text_delta","text":${JSON.stringify(delta.text)}}}`;
    case 'input_json_delta':
      return `${start}input_json_delta","partial_json":${JSON.stringify(delta.partial_json)}}}`;
    case 'thinking_delta':
      if (delta.estimated_tokens !== undefined) return undefined;
      return `${start}thinking_delta","thinking":${JSON.stringify(delta.thinking)}}}`;
    default:
      return undefined;
  }
}

/** Fields without a JSON form, such as a circular value that a tool emitted, are left out. */
function jsonOfFields(event: AnyEvent): string {
  return JSON.stringify(
    Object.fromEntries(Object.entries(event).filter(([, value]) => safeStringify(value) !== undefined)),
  );
}
