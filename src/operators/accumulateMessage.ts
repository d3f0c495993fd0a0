import type { OperatorFunction } from 'rxjs';
import { expectOneOf } from '../utils/options.js';
import { isEvent, type AnyEvent } from '../api/events.js';
import type { Message } from '../api/message.js';
import { accumulating } from '../rx/accumulating.js';

export interface AccumulateMessageOptions {
  /**
   * When a snapshot is emitted: after `every` event that changed the message, after each `block` that stopped, or only
   * the `final` one. The complete message on `message_stop` is always emitted. Default 'every'.
   */
  readonly emit?: 'every' | 'block' | 'final';
}

/**
 * Grows the Message, and emits it as it grows; the last emission is the complete Message.
 *
 *     source               --s--b--d--d--e--m--z|    s: message_start … m: message_delta  z: message_stop
 *     accumulateMessage()
 *     result               --0--1--2--3-----4--5|    5: the complete Message
 *
 * Snapshots never change after they were emitted, and share the parts that are the same: a reference differs exactly
 * where something changed. `input` of a tool call grows as well; once its block has stopped it is what the whole JSON
 * text says. Several messages in one stream come out one after the other. On `message_restart` it starts over.
 *
 * If the source completes before `message_stop`, the result is an `IncompleteMessageError`. It, and any other error of
 * the package that passes through, has what had arrived as `partial`.
 *
 * @param options.emit - 'every' change, each 'block', or only 'final'. Default 'every'.
 * @returns An operator from events to Messages, each in the same turn as its event.
 * @throws {TypeError} At call time, if `emit` is something else.
 * @throws {InvalidEventError} In the stream, if an event comes out of order: see its `position`.
 * @example
 * stream$.pipe(accumulateMessage(), last()).subscribe((message) => console.log(message.stop_reason)); // end_turn
 */
export function accumulateMessage(options: AccumulateMessageOptions = {}): OperatorFunction<AnyEvent, Message> {
  const { emit = 'every' } = options;
  expectOneOf('accumulateMessage', 'emit', emit, ['every', 'block', 'final']);
  return accumulating((accumulator, output) => {
    let emitted: Message | undefined;
    return {
      next(event) {
        const stopped = isEvent(event, 'message_stop');
        if (!stopped && emit !== 'every' && !(emit === 'block' && isEvent(event, 'content_block_stop'))) return;
        const { message } = accumulator;
        if (message === undefined || (message === emitted && !stopped)) return;
        emitted = message;
        output.next(message);
      },
    };
  });
}
