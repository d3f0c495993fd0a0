import { defer, tap, type Observable } from 'rxjs';
import { MessageAccumulator } from '../accumulate/messageAccumulator.js';
import { watchUsage, type RunningUsage } from '../accumulate/usage.js';
import { isEvent, type AnyEvent, type ContentBlockDelta, type MessageRestartEvent } from '../events.js';
import type { ContentBlock, Message, TextCitation } from '../message.js';
import { addPartial } from './internal/accumulating.js';
import { textOf, thinkingOf } from './internal/textOf.js';
import { WholeCharacters } from './internal/wholeCharacters.js';

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
  return (source) =>
    defer(() => {
      const tellers = tellersOf(observer);
      return source.pipe(
        tap({
          next(event) {
            for (const teller of tellers) teller.next(event);
            if (isEvent(event, 'message_restart')) observer.restart?.(event);
          },
          error(error: unknown) {
            for (const teller of tellers) teller.end?.(error);
          },
          complete() {
            for (const teller of tellers) teller.end?.();
          },
        }),
      );
    });
}

interface Teller {
  next(event: AnyEvent): void;
  end?(error?: unknown): void;
}

/** What the given callbacks need, in the order in which they are told of an event. */
function tellersOf(observer: MessageObserver): Teller[] {
  const { text, thinking, citation, inputJson, usage, contentBlock, message } = observer;
  const tellers: Teller[] = [];
  if (text !== undefined) tellers.push(textTeller(text, textOf));
  if (thinking !== undefined) tellers.push(textTeller(thinking, thinkingOf));
  if (citation !== undefined || inputJson !== undefined) tellers.push(deltaTeller(observer));
  if (usage !== undefined) tellers.push({ next: watchUsage(usage) });
  if (contentBlock !== undefined || message !== undefined) tellers.push(messageTeller(observer));
  return tellers;
}

/** Tells the text of deltas, and of blocks that begin with some, in whole characters. */
function textTeller(
  callback: (piece: string, index: number) => void,
  of: (part: ContentBlockDelta | ContentBlock) => string | undefined,
): Teller {
  const characters = new WholeCharacters();
  const tell = (piece: string, index: number): void => {
    if (piece !== '') callback(piece, index);
  };
  const add = (part: ContentBlockDelta | ContentBlock, index: number): void => {
    const text = of(part);
    if (text !== undefined) tell(characters.add(index, text), index);
  };
  return {
    next(event) {
      if (isEvent(event, 'content_block_delta')) add(event.delta, event.index);
      else if (isEvent(event, 'content_block_start')) add(event.content_block, event.index);
      else if (isEvent(event, 'content_block_stop')) tell(characters.end(event.index), event.index);
      else if (isEvent(event, 'message_restart')) characters.endAll();
    },
    end() {
      for (const [index, half] of characters.endAll()) tell(half, index);
    },
  };
}

function deltaTeller({ citation, inputJson }: MessageObserver): Teller {
  return {
    next(event) {
      if (!isEvent(event, 'content_block_delta')) return;
      const { delta, index } = event;
      if (delta.type === 'citations_delta') citation?.(delta.citation, index);
      else if (delta.type === 'input_json_delta' && delta.partial_json !== '') inputJson?.(delta.partial_json, index);
    },
  };
}

function messageTeller({ contentBlock, message: callback }: MessageObserver): Teller {
  const accumulator = new MessageAccumulator();
  const tell = (event: AnyEvent): void => {
    if (isEvent(event, 'content_block_stop')) {
      const block = accumulator.block(event.index);
      if (block !== undefined) contentBlock?.(block, event.index);
    } else if (isEvent(event, 'message_start')) {
      accumulator.message?.content.forEach((block, index) => contentBlock?.(block, index));
    } else if (isEvent(event, 'message_stop') && accumulator.message !== undefined) {
      callback?.(accumulator.message);
    }
  };
  return {
    next(event) {
      try {
        if (accumulator.add(event)) tell(event);
      } catch (error) {
        addPartial(error, accumulator);
        throw error;
      }
    },
    end(error) {
      addPartial(error, accumulator);
    },
  };
}
