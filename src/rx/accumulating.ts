import type { OperatorFunction, Subscriber } from 'rxjs';
import { MessageAccumulator } from '../accumulate/messageAccumulator.js';
import { AnthropicError } from '../errors/classes.js';
import type { AnyEvent } from '../api/events.js';
import { transform, type Handlers } from './transform.js';

/** The handlers of an operator that accumulates the Message. */
export interface AccumulatingHandlers {
  /** Called after the message has accepted an event. */
  next(event: AnyEvent): void;
  /** Called when the source completes after a complete message. */
  complete?(): void;
}

/**
 * Creates an operator that accumulates the Message. Sets the message so far as the `partial` of an error, and fails
 * with `IncompleteMessageError` if the source completes before `message_stop`.
 *
 * @param start - Called once per subscription. Holds its state and returns its handlers.
 */
export function accumulating<Out>(
  start: (message: MessageAccumulator, output: Subscriber<Out>) => AccumulatingHandlers,
): OperatorFunction<AnyEvent, Out> {
  return transform((output) => {
    const accumulator = new MessageAccumulator();
    const handlers = start(accumulator, output);
    const { next, error } = accumulateInto(accumulator, (event) => {
      handlers.next(event);
    });
    // Listed in the same order as the handlers of other operators, so that V8 gives them all one hidden class.
    return {
      next,
      complete() {
        if (accumulator.incompleteError !== undefined) throw accumulator.incompleteError;
        handlers.complete?.();
      },
      error,
    };
  });
}

/**
 * Creates handlers that add events to a message, and set the message so far as the `partial` of errors.
 *
 * @param onAccepted - Called with each event that the message has accepted.
 */
export function accumulateInto(
  accumulator: MessageAccumulator,
  onAccepted: (event: AnyEvent) => void,
): Required<Omit<Handlers<AnyEvent>, 'complete'>> {
  return {
    next(event) {
      try {
        if (accumulator.add(event)) onAccepted(event);
      } catch (error) {
        addMissingPartial(error, accumulator);
        throw error;
      }
    },
    error(error) {
      addMissingPartial(error, accumulator);
    },
  };
}

/**
 * Sets the message so far, complete or not, as the `partial` of an error of this package, unless an earlier operator
 * has set one.
 */
export function addMissingPartial(error: unknown, accumulator: MessageAccumulator): void {
  if (error instanceof AnthropicError && error.partial === undefined) replacePartial(error, accumulator);
}

/** Sets the message so far as the `partial` of an error of this package, even if an earlier operator has set one. */
export function replacePartial(error: unknown, accumulator: MessageAccumulator): void {
  // Unlike an assignment, this does not throw if the error is frozen.
  if (error instanceof AnthropicError) Reflect.set(error, 'partial', accumulator.partial);
}
