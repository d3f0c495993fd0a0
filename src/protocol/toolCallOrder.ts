import { lastFallbackIndex } from '../api/blocks.js';
import { isEvent, type AnyEvent, type MessageStartEvent } from '../api/events.js';
import type { BetaContentBlock } from '../api/message.js';

/** What an event means for the message's tool calls. */
export interface ToolCallStep {
  /** Whether all earlier calls are withdrawn: none of them should be run, and none gets a result. */
  readonly isWithdrawal: boolean;
  /** The block indexes of the calls that the model has now moved on from, in the order in which they stopped. */
  readonly confirmed: readonly number[];
}

const NOTHING: ToolCallStep = { isWithdrawal: false, confirmed: [] };

/**
 * Decides when a tool call may run: once it has stopped and the model has moved on from it.
 *
 * | event | meaning |
 * |---|---|
 * | a call's own `content_block_stop` | none yet: the last block of a truncated message stops too |
 * | the next `content_block_start` | the calls that have stopped are confirmed |
 * | `message_delta` with `tool_use` | the calls that have stopped are confirmed |
 * | `message_delta` with `refusal` | all calls are withdrawn |
 * | the start of a `fallback` block | all calls are withdrawn: another model took over |
 * | `message_restart`, `message_start` | all calls are withdrawn: they belong to an earlier message |
 *
 * Add each event that a `MessageAccumulator` has accepted. Whether the input is complete and valid is not checked here.
 */
export class ToolCallOrder {
  /** The block indexes of the calls that have started but not stopped. */
  readonly #open = new Set<number>();
  /** The block indexes of the calls that have stopped but are not confirmed. */
  #stopped: number[] = [];

  /** The block indexes of the calls that the model has not moved on from, in order. */
  get unconfirmed(): readonly number[] {
    return [...this.#stopped, ...this.#open].sort((a, b) => a - b);
  }

  add(event: AnyEvent): ToolCallStep {
    if (isEvent(event, 'content_block_start')) return this.#startBlock(event.index, event.content_block);
    if (isEvent(event, 'message_start')) return this.#startMessage(event);
    if (isEvent(event, 'message_restart')) return this.#withdraw();
    if (isEvent(event, 'content_block_stop')) {
      if (this.#open.delete(event.index)) this.#stopped.push(event.index);
    } else if (isEvent(event, 'message_delta')) {
      if (event.delta.stop_reason === 'tool_use') return this.#confirm();
      if (event.delta.stop_reason === 'refusal') return this.#withdraw();
    }
    return NOTHING;
  }

  #startMessage({ message: { content, stop_reason } }: MessageStartEvent): ToolCallStep {
    this.#withdraw();
    this.#stopped = indexesOfCalls(content);
    const { confirmed } = stop_reason === 'tool_use' ? this.#confirm() : NOTHING;
    return { isWithdrawal: true, confirmed };
  }

  #startBlock(index: number, block: BetaContentBlock): ToolCallStep {
    if (block.type === 'fallback') return this.#withdraw();
    const step = this.#confirm();
    if (block.type === 'tool_use') this.#open.add(index);
    return step;
  }

  #confirm(): ToolCallStep {
    const confirmed = this.#stopped;
    this.#stopped = [];
    return { isWithdrawal: false, confirmed };
  }

  #withdraw(): ToolCallStep {
    this.#open.clear();
    this.#stopped = [];
    return { isWithdrawal: true, confirmed: [] };
  }
}

/** Returns the indexes of a message's valid calls: those after its last `fallback` block. */
function indexesOfCalls(content: readonly BetaContentBlock[]): number[] {
  const lastFallback = lastFallbackIndex(content);
  return content.flatMap(({ type }, index) => (type === 'tool_use' && index > lastFallback ? [index] : []));
}
