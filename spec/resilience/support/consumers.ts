import {
  accumulateMessage,
  AnthropicError,
  tapMessage,
  textDeltas,
  usage,
  type Message,
  type MessageStreamEvent,
  type RunningUsage,
} from 'rxjs-anthropic';
import { connectable, tap, type Observable } from 'rxjs';

/** What the consumers of one stream have seen, when it has ended. */
export interface Seen {
  /** What a screen shows that was told by `textDeltas({ restarts: true })`. */
  readonly byDeltas: string;
  /** What a screen shows that was told by `tapMessage`. */
  readonly byTap: string;
  /** The last Message of `accumulateMessage`. */
  readonly message: Message | undefined;
  readonly usage: RunningUsage | undefined;
  /** How many `message_start` there were since the last restart. */
  readonly starts: number;
  readonly restarts: number;
  /** How it ended: an error, or undefined if it was complete. */
  readonly error: unknown;
  /** The `partial` of that error as it came out of the stream, before anything else had accumulated. */
  readonly partial: Message | undefined;
}

/**
 * Shows a stream in all the ways a UI would, until it ends.
 *
 * @param onEvent - Sees each event first. What it throws fails the stream.
 */
export function watchAsUsers(
  stream: Observable<MessageStreamEvent>,
  onEvent: (event: MessageStreamEvent) => void = () => undefined,
): Promise<Seen> {
  return new Promise((resolve) => {
    let byDeltas = '';
    let byTap = '';
    let message: Message | undefined;
    let running: RunningUsage | undefined;
    let starts = 0;
    let restarts = 0;
    let partial: Message | undefined;
    const watched = stream.pipe(
      tap({
        next(event) {
          onEvent(event);
          if (event.type === 'message_start') starts += 1;
          if (event.type !== 'message_restart') return;
          starts = 0;
          restarts += 1;
        },
        error(error: unknown) {
          if (error instanceof AnthropicError) ({ partial } = error);
        },
      }),
      tapMessage({ text: (delta) => (byTap += delta), restart: () => (byTap = '') }),
    );
    const shared = connectable(watched);
    shared.pipe(textDeltas({ restarts: true })).subscribe({
      next: (text) => (byDeltas = typeof text === 'string' ? byDeltas + text : ''),
      error: () => undefined,
    });
    shared.pipe(usage()).subscribe({ next: (now) => (running = now), error: () => undefined });
    const end = (error?: unknown): void => {
      resolve({ byDeltas, byTap, message, usage: running, starts, restarts, error, partial });
    };
    shared.pipe(accumulateMessage()).subscribe({ next: (now) => (message = now), error: end, complete: end });
    shared.connect();
  });
}
