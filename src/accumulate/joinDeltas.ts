import type { ContentBlockDelta } from '../api/events.js';
import { asString } from '../utils/inspect.js';

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
  const both = older.type === newer.type ? joinTexts(textOfDelta(older), textOfDelta(newer), longest) : undefined;
  return both === undefined ? undefined : withTextOfDelta(newer, both);
}

/** Joins two texts; undefined if they would be longer. Takes `unknown`, since not every source has checked its events. */
export function joinTexts(older: unknown, newer: unknown, longest: number): string | undefined {
  if (typeof older !== 'string' || typeof newer !== 'string') return undefined;
  return older.length + newer.length > longest ? undefined : older + newer;
}

/** The text, thinking or JSON of a delta; undefined for one that can't be joined. Not every source has checked that it is text. */
export function textOfDelta(delta: ContentBlockDelta): string | undefined {
  const growing: unknown =
    delta.type === 'text_delta'
      ? delta.text
      : delta.type === 'thinking_delta'
        ? delta.thinking
        : delta.type === 'input_json_delta' && delta.partial_json;
  return asString(growing);
}

/** The same delta with another text, thinking or JSON. */
export function withTextOfDelta(delta: ContentBlockDelta, grown: string): ContentBlockDelta {
  if (delta.type === 'text_delta') return { ...delta, text: grown };
  if (delta.type === 'thinking_delta') return { ...delta, thinking: grown };
  return delta.type === 'input_json_delta' ? { ...delta, partial_json: grown } : delta;
}
