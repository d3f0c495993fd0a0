import { MessageAccumulator } from '../../../accumulate/messageAccumulator.js';
import { accumulateUsage, type RunningUsage } from '../../../accumulate/usage.js';
import { isEvent, type AnyEvent } from '../../../api/events.js';
import type { ContentBlock } from '../../../api/message.js';
import type { AnthropicError } from '../../../errors/classes.js';
import { addMissingPartial } from '../../../rx/accumulating.js';
import type { MessageState } from '../../messageState.js';
import { MessageStatusMachine } from './messageStatus.js';
import { MessageText } from './messageText.js';
import { toStateError, type Ending } from './stateError.js';

/** The fields in which states can differ. The one that changes most often is compared first. */
const FIELDS = ['message', 'status', 'text', 'usage', 'error', 'attempt', 'delayMs'] as const;

const NO_FAILURE = { error: undefined, delayMs: undefined } as const;

/** The first state of every message that is requested. */
export const CONNECTING: MessageState = Object.freeze({
  status: 'connecting',
  message: undefined,
  text: '',
  usage: undefined,
  error: undefined,
  attempt: 1,
  delayMs: undefined,
});

/** Follows a message, and returns a state whenever one of its fields has changed. */
export class MessageStates {
  readonly #accumulator = new MessageAccumulator();
  readonly #machine = new MessageStatusMachine();
  readonly #text = new MessageText();
  #usage: RunningUsage | undefined;
  #attempt = 1;
  /** Why the previous attempt failed, and the wait before this one. */
  #failure: { readonly error: AnthropicError | undefined; readonly delayMs: number } = { error: undefined, delayMs: 0 };
  #latest: MessageState | undefined;

  /** Whether the message is complete and neither a tool nor the API continues it, so that nothing is left to abort. */
  get isDone(): boolean {
    return this.#machine.status === 'done';
  }

  /** Whether the last message has stopped. */
  get isComplete(): boolean {
    return this.#accumulator.isComplete;
  }

  /** Whether a message has started, and has not been withdrawn. */
  get hasMessage(): boolean {
    return this.#accumulator.message !== undefined;
  }

  /** Returns the block with this index in the events; undefined if it has not started. */
  block(index: number): ContentBlock | undefined {
    return this.#accumulator.block(index);
  }

  /** Returns the position in `message.content` of the block with this index in the events. */
  position(index: number): number {
    return this.#accumulator.position(index);
  }

  /** Returns the first state. */
  connect(): MessageState {
    this.#latest = CONNECTING;
    return CONNECTING;
  }

  /** Returns the state after an event, or undefined if nothing has changed. */
  accept(event: AnyEvent): MessageState | undefined {
    if (!this.#accumulator.add(event)) return undefined;
    this.#usage = accumulateUsage(this.#usage, event);
    this.#text.accept(event);
    this.#machine.accept(event, this.#accumulator.message?.stop_reason);
    if (isEvent(event, 'message_restart') || isEvent(event, 'message_reconnect')) {
      const { attempt, delayMs, error } = event;
      this.#attempt = attempt;
      this.#failure = { error: error === undefined ? undefined : toStateError(error), delayMs };
    }
    return this.#ifChanged(this.#current());
  }

  /** Returns the states that are left to emit when the source has completed. */
  complete(): MessageState[] {
    const { incompleteError, message } = this.#accumulator;
    if (incompleteError !== undefined) return this.end({ status: 'error', error: incompleteError });
    const last = this.#ifChanged(
      message === undefined
        ? { ...this.#common, status: 'idle', message, ...NO_FAILURE }
        : { ...this.#common, status: 'done', message, ...NO_FAILURE },
    );
    return last === undefined ? [] : [last];
  }

  /** Returns the states that are left to emit when the message has ended early. */
  end(ending: Ending): MessageState[] {
    addMissingPartial(ending.error, this.#accumulator);
    const before = this.#latest === undefined ? [this.connect()] : [];
    this.#text.flush();
    const { partial: message } = this.#accumulator;
    return [...before, Object.freeze({ ...this.#common, message, delayMs: undefined, ...ending })];
  }

  #current(): MessageState | undefined {
    const { message } = this.#accumulator;
    const { status } = this.#machine;
    if (status === 'connecting') return undefined;
    if (status === 'retrying') return { ...this.#common, status, message: undefined, ...this.#failure };
    if (message === undefined) return undefined;
    if (status === 'reconnecting') return { ...this.#common, status, message, ...this.#failure };
    // Nearly all states are of this kind. With spreads, Node 20 takes about 4 µs for each, instead of 0.1 µs.
    const { text } = this.#text;
    return {
      status,
      message,
      text,
      usage: this.#usage,
      error: undefined,
      attempt: this.#attempt,
      delayMs: undefined,
    };
  }

  /** The fields that do not depend on the status. */
  get #common(): Pick<MessageState, 'text' | 'usage' | 'attempt'> {
    return { text: this.#text.text, usage: this.#usage, attempt: this.#attempt };
  }

  #ifChanged(next: MessageState | undefined): MessageState | undefined {
    if (next === undefined || FIELDS.every((field) => next[field] === this.#latest?.[field])) return undefined;
    this.#latest = Object.freeze(next);
    return next;
  }
}
