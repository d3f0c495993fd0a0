import { isEvent, type AnyEvent } from '../api/events.js';
import type { ToolUseBlock } from '../api/message.js';
import type { ToolResultParam } from '../api/params.js';
import { freezeWithLazyField } from '../json/lazyValue.js';
import type { SentCalls } from '../history/nextParams.js';
import type { MessageStates } from '../operators/internal/state/messageStates.js';
import { toStateError } from '../operators/internal/state/stateError.js';
import { ToolCallOrder } from '../protocol/toolCallOrder.js';
import type { ToolApprovalRequiredEvent, ToolProgressEvent, ToolResultEvent } from '../tools/toolEvents.js';
import { interruptedResult } from '../tools/toolResult.js';
import { deepFrozenCopy } from '../utils/freeze.js';
import type { ConversationTool } from './conversationState.js';

/** A call, and what the conversation knows about it. */
interface Call {
  readonly block: ToolUseBlock;
  /** The call, as it is shown. */
  readonly shown: ConversationTool;
  readonly result: ToolResultParam | undefined;
}

/** What can change in a call. */
type Changes = Partial<Pick<Call, 'block' | 'result'>> &
  Partial<Pick<ConversationTool, 'id' | 'status' | 'progress' | 'error'>>;

/** The calls of one message, by the index of their blocks. */
export class MessageCalls {
  readonly #order = new ToolCallOrder();
  readonly #calls = new Map<number, Call>();
  /** The calls as they were last read; undefined if one has changed since. */
  #shown: readonly ConversationTool[] | undefined = NO_TOOLS;

  /** The calls in order. The same array while nothing changes. */
  get shown(): readonly ConversationTool[] {
    this.#shown ??= Object.freeze([...this.#calls.values()].map(({ shown }) => shown));
    return this.#shown;
  }

  /** Whether a call waits for a decision. */
  get isWaiting(): boolean {
    return this.shown.some(({ status }) => status === 'approval');
  }

