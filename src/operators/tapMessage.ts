import { defer, tap, type Observable } from 'rxjs';
import { MessageAccumulator } from '../accumulate/messageAccumulator.js';
import { accumulateUsage, type RunningUsage } from '../accumulate/usage.js';
import { isEvent, type AnyEvent, type MessageRestartEvent } from '../events.js';
import type { ContentBlock, Message, TextCitation } from '../message.js';
import { addPartial } from './internal/accumulating.js';
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
      const tellers = [textTeller(observer), usageTeller(observer), messageTeller(observer)].filter(
        (teller) => teller !== undefined,
      );
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

function textTeller({ text, thinking, citation, inputJson }: MessageObserver): Teller | undefined {
  if (text === undefined && thinking === undefined && citation === undefined && inputJson === undefined)
    return undefined;
  const tell = (callback: MessageObserver['text'], piece: string, index: number): void => {
    if (piece !== '') callback?.(piece, index);
  };
  const kinds = [
    { callback: text, characters: new WholeCharacters() },
    { callback: thinking, characters: new WholeCharacters() },
  ] as const;
  const [texts, thoughts] = kinds;
  return {
    next(event) {
      if (isEvent(event, 'content_block_delta')) {
        const { delta, index } = event;
        if (delta.type === 'text_delta') tell(text, texts.characters.add(index, delta.text), index);
        else if (delta.type === 'thinking_delta') tell(thinking, thoughts.characters.add(index, delta.thinking), index);
        else if (delta.type === 'input_json_delta') tell(inputJson, delta.partial_json, index);
        else if (delta.type === 'citations_delta') citation?.(delta.citation, index);
      } else if (isEvent(event, 'content_block_start')) {
        const { content_block: block, index } = event;
        if (block.type === 'text') tell(text, texts.characters.add(index, block.text), index);
        else if (block.type === 'thinking') tell(thinking, thoughts.characters.add(index, block.thinking), index);
      } else if (isEvent(event, 'content_block_stop')) {
        for (const { callback, characters } of kinds) tell(callback, characters.end(event.index), event.index);
      } else if (isEvent(event, 'message_restart')) {
        for (const { characters } of kinds) characters.endAll();
      }
    },
    end() {
      for (const { callback, characters } of kinds) {
        for (const [index, half] of characters.endAll()) tell(callback, half, index);
      }
    },
  };
}

function usageTeller({ usage: callback }: MessageObserver): Teller | undefined {
  if (callback === undefined) return undefined;
  let usage: RunningUsage | undefined;
  return {
    next(event) {
      const changed = accumulateUsage(usage, event);
      if (changed === undefined || changed === usage) return;
      usage = changed;
      callback(changed);
    },
  };
}

function messageTeller({ contentBlock, message: callback }: MessageObserver): Teller | undefined {
  if (contentBlock === undefined && callback === undefined) return undefined;
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
