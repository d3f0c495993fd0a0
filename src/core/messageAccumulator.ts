import { MessageAccumulator as AcceptedEvents } from '../accumulate/messageAccumulator.js';
import { isTyped, type AnyEvent } from '../api/events.js';
import type { Message } from '../api/message.js';
import { AnthropicError, IncompleteMessageError, InvalidEventError } from '../errors/classes.js';
import { reportsFailure } from '../errors/readError.js';
import { MessageReader } from '../source/messageReader.js';
import { isObject } from '../utils/inspect.js';
import { safeStringify } from '../utils/safeStringify.js';

/**
 * Accumulates a Message from the events of its stream, without RxJS. `add` each event, read `message` whenever it is
 * shown, and call `end` when the stream has ended.
 *
 *     add        message_start   text_delta 'Bom'   text_delta ' dia'   …   message_stop
 *     message    content: []     'Bom'              'Bom dia'               complete
 *     end()                                                                 returns it
 *
 * Snapshots are frozen at any depth and never change. `message` is a new object whenever something has changed since
 * it was last read, and it shares all unchanged blocks with the previous one: compare them with `===` to find what to
 * show again. The `input` of a tool call grows too, and `toolInputStatus(block)` says whether it is complete.
 *
 * The cost of adding an event does not depend on the length of the message. Reading `message` copies the changed block,
 * without its text, and the list of blocks. If events arrive faster than they are shown, read it once per frame.
 *
 * Events are those of the Messages API, as objects: from the official SDK, or parsed from server-sent events. Pings and
 * unknown events are ignored; blocks and deltas of unknown types are preserved. If the stream has several messages, the next
 * `message_start` begins a new one. Use one accumulator per stream.
 *
 * @example
 * import Anthropic from '@anthropic-ai/sdk';
 *
 * const client = new Anthropic();
 * const question = { model, max_tokens: 1024, messages: [{ role: 'user' as const, content: 'Hello' }] };
 * const answer = new MessageAccumulator();
 * for await (const event of await client.messages.create({ ...question, stream: true })) {
 *   answer.add(event);
 *   show(answer.message);
 * }
 * const { stop_reason } = answer.end(); // throws if the stream ended early
 * @see https://platform.claude.com/docs/en/build-with-claude/streaming
 */
export class MessageAccumulator {
  readonly #accepted = new AcceptedEvents();
  readonly #reader = new MessageReader((event) => {
    this.#accepted.add(event);
  });

  /** The message so far, also after an error. Undefined before `message_start`. */
  get message(): Message | undefined {
    return this.#accepted.message;
  }

  /** Whether the message has stopped. If the stream ends before that, the message is incomplete. */
  get isComplete(): boolean {
    return this.#reader.isComplete;
  }

  /**
   * Adds the next event. Ignores repeated starts and stops. After the complete message, ignores everything except an error
   * and what begins another message: `message_start` and `message_restart`.
   *
   * @param event - An event of the API, as an object. It is not changed, and not kept.
   * @throws {APIError} If the event is an `error`. The class is the one of its type, such as `OverloadedError`, and
   * `retryable` says whether the same request may succeed. `partial` is the message so far.
   * @throws {InvalidEventError} If the event is not an object, lacks a field that its type requires, or is out of order.
   * `position` says which event.
   */
  add(event: AnyEvent): void {
    this.#addPartial(() => {
      const value: unknown = event;
      if (isTyped(value) || (isObject(value) && reportsFailure(value))) this.#reader.readEvent(event);
      else if (!this.isComplete) throw notAnEvent(value, this.#reader.eventCount);
    });
  }

  /**
   * Returns the complete message. Call it when the stream has ended, because most iterables end without an error when
   * the connection is closed early.
   *
   * @throws {IncompleteMessageError} If `message_stop` has not arrived, or `run_end` after the results of tools. `partial` is
   * the message so far.
   */
  end(): Message {
    return this.#addPartial(() => {
      this.#reader.expectComplete();
      const { message } = this;
      if (message === undefined) throw new IncompleteMessageError('The stream ended without a message.');
      return message;
    });
  }

  /** Runs a function. Sets the message so far as the `partial` of its errors. */
  #addPartial<Result>(run: () => Result): Result {
    try {
      return run();
    } catch (error) {
      if (error instanceof AnthropicError) error.partial ??= this.#accepted.partial;
      throw error;
    }
  }
}

function notAnEvent(value: unknown, position: number): InvalidEventError {
  return new InvalidEventError(
    'The stream contains an invalid event: it is not an object with a type. Parse the JSON of an event before adding it.',
    { position, data: typeof value === 'string' ? value : (safeStringify(value) ?? String(value)) },
  );
}
