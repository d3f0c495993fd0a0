import type { ContentBlockDelta } from '../../events.js';
import type { ContentBlock } from '../../message.js';

/** The answer's text in a delta, or that a block begins with; undefined if it has none. */
export function textOf(part: ContentBlockDelta | ContentBlock): string | undefined {
  return part.type === 'text_delta' || part.type === 'text' ? stringOr(part.text) : undefined;
}

/** The same for thinking. */
export function thinkingOf(part: ContentBlockDelta | ContentBlock): string | undefined {
  return part.type === 'thinking_delta' || part.type === 'thinking' ? stringOr(part.thinking) : undefined;
}

/** A delta of a type that is not known may be named as a block is, and have anything in that field. */
function stringOr(value: unknown): string | undefined {
  return typeof value === 'string' ? value : undefined;
}
