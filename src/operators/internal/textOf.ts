import type { ContentBlockDelta } from '../../api/events.js';
import type { ContentBlock } from '../../api/message.js';
import { asString } from '../../utils/inspect.js';

/** The answer's text in a delta, or that a block begins with; undefined if it has none. */
export function textOf(part: ContentBlockDelta | ContentBlock): string | undefined {
  return part.type === 'text_delta' || part.type === 'text' ? asString(part.text) : undefined;
}

/** The same for thinking. A delta of a type that is not known may be named as a block is, and have anything in that field. */
export function thinkingOf(part: ContentBlockDelta | ContentBlock): string | undefined {
  return part.type === 'thinking_delta' || part.type === 'thinking' ? asString(part.thinking) : undefined;
}
