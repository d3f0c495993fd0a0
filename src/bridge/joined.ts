import { joinDeltas, joinTexts } from '../accumulate/joinDeltas.js';
import { isEvent, isTyped, type ContentBlockDeltaEvent } from '../api/events.js';

/** The longest text that is made by joining, in UTF-16 code units: engines refuse strings from some 2^29 on. */
export const LONGEST_JOINED = 2 ** 24;

/**
 * Joins two values that are one text, so that nothing is lost: two strings, or two deltas of the same block and kind. A delta
 * with a field that is not known here says more than its text, and is left alone.
 *
 * @returns A new value, in a time that does not depend on the texts' length; undefined if the two can't be joined.
 */
export function joined(last: unknown, value: unknown): string | ContentBlockDeltaEvent | undefined {
  if (typeof last === 'string' && typeof value === 'string') return joinTexts(last, value, LONGEST_JOINED);
  if (!isDelta(last) || !isDelta(value) || last.index !== value.index) return undefined;
  const delta = joinDeltas(last.delta, value.delta, LONGEST_JOINED);
  return delta && { type: 'content_block_delta', index: value.index, delta };
}

/** Whether a value is an event with a delta of two fields, and nothing else. */
function isDelta(value: unknown): value is ContentBlockDeltaEvent {
  if (!isTyped(value) || !isEvent(value, 'content_block_delta')) return false;
  const { index, delta }: { readonly index: unknown; readonly delta: unknown } = value;
  return typeof index === 'number' && isTyped(delta) && fieldsOf(value) === 3 && fieldsOf(delta) === 2;
}

function fieldsOf(value: object): number {
  return Object.keys(value).length;
}
