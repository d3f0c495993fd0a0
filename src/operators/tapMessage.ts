import type { Observable } from 'rxjs';
import { MessageAccumulator } from '../accumulate/messageAccumulator.js';
import { createUsageWatcher, type RunningUsage } from '../accumulate/usage.js';
import { isEvent, type AnyEvent, type MessageRestartEvent } from '../api/events.js';
import type { ContentBlock, Message, TextCitation } from '../api/message.js';
import { transform, type Handlers } from '../rx/transform.js';
import { growing } from '../rx/accumulating.js';
import { textOfPart, thinkingOfPart } from './internal/textOfPart.js';
import { createTextHandlers } from './internal/textHandlers.js';

/** Callbacks of {@link tapMessage}. `index` is the block's place in `message.content`. */
export interface MessageObserver {
  /** A piece of the answer's text. */
  readonly text?: (delta: string, index: number) => void;
  /** A piece of the model's thinking. */
  readonly thinking?: (delta: string, index: number) => void;
  /** A citation of the answer's text. */
  readonly citation?: (citation: TextCitation, index: number) => void;
  /** A fragment of a tool call's JSON input. */
  readonly inputJson?: (fragment: string, index: number) => void;
  /** A block that has finished; those that `message_start` brings are. */
  readonly contentBlock?: (block: ContentBlock, index: number) => void;
  /** The usage so far, whenever it changes. */
  readonly usage?: (usage: RunningUsage) => void;
  /** The complete Message, on `message_stop`. */
  readonly message?: (message: Message) => void;
  /** What came so far is withdrawn: clear what was shown. */
  readonly restart?: (event: MessageRestartEvent) => void;
}

/**
 * Tells callbacks what a message brings; the events pass through.
 *
 *     source                        --s--b--d--e--m--z--|
 *     tapMessage({ text, message })                          text: at d   message: at z
 *     result                        --s--b--d--e--m--z--|
 *
 * Only what the given callbacks need is computed. Empty deltas are left out; half a surrogate pair waits for its other
 * half, as in {@link textDeltas}. Completion and errors pass through, an error of the package with the `partial` message
 * if `contentBlock` or `message` is given.
 *
 * @param observer - Callbacks, each called before its event is passed on. What one throws becomes the result's error.
 * @returns An operator that passes everything through.
 * @throws {InvalidEventError} In the stream, if `contentBlock` or `message` is given and an event comes out of order.
 * @example
 * stream$.pipe(tapMessage({ text: (delta) => process.stdout.write(delta) }), finalMessage());
 */
export function tapMessage(
  observer: MessageObserver,
): <Event extends AnyEvent>(source: Observable<Event>) => Observable<Event> {
  return <Event extends AnyEvent>(source: Observable<Event>) =>
    source.pipe(
      transform<Event, Event>((output) => {
        const tellers = tellersOf(observer);
        return {
          next(event) {
            for (const teller of tellers) teller.next(event);
            if (isEvent(event, 'message_restart')) observer.restart?.(event);
            output.next(event);
          },
          complete() {
            for (const teller of tellers) teller.complete?.();
          },
          error(error) {
            for (const teller of tellers) teller.error?.(error);
          },
        };
      }),
    );
}

type Teller = Handlers<AnyEvent>;

/** What the given callbacks need, in the order in which they are told of an event. */
function tellersOf(observer: MessageObserver): Teller[] {
  const { text, thinking, citation, inputJson, contentBlock, usage, message } = observer;
  return [
    text && createTextHandlers(textOfPart, text),
    thinking && createTextHandlers(thinkingOfPart, thinking),
    (citation ?? inputJson) && deltaTeller(citation, inputJson),
    usage && { next: createUsageWatcher(usage) },
    (contentBlock ?? message) && messageTeller(contentBlock, message),
  ].filter((teller) => typeof teller === 'object');
}

function deltaTeller(citation: MessageObserver['citation'], inputJson: MessageObserver['inputJson']): Teller {
  return {
    next(event) {
      if (!isEvent(event, 'content_block_delta')) return;
      const { delta, index } = event;
      if (delta.type === 'citations_delta') citation?.(delta.citation, index);
      else if (delta.type === 'input_json_delta' && delta.partial_json !== '') inputJson?.(delta.partial_json, index);
    },
  };
}

function messageTeller(contentBlock: MessageObserver['contentBlock'], message: MessageObserver['message']): Teller {
  const accumulator = new MessageAccumulator();
  return growing(accumulator, (event) => {
    if (isEvent(event, 'content_block_stop')) {
      const block = accumulator.block(event.index);
      if (block !== undefined) contentBlock?.(block, event.index);
    } else if (isEvent(event, 'message_start')) {
      accumulator.message?.content.forEach((block, index) => contentBlock?.(block, index));
    } else if (isEvent(event, 'message_stop') && accumulator.message !== undefined) {
      message?.(accumulator.message);
    }
  });
}
