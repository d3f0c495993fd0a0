import { expectOneOf } from '../utils/options.js';
import { isEvent, type AnyEvent } from '../api/events.js';
import type { Message } from '../api/message.js';
import { accumulating } from '../rx/accumulating.js';
import type { EventOperator } from '../rx/eventOperator.js';

export interface AccumulateMessageOptions {
  /**
   * When to emit a snapshot: after `every` event that changed the message, after each `block` that stopped, or only the
   * `final` one. The complete Message is always emitted, on `message_stop`. Default 'every'.
   */
  readonly emit?: 'every' | 'block' | 'final' | undefined;
}

/**
 * Accumulates events into the Message and emits it as it grows. The last emission is the complete Message.
 *
 *     source               --s--b--d--d--e--m--z|    s: message_start … m: message_delta  z: message_stop
 *     accumulateMessage()
 *     result               --0--1--2--3-----4--5|    5: the complete Message
 *
 * Snapshots are immutable and share their unchanged parts: an object is new only if something in it has changed. The
 * `input` of a tool call grows too; once its block has stopped, it is the parsed JSON text. If the stream has several
 * messages, they are emitted one after the other. On `message_restart` the Message starts over.
 *
 * The cost of a snapshot does not depend on the length of the text. Each snapshot has its own list of blocks, and a
 * block its own list of citations, so it does depend on their number: 1000 blocks double it. The emission of each
 * 'block', or only of the 'final' Message, copies these lists less often.
 *
 * If the source completes before `message_stop`, the result fails with an `IncompleteMessageError`. That error has the
 * Message so far as its `partial`, and so does any other error of this package that passes through.
 *
 * @param options.emit - When to emit: on 'every' change, after each 'block', or only the 'final' Message.
 * Default 'every'.
 * @returns An operator from events to Messages. Each is emitted synchronously with its event.
 * @throws {TypeError} At call time, if `emit` is anything else.
 * @throws {InvalidEventError} In the stream, if an event is out of order. Its `position` says which event.
 * @example
 * stream$.pipe(accumulateMessage(), last()).subscribe((message) => console.log(message.stop_reason)); // end_turn
 */
export function accumulateMessage(options: AccumulateMessageOptions = {}): EventOperator<Message> {
  const { emit = 'every' } = options;
  expectOneOf('accumulateMessage', 'emit', emit, ['every', 'block', 'final']);
  return accumulating((accumulator, output) => {
    let emitted: Message | undefined;
    return {
      next(event) {
        const isComplete = isEvent(event, 'message_stop');
        if (!isComplete && !shouldEmitAfter(event, emit)) return;
        const { message } = accumulator;
        const hasChanged = message !== emitted;
        if (message === undefined || !(hasChanged || isComplete)) return;
        emitted = message;
        output.next(message);
      },
    };
  });
}

/** Whether a snapshot is due after an event that does not complete the message. */
function shouldEmitAfter(event: AnyEvent, emit: AccumulateMessageOptions['emit']): boolean {
  return emit === 'every' || (emit === 'block' && isEvent(event, 'content_block_stop'));
}
