/** Builds single events for specs. Blocks and deltas may be of types that the package does not know. */
import type {
  ContentBlock,
  ContentBlockDelta,
  ContentBlockDeltaEvent,
  ContentBlockStartEvent,
  ContentBlockStopEvent,
  MessageDeltaEvent,
  MessageRestartEvent,
  MessageStartEvent,
  MessageStopEvent,
  PingEvent,
  StopReason,
} from '../../src/index.js';
import { buildMessage } from '../../src/testing/index.js';

/** A `message_start` without content, unless the fields say otherwise. */
export function messageStart(fields: object = {}): MessageStartEvent {
  const opening = buildMessage({ stop_reason: null, usage: { output_tokens: 1 } });
  return { type: 'message_start', message: { ...opening, content: [], ...fields } };
}

export function blockStart(index: number, block: object): ContentBlockStartEvent {
  return { type: 'content_block_start', index, content_block: block as ContentBlock };
}

export function blockDelta(index: number, delta: object): ContentBlockDeltaEvent {
  return { type: 'content_block_delta', index, delta: delta as ContentBlockDelta };
}

export function textDelta(text: string, index = 0): ContentBlockDeltaEvent {
  return blockDelta(index, { type: 'text_delta', text });
}

export function thinkingDelta(thinking: string, index = 0): ContentBlockDeltaEvent {
  return blockDelta(index, { type: 'thinking_delta', thinking });
}

export function signatureDelta(signature: string, index = 0): ContentBlockDeltaEvent {
  return blockDelta(index, { type: 'signature_delta', signature });
}

export function inputJsonDelta(partial_json: string, index = 0): ContentBlockDeltaEvent {
  return blockDelta(index, { type: 'input_json_delta', partial_json });
}

export function citationsDelta(citation: object, index = 0): ContentBlockDeltaEvent {
  return blockDelta(index, { type: 'citations_delta', citation });
}

export function blockStop(index = 0): ContentBlockStopEvent {
  return { type: 'content_block_stop', index };
}

/** A `message_delta` with a stop reason. Its usage has `output_tokens` only; `beside` adds or replaces fields. */
export function messageDelta(stop_reason: StopReason | null = 'end_turn', beside: object = {}): MessageDeltaEvent {
  return {
    type: 'message_delta',
    delta: { stop_reason, stop_sequence: null },
    usage: { output_tokens: 12 },
    ...beside,
  };
}

export const messageStop: MessageStopEvent = { type: 'message_stop' };

export const ping: PingEvent = { type: 'ping' };

export function restart(fields: Partial<MessageRestartEvent> = {}): MessageRestartEvent {
  return { type: 'message_restart', attempt: 2, delayMs: 0, error: undefined, ...fields };
}