  /**
   * Returns the calls that are part of the conversation if it continues after this message, by the positions of their
   * blocks. A call that has not ended gets a result that says so; one that the model has not moved on from is left out.
   *
   * @param states - The states of the message.
   */
  sentCalls(states: Pick<MessageStates, 'position'>): SentCalls {
    const sent = [...this.#calls].flatMap(([index, call]) => {
      const result = call.result ?? interruption(index, call);
      return result === undefined ? [] : [[states.position(index), { id: call.shown.id, result }] as const];
    });
    return new Map(sent);
  }

  /**
   * Adds an event that the message has accepted.
   *
   * @param states - The states of the message after the event.
   */
  accept(event: AnyEvent, states: Pick<MessageStates, 'block'>): void {
    if (isEvent(event, 'content_block_delta')) {
      if (event.delta.type === 'input_json_delta') this.#readBlock(event.index, states);
      return;
    }
    const { isWithdrawal, confirmed } = this.#order.add(event);
    if (isWithdrawal) this.#cancelAll();
    if (isEvent(event, 'content_block_start') || isEvent(event, 'content_block_stop')) {
      this.#readBlock(event.index, states);
    } else if (isEvent(event, 'message_start')) {
      for (const index of event.message.content.keys()) this.#readBlock(index, states);
    } else if (isEvent(event, 'message_delta')) {
      for (const index of this.#calls.keys()) this.#readBlock(index, states);
    } else if (isToolEvent(event)) {
      this.#acceptToolEvent(event);
    }
    for (const index of confirmed) {
      if (this.#calls.get(index)?.shown.status === 'writing') this.#update(index, { status: 'running' });
    }
  }

  /** Returns the call with this id that waits for a decision; undefined if there is none. */
  waiting(id: string): ConversationTool | undefined {
    return this.shown.find((call) => call.id === id && call.status === 'approval');
  }

  /** Makes calls wait for a decision that have no result. */
  pause(ids: ReadonlySet<string>): void {
    for (const [index, call] of this.#calls) {
      if (ids.has(call.shown.id) && isOpen(call)) this.#update(index, { status: 'approval' });
    }
  }

  /** Shows the decision about a call. */
  decide({ index }: Pick<ConversationTool, 'index'>, isApproved: boolean): void {
    this.#update(index, { status: isApproved ? 'running' : 'declined' });
  }

  /** Ends the calls without a result, because none follows. */
  end(): void {
    for (const [index, call] of this.#calls) {
      if (!isOpen(call)) continue;
      const result = interruption(index, call);
      const status = call.shown.status === 'declined' ? 'declined' : 'cancelled';
      this.#update(index, { status, ...(result && { result }) });
    }
  }

  /** Ends the calls without a result, because the model has read the results: a service may not send them. */
  finish(): void {
    for (const [index, call] of this.#calls) if (isOpen(call)) this.#update(index, { status: 'done' });
  }

  #cancelAll(): void {
    for (const [index, call] of this.#calls) if (isOpen(call)) this.#update(index, { status: 'cancelled' });
  }

  #readBlock(index: number, states: Pick<MessageStates, 'block'>): void {
    const block = states.block(index);
    if (block?.type !== 'tool_use') return;
    const call = this.#calls.get(index);
    if (call === undefined) this.#add(index, block);
    else if (call.block !== block) this.#update(index, { block });
  }

  #add(index: number, block: ToolUseBlock): void {
    const { id } = block;
    const fields = { id, status: 'writing', progress: undefined, result: undefined, error: undefined } as const;
    this.#calls.set(index, {
      block,
      shown: showCall(index, block, fields),
      result: undefined,
    });
    this.#shown = undefined;
  }

  #acceptToolEvent(event: ToolApprovalRequiredEvent | ToolProgressEvent | ToolResultEvent): void {
    const id = event.type === 'tool_approval_required' ? event.id : event.tool_use_id;
    const index = this.#indexOf(id, event.index);
    const call = this.#calls.get(index);
    if (call === undefined || !isOpen(call)) return;
    switch (event.type) {
      case 'tool_approval_required':
        this.#update(index, { id, status: 'approval' });
        return;
      case 'tool_progress':
        this.#update(index, { id, progress: deepFrozenCopy(event.value) });
        return;
      case 'tool_result': {
        const { error } = event;
        const result = deepFrozenCopy(event.result);
        const failed = call.shown.status === 'declined' ? 'declined' : 'failed';
        const status = result.is_error === true ? failed : 'done';
        this.#update(index, { id, status, result, ...(error !== undefined && { error: toStateError(error) }) });
      }
    }
  }

  /**
   * Returns the index of the call that an event is about. Usually it is the index of the event. In a message that was
   * continued, the blocks have other indexes than in the service.
   */
  #indexOf(id: string, index: number): number {
    if (this.#calls.get(index)?.shown.id === id) return index;
    return [...this.#calls].find(([, { shown }]) => shown.id === id)?.[0] ?? index;
  }

  #update(index: number, changes: Changes): void {
    const call = this.#calls.get(index);
    if (call === undefined) return;
    const { block = call.block, result = call.result, ...shown } = changes;
    const { id, status, progress, error } = { ...call.shown, ...shown };
    this.#calls.set(index, {
      block,
      result,
      shown: showCall(index, block, { id, status, progress, result: result?.content, error }),
    });
    this.#shown = undefined;
  }
}

/** Whether a call can still get a result. */
function isOpen({ shown, result }: Call): boolean {
  return result === undefined && shown.status !== 'cancelled';
}

/**
 * Returns the result of a call that had not ended; undefined if the model has not moved on from the call, or has read its
 * result.
 */
function interruption(index: number, call: Call): ToolResultParam | undefined {
  const { shown, block } = call;
  if (!isOpen(call) || shown.status === 'writing' || shown.status === 'done') return undefined;
  const hasStarted = shown.status === 'running';
  const state = { isPending: !hasStarted, isHeld: false, begun: undefined, hasStarted, result: undefined };
  return interruptedResult({ call: { index, id: shown.id, block }, ...state }).result;
}

const NO_TOOLS: readonly ConversationTool[] = Object.freeze([]);

/** Returns a call as it is shown. The input is only computed if it is read. */
export function showCall(
  index: number,
  block: ToolUseBlock,
  fields: Pick<ConversationTool, 'id' | 'status' | 'progress' | 'result' | 'error'>,
): ConversationTool {
  const { name, toolset_name: toolset } = block;
  const { id, status, progress, result, error } = fields;
  const input: unknown = () => block.input;
  return freezeWithLazyField(
    { id, index, name, toolset: toolset ?? undefined, input, status, progress, result, error },
    'input',
  );
}

type CallEvent = ToolApprovalRequiredEvent | ToolProgressEvent | ToolResultEvent;

const TOOL_EVENTS: ReadonlySet<string> = new Set<CallEvent['type']>([
  'tool_approval_required',
  'tool_progress',
  'tool_result',
]);

/** Whether an event is about a call. */
function isToolEvent(event: AnyEvent): event is CallEvent {
  return TOOL_EVENTS.has(event.type);
}
