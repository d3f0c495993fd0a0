import type { OperatorFunction, Subscriber } from 'rxjs';
import { InvalidOutputError } from '../../errors.js';
import { isEvent, type AnyEvent } from '../../events.js';
import type { ContentBlock, Message } from '../../message.js';
import { accumulating } from './accumulating.js';
import { LiveJson } from './liveJson.js';
import { isCut } from './validOutput.js';

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
        const text = textOf(event);
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

function textOf(event: AnyEvent): string {
  if (isEvent(event, 'content_block_delta')) return event.delta.type === 'text_delta' ? event.delta.text : '';
  if (isEvent(event, 'content_block_start')) return textOfBlock(event.content_block);
  return isEvent(event, 'message_start') ? event.message.content.map(textOfBlock).join('') : '';
}

function textOfBlock(block: ContentBlock): string {
  return block.type === 'text' ? block.text : '';
}

/** Fails where the message ended before its text did, was refused, or the text is not JSON. */
function expectWhole({ text, value, fault, isInvalid }: LiveJson, partial: Message): void {
  const { stop_reason: reason, stop_details: details } = partial;
  const known = { text, value, partial };
  if (reason === 'refusal') {
    const why = details?.explanation ?? details?.category ?? 'It gives no reason.';
    throw new InvalidOutputError(`The model refused. ${why}`, known);
  }
  if (isCut(reason) && !isInvalid) {
    throw new InvalidOutputError(`The output was cut by ${reason}. ${fault?.message ?? ''}`, {
      ...known,
      cause: fault,
    });
  }
  if (fault === undefined) return;
  const message = `The output is not JSON (stop_reason ${String(reason)}). ${fault.message}`;
  throw new InvalidOutputError(message, { ...known, cause: fault });
}
