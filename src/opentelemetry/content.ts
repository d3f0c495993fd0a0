import { readPath } from '../utils/inspect.js';
import { safeStringify } from '../utils/safeStringify.js';

/**
 * Converts messages to the form of `gen_ai.input.messages` and `gen_ai.output.messages`, as JSON, since attributes of spans
 * have no structure.
 *
 * @see https://github.com/open-telemetry/semantic-conventions-genai/tree/main/model/gen-ai
 */
export function messagesJson(
  messages: readonly { readonly role: string; readonly content?: unknown }[],
  finishReason?: string | null,
): string {
  const converted = messages.map(({ role, content }) => ({
    role: isToolTurn(content) ? 'tool' : role,
    parts: partsOf(content),
    ...(finishReason != null && { finish_reason: finishReason }),
  }));
  return safeStringify(converted) ?? '[]';
}

/** Converts the instructions of the system. */
export function partsJson(content: unknown): string {
  return safeStringify(partsOf(content)) ?? '[]';
}

function isToolTurn(content: unknown): boolean {
  return Array.isArray(content) && content.length > 0 && content.every((block) => typeOf(block) === 'tool_result');
}

function partsOf(content: unknown): unknown[] {
  if (typeof content === 'string') return [{ type: 'text', content }];
  return Array.isArray(content) ? content.map(partOf) : [];
}

function partOf(block: unknown): unknown {
  const field = (name: string): unknown => readPath(block, name);
  switch (typeOf(block)) {
    case 'text':
      return { type: 'text', content: field('text') };
    case 'thinking':
      return { type: 'reasoning', content: field('thinking') };
    case 'tool_use':
    case 'server_tool_use':
    case 'mcp_tool_use':
      return { type: 'tool_call', id: field('id'), name: field('name'), arguments: field('input') };
    case 'tool_result':
      return { type: 'tool_call_response', id: field('tool_use_id'), response: field('content') };
    default:
      return { type: typeOf(block) }; // files and results of the API's tools are too large for a span
  }
}

function typeOf(block: unknown): unknown {
  return readPath(block, 'type');
}
