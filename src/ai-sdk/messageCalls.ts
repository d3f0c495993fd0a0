import { hasUsableInput, toolInputStatus } from '../accumulate/toolInputStatus.js';
import { isApiToolCall, isToolCall } from '../api/blocks.js';
import { isEvent, type AnyEvent } from '../api/events.js';
import type { BetaContentBlock } from '../api/message.js';
import { ToolCallOrder } from '../protocol/toolCallOrder.js';
import { readPath } from '../utils/inspect.js';
import { apiToolFailure } from './toolOutput.js';
import type { UIMessageChunk } from './uiMessageChunk.js';

/**
 * How far a call is:
 *
 * - 'streaming': its input arrives
 * - 'available': its input is complete, and it may be run
 * - 'ended': it has an output or an error, or it was withdrawn
 */
type CallState = 'streaming' | 'available' | 'ended';

interface Call {
  readonly id: string;
  readonly name: string;
  readonly providerExecuted?: true;
  state: CallState;
}

/** Returns the block with this index, as it is now. */
export type BlockOf = (index: number) => BetaContentBlock | undefined;

/** The tool calls of one message, as chunks. */
export class MessageCalls {
  readonly #emit: (chunk: UIMessageChunk) => void;
  readonly #order = new ToolCallOrder();
  /** By the index of their blocks. */
  readonly #calls = new Map<number, Call>();

  constructor(emit: (chunk: UIMessageChunk) => void) {
    this.#emit = emit;
  }

  /** Starts a call. Returns whether the block is one. */
  start(index: number, block: BetaContentBlock): boolean {
    if (!isToolCall(block)) return false;
    const { id: toolCallId, name: toolName } = block;
    const executed = isApiToolCall(block) ? ({ providerExecuted: true } as const) : {};
    this.#calls.set(index, { id: toolCallId, name: toolName, ...executed, state: 'streaming' });
    this.#emit({ type: 'tool-input-start', toolCallId, toolName, ...executed });
    return true;
  }

  addJson(index: number, inputTextDelta: string): void {
    const call = this.#calls.get(index);
    if (call?.state !== 'streaming' || inputTextDelta === '') return;
    this.#emit({ type: 'tool-input-delta', toolCallId: call.id, inputTextDelta });
  }

  /**
   * Adds an event after the block or message that it belongs to. A call may run once the model has moved on from it. The
   * API runs its own calls at once.
   */
  add(event: AnyEvent, blockOf: BlockOf): void {
    const { isWithdrawal, confirmed } = this.#order.add(event);
    // The calls of an earlier message were ended with it. Those in `message_start` are this message's.
    if (isWithdrawal && !isEvent(event, 'message_start')) this.#withdraw(blockOf);
    for (const index of confirmed) this.complete(index, blockOf(index));
  }

  /** Ends the input of a call. */
  complete(index: number, block: BetaContentBlock | undefined): void {
    const call = this.#calls.get(index);
    if (call?.state !== 'streaming' || block === undefined || !isToolCall(block)) return;
    if (hasUsableInput(block)) {
      call.state = 'available';
      this.#emit({ type: 'tool-input-available', ...namesOf(call), input: block.input });
    } else {
      this.#failInput(call, block, 'The input of the call is not complete.');
    }
  }

  /** Ends the calls whose input has not ended when the message stops. */
  stop(blockOf: BlockOf): void {
    for (const [index, call] of this.#calls) {
      if (call.state === 'streaming') this.#failInput(call, blockOf(index), 'The message ended within the call.');
    }
  }

  /** Emits the output of a tool that the API ran. `block` may be of any type. */
  addApiResult(block: BetaContentBlock, isKnown: (toolCallId: string) => boolean): void {
    const toolCallId = readPath(block, 'tool_use_id');
    if (typeof toolCallId !== 'string' || !isKnown(toolCallId)) return;
    const errorText = apiToolFailure(block);
    if (errorText !== undefined) {
      this.#emit({ type: 'tool-output-error', toolCallId, errorText, providerExecuted: true });
    } else {
      const output = readPath(block, 'content') ?? null;
      this.#emit({ type: 'tool-output-available', toolCallId, output, providerExecuted: true });
    }
  }

  /** Returns the ID under which the call was sent. It differs from the one in the result if another call has that. */
  idOf({ index, tool_use_id: id }: { readonly index: number; readonly tool_use_id: string }): string {
    return this.#calls.get(index)?.id ?? id;
  }

  /** Whether a call has ended, so that nothing about it may follow. */
  hasEnded(index: number): boolean {
    return this.#calls.get(index)?.state === 'ended';
  }

  /** Notes that a call has its final output. */
  end(index: number): void {
    const call = this.#calls.get(index);
    if (call !== undefined) call.state = 'ended';
  }

  /** Ends all calls that have not ended, because they are not run, or their output is not used. */
  #withdraw(blockOf: BlockOf): void {
    const errorText = 'The call was withdrawn.';
    for (const [index, call] of this.#calls) {
      if (call.providerExecuted) continue; // its result is in the message, if it has one
      if (call.state === 'streaming') this.#failInput(call, blockOf(index), errorText);
      else if (call.state === 'available') this.#emit({ type: 'tool-output-error', toolCallId: call.id, errorText });
      call.state = 'ended';
    }
  }

  #failInput(call: Call, block: BetaContentBlock | undefined, errorText: string): void {
    call.state = 'ended';
    const input = block !== undefined && isToolCall(block) ? toolInputStatus(block).raw : null;
    this.#emit({ type: 'tool-input-error', ...namesOf(call), input, errorText });
  }
}

function namesOf({ id, name, providerExecuted }: Call): {
  readonly toolCallId: string;
  readonly toolName: string;
  readonly providerExecuted?: true;
} {
  return { toolCallId: id, toolName: name, ...(providerExecuted && { providerExecuted }) };
}
