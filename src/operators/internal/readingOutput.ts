import { isTruncating } from '../../api/stopReasons.js';
import type { OperatorFunction, Subscriber } from 'rxjs';
import { InvalidOutputError } from '../../errors/classes.js';
import { joinText, textOfBlock } from '../../api/blocks.js';
import { isEvent, type AnyEvent } from '../../api/events.js';
import type { Message } from '../../api/message.js';
import { accumulating } from '../../rx/accumulating.js';
import { IncrementalJsonParser } from '../../json/incrementalJsonParser.js';

/** What an operator does with the JSON in the text of a message. */
export interface OutputHandlers {
  /** Called when a message starts: earlier output belongs to another message, or `message_restart` has withdrawn it. */
  start(): void;
  /** Called after each piece of text. */
  next(json: IncrementalJsonParser): void;
  /** Called when the source completes, if the output is complete. */
  complete?(json: IncrementalJsonParser, message: Message): void;
}

/**
 * Creates an operator that parses the text of a message as JSON. When the source completes, the operator fails with
 * `InvalidOutputError` if the last message is truncated or refused, or if its text is not JSON.
 */
export function readingOutput<Out>(
  start: (output: Subscriber<Out>) => OutputHandlers,
): OperatorFunction<AnyEvent, Out> {
  return accumulating((accumulator, output) => {
    const handlers = start(output);
    let json = new IncrementalJsonParser();
    return {
      next(event) {
        if (isEvent(event, 'message_start')) {
          json = new IncrementalJsonParser();
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
        expectComplete(json, message);
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

/** Throws if the message was refused, or its text is truncated or not JSON. */
function expectComplete({ text, value, status, error: cause }: IncrementalJsonParser, partial: Message): void {
  const { stop_reason: stopReason, stop_details } = partial;
  if (stopReason === 'refusal') {
    const { explanation, category } = stop_details ?? {};
    const reason = explanation ?? (category == null ? 'It gave no reason.' : `The category is ${category}.`);
    throw new InvalidOutputError(`The model refused to answer. ${reason}`, { text, value, partial });
  }
  // A text that looks complete may be truncated as well: `12` of `123`.
  const isTruncated = isTruncating(stopReason) && status !== 'invalid';
  if (status === 'complete' && !isTruncated) return;
  const problem = isTruncated ? 'is truncated' : 'is not JSON';
  const message = `The output ${problem} (stop_reason ${String(stopReason)}). ${cause?.message ?? ''}`.trimEnd();
  throw new InvalidOutputError(message, { text, value, partial, cause });
}
