import type { ConversationState } from 'rxjs-anthropic';
import type { IconName } from '../ui/icon';

/** What is said about an answer that does not simply continue. */
export interface Notice {
  readonly icon: IconName;
  readonly text: string;
  readonly isError: boolean;
  /** What happens next by itself, such as 'Trying again'. */
  readonly next?: string;
}

const CAUSES: Readonly<Record<string, string>> = {
  OverloadedError: 'The model is overloaded.',
  RateLimitError: 'There are too many requests.',
  APIConnectionError: 'The connection was lost.',
  APIConnectionTimeoutError: 'The model took too long.',
  IncompleteMessageError: 'The connection was lost.',
  ServiceUnavailableError: 'The service is not available.',
};

export function noticeOf({ status, error, turns, canContinue, canRetry }: ConversationState): Notice | undefined {
  const cause = error === undefined ? '' : (CAUSES[error.name] ?? error.message);
  switch (status) {
    case 'retrying':
      return { icon: 'retry', text: cause, isError: false, next: 'Trying again' };
    case 'reconnecting':
      return { icon: 'offline', text: `${cause} What has arrived is kept.`, isError: false, next: 'Reconnecting' };
    case 'aborted':
      return { icon: 'stop', text: 'You stopped this answer.', isError: false };
    case 'error': {
      const hasPart = turns.at(-1)?.role === 'assistant';
      return { icon: 'warning', text: hasPart ? `This answer is incomplete. ${cause}` : cause, isError: true };
    }
    default:
      if (canContinue) return { icon: 'down', text: 'This answer has reached its maximum length.', isError: false };
      if (canRetry) return { icon: 'retry', text: 'This message has no answer yet.', isError: false };
      return undefined;
  }
}
