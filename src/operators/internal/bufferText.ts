import type { Observable, Subscriber } from 'rxjs';
import { isEvent, type AnyEvent, type MessageRestartEvent } from '../../api/events.js';
import { transform } from '../../rx/transform.js';
import { createTextHandlers } from './textHandlers.js';
import { textOfPart } from './textOfPart.js';

/** Holds text back until a piece of it has ended. */
export interface TextBuffer {
  /** Adds text, and emits the pieces that have ended. */
  add(text: string): void;
  /** Called where a text ends and another one may follow: at the end of a message, and before a tool call. */
  endText(): void;
  /** Emits all text held back, because the source has ended. */
  emitRest(): void;
  /** Drops the text held back. */
  drop(): void;
}

/** The restarts that are emitted between pieces: only those between strings, which the source was asked to emit. */
type RestartsBetweenStrings<In> = [Extract<In, string>] extends [never] ? never : Extract<In, MessageRestartEvent>;

/** An operator from text fragments, or from events whose text it reads, to pieces of that text. */
export type BufferOperator = <In extends string | AnyEvent>(
  source: Observable<In>,
) => Observable<string | RestartsBetweenStrings<In>>;

/**
 * Creates an operator that splits text into pieces. It emits the remaining text before completing and before an error,
 * and drops it on `message_restart`. The event is emitted between pieces if the source has emitted strings.
 *
 * @param createBuffer - Called once per subscription. Returns the buffer that decides where pieces end, and emits them.
 */
export function bufferText(createBuffer: (output: Subscriber<string>) => TextBuffer): BufferOperator {
  return transform((output) => {
    const buffer = createBuffer(output);
    let hasStrings = false;
    const textHandlers = createTextHandlers(textOfPart, (text) => {
      buffer.add(text);
    });
    const emitRest = (): void => {
      textHandlers.complete();
      buffer.emitRest();
    };

    return {
      next(value) {
        if (typeof value === 'string') {
          hasStrings = true;
          buffer.add(value);
          return;
        }
        if (endsText(value)) {
          textHandlers.complete();
          buffer.endText();
        }
        textHandlers.next(value);
        if (!isRestart(value)) return;
        buffer.drop();
        if (hasStrings) output.next(value);
      },
      complete: emitRest,
      error: emitRest,
    };
  });
}

/** Whether an event ends the text before it: a message starts or stops, or a block that is not text starts. */
function endsText(event: AnyEvent): boolean {
  if (isEvent(event, 'content_block_start')) return event.content_block.type !== 'text';
  return isEvent(event, 'message_start') || isEvent(event, 'message_stop');
}

function isRestart<In extends AnyEvent>(event: In): event is In & RestartsBetweenStrings<In> {
  return isEvent(event, 'message_restart');
}
