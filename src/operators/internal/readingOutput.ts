import { isTruncating } from '../../api/stopReasons.js';
import type { OperatorFunction, Subscriber } from 'rxjs';
import { InvalidOutputError } from '../../errors/classes.js';
import { joinText, textOfBlock } from '../../api/blocks.js';
import { isEvent, type AnyEvent } from '../../api/events.js';
import type { Message } from '../../api/message.js';
import { accumulating } from '../../rx/accumulating.js';
import { LiveJson } from '../../json/liveJson.js';

/** What an operator does with the JSON that a message's text is. */
export interface OutputHandlers {
  /** Called when a message begins: what there was is another message's, or was withdrawn by a `message_restart`. */
  start(): void;
  /** Called after text has come. */
  next(json: LiveJson): void;
  /** Called at the end, if the text is whole. */
  complete?(json: LiveJson, message: Message): void;
}

/**
 * Makes an operator that reads the text of a message as JSON. When the source completes, the last message's `stop_reason`
 * and text decide: if it was cut or refused, or the text is not JSON, the result is an `InvalidOutputError`.
 */
export function readingOutput<Out>(
  start: (output: Subscriber<Out>) => OutputHandlers,
): OperatorFunction<AnyEvent, Out> {
  return accumulating((accumulator, output) => {
    const handlers = start(output);
    let json = new LiveJson();
    return {
      next(event) {
        if (isEvent(event, 'message_start')) {
          json = new LiveJson();
          handlers.start();
        }
        const text = addedText(event);
        if (text === '') return;
        json.push(text);
        handlers.next(json);
      },
      complete() {
        const { message } = accumulator;
        if (message === undefined) return;
        json.end();
        expectWhole(json, message);
        handlers.complete?.(json, message);
      },
    };
  });
}

function addedText(event: AnyEvent): string {
  if (isEvent(event, 'content_block_delta')) return event.delta.type === 'text_delta' ? event.delta.text : '';
  if (isEvent(event, 'content_block_start')) return textOfBlock(event.content_block);
  return isEvent(event, 'message_start') ? joinText(event.message.content) : '';
}

/** Fails where the message ended before its text did, was refused, or the text is not JSON. */
function expectWhole({ text, value, fault, isInvalid }: LiveJson, partial: Message): void {
  const { stop_reason: reason, stop_details: details } = partial;
  const known = { text, value, partial };
  if (reason === 'refusal') {
    const why = details?.explanation ?? details?.category ?? 'It gives no reason.';
    throw new InvalidOutputError(`The model refused. ${why}`, known);
  }
  if (isTruncating(reason) && !isInvalid) {
    throw new InvalidOutputError(`The output was cut by ${reason}. ${fault?.message ?? ''}`, {
      ...known,
      cause: fault,
    });
  }
  if (fault === undefined) return;
  const message = `The output is not JSON (stop_reason ${String(reason)}). ${fault.message}`;
  throw new InvalidOutputError(message, { ...known, cause: fault });
}
