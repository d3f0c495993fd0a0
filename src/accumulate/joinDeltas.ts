import type { ContentBlockDelta } from '../api/events.js';
import { asString } from '../utils/inspect.js';

/** The longest joined text, in UTF-16 code units. Engines refuse strings longer than about 2^29. */
export const LONGEST_JOINED = 2 ** 24;

/**
 * Joins two deltas of text, thinking or JSON. The time does not depend on their length. Estimates of thinking tokens
 * are added; other fields are taken from the newer delta.
 *
 * @param maxLength - Longest text of the result, in UTF-16 code units. Default: no limit.
 * @returns A new delta; undefined if the two are not of the same type, have no text, or would be longer than
 * `maxLength`.
 */
export function joinDeltas(
  older: ContentBlockDelta,
  newer: ContentBlockDelta,
  maxLength = Infinity,
): ContentBlockDelta | undefined {
  if (older.type !== newer.type) return undefined;
  const text = joinTexts(textOfDelta(older), textOfDelta(newer), maxLength);
  return text === undefined ? undefined : withTextOfDelta(withEstimateOf(older, newer), text);
}

/**
 * Joins two texts.
 *
 * @returns Undefined if a value is not a string, since not every source has validated its events, or if the result
 * would be longer than `maxLength`.
 */
export function joinTexts(older: unknown, newer: unknown, maxLength: number): string | undefined {
  if (typeof older !== 'string' || typeof newer !== 'string') return undefined;
  return older.length + newer.length <= maxLength ? older + newer : undefined;
}

/**
 * Returns the text, thinking or JSON of a delta. Returns undefined for a delta of another type, or if the field is not
 * a string, since not every source has validated its events.
 */
export function textOfDelta(delta: ContentBlockDelta): string | undefined {
  switch (delta.type) {
    case 'text_delta':
      return asString(delta.text);
    case 'thinking_delta':
      return asString(delta.thinking);
    case 'input_json_delta':
      return asString(delta.partial_json);
    default:
      return undefined;
  }
}

/** Returns the estimate of thinking tokens in a delta; undefined if there is none. */
export function estimateOfDelta(delta: ContentBlockDelta): number | undefined {
  if (delta.type !== 'thinking_delta') return undefined;
  const { estimated_tokens }: { readonly estimated_tokens?: unknown } = delta;
  return typeof estimated_tokens === 'number' ? estimated_tokens : undefined;
}

/** Returns the newer of two deltas, with the estimates of both, which are increments. */
export function withEstimateOf(older: ContentBlockDelta, newer: ContentBlockDelta): ContentBlockDelta {
  const before = estimateOfDelta(older);
  if (before === undefined || newer.type !== 'thinking_delta') return newer;
  return { ...newer, estimated_tokens: before + (estimateOfDelta(newer) ?? 0) };
}

/** Returns a copy of a delta with a different text, thinking or JSON. A delta of another type is returned as it is. */
export function withTextOfDelta(delta: ContentBlockDelta, text: string): ContentBlockDelta {
  switch (delta.type) {
    case 'text_delta':
      return { ...delta, text };
    case 'thinking_delta':
      return { ...delta, thinking: text };
    case 'input_json_delta':
      return { ...delta, partial_json: text };
    default:
      return delta;
  }
}
