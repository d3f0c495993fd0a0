import { isEvent, type AnyEvent, type ContentBlockDelta, type ContentBlockDeltaEvent } from '../events.js';

/** The longest text that is made by joining, in UTF-16 code units: engines refuse strings from some 2^29 on. */
export const LONGEST_JOINED = 2 ** 24;

/**
 * Joins two values that are one text, so that nothing is lost: two strings, or two deltas of the same block and kind. A delta
 * with a field that is not known here says more than its text, and is left alone.
 *
 * @returns A new value, in a time that does not depend on the texts' length; undefined if the two can't be joined.
 */
export function joined(last: unknown, value: unknown): string | ContentBlockDeltaEvent | undefined {
  if (typeof last === 'string' && typeof value === 'string') return joinedText(last, value);
  if (!isDelta(last) || !isDelta(value) || last.index !== value.index) return undefined;
  const delta = joinedDelta(last.delta, value.delta);
  return delta && { type: 'content_block_delta', index: value.index, delta };
}

function joinedDelta(last: ContentBlockDelta, delta: ContentBlockDelta): ContentBlockDelta | undefined {
  if (last.type === 'text_delta' && delta.type === 'text_delta') {
    const text = joinedText(last.text, delta.text);
    return text === undefined ? undefined : { type: 'text_delta', text };
  }
  if (last.type === 'thinking_delta' && delta.type === 'thinking_delta') {
    const thinking = joinedText(last.thinking, delta.thinking);
    return thinking === undefined ? undefined : { type: 'thinking_delta', thinking };
  }
  if (last.type === 'input_json_delta' && delta.type === 'input_json_delta') {
    const json = joinedText(last.partial_json, delta.partial_json);
    return json === undefined ? undefined : { type: 'input_json_delta', partial_json: json };
  }
  return undefined;
}

/** Takes `unknown`, since not every source has checked its events. */
function joinedText(last: unknown, text: unknown): string | undefined {
  if (typeof last !== 'string' || typeof text !== 'string') return undefined;
  return last.length + text.length > LONGEST_JOINED ? undefined : last + text;
}

/** Whether a value is an event with a delta of two fields, and nothing else. */
function isDelta(value: unknown): value is ContentBlockDeltaEvent {
  if (!isTyped(value) || !isEvent(value, 'content_block_delta')) return false;
  const { index, delta }: { readonly index: unknown; readonly delta: unknown } = value;
  return typeof index === 'number' && isTyped(delta) && fieldsOf(value) === 3 && fieldsOf(delta) === 2;
}

function isTyped(value: unknown): value is AnyEvent {
  return typeof value === 'object' && value !== null && 'type' in value && typeof value.type === 'string';
}

function fieldsOf(value: object): number {
  return Object.keys(value).length;
}
