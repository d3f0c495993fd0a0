import { MessageAccumulator } from '../accumulate/messageAccumulator.js';
import { TotalUsage } from '../accumulate/totalUsage.js';
import type { RunningUsage } from '../accumulate/usage.js';
import { isApiToolCall } from '../api/blocks.js';
import { isEvent, type AnyEvent, type ContentBlockDelta } from '../api/events.js';
import type { BetaContentBlock, TextCitation } from '../api/message.js';
import type { RunToolsEvent, ToolEvent } from '../tools/toolEvents.js';
import { safeStringify } from '../utils/safeStringify.js';
import { MessageCalls } from './messageCalls.js';
import { sourceOf } from './sources.js';
import { errorTextOf, outputOf } from './toolOutput.js';
import type { UIMessageChunk, UIMessageMetadata, UIThinkingMetadata } from './uiMessageChunk.js';

/** How an answer ended, for the chunk `finish`. */
export interface UIMessageEnd extends UIMessageMetadata {
  /** Whether the run waits for decisions about calls. */
  readonly isPaused: boolean;
}

/** A text or a thinking block that has not stopped. */
type OpenPart = { readonly kind: 'text' | 'reasoning'; readonly id: string };

/**
 * Converts the events of an answer to the chunks of one UI message. A message of the API, with the results of its tools, is
 * one step.
 */
export class UIMessageWriter {
  readonly #next: (chunk: UIMessageChunk) => void;
  readonly #messageId: string | undefined;
  readonly #message = new MessageAccumulator();
  readonly #usage = new TotalUsage();
  #calls: MessageCalls;
  #hasStarted = false;
  #isStepOpen = false;
  /** The number of messages that have started, so that parts of different messages have different IDs. */
  #messages = 0;
  readonly #parts = new Map<number, OpenPart>();
  /** The `sourceId` of each source of the message. */
  readonly #sources = new Set<string>();
  /** The IDs of all calls. Another output would be an error on the other side. */
  readonly #callIds = new Set<string>();
  /** Whether a message has started but not stopped. Only then does the open step belong to it. */
  #isMessageOpen = false;
  /** Whether the next message replaces one that was withdrawn, and belongs to the same step. */
  #isRestarting = false;
  #runEnd: UIMessageEnd | undefined;

  constructor(next: (chunk: UIMessageChunk) => void, messageId: string | undefined) {
    this.#next = next;
    this.#messageId = messageId;
    this.#calls = this.#newCalls();
  }

  /** Adds the next event, which is valid and in order. */
  add(event: AnyEvent): void {
    this.#usage.add(event);
    if (isRunEvent(event)) {
      this.#addRunEvent(event);
      return;
    }
    if (!this.#message.add(event)) return;
    if (isEvent(event, 'message_start')) this.#startMessage();
    else if (isEvent(event, 'message_restart')) this.#restart();
    else if (isEvent(event, 'content_block_start')) this.#startBlock(event.index, event.content_block);
    else if (isEvent(event, 'content_block_delta')) this.#addDelta(event.index, event.delta);
    else if (isEvent(event, 'content_block_stop')) this.#stopBlock(event.index);
    this.#calls.add(event, this.#blockOf);
    if (!isEvent(event, 'message_stop')) return;
    this.#isMessageOpen = false;
    this.#calls.stop(this.#blockOf);
  }

  /** Ends the step, and returns how the answer ended. */
  end(): UIMessageEnd {
    this.start();
    this.#endStep();
    return this.#runEnd ?? this.#endOf(this.#message.message?.stop_reason ?? null, this.#usage.usage);
  }

  /** Emits `start`, unless it has been emitted. */
  start(): void {
    if (this.#hasStarted) return;
    this.#hasStarted = true;
    this.#next({ type: 'start', ...(this.#messageId !== undefined && { messageId: this.#messageId }) });
  }

  readonly #blockOf = (index: number): BetaContentBlock | undefined => this.#message.block(index);

  #endOf(stopReason: string | null, usage: RunningUsage): UIMessageEnd {
    const { model } = this.#message.message ?? {};
    return { ...(model !== undefined && { model }), stopReason, usage, isPaused: false };
  }

  #newCalls(): MessageCalls {
    return new MessageCalls((chunk) => {
      if (chunk.type === 'tool-input-start') this.#callIds.add(chunk.toolCallId);
      this.#emit(chunk);
    });
  }

