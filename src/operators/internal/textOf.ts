import type { ContentBlockDelta } from '../../events.js';
import type { ContentBlock } from '../../message.js';
import { text } from '../../unknown.js';

/** The answer's text in a delta, or that a block begins with; undefined if it has none. */
export function textOf(part: ContentBlockDelta | ContentBlock): string | undefined {
  return part.type === 'text_delta' || part.type === 'text' ? text(part.text) : undefined;
}

/** The same for thinking. A delta of a type that is not known may be named as a block is, and have anything in that field. */
export function thinkingOf(part: ContentBlockDelta | ContentBlock): string | undefined {
  return part.type === 'thinking_delta' || part.type === 'thinking' ? text(part.thinking) : undefined;
}
