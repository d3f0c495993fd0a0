import { catchError, concat, defer, from, NEVER, of, takeUntil, tap } from 'rxjs';
import type { Observable, ObservableInput, OperatorFunction } from 'rxjs';
import { createAppender } from '../utils/text.js';
import { MessageAccumulator } from '../accumulate/messageAccumulator.js';
import { accumulateUsage, type RunningUsage } from '../accumulate/usage.js';
import { isEvent, type AnyEvent, type ContentBlockDelta } from '../api/events.js';
import { isNamed } from '../errors/inspectError.js';
import type { ContentBlock, Message } from '../api/message.js';
import { isPausing } from '../api/stopReasons.js';
import { transform } from '../rx/transform.js';
import { addPartial } from '../rx/accumulating.js';
import { textOfPart } from './internal/textOfPart.js';
import { SurrogateJoiner } from './internal/surrogateJoiner.js';

export interface MessageStateOptions {
  /**
   * Leaves the source when it emits, so that the request is aborted; the last state is then 'aborted', with what had
   * arrived, unless it was 'done' before. It is left when the source ends. Default: nothing does.
   */
  readonly abort?: ObservableInput<unknown>;
}

interface StateOf<Status extends string, MessageSoFar extends Message | undefined, Failure> {
  readonly status: Status;
  /** The message as far as it has come. */
  readonly message: MessageSoFar;
  /** Its text: that of all text blocks, joined, in whole characters. */
  readonly text: string;
  /** What the message has cost so far, as `usage()` gives it. */
  readonly usage: RunningUsage | undefined;
  /** What ended the message, or the attempt before this one; undefined for an `abort`. */
  readonly error: Failure;
  /** Which attempt this is: what the last `message_restart` said, else 1. */
  readonly attempt: number;
}

/**
 * Where a message stands, told apart by `status`:
 *
 * - 'idle': nobody has asked, see {@link idleMessageState}
 * - 'connecting': no message has started
 * - 'thinking', 'streaming', 'tool': what the model does; 'tool' as well while tools run between two messages
 * - 'retrying': the message was withdrawn because of `error`, and the next `attempt` follows
 * - 'done': the message is whole
 * - 'error', 'aborted': it broke off, and `message` is what had arrived
 */
export type MessageState =
  | StateOf<'idle' | 'connecting', undefined, undefined>
  | StateOf<'thinking' | 'streaming' | 'tool' | 'done', Message, undefined>
  | StateOf<'retrying', undefined, unknown>
  | StateOf<'error' | 'aborted', Message | undefined, unknown>;

/** The state before anyone has asked, for `initialValue` and `startWith`. */
export const idleMessageState: MessageState = {
  status: 'idle',
  message: undefined,
  text: '',
  usage: undefined,
  error: undefined,
  attempt: 1,
};

/**
 * Tells where a message stands, in one value that a user interface can show: for `toSignal`, `rxResource`, the `async`
 * pipe.
 *
 *     source            --s--b--d--e--m--z--|        s: message_start … z: message_stop
 *     messageState()
 *     result            c-x--x--x-----x--D--|        c: connecting  x: streaming, growing  D: done
 *
 *     source            --s--b--d--#                 #: the connection was lost
 *     messageState()
 *     result            c-x--x--x--(E|)              E: error, with what had arrived
 *
 * The first state comes with the subscription. The last one is always 'done', 'error' or 'aborted', and then it completes:
 * it never fails. A source that completes before `message_stop`, or sends an event out of order, is an 'error', and an
 * abort by a `signal` is 'aborted', both with the `error`. An error of the package has what had arrived as `partial`.
 *
 * States are values: a new one exactly when something has changed, sharing the parts that have not. Text that waits for
 * the other half of a surrogate pair is not in `text` yet. The status is that of the newest block that is open:
 * 'thinking', 'tool' for a call, else 'streaming'.
 *
 * 'done' comes with `message_stop`, though the source may linger; after a call 'tool' comes in its place, and 'done' when
 * the source completes. If another message starts, as on the events of `runTools`, the states go on with that one. On
 * `message_restart` the state is 'retrying', without a message, until the next one starts.
 *
 * For a stop button use `abort`. A `takeUntil` before this operator looks like a stream that was cut, an 'error'; one
 * behind it ends without a last state.
 *
 * @param options.abort - Leaves the source when it emits, and ends with 'aborted'. Its error ends with 'error'; its
 * completion means nothing. Default: nothing does.
 * @returns An operator from events to states, each in the same turn as its event.
 * @throws {TypeError} At call time, if `abort` is no `ObservableInput`, such as an `AbortSignal`.
 * @example
 * readonly state = toSignal(
 *   this.prompt$.pipe(switchMap((prompt) => this.chat.ask(prompt).pipe(messageState({ abort: this.stop$ })))),
 *   { initialValue: idleMessageState },
 * );
 * // in the template: @if (state().status === 'error') { … } {{ state().text }}
 */
export function messageState(options: MessageStateOptions = {}): OperatorFunction<AnyEvent, MessageState> {
  const abort = observe(options.abort ?? NEVER);
  return (source) =>
    defer(() => {
      const states = new States();
      let isAborted = false;
      const aborted = abort.pipe(tap(() => (isAborted = true)));
      const live = transform<AnyEvent, MessageState>((output) => ({
        next(event) {
          const state = states.take(event);
          if (state !== undefined) output.next(state);
        },
      }));
      return concat(
        concat(
          defer(() => of(states.connect())),
          source.pipe(live),
        ).pipe(takeUntil(aborted)),
        defer(() => (isAborted && !states.isDone ? states.fail('aborted', undefined) : states.complete())),
      ).pipe(
        catchError((error: unknown) =>
          states.fail(ABORTS.some((name) => isNamed(error, name)) ? 'aborted' : 'error', error),
        ),
      );
    });
}