  /** Emits a part of the current message. */
  #emit(chunk: UIMessageChunk): void {
    this.start();
    if (!this.#isStepOpen && this.#messages > 0) {
      this.#isStepOpen = true;
      this.#next({ type: 'start-step' });
    }
    this.#next(chunk);
  }

  #startMessage(): void {
    this.#endStep();
    this.#beginMessage();
    this.#isMessageOpen = true;
    this.#message.message?.content.forEach((block, index) => {
      this.#startBlock(index, block);
      this.#stopBlock(index);
    });
  }

  #beginMessage(): void {
    this.#messages += 1;
    this.#calls = this.#newCalls();
    this.#parts.clear();
    this.#sources.clear();
  }

  /** The message so far is withdrawn. The step remains open for the next attempt. */
  #restart(): void {
    if (!this.#isMessageOpen) return; // the step is that of an earlier message
    this.#isMessageOpen = false;
    this.#isRestarting = this.#isStepOpen;
    if (this.#isStepOpen) this.#next({ type: 'reset-step' });
    this.#beginMessage();
  }

  #endStep(): void {
    if (!this.#isRestarting && this.#isStepOpen) {
      this.#next({ type: 'finish-step' });
      this.#isStepOpen = false;
    }
    this.#isRestarting = false;
  }

  #startBlock(index: number, block: BetaContentBlock): void {
    if (this.#calls.start(index, block)) return;
    const id = `${this.#messages}-${index}`;
    if (block.type === 'text') {
      this.#parts.set(index, { kind: 'text', id });
      this.#emit({ type: 'text-start', id });
      this.#emitText(index, block.text);
      for (const citation of block.citations ?? []) this.#cite(citation);
    } else if (block.type === 'thinking') {
      this.#parts.set(index, { kind: 'reasoning', id });
      this.#emit({ type: 'reasoning-start', id });
      this.#emitText(index, block.thinking);
    } else if (block.type === 'redacted_thinking') {
      this.#emit({ type: 'reasoning-start', id, ...thinkingMetadata({ redactedData: block.data }) });
      this.#emit({ type: 'reasoning-end', id });
    } else {
      this.#calls.addApiResult(block, (toolCallId) => this.#callIds.has(toolCallId));
    }
  }

  #addDelta(index: number, delta: ContentBlockDelta): void {
    if (delta.type === 'text_delta') this.#emitText(index, delta.text);
    else if (delta.type === 'thinking_delta') this.#emitText(index, delta.thinking);
    else if (delta.type === 'input_json_delta') this.#calls.addJson(index, delta.partial_json);
    else if (delta.type === 'citations_delta') this.#cite(delta.citation);
  }

  #emitText(index: number, delta: string): void {
    const part = this.#parts.get(index);
    if (part !== undefined && delta !== '') this.#emit({ type: `${part.kind}-delta`, id: part.id, delta });
  }

  #stopBlock(index: number): void {
    const block = this.#blockOf(index);
    const part = this.#parts.get(index);
    if (part?.kind === 'text') {
      this.#emit({ type: 'text-end', id: part.id });
    } else if (part !== undefined) {
      const signature = block?.type === 'thinking' ? block.signature : '';
      this.#emit({ type: 'reasoning-end', id: part.id, ...(signature !== '' && thinkingMetadata({ signature })) });
    }
    this.#parts.delete(index);
    if (block !== undefined && isApiToolCall(block)) this.#calls.complete(index, block);
  }

  #cite(citation: TextCitation): void {
    const source = sourceOf(citation);
    if (source === undefined || this.#sources.has(source.sourceId)) return;
    this.#sources.add(source.sourceId);
    this.#emit(source);
  }

  #addRunEvent(event: RunEvent): void {
    switch (event.type) {
      case 'run_end':
        this.#runEnd = this.#endOf(event.reason, event.usage);
        break;
      case 'run_paused':
        this.#runEnd = { ...this.#endOf(null, this.#usage.usage), isPaused: true };
        break;
      default:
        if (!this.#calls.hasEnded(event.index)) this.#addToolEvent(event);
    }
  }

  #addToolEvent(event: ToolEvent): void {
    if (event.type === 'tool_approval_required') {
      const toolCallId = this.#calls.idOf({ index: event.index, tool_use_id: event.id });
      this.#emit({ type: 'tool-approval-request', approvalId: event.id, toolCallId });
      return;
    }
    const toolCallId = this.#calls.idOf(event);
    if (event.type === 'tool_progress') {
      if (safeStringify(event.value) === undefined) return; // it cannot be sent, and another output follows
      this.#emit({ type: 'tool-output-available', toolCallId, output: event.value, preliminary: true });
    } else {
      const { result } = event;
      this.#calls.end(event.index);
      if (result.is_error === true) {
        this.#emit({ type: 'tool-output-error', toolCallId, errorText: errorTextOf(result) });
      } else {
        this.#emit({ type: 'tool-output-available', toolCallId, output: outputOf(result) });
      }
    }
  }
}

type RunEvent = Extract<RunToolsEvent, { type: `run_${string}` }> | ToolEvent;

function isRunEvent(event: AnyEvent): event is RunEvent {
  return /^(run_(end|paused)|tool_(approval_required|progress|result))$/.test(event.type);
}

function thinkingMetadata(anthropic: UIThinkingMetadata['anthropic']): {
  readonly providerMetadata: UIThinkingMetadata;
} {
  return { providerMetadata: { anthropic } };
}
