import type { ContentBlockDelta } from '../../api/events.js';
import type { ContentBlock } from '../../api/message.js';
import { asString } from '../../utils/inspect.js';

/** Reads one kind of text from a delta, or from a block as it starts. Returns undefined for parts of another kind. */
export type ReadPart = (part: ContentBlockDelta | ContentBlock) => string | undefined;

/** Returns the answer's text in a delta, or in a block as it starts; undefined for parts of another type. */
export function textOfPart(part: ContentBlockDelta | ContentBlock): string | undefined {
  // The field may contain anything, because an unknown type of delta may have the name of a type of block.
  return part.type === 'text_delta' || part.type === 'text' ? asString(part.text) : undefined;
}

/** Returns the model's thinking in a delta, or in a block as it starts; undefined for parts of another type. */
export function thinkingOfPart(part: ContentBlockDelta | ContentBlock): string | undefined {
  return part.type === 'thinking_delta' || part.type === 'thinking' ? asString(part.thinking) : undefined;
}
