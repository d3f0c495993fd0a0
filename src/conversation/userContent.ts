import type { ContentBlockParam } from '../api/params.js';
import { isRecord } from '../utils/inspect.js';
import type { UserContent } from './conversationState.js';

/**
 * Returns what a user says in the form in which it is sent: without blank text blocks, which the API rejects.
 *
 * @param method - The method that errors name.
 * @throws {TypeError} If nothing is left, or if it is neither a text nor an array of blocks.
 */
export function expectContent(content: unknown, method: string): UserContent {
  const sent = typeof content === 'string' ? content : withoutBlankText(content);
  if (sent !== undefined && (typeof sent === 'string' ? sent.trim() : sent).length > 0) return sent;
  throw new TypeError(
    `conversation: ${method}: content must be a text that is not blank, or an array of content blocks.`,
  );
}

function withoutBlankText(content: unknown): readonly ContentBlockParam[] | undefined {
  if (!Array.isArray(content) || !content.every(isBlock)) return undefined;
  return content.filter((block) => block.type !== 'text' || !('text' in block) || !isBlank(block.text));
}

function isBlank(text: unknown): boolean {
  return typeof text !== 'string' || text.trim() === '';
}

function isBlock(block: unknown): block is ContentBlockParam {
  return isRecord(block) && typeof block['type'] === 'string';
}
