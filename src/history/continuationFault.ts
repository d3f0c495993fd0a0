import { hasUsableInput } from '../accumulate/toolInputStatus.js';
import type { Message } from '../api/message.js';
import { answerableCalls } from './answerableCalls.js';
import { continuationContent } from './continuationContent.js';

/** What to do if a message cannot be continued, but its request can be sent again. */
export const RESTART_ADVICE =
  "Send the request again, as retryOnConnectionError({ whenStarted: 'restart' }) does: it withdraws what was shown.";

/** Returns why an interrupted message cannot be continued, and what to do instead; undefined if it can be continued. */
export function continuationFault(partial: Message): string | undefined {
  const { stop_reason } = partial;
  if (stop_reason === 'refusal') return 'the model refused to answer. Ask for something else.';
  if (typeof stop_reason === 'string') {
    return `it already has the stop_reason '${stop_reason}'. Add it to the history with toMessageParam().`;
  }
  if (answerableCalls(partial).some((call) => hasUsableInput(call))) {
    return `it has a complete tool call, which the model would make again. ${RESTART_ADVICE}`;
  }
  if (continuationContent(partial).length === 0) {
    return `it has no text, and only text can be continued. ${RESTART_ADVICE}`;
  }
  return undefined;
}
