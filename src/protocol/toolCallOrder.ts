import { lastFallbackIndex } from '../api/blocks.js';
import { isEvent, type AnyEvent } from '../api/events.js';
import type { BetaContentBlock } from '../api/message.js';

/** What an event says about the message's tool calls. */
export interface ToolCallStep {
  /** Whether the calls before this event are withdrawn: none of them is to be run, and none has a result. */
  readonly withdrawn: boolean;
  /** The block indexes of the calls that the model has now moved on from, in the order in which they stopped. */
  readonly movedOn: readonly number[];
}

const NOTHING: ToolCallStep = { withdrawn: false, movedOn: [] };

/**
 * Decides when a tool call is one: when the model has moved on from it.
 *
 * | event | what it says |
 * |---|---|
 * | a call's own `content_block_stop` | nothing yet: a reply that is cut off closes its last block too |
 * | the next `content_block_start` | the model has moved on from the calls that have stopped |
 * | `message_delta` with `tool_use` | the same |
 * | `message_delta` with `refusal` | all calls are withdrawn |
 * | the start of a `fallback` block | all calls are withdrawn: another model took over |
 * | `message_restart`, `message_start` | all calls are withdrawn: they were another message's |
 *
 * Takes each event that a `MessageAccumulator` has accepted. Whether the input is whole and valid is not its business.
 */
export class ToolCallOrder {
  /** The calls that have started and not stopped. */
  readonly #open = new Set<number>();
  /** The calls that have stopped, and that the model has not moved on from. */
  #stopped: number[] = [];

  add(event: AnyEvent): ToolCallStep {
    if (isEvent(event, 'content_block_start')) return this.#start(event.index, event.content_block);
    if (isEvent(event, 'content_block_stop')) {
      if (this.#open.delete(event.index)) this.#stopped.push(event.index);
    } else if (isEvent(event, 'message_delta')) {
      if (event.delta.stop_reason === 'tool_use') return this.#moveOn();
      if (event.delta.stop_reason === 'refusal') return this.#withdraw();
    } else if (isEvent(event, 'message_start')) {
      this.#withdraw();
      const { content, stop_reason } = event.message;
      this.#stopped = indexesOfCalls(content);
      return { withdrawn: true, movedOn: stop_reason === 'tool_use' ? this.#moveOn().movedOn : [] };
    } else if (isEvent(event, 'message_restart')) {
      return this.#withdraw();
    }
    return NOTHING;
  }

  #start(index: number, block: BetaContentBlock): ToolCallStep {
    if (block.type === 'fallback') return this.#withdraw();
    const step = this.#moveOn();
    if (block.type === 'tool_use') this.#open.add(index);
    return step;
  }

  #moveOn(): ToolCallStep {
    if (this.#stopped.length === 0) return NOTHING;
    const movedOn = this.#stopped;
    this.#stopped = [];
    return { withdrawn: false, movedOn };
  }

  #withdraw(): ToolCallStep {
    this.#open.clear();
    this.#stopped = [];
    return { withdrawn: true, movedOn: [] };
  }
}

/** The calls of a message's content that count: those after its last `fallback` block. */
function indexesOfCalls(content: readonly BetaContentBlock[]): number[] {
  const last = lastFallbackIndex(content);
  return content.flatMap(({ type }, index) => (type === 'tool_use' && index > last ? [index] : []));
}
