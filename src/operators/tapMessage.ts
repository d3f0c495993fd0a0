import type { Observable } from 'rxjs';
import { MessageAccumulator } from '../accumulate/messageAccumulator.js';
import { estimateOfDelta } from '../accumulate/joinDeltas.js';
import { createUsageWatcher, type RunningUsage } from '../accumulate/usage.js';
import { deepFrozenCopy } from '../utils/freeze.js';
import { isEvent, type AnyEvent, type MessageRestartEvent } from '../api/events.js';
import type { ContentBlock, Message, TextCitation } from '../api/message.js';
import { transform, type Handlers } from '../rx/transform.js';
import { accumulateInto } from '../rx/accumulating.js';
import { textOfPart, thinkingOfPart } from './internal/textOfPart.js';
import { createTextHandlers } from './internal/textHandlers.js';

/** The callbacks of {@link tapMessage}. `index` is the index of the block in `message.content`. */
export interface MessageObserver {
  /** A piece of the answer's text. */
  readonly text?: ((delta: string, index: number) => void) | undefined;
  /** A piece of the model's thinking. */
  readonly thinking?: ((delta: string, index: number) => void) | undefined;
  /**
   * Beta: an estimate of the tokens of a thinking block so far, whenever it grows. With omitted thinking, this is the
   * only sign of progress. Requires a beta feature, such as `betas: ['thinking-token-count-2026-05-13']`.
   */
  readonly thinkingTokens?: ((total: number, index: number) => void) | undefined;
  /** A citation of the answer's text. */
  readonly citation?: ((citation: TextCitation, index: number) => void) | undefined;
  /** A fragment of the JSON text of a tool call's input. */
  readonly inputJson?: ((fragment: string, index: number) => void) | undefined;
  /** A complete content block. Blocks that `message_start` already contains are complete. */
  readonly contentBlock?: ((block: ContentBlock, index: number) => void) | undefined;
  /** The usage so far, whenever it changes. */
  readonly usage?: ((usage: RunningUsage) => void) | undefined;
  /** The complete Message, on `message_stop`. */
  readonly message?: ((message: Message) => void) | undefined;
  /** Withdraws everything so far: clear what is shown. */
  readonly restart?: ((event: MessageRestartEvent) => void) | undefined;
}

/**
 * Calls callbacks with the parts of a message as they arrive. The events pass through.
 *
 *     source                        --s--b--d--e--m--z--|
 *     tapMessage({ text, message })                          text: at d   message: at z
 *     result                        --s--b--d--e--m--z--|
 *
 * Computes only what the given callbacks need. Empty deltas are ignored. Half a surrogate pair is held back as in
 * {@link textDeltas}. Completion and errors pass through; if `contentBlock` or `message` is given, an error of this
 * package has the Message so far as its `partial`.
 *
 * @param observer - The callbacks, or an instance of a class that has them as methods. Each is called before its event is passed on. If one throws, the result fails with
 * that error.
 * @returns An operator that passes every event through, synchronously and unchanged.
 * @throws {InvalidEventError} In the stream, if `contentBlock` or `message` is given and an event is out of order.
 * @example
 * stream$.pipe(tapMessage({ text: (delta) => process.stdout.write(delta) }), finalMessage());
 */
export function tapMessage(
  observer: MessageObserver,
): <Event extends AnyEvent>(source: Observable<Event>) => Observable<Event> {
  return <Event extends AnyEvent>(source: Observable<Event>) =>
    source.pipe(
      transform<Event, Event>((output) => {
        const allHandlers = createHandlers(observer);
        return {
          next(event) {
            for (const handlers of allHandlers) handlers.next(event);
            if (isEvent(event, 'message_restart')) observer.restart?.(event);
            output.next(event);
          },
          complete() {
            for (const handlers of allHandlers) handlers.complete?.();
          },
          error(error) {
            for (const handlers of allHandlers) handlers.error?.(error);
          },
        };
      }),
    );
}

/** Creates the handlers that the given callbacks need, in the order in which an event is passed to them. */
function createHandlers(observer: MessageObserver): Handlers<AnyEvent>[] {
  // Bound, since the observer may be an instance of a class.
  const text = observer.text?.bind(observer);
  const thinking = observer.thinking?.bind(observer);
  const thinkingTokens = observer.thinkingTokens?.bind(observer);
  const citation = observer.citation?.bind(observer);
  const inputJson = observer.inputJson?.bind(observer);
  const contentBlock = observer.contentBlock?.bind(observer);
  const usage = observer.usage?.bind(observer);
  const message = observer.message?.bind(observer);
  return [
    text && createTextHandlers(textOfPart, text),
    thinking && createTextHandlers(thinkingOfPart, thinking),
    thinkingTokens && createEstimateHandlers(thinkingTokens),
    (citation ?? inputJson) && createDeltaHandlers(citation, inputJson),
    usage && { next: createUsageWatcher(usage) },
    (contentBlock ?? message) && createMessageHandlers(contentBlock, message),
  ].filter((handlers) => typeof handlers === 'object');
}

/** Creates handlers that add up the estimates of each block. */
function createEstimateHandlers(onEstimate: NonNullable<MessageObserver['thinkingTokens']>): Handlers<AnyEvent> {
  const totals = new Map<number, number>();
  return {
    next(event) {
      if (isEvent(event, 'content_block_delta')) {
        const { delta, index } = event;
        const increment = estimateOfDelta(delta) ?? 0;
        if (increment === 0) return;
        const total = (totals.get(index) ?? 0) + increment;
        totals.set(index, total);
        onEstimate(total, index);
      } else if (isEvent(event, 'message_start') || isEvent(event, 'message_restart')) {
        totals.clear();
      }
    },
  };
}

function createDeltaHandlers(
  citation: MessageObserver['citation'],
  inputJson: MessageObserver['inputJson'],
): Handlers<AnyEvent> {
  return {
    next(event) {
      if (!isEvent(event, 'content_block_delta')) return;
      const { delta, index } = event;
      if (delta.type === 'citations_delta') citation?.(deepFrozenCopy(delta.citation), index);
      else if (delta.type === 'input_json_delta' && delta.partial_json !== '') inputJson?.(delta.partial_json, index);
    },
  };
}

function createMessageHandlers(
  contentBlock: MessageObserver['contentBlock'],
  message: MessageObserver['message'],
): Handlers<AnyEvent> {
  const accumulator = new MessageAccumulator();
  return accumulateInto(accumulator, (event) => {
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
