import type { AgUiMessage } from './agUiEvent.js';

interface AssistantMessage {
  readonly id: string;
  readonly role: 'assistant';
  content: string;
  readonly toolCalls: { id: string; type: 'function'; function: { name: string; arguments: string } }[];
}

interface OtherMessage extends AgUiMessage {
  content: string;
  readonly toolCallId?: string;
}

/** The messages of a run so far, for the snapshot that withdraws the current step. */
export class AgUiTranscript {
  readonly #earlier: readonly AgUiMessage[];
  readonly #done: AgUiMessage[] = [];
  #step: (AssistantMessage | OtherMessage)[] = [];

  /** @param earlier - The messages before the run, as the client has them. */
  constructor(earlier: readonly AgUiMessage[]) {
    this.#earlier = earlier;
  }

  addText(id: string, delta: string): void {
    this.#assistant(id).content += delta;
  }

  addReasoning(id: string, delta: string): void {
    const known = this.#step.find((message) => message.id === id);
    if (known === undefined) this.#step.push({ id, role: 'reasoning', content: delta });
    else known.content += delta;
  }

  startCall(messageId: string, id: string, name: string): void {
    this.#assistant(messageId).toolCalls.push({ id, type: 'function', function: { name, arguments: '' } });
  }

  setArguments(callId: string, json: string): void {
    for (const message of this.#step) {
      const call = 'toolCalls' in message ? message.toolCalls.find(({ id }) => id === callId) : undefined;
      if (call !== undefined) call.function.arguments = json;
    }
  }

  addResult(id: string, toolCallId: string, content: string): void {
    this.#step.push({ id, role: 'tool', toolCallId, content });
  }

  endStep(): void {
    this.#done.push(...this.#step.map(finished));
    this.#step = [];
  }

  /** Withdraws the current step. Returns the messages without it. */
  withdrawStep(): AgUiMessage[] {
    this.#step = [];
    return [...this.#earlier, ...this.#done];
  }

  #assistant(id: string): AssistantMessage {
    const known = this.#step.find(
      (message): message is AssistantMessage => message.id === id && 'toolCalls' in message,
    );
    if (known !== undefined) return known;
    const message: AssistantMessage = { id, role: 'assistant', content: '', toolCalls: [] };
    this.#step.push(message);
    return message;
  }
}

/** AG-UI has no empty list of calls. */
function finished(message: AssistantMessage | OtherMessage): AgUiMessage {
  if (!('toolCalls' in message) || message.toolCalls.length > 0) return message;
  const { toolCalls, ...others } = message;
  return toolCalls.length === 0 ? others : message;
}
