import type { ContentBlock, Message } from '../api/message.js';
import { sendableContent, type SendPolicy } from './sendableContent.js';

/** A continuation sends no tool results, since the model has not finished its message. */
const CONTINUATION: SendPolicy = { isAnswered: () => false };

/**
 * Returns the content of an interrupted message that a continuation sends back: up to its most recent text, since only
 * text can be continued. Empty if there is no text.
 *
 * @see https://platform.claude.com/docs/en/build-with-claude/streaming#error-recovery
 */
export function continuationContent(partial: Message): ContentBlock[] {
  const content = upToLastText(sendableContent(partial, CONTINUATION));
  // Once more, since the result of a call may have come after that text.
  return sendableContent({ ...partial, content }, CONTINUATION);
}

function upToLastText(content: readonly ContentBlock[]): ContentBlock[] {
  return content.slice(0, content.map(({ type }) => type).lastIndexOf('text') + 1);
}
