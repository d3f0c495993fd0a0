import { hasUsableInput } from '../accumulate/toolInputStatus.js';
import type { BetaContentBlock, BetaMessage, ContentBlock, Message } from '../api/message.js';
import { sendableContent } from './sendableContent.js';

/** The model's turn in a conversation. */
export interface AssistantMessageParam {
  readonly role: 'assistant';
  readonly content: ContentBlock[];
}

/** The model's turn in a conversation, with the blocks of beta features. */
export interface BetaAssistantMessageParam {
  readonly role: 'assistant';
  readonly content: BetaContentBlock[];
}

/**
 * Converts a message, complete or truncated, to the model's turn in the conversation, so that the API accepts it as
 * history.
 *
 *     content of an error's partial    text   thinking, signed   text   tool_use   thinking, unsigned
 *     toMessageParam(partial).content  text   thinking, signed   text
 *
 * Everything that the API would reject is left out:
 * - `tool_use`, unless the message stopped with `tool_use` and the input is complete. **You must answer the calls that
 *   are kept**, each with a `tool_result` in the next user message. No other call gets a result;
 * - a call to one of the API's own tools without its result, unless the API will still add the result (`pause_turn`);
 * - thinking without its signature, and thinking at the end of the message;
 * - text that is only white space, unless it is between two blocks of thinking, and an incomplete character at the end
 *   of a truncated text;
 * - thinking and `tool_use` before a `fallback` block, `document` blocks, and all of a refused message.
 *
 * Everything else is preserved: the same objects, with their signatures, their citations and any fields that this
 * version does not know. The API binds signed thinking to what came before it, so history is append-only: send each turn
 * back as this function returns it, and never edit, merge or remove earlier turns. Only an input that is valid JSON but not an object is wrapped in one, as
 * `{ INVALID_JSON: '…' }`.
 *
 * @param message - A complete message, a snapshot, or the `partial` of an error.
 * @returns The turn; undefined if nothing is left, since the API rejects a turn without content.
 * @example
 * const message = await firstValueFrom(stream$.pipe(finalMessage()));
 * const turn = toMessageParam(message);
 * if (turn !== undefined) messages.push(turn);
 * @see https://platform.claude.com/docs/en/build-with-claude/working-with-messages
 */
export function toMessageParam(message: Message): AssistantMessageParam | undefined;
export function toMessageParam(message: BetaMessage): BetaAssistantMessageParam | undefined;
export function toMessageParam(message: BetaMessage): BetaAssistantMessageParam | undefined {
  const content = sendableContent(message, {
    isAnswered: (call) => message.stop_reason === 'tool_use' && hasUsableInput(call),
  });
  return content.length > 0 ? { role: 'assistant', content } : undefined;
}
