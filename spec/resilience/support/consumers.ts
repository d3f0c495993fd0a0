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

/** What the consumers of a stream have seen when it has ended. */
export interface Seen {
  /** The text on a screen that uses `textDeltas({ restarts: true })`. */
  readonly byDeltas: string;
  /** The text on a screen that uses `tapMessage`. */
  readonly byTap: string;
  /** The last Message of `accumulateMessage`. */
  readonly message: Message | undefined;
  readonly usage: RunningUsage | undefined;
  /** The number of `message_start` events since the last restart. */
  readonly starts: number;
  readonly restarts: number;
  /** The error that it ended with; undefined if it completed. */
  readonly error: unknown;
  /** The `partial` of that error as the stream emitted it, before it passed an operator that accumulates. */
  readonly partial: Message | undefined;
}

/**
 * Reads a stream in all the ways in which a UI would show it, until it ends.
 *
 * @param onEvent - Called with each event first. If it throws, the stream fails.
 */
export function watchAsUser(
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
