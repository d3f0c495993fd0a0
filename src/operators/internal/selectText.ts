import type { OperatorFunction } from 'rxjs';
import { isEvent, type AnyEvent, type MessageRestartEvent } from '../../api/events.js';
import { transform } from '../../rx/transform.js';
import { createTextHandlers } from './textHandlers.js';
import type { ReadPart } from './textOfPart.js';

export interface SelectTextOptions {
  /**
   * Whether to emit `message_restart` between the strings, for consumers that show text or hold it back. Default false.
   */
  readonly restarts?: boolean | undefined;
}

/** Creates an operator that emits one kind of text, in the pieces described in {@link createTextHandlers}. */
export function selectText(
  readPart: ReadPart,
  options: SelectTextOptions | undefined,
): OperatorFunction<AnyEvent, string | MessageRestartEvent> {
  return transform((output) => {
    const handlers = createTextHandlers(readPart, (text) => {
      output.next(text);
    });
    if (options?.restarts !== true) return handlers;
    return {
      next(event) {
        handlers.next(event);
        if (isEvent(event, 'message_restart')) output.next(event);
      },
      complete: handlers.complete,
      error: handlers.error,
    };
  });
}
