import { isEvent, type AnyEvent } from '../../../api/events.js';
import { RUN_EVENTS } from '../../../api/runEvents.js';
import type { StopReason } from '../../../api/message.js';
import { isPausing } from '../../../api/stopReasons.js';

/** What the model is doing while a block is open. */
export type BlockStatus = 'thinking' | 'streaming' | 'tool';

/** The status of a message, as far as its events show. */
export type MessageStatus = 'connecting' | BlockStatus | 'done' | 'retrying' | 'reconnecting';

/** The status of each type of block, except tool results. Blocks of other types have no status. */
const BLOCK_STATUS: ReadonlyMap<string, BlockStatus> = new Map([
  ['thinking', 'thinking'],
  ['redacted_thinking', 'thinking'],
  ['text', 'streaming'],
  ['tool_use', 'tool'],
  ['server_tool_use', 'tool'],
  ['mcp_tool_use', 'tool'],
]);

/**
 * Returns the status of a block. The results of the API's own tools are blocks too, and count as part of the tool call.
 */
function statusOfBlock(type: string): BlockStatus | undefined {
  return type.endsWith('_tool_result') ? 'tool' : BLOCK_STATUS.get(type);
}

/** What a transition depends on. */
interface Facts {
  /** The status before the event. */
  readonly status: MessageStatus;
  /** The status of the open block that started last. */
  readonly newestOpenBlock: BlockStatus | undefined;
  readonly stopReason: StopReason | null | undefined;
}

type Transition = (facts: Facts) => MessageStatus;

/** Ends 'reconnecting' when an event of the message, or of its tools, arrives. */
const resume: Transition = ({ status, newestOpenBlock, stopReason }) => {
  if (status !== 'reconnecting') return status;
  return newestOpenBlock ?? (stopReason === 'tool_use' ? 'tool' : 'streaming');
};

/** A message that the API has paused is not done: in a run, another message resumes it. */
const stop: Transition = (facts) => {
  if (isPausing(facts.stopReason)) return resume(facts);
  return facts.stopReason === 'tool_use' ? 'tool' : 'done';
};

/** The status after each type of event. Events of other types do not change it. */
const TRANSITIONS: ReadonlyMap<string, Transition> = new Map<string, Transition>([
  ['message_start', () => 'streaming'],
  ['content_block_start', ({ newestOpenBlock }) => newestOpenBlock ?? 'streaming'],
  // If no block is open, the status stays until the next one starts, so that it does not flicker between two tool
  // calls.
  ['content_block_stop', (facts) => facts.newestOpenBlock ?? resume(facts)],
  ['content_block_delta', resume],
  ['message_delta', resume],
  ['message_stop', stop],
  ['message_restart', () => 'retrying'],
  ['message_reconnect', () => 'reconnecting'],
  ...[...RUN_EVENTS].map((type) => [type, resume] as const),
]);

/** The events after which no block is open. */
const CLOSING: ReadonlySet<string> = new Set(['message_start', 'message_stop', 'message_restart']);

/** Follows the status of a message, event by event. The events must be in order. */
export class MessageStatusMachine {
  /** The open blocks by index, in the order in which they started. */
  readonly #openBlocks = new Map<number, BlockStatus>();
  #status: MessageStatus = 'connecting';

  get status(): MessageStatus {
    return this.#status;
  }

  /** @param stopReason - The stop reason of the message after the event. */
  accept(event: AnyEvent, stopReason: StopReason | null | undefined): void {
    const transition = TRANSITIONS.get(event.type);
    if (transition === undefined || (transition === resume && this.#status !== 'reconnecting')) return;
    this.#followBlocks(event);
    this.#status = transition({
      status: this.#status,
      newestOpenBlock: [...this.#openBlocks.values()].at(-1),
      stopReason,
    });
  }

  #followBlocks(event: AnyEvent): void {
    if (isEvent(event, 'content_block_start')) {
      const status = statusOfBlock(event.content_block.type);
      if (status !== undefined) this.#openBlocks.set(event.index, status);
    } else if (isEvent(event, 'content_block_stop')) {
      this.#openBlocks.delete(event.index);
    } else if (CLOSING.has(event.type)) {
      this.#openBlocks.clear();
    }
  }
}
