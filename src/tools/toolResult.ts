import { toolInputStatus } from '../accumulate/toolInputStatus.js';
import { AnthropicError, InvalidOutputError } from '../errors/classes.js';
import type { ToolUseBlock } from '../api/message.js';
import type { ContentBlockParam } from '../api/params.js';
import type { ToolResultEvent } from './toolEvents.js';

/** The blocks that a tool_result may have. An array of anything else is sent as JSON. */
const RESULT_BLOCKS = new Set(['text', 'image', 'document', 'search_result', 'tool_reference', 'browser_state']);

/** The result of a call whose tool returned `output`. */
export function succeeded(call: ToolUseBlock, output: unknown): ToolResultEvent {
  const content = contentOf(output);
  return {
    type: 'tool_result',
    tool_use_id: call.id,
    name: call.name,
    result: { type: 'tool_result', tool_use_id: call.id, ...(content !== undefined && { content }) },
  };
}

/** The result of a call that was not made, or whose tool failed: the model reads the error's message. */
export function failed(call: ToolUseBlock, error: unknown, content: string = messageOf(error)): ToolResultEvent {
  return { ...refused(call, content), error };
}

/** The result of a call that was declined. */
export function declined(call: ToolUseBlock): ToolResultEvent {
  return refused(call, 'The call was declined.');
}

/**
 * The result of a call whose input is not whole, or no JSON: the model gets its text back, wrapped as the docs say.
 *
 * @see https://platform.claude.com/docs/en/agents-and-tools/tool-use/fine-grained-tool-streaming
 */
export function unreadable(call: ToolUseBlock): ToolResultEvent {
  const { raw, state, error: cause } = toolInputStatus(call);
  const what = state === 'invalid' ? 'is not valid JSON' : 'was cut off';
  const error = new InvalidOutputError(`The input of ${call.name} ${what}${cause ? `: ${cause.message}` : '.'}`, {
    text: raw,
    value: call.input,
    ...(cause && { cause }),
  });
  return failed(call, error, JSON.stringify({ INVALID_JSON: raw }));
}

/** The result of a call that the message ended before it could be run. */
export function notRunResult(call: ToolUseBlock, stopReason: string | null): ToolResultEvent {
  if (toolInputStatus(call).state !== 'complete') return unreadable(call);
  const why = stopReason === null ? '' : ` (${stopReason})`;
  return failed(call, new AnthropicError(`${call.name} was not run: the message ended with the call${why}.`));
}

function refused(call: ToolUseBlock, content: string): ToolResultEvent {
  const { id, name } = call;
  const result = { type: 'tool_result', tool_use_id: id, content, is_error: true } as const;
  return { type: 'tool_result', tool_use_id: id, name, result };
}

function contentOf(output: unknown): string | readonly ContentBlockParam[] | undefined {
  if (output === undefined || output === '') return undefined;
  if (typeof output === 'string') return output;
  if (isBlocks(output)) return output;
  return JSON.stringify(output);
}

function isBlocks(output: unknown): output is readonly ContentBlockParam[] {
  return Array.isArray(output) && output.length > 0 && output.every(isBlock);
}

function isBlock(item: unknown): item is ContentBlockParam {
  return (
    typeof item === 'object' &&
    item !== null &&
    'type' in item &&
    typeof item.type === 'string' &&
    RESULT_BLOCKS.has(item.type)
  );
}

/** What an error says, for the API never empty. */
function messageOf(error: unknown): string {
  const message = typeof error === 'object' && error !== null && 'message' in error ? error.message : error;
  return typeof message === 'string' && message !== '' ? message : 'The tool failed.';
}
