import { safeStringify } from '../utils/safeStringify.js';
import type { UIMessageChunk } from '../ai-sdk/uiMessageChunk.js';
import type { UIMessageEnd } from '../ai-sdk/uiMessage.js';
import type { AgUiEvent, AgUiMessage, AgUiUsage } from './agUiEvent.js';
import { AgUiTranscript } from './agUiTranscript.js';

/** Converts the chunks of a UI message to the events of a run. A step is one assistant message, with its tool calls. */
export class AgUiWriter {
  readonly #next: (event: AgUiEvent) => void;
  readonly #run: { readonly threadId: string; readonly runId: string };
  readonly #transcript: AgUiTranscript;
  #steps = 0;
  /** Whether the text of the current step has started and not ended. */
  #isTextOpen = false;
  readonly #reasoning = new Set<string>();
  /** The calls whose arguments have not ended, with the arguments so far. */
  readonly #calls = new Map<string, string>();
  /** The calls that wait for approval. */
  readonly #approvals = new Set<string>();

  constructor(
    next: (event: AgUiEvent) => void,
    run: { readonly threadId: string; readonly runId: string },
    messages: readonly AgUiMessage[],
  ) {
    this.#next = next;
    this.#run = run;
    this.#transcript = new AgUiTranscript(messages);
  }

  add(chunk: UIMessageChunk): void {
    switch (chunk.type) {
      case 'start':
        this.#next({ type: 'RUN_STARTED', ...this.#run });
        break;
      case 'start-step':
        this.#steps += 1;
        break;
      case 'finish-step':
        this.#endOpen();
        this.#transcript.endStep();
        break;
      case 'reset-step':
        this.#endOpen();
        this.#next({ type: 'MESSAGES_SNAPSHOT', messages: this.#transcript.withdrawStep() });
        this.#steps += 1; // the next attempt is another message
        break;
      case 'text-delta':
        this.#addText(chunk.delta);
        break;
      case 'reasoning-start':
        this.#startReasoning(chunk.id);
        break;
      case 'reasoning-delta': {
        const messageId = this.#idOf(chunk.id);
        this.#transcript.addReasoning(messageId, chunk.delta);
        this.#next({ type: 'REASONING_MESSAGE_CONTENT', messageId, delta: chunk.delta });
        break;
      }
      case 'reasoning-end': {
        const value = chunk.providerMetadata?.anthropic;
        this.#endReasoning(chunk.id, value !== undefined && 'signature' in value ? value.signature : undefined);
        break;
      }
      case 'source-url':
      case 'source-document':
        this.#next({ type: 'CUSTOM', name: 'source', value: chunk });
        break;
      case 'finish':
        this.#finish(chunk.messageMetadata as UIMessageEnd); // from `toAgUiEvents`
        break;
      case 'error':
        this.#next({ type: 'RUN_ERROR', message: chunk.errorText });
        break;
      case 'abort':
        this.#endOpen();
        this.#next({ type: 'RUN_FINISHED', ...this.#run, outcome: { type: 'cancelled' } });
        break;
      default:
        this.#addToolChunk(chunk);
    }
  }

  #addToolChunk(chunk: UIMessageChunk): void {
    switch (chunk.type) {
      case 'tool-input-start': {
        const { toolCallId, toolName: toolCallName } = chunk;
        this.#calls.set(toolCallId, '');
        this.#transcript.startCall(this.#messageId, toolCallId, toolCallName);
        this.#next({ type: 'TOOL_CALL_START', toolCallId, toolCallName, parentMessageId: this.#messageId });
        break;
      }
      case 'tool-input-delta':
        this.#addArguments(chunk.toolCallId, chunk.inputTextDelta);
        break;
      case 'tool-input-available':
        // The input of a call without deltas was complete from the start.
        if (this.#calls.get(chunk.toolCallId) === '')
          this.#addArguments(chunk.toolCallId, safeStringify(chunk.input) ?? '{}');
        this.#endCall(chunk.toolCallId);
        break;
      case 'tool-input-error':
        // With a result, no client runs the call.
        this.#endCall(chunk.toolCallId);
        this.#addResult(chunk.toolCallId, chunk.errorText);
        break;
      case 'tool-approval-request':
        this.#approvals.add(chunk.approvalId);
        this.#next({ type: 'CUSTOM', name: 'tool_approval_required', value: { toolCallId: chunk.toolCallId } });
        break;
      case 'tool-output-available':
        if (chunk.preliminary) {
          const value = { toolCallId: chunk.toolCallId, value: chunk.output };
          this.#next({ type: 'CUSTOM', name: 'tool_progress', value });
        } else this.#addResult(chunk.toolCallId, textOf(chunk.output));
        break;
      case 'tool-output-error':
        this.#addResult(chunk.toolCallId, chunk.errorText);
        break;
    }
  }

