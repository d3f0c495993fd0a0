import { catchError, concat, defer, NEVER, of, takeUntil, tap } from 'rxjs';
import type { ObservableInput } from 'rxjs';
import type { RunningUsage } from '../accumulate/usage.js';
import type { AnyEvent } from '../api/events.js';
import type { Message } from '../api/message.js';
import type { AnthropicError } from '../errors/classes.js';
import type { EventOperator } from '../rx/eventOperator.js';
import { fromInput } from '../rx/fromInput.js';
import { transform } from '../rx/transform.js';
import { MessageStates } from './internal/state/messageStates.js';
import { endingOf } from './internal/state/stateError.js';

export interface MessageStateOptions {
  /**
   * Unsubscribes from the source when it emits, which aborts the request unless the request is shared: see `abortOn`.
   * The last state is then 'aborted', with the message so far, unless it was already 'done'. `abort` is unsubscribed
   * from when the source ends. By default, nothing aborts the request.
   */
  readonly abort?: ObservableInput<unknown> | undefined;
}

interface StateOf<Status extends string, MessageSoFar extends Message | undefined, Failure, Delay = undefined> {
  readonly status: Status;
  /** The message so far. */
  readonly message: MessageSoFar;
  /** The text of all text blocks of the message, joined, in complete characters. */
  readonly text: string;
  /** The usage so far, as `usage()` emits it. */
  readonly usage: RunningUsage | undefined;
  /**
   * The error that ended the message, or the previous attempt; undefined if `abort` ended it, or a relay omitted it. An
   * error that is not of this package is the `cause` of an `AnthropicError` with the same message.
   */
  readonly error: Failure;
  /** The number of the attempt: that of the last `message_restart` or `message_reconnect`, otherwise 1. */
  readonly attempt: number;
  /** How long the next attempt waits before it starts, in ms, counted from this state. */
  readonly delayMs: Delay;
}

/**
 * The state of a message, discriminated by `status`:
 *
 * - 'idle': not requested yet, see {@link idleMessageState}; also if a run that was resumed ended without a message
 * - 'connecting': requested, but not started
 * - 'thinking', 'streaming', 'tool': what the model is doing; 'tool' also while tools run between two messages
 * - 'retrying': the attempt failed with `error`, the message was withdrawn, and attempt number `attempt` starts after
 *   `delayMs`
 * - 'reconnecting': the same, but the message is kept and will be continued
 * - 'done': the message is complete
 * - 'error', 'aborted': the message ended early, and `message` is the message so far
 */
export type MessageState =
  | StateOf<'idle' | 'connecting', undefined, undefined>
  | StateOf<'thinking' | 'streaming' | 'tool' | 'done', Message, undefined>
  | StateOf<'retrying', undefined, AnthropicError | undefined, number>
  | StateOf<'reconnecting', Message, AnthropicError | undefined, number>
  | StateOf<'error', Message | undefined, AnthropicError>
  | StateOf<'aborted', Message | undefined, AnthropicError | undefined>;

/** The state before a message is requested, for `initialValue` and `startWith`. */
export const idleMessageState: MessageState = Object.freeze({
  status: 'idle',
  message: undefined,
  text: '',
  usage: undefined,
  error: undefined,
  attempt: 1,
  delayMs: undefined,
});

/**
 * Emits the state of a message as one value that a user interface can show, for `toSignal`, `rxResource` and the
 * `async` pipe.
 *
 *     source            --s--b--d--e--m--z--|        s: message_start … z: message_stop
 *     messageState()
 *     result            c-x--x--x-----x--D--|        c: connecting  x: streaming, growing  D: done
 *
 *     source            --s--b--d--#                 #: the connection was lost
 *     messageState()
 *     result            c-x--x--x--(E|)              E: error, with the message so far
 *
 * | what happens | status |
 * |---|---|
 * | the subscription | 'connecting' |
 * | a block starts | 'thinking', 'tool' for a call or its result, otherwise 'streaming', until another block starts |
 * | `message_restart` | 'retrying', without a message, until the next message starts |
 * | `message_reconnect` | 'reconnecting', with the message so far, until its next event arrives |
 * | `message_stop` | 'done', even if the source has not completed; after a tool call: 'tool'; after a pause: no change |
 * | another `message_start`, as in the events of `runTools` | that of the new message |
 * | the source completes after `message_stop` | 'done' |
 * | the source completes after a run that had no message, as a resumed one may have none | 'idle' |
 * | the source completes earlier, fails, or emits an event out of order | 'error' |
 * | `abort` emits, or a `signal` aborts the request | 'aborted' |
 *
 * If several blocks are open, the status is that of the newest one. The last state is always 'done', 'error' or
 * 'aborted', or 'idle' if a run had no message; then the result completes. The result never fails: the last state has the `error`, which has `retryable`,
 * for example to show a retry button, and the message so far as `partial`.
 *
 * States are frozen at any depth. A new one is emitted whenever something has changed, and shares its unchanged parts
 * with the previous one. `text` is in the order of the blocks, like that of `finalText()`, and omits half a surrogate
 * pair until its other half arrives.
 *
 * Put a retry before this operator. 'retrying' and 'reconnecting' have the `error` and, for a countdown, `delayMs`; they
 * last longer than `delayMs`, because the request has to connect.
 *
 * For a stop button use {@link abortOn} before this operator, or before {@link shareMessage} if the request is shared,
 * because the option `abort` would leave the request running for the other subscribers. A `takeUntil` before this
 * operator looks like a truncated stream, which is an 'error'; one after it completes without a last state.
 *
 * @param options.abort - Unsubscribes from the source when it emits, and ends with 'aborted'. If it fails, the last
 * state is 'error'; if it completes, nothing happens. By default, nothing aborts the request.
 * @returns An operator from events to states. Each state is emitted synchronously with its event.
 * @throws {TypeError} At call time, if `abort` is not an `ObservableInput`; an `AbortSignal`, for example, is not.
 * @example
 * readonly state = toSignal(
 *   this.prompt$.pipe(switchMap((prompt) => this.ask(prompt).pipe(abortOn(this.stop$), messageState()))),
 *   { initialValue: idleMessageState },
 * );
 * // In the template:
 * // @if (state().error; as error) { {{ error.message }} @if (error.retryable) { … } } {{ state().text }}
 */
export function messageState(options: MessageStateOptions = {}): EventOperator<MessageState> {
  const abort = fromInput(options.abort ?? NEVER, ABORT_PROBLEM);
  return (source) =>
    defer(() => {
      const states = new MessageStates();
      let isAborted = false;
      const aborted = abort.pipe(tap(() => (isAborted = true)));
      const live = transform<AnyEvent, MessageState>((output) => ({
        next(event) {
          const state = states.accept(event);
          if (state !== undefined) output.next(state);
        },
      }));
      return concat(
        concat(
          defer(() => of(states.connect())),
          source.pipe(live),
        ).pipe(takeUntil(aborted)),
        defer(() =>
          isAborted && !states.isDone ? states.end({ status: 'aborted', error: undefined }) : states.complete(),
        ),
      ).pipe(catchError((error: unknown) => states.end(endingOf(error))));
    });
}

const ABORT_PROBLEM = 'messageState: abort must be an Observable, a promise or another ObservableInput.';
