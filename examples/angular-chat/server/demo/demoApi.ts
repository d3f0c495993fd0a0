import type { ContentBlock, MessageCreateParams } from 'rxjs-anthropic';
import {
  buildMessage,
  eventsOf,
  startMessagesServer,
  textBlock,
  type MessagesServer,
  type RecordedRequest,
  type Reply,
} from 'rxjs-anthropic/testing';
import { textOf } from './messages.js';
import { writeReply, type ScriptedReply } from './replies.js';

export interface DemoApiOptions {
  /** How long it waits between two events, in ms. Default 24, which is about 330 characters per second. */
  readonly paceMs?: number;
  /** Returns what goes wrong with a request. Default: only what the prompts ask for. */
  readonly fault?: (request: RecordedRequest) => Partial<Reply> | undefined;
}

/**
 * Starts the demo model: a server on 127.0.0.1 that replies like the Messages API, from a script, at the pace of a model.
 * It thinks, calls tools, reads their results, and continues an answer whose connection was lost.
 */
export async function startDemoApi({ paceMs = 24, fault }: DemoApiOptions = {}): Promise<MessagesServer> {
  /** How often each conversation whose reply has faults was sent. */
  const attempts = new Map<string, number>();

  return startMessagesServer((request) => {
    const { messages } = request.body as MessageCreateParams;
    const isContinuation = textOf(messages.at(-1)).includes('<end_of_previous_answer>');
    const asked = isContinuation ? messages.slice(0, -2) : messages;
    const { content, faults = [] } = writeReply(asked);
    const attempt = faults.length === 0 ? 0 : (attempts.get(JSON.stringify(asked)) ?? 0);
    if (faults.length > 0) attempts.set(JSON.stringify(asked), attempt + 1);

    const message = buildMessage({
      id: `msg_${Math.random().toString(36).slice(2, 14)}`,
      content: isContinuation ? rest(content, textOf(messages.at(-2))) : content,
      usage: { input_tokens: Math.ceil(JSON.stringify(request.body).length / 4) },
    });
    const events = eventsOf(message, { deltaLength: 8, pingEvery: 40 });
    return { events, paceMs, delayMs: 250, ...(faults[attempt] ?? fault?.(request)) };
  });
}

/** What follows in a reply after the text that has been written. */
function rest(content: ScriptedReply['content'], written: string): readonly ContentBlock[] {
  const whole = content.map((block) => (block.type === 'text' ? block.text : '')).join('');
  const text = whole.startsWith(written) ? whole.slice(written.length) : whole;
  return [textBlock(text), ...content.filter(({ type }) => type === 'tool_use')];
}
