import type { AnyEvent } from '../api/events.js';
import { AnthropicError } from '../errors/classes.js';
import { describeCauses } from '../errors/inspectError.js';
import { readAPIError } from '../errors/readError.js';
import { asString, isRecord, readPath } from '../utils/inspect.js';

/** A recorded stream. It is JSON, so it can be kept in a file. */
export interface StreamRecording {
  readonly events: readonly RecordedEvent[];
  /** When the stream ended, in ms since the subscription. */
  readonly endMs: number;
  /** The error that the stream failed with, in the form of an `error` event; absent if it completed. */
  readonly error?: RecordedError | undefined;
}

export interface RecordedEvent {
  /** When the event arrived, in ms since the subscription. */
  readonly atMs: number;
  readonly event: AnyEvent;
}

export interface RecordedError {
  readonly type: 'error';
  readonly error: { readonly message: string; readonly [field: string]: unknown };
}

/** What a recording keeps of an error: enough to create one of the same class. */
export function recordedError(error: unknown): RecordedError {
  const { type, status, message = describeCauses(error) } = readAPIError(error);
  const name = asString(readPath(error, 'name'));
  const [timeout, ms, retryable] = ['timeout', 'ms', 'retryable'].map((field) => readPath(error, field));
  return { type: 'error', error: { name, type, status, message, timeout, ms, retryable } };
}

/** The classes whose errors are created from the JSON of an `error` event. Those of the API are recognised by their type or status. */
const RESTORED: ReadonlySet<unknown> = new Set([
  'APIConnectionError',
  'APIConnectionTimeoutError',
  'IncompleteMessageError',
  'APIUserAbortError',
]);

/** Returns the error that a recording ended with; undefined if an `error` event of the same content creates it. */
export function ownError({ error }: RecordedError): AnthropicError | undefined {
  const isRestored = RESTORED.has(error['name']) || error['status'] !== undefined || error['type'] !== undefined;
  return isRestored ? undefined : new AnthropicError(error.message);
}

/** Whether a value is a recording, and not a list of events. */
export function isRecording(value: StreamRecording | Iterable<AnyEvent>): value is StreamRecording {
  return isRecord(value) && 'events' in value && 'endMs' in value;
}

/** An ID of the API (`msg_01…`, `toolu_01…`, `req_01…`), a UUID, or a key. */
const PRIVATE =
  /\b((?:[a-z]+_)+)01[A-Za-z0-9]{10,}|\b[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}\b|\bsk-[A-Za-z0-9_-]{8,}/g;

/**
 * Replaces the IDs of the API by numbered ones (`msg_0001`), the same one by the same number, UUIDs by numbered UUIDs, and
 * keys by `sk-redacted`. Undefined fields are left out.
 */
export function withoutIDs(recording: StreamRecording): StreamRecording {
  const numbers = new Map<string, number>();
  const text = JSON.stringify(recording).replace(PRIVATE, (found, prefix: string | undefined) => {
    if (found.startsWith('sk-')) return 'sk-redacted';
    const number = numbers.get(found) ?? numbers.size + 1;
    numbers.set(found, number);
    return prefix === undefined
      ? `00000000-0000-4000-8000-${String(number).padStart(12, '0')}`
      : `${prefix}${String(number).padStart(4, '0')}`;
  });
  return JSON.parse(text) as StreamRecording;
}