/** The names of errors that say that somebody has aborted the request. */
const ABORTS = ['APIUserAbortError', 'AbortError'];

type BlockStatus = 'thinking' | 'streaming' | 'tool';

/** What an open block stands for. Others say nothing of what the model does. */
const BLOCK_STATUS: ReadonlyMap<string, BlockStatus> = new Map([
  ['thinking', 'thinking'],
  ['redacted_thinking', 'thinking'],
  ['text', 'streaming'],
  ['tool_use', 'tool'],
  ['server_tool_use', 'tool'],
  ['mcp_tool_use', 'tool'],
]);

/** What two states may differ in, that which mostly does first. */
const FIELDS = ['message', 'status', 'text', 'usage', 'error', 'attempt'] as const;

/** Follows a message, and says what has changed. */
class States {
  readonly #accumulator = new MessageAccumulator();
  readonly #surrogates = new SurrogateJoiner();
  /** The blocks that are open, the newest last; those that stand for nothing are left out. */
  readonly #open = new Map<number, BlockStatus>();
  #state: MessageState | undefined;
  #status: BlockStatus | 'done' = 'streaming';
  readonly #append = createAppender();
  #text = '';
  #usage: RunningUsage | undefined;
  #attempt = 1;

  /** Whether the message is whole, and neither a tool nor the API goes on: nothing is left that could be aborted. */
  get isDone(): boolean {
    const { message } = this.#accumulator;
    return this.#status === 'done' && message !== undefined && !isPausing(message.stop_reason);
  }

  /** The first state. */
  connect(): MessageState {
    this.#state = { ...idleMessageState, status: 'connecting', message: undefined, error: undefined };
    return this.#state;
  }

  /** Takes the next event. Returns the state after it, undefined if nothing has changed. */
  take(event: AnyEvent): MessageState | undefined {
    if (!this.#accumulator.add(event)) return undefined;
    this.#usage = accumulateUsage(this.#usage, event);
    if (isEvent(event, 'content_block_delta')) {
      this.#addText(event.index, event.delta);
    } else if (isEvent(event, 'content_block_start')) {
      this.#addText(event.index, event.content_block);
      const status = BLOCK_STATUS.get(event.content_block.type);
      if (status !== undefined) this.#open.set(event.index, (this.#status = status));
    } else if (isEvent(event, 'content_block_stop')) {
      this.#grow(this.#surrogates.take(event.index));
      this.#open.delete(event.index);
      this.#status = [...this.#open.values()].at(-1) ?? 'streaming';
    } else if (isEvent(event, 'message_start')) {
      this.#startOver();
      for (const [index, block] of event.message.content.entries()) this.#addText(index, block);
    } else if (isEvent(event, 'message_stop')) {
      this.#endText();
      this.#status = this.#accumulator.message?.stop_reason === 'tool_use' ? 'tool' : 'done';
    } else if (isEvent(event, 'message_restart')) {
      this.#startOver();
      const { attempt, error } = event;
      this.#attempt = attempt;
      return this.#changed({ status: 'retrying', message: undefined, text: '', usage: this.#usage, error, attempt });
    }
    return this.#current();
  }

  /** Ends as the source did, by completion. Returns the states that are left to tell. */
  complete(): MessageState[] {
    const { incomplete } = this.#accumulator;
    if (incomplete !== undefined) return this.fail('error', incomplete);
    this.#status = 'done';
    return [this.#current()].filter((state) => state !== undefined);
  }

  /** Ends before the message is whole. Returns the states that are left to tell. */
  fail(status: 'error' | 'aborted', error: unknown): MessageState[] {
    addPartial(error, this.#accumulator);
    const before = this.#state === undefined ? [this.connect()] : [];
    this.#endText();
    const { partial: message } = this.#accumulator;
    return [...before, { status, message, text: this.#text, usage: this.#usage, error, attempt: this.#attempt }];
  }

  #current(): MessageState | undefined {
    const { message } = this.#accumulator;
    if (message === undefined) return undefined;
    return this.#changed({
      status: this.#status,
      message,
      text: this.#text,
      usage: this.#usage,
      error: undefined,
      attempt: this.#attempt,
    });
  }

  #changed(next: MessageState): MessageState | undefined {
    if (FIELDS.every((field) => next[field] === this.#state?.[field])) return undefined;
    this.#state = next;
    return next;
  }

  #startOver(): void {
    this.#text = '';
    this.#surrogates.clear();
    this.#open.clear();
    this.#status = 'streaming';
  }

  #addText(index: number, part: ContentBlockDelta | ContentBlock): void {
    const text = textOfPart(part);
    if (text !== undefined) this.#grow(this.#surrogates.add(index, text));
  }

  #endText(): void {
    for (const index of this.#surrogates.indexes()) this.#grow(this.#surrogates.take(index));
  }

  #grow(piece: string): void {
    this.#text = this.#append(this.#text, piece);
  }
}

function observe(abort: ObservableInput<unknown>): Observable<unknown> {
  try {
    return from(abort);
  } catch (cause) {
    throw new TypeError('messageState: abort must be an Observable, a promise or another ObservableInput.', { cause });
  }
}
