import { toolInputStatus } from '../accumulate/toolInputStatus.js';
import type { ContentBlock, Message } from '../api/message.js';
import type { MessageParam } from '../api/params.js';
import { historyContent } from './historyContent.js';

/** The model's turn of a conversation. */
export interface AssistantMessageParam extends MessageParam {
  readonly role: 'assistant';
  readonly content: ContentBlock[];
}

/**
 * Makes the model's turn of the conversation from a message, whole or cut, so that the API accepts it as history.
 *
 *     content of an error's partial    text   thinking, signed   text   tool_use   thinking, open
 *     toMessageParam(partial).content  text   thinking, signed   text
 *
 * What the API would refuse is left out:
 * - `tool_use`, unless the message stopped with `tool_use` and the input is complete: **those are yours to answer**, by
 *   a `tool_result` each in the next user message. To any other call no result follows;
 * - a call to one of the API's own tools without its result, unless the API has still to give it (`pause_turn`);
 * - thinking without its signature, and thinking that nothing follows;
 * - text of white space only, and half a character at the end of a text that was cut;
 * - what a `fallback` block has made void, a `document` block, and all of a refused message.
 *
 * All else stays as it is: the same objects, with signatures, citations and fields that are not known here. Only an
 * input that is valid JSON but no object is wrapped in one, as `{ INVALID_JSON: '…' }`.
 *
 * @param message - A complete message, a snapshot, or the `partial` of an error.
 * @returns The turn; undefined where nothing is left, since the API refuses a turn without content.
 * @example
 * finalMessage$.pipe(catchError((error) => of(error.partial))).subscribe((message) => {
 *   const turn = message && toMessageParam(message);
 *   if (turn) history.push(turn);
 * });
 * @see https://platform.claude.com/docs/en/build-with-claude/working-with-messages
 */
export function toMessageParam(message: Message): AssistantMessageParam | undefined {
  const content = historyContent(
    message,
    (call) => message.stop_reason === 'tool_use' && toolInputStatus(call).state === 'complete',
  );
  return content.some(isMoreThanMark) ? { role: 'assistant', content } : undefined;
}

/** Whether a block says anything: a `fallback` block only marks where another model took over. */
function isMoreThanMark({ type }: { readonly type: string }): boolean {
  return type !== 'fallback';
}