  /** The ID of the assistant message of the current step. */
  get #messageId(): string {
    return this.#idOf(String(this.#steps));
  }

  #idOf(part: string): string {
    return `${this.#run.runId}-${part}`;
  }

  #addText(delta: string): void {
    const messageId = this.#messageId;
    if (!this.#isTextOpen) this.#next({ type: 'TEXT_MESSAGE_START', messageId, role: 'assistant' });
    this.#isTextOpen = true;
    this.#transcript.addText(messageId, delta);
    this.#next({ type: 'TEXT_MESSAGE_CONTENT', messageId, delta });
  }

  #startReasoning(id: string): void {
    const messageId = this.#idOf(id);
    this.#reasoning.add(id);
    this.#next({ type: 'REASONING_START', messageId });
    this.#next({ type: 'REASONING_MESSAGE_START', messageId, role: 'reasoning' });
  }

  #endReasoning(id: string, signature?: string): void {
    if (!this.#reasoning.delete(id)) return;
    const messageId = this.#idOf(id);
    this.#next({ type: 'REASONING_MESSAGE_END', messageId });
    if (signature !== undefined) {
      const encrypted = { subtype: 'message', entityId: messageId, encryptedValue: signature } as const;
      this.#next({ type: 'REASONING_ENCRYPTED_VALUE', ...encrypted });
    }
    this.#next({ type: 'REASONING_END', messageId });
  }

  #addArguments(toolCallId: string, delta: string): void {
    this.#calls.set(toolCallId, (this.#calls.get(toolCallId) ?? '') + delta);
    this.#next({ type: 'TOOL_CALL_ARGS', toolCallId, delta });
  }

  #endCall(toolCallId: string): void {
    const json = this.#calls.get(toolCallId);
    if (json === undefined) return;
    this.#calls.delete(toolCallId);
    this.#transcript.setArguments(toolCallId, json);
    this.#next({ type: 'TOOL_CALL_END', toolCallId });
  }

  #addResult(toolCallId: string, content: string): void {
    const messageId = this.#idOf(`${toolCallId}-result`);
    this.#approvals.delete(toolCallId);
    this.#transcript.addResult(messageId, toolCallId, content);
    this.#next({ type: 'TOOL_CALL_RESULT', messageId, toolCallId, content, role: 'tool' });
  }

  /** Ends everything that is open. A run must not finish before. */
  #endOpen(): void {
    if (this.#isTextOpen) this.#next({ type: 'TEXT_MESSAGE_END', messageId: this.#messageId });
    this.#isTextOpen = false;
    for (const id of [...this.#reasoning]) this.#endReasoning(id);
    for (const id of [...this.#calls.keys()]) {
      this.#endCall(id);
      this.#addResult(id, 'The call is not complete.'); // with a result, no client runs it
    }
  }

  #finish({ stopReason, isPaused, usage, model }: UIMessageEnd): void {
    const { cache_read_input_tokens: read, cache_creation_input_tokens: write } = usage;
    const tokens: AgUiUsage = {
      ...(model !== undefined && { model }),
      inputTokens: usage.input_tokens + (read ?? 0) + (write ?? 0),
      outputTokens: usage.output_tokens,
      ...(read != null && { cachedInputTokens: read }),
      ...(write != null && { cacheWriteInputTokens: write }),
    };
    const interrupts = [...this.#approvals].map((id) => ({ id, reason: 'tool_call', toolCallId: id }));
    this.#next({
      type: 'RUN_FINISHED',
      ...this.#run,
      outcome: isPaused && interrupts.length > 0 ? { type: 'interrupt', interrupts } : { type: 'success' },
      result: { stopReason },
      usage: [tokens],
    });
  }
}

/** The content of a result is a text. */
function textOf(output: unknown): string {
  return typeof output === 'string' ? output : (safeStringify(output) ?? '');
}
