import { toolInputStatus } from '../accumulate/toolInputStatus.js';
import type { ContentBlock, Message } from '../api/message.js';
import { kept } from './sendable.js';
import { historyContent } from './historyContent.js';

/** The content of an interrupted message that a continuation sends back: up to its most recent text, or nothing. */
export function continuedContent(partial: Message): ContentBlock[] {
  const content = upToText(historyContent(partial, noCall));
  return historyContent({ ...partial, content }, noCall); // again, for a call whose result comes after that text
}

/** Says why an interrupted message cannot be continued and what to do instead; undefined if it can. */
export function continuationFault(partial: Message): string | undefined {
  const { stop_reason } = partial;
  if (stop_reason === 'refusal') return 'the model has refused to answer. Ask for something else.';
  if (typeof stop_reason === 'string') {
    return `the model had come to its end, with stop_reason '${stop_reason}'. Take it as history, by toMessageParam().`;
  }
  if (kept(partial).some((block) => block.type === 'tool_use' && toolInputStatus(block).state === 'complete')) {
    return `it has a whole tool call, which the model would make again. ${SEND_AGAIN}`;
  }
  if (continuedContent(partial).length === 0) {
    return `it has no text, and only text can be gone on with. ${SEND_AGAIN}`;
  }
  return undefined;
}

export const SEND_AGAIN =
  "Send the request again, as retryOnConnectionError({ whenStarted: 'restart' }) does: it withdraws what was shown.";

function upToText(content: readonly ContentBlock[]): ContentBlock[] {
  return content.slice(0, content.map(({ type }) => type).lastIndexOf('text') + 1);
}

function noCall(): boolean {
  return false;
}
