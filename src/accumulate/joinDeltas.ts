import type { ContentBlockDelta } from '../events.js';

/**
 * Joins two deltas that are one text, thinking or JSON, so that nothing is lost, in a time that does not depend on their
 * length. Other fields are the newer one's.
 *
 * @param longest - The longest text that is made, in UTF-16 code units. Default: as long as it gets.
 * @returns A new delta; undefined if the two can't be joined.
 */
export function joinDeltas(
  older: ContentBlockDelta,
  newer: ContentBlockDelta,
  longest = Infinity,
): ContentBlockDelta | undefined {
  if (newer.type === 'text_delta' && older.type === 'text_delta') {
    const text = joinTexts(older.text, newer.text, longest);
    return text === undefined ? undefined : { ...newer, text };
  }
  if (newer.type === 'thinking_delta' && older.type === 'thinking_delta') {
    const thinking = joinTexts(older.thinking, newer.thinking, longest);
    return thinking === undefined ? undefined : { ...newer, thinking };
  }
  if (newer.type === 'input_json_delta' && older.type === 'input_json_delta') {
    const json = joinTexts(older.partial_json, newer.partial_json, longest);
    return json === undefined ? undefined : { ...newer, partial_json: json };
  }
  return undefined;
}

/** Joins two texts; undefined if they would be longer. Takes `unknown`, since not every source has checked its events. */
export function joinTexts(older: unknown, newer: unknown, longest: number): string | undefined {
  if (typeof older !== 'string' || typeof newer !== 'string') return undefined;
  return older.length + newer.length > longest ? undefined : older + newer;
}
