import type { ConversationState } from 'rxjs-anthropic';

const BUSY: ReadonlySet<ConversationState['status']> = new Set([
  'connecting',
  'thinking',
  'streaming',
  'tool',
  'retrying',
  'reconnecting',
]);

/** Whether an answer is being written, which can be stopped. */
export function isBusy({ status }: ConversationState): boolean {
  return BUSY.has(status);
}

/** Whether an answer is being written, or waits for approval. */
export function isUnfinished(state: ConversationState): boolean {
  return isBusy(state) || state.status === 'approval';
}

/** What the list of conversations says about one. */
export function labelOf(state: ConversationState): string {
  if (isBusy(state)) return 'Answering';
  if (state.status === 'approval') return 'Needs approval';
  return state.status === 'error' ? 'Failed' : '';
}
