import { hasContent, isThinking } from '../../../api/content.js';
import { isEvent, type AnyEvent } from '../../../api/events.js';
import type { RetryPolicy } from '../../../rx/retry/retryPolicy.js';

/**
 * What the consumer has received from an attempt:
 *
 * - 'nothing': no event, or only pings
 * - 'started': events without content, which a `message_restart` withdraws
 * - 'content': content, which is only withdrawn with `whenStarted: 'restart'`
 * - 'complete': a complete message, which is never withdrawn, and no other message has started since
 * - 'next-message': the start of another message after a complete one, as in the stream of a tool run
 */
export type AttemptProgress = 'nothing' | 'started' | 'content' | 'complete' | 'next-message';

/**
 * Returns the progress of an attempt after an event. A `message_restart` from a retry operator closer to the source
 * withdraws the current message, but not a complete message before it.
 */
export function progressAfter(policy: RetryPolicy, progress: AttemptProgress, event: AnyEvent): AttemptProgress {
  if (isEvent(event, 'message_stop')) return 'complete';
  if (progress === 'complete') return isEvent(event, 'message_start') ? 'next-message' : 'complete';
  if (progress === 'next-message') return 'next-message';
  if (isEvent(event, 'message_restart')) return 'nothing';
  if (progress === 'content' || isShownContent(policy, event)) return 'content';
  return isEvent(event, 'ping') ? progress : 'started';
}

/** Whether an event has content that must not be withdrawn, or requested again, unless the options ask for it. */
function isShownContent({ thinkingIsContent }: RetryPolicy, event: AnyEvent): boolean {
  return hasContent(event) && (thinkingIsContent !== false || !isThinking(event));
}

/** Whether the policy allows a failed request to be sent again from its beginning. */
export function canRestart(policy: RetryPolicy, earlierFailures: number, progress: AttemptProgress): boolean {
  if (progress === 'complete' || earlierFailures >= policy.maxRetries) return false;
  return progress === 'nothing' || progress === 'started' || policy.whenStarted === 'restart';
}

/**
 * Whether a `message_restart` precedes the next attempt: something has to be withdrawn, or it announces the attempt.
 */
export function shouldEmitRestart(policy: RetryPolicy, progress: AttemptProgress): boolean {
  return progress !== 'nothing' || policy.announce !== false;
}
