import { joinDeltas, joinTexts } from '../accumulate/joinDeltas.js';
import { isEvent, isTyped, type ContentBlockDeltaEvent } from '../api/events.js';

/** The longest joined text, in UTF-16 code units. Engines refuse strings longer than about 2^29. */
export const LONGEST_JOINED = 2 ** 24;

/**
 * Joins two values that belong to the same text: two strings, or two deltas of the same type and block. An event or a
 * delta with additional fields is never joined, because the joined value could not preserve them. The estimates of
 * thinking tokens are preserved, because they can be added.
 *
 * @returns A new value, or undefined if the values cannot be joined. The time does not depend on the length of the
 * texts.
 */
export function joinValues(last: unknown, value: unknown): string | ContentBlockDeltaEvent | undefined {
  if (typeof last === 'string' && typeof value === 'string') return joinTexts(last, value, LONGEST_JOINED);
  if (!isPlainDelta(last) || !isPlainDelta(value) || last.index !== value.index) return undefined;
  const delta = joinDeltas(last.delta, value.delta, LONGEST_JOINED);
  return delta && { type: 'content_block_delta', index: value.index, delta };
}

/** Whether a value is a `content_block_delta` whose fields can all be joined. */
export function isPlainDelta(value: unknown): value is ContentBlockDeltaEvent {
  if (!isTyped(value) || !isEvent(value, 'content_block_delta')) return false;
  const { index, delta }: { readonly index: unknown; readonly delta: unknown } = value;
  if (typeof index !== 'number' || !isTyped(delta) || countFields(value) !== 3) return false;
  return countFields(delta) === ('estimated_tokens' in delta ? 3 : 2);
}

function countFields(value: object): number {
  return Object.keys(value).length;
}
