import { joinDeltas, joinTexts, LONGEST_JOINED } from '../accumulate/joinDeltas.js';
import { isPlainDelta } from '../accumulate/plainDelta.js';
import type { ContentBlockDeltaEvent } from '../api/events.js';

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
