import type { OperatorFunction, Subscriber } from 'rxjs';
import { MessageAccumulator } from '../accumulate/messageAccumulator.js';
import { AnthropicError } from '../errors/classes.js';
import type { AnyEvent } from '../api/events.js';
import { transform, type Handlers } from './transform.js';

/** What an accumulating operator emits. */
export interface AccumulatingHandlers {
  /** Called after the message has taken an event. */
  next(event: AnyEvent): void;
  /** Called when the source completes after a whole message. */
  complete?(): void;
}

/**
 * Makes an operator that grows the Message: puts what has arrived on an error as `partial`, and fails with
 * `IncompleteMessageError` when the source completes before `message_stop`.
 */
export function accumulating<Out>(
  start: (message: MessageAccumulator, output: Subscriber<Out>) => AccumulatingHandlers,
): OperatorFunction<AnyEvent, Out> {
  return transform((output) => {
    const accumulator = new MessageAccumulator();
    const handlers = start(accumulator, output);
    const { next, error } = growing(accumulator, (event) => {
      handlers.next(event);
    });
    // In the order in which other operators name their handlers: V8 then takes them all for one shape.
    return {
      next,
      complete() {
        if (accumulator.incomplete !== undefined) throw accumulator.incomplete;
        handlers.complete?.();
      },
      error,
    };
  });
}

/**
 * Grows a message from events, and puts what has arrived on errors.
 *
 * @param taken - Called with each event that the message has taken.
 */
export function growing(
  accumulator: MessageAccumulator,
  taken: (event: AnyEvent) => void,
): Required<Omit<Handlers<AnyEvent>, 'complete'>> {
  return {
    next(event) {
      try {
        if (accumulator.add(event)) taken(event);
      } catch (error) {
        addPartial(error, accumulator);
        throw error;
      }
    },
    error(error) {
      addPartial(error, accumulator);
    },
  };
}

/** Puts what has arrived on an error of this package, unless an operator before did: the whole message, if it came. */
export function addPartial(error: unknown, accumulator: MessageAccumulator): void {
  if (error instanceof AnthropicError && error.partial === undefined) setPartial(error, accumulator);
}

/** Puts what has arrived on an error of this package, in the place of what an operator before did. */
export function setPartial(error: unknown, accumulator: MessageAccumulator): void {
  if (error instanceof AnthropicError) Reflect.set(error, 'partial', accumulator.partial); // a frozen one does not take it
}
