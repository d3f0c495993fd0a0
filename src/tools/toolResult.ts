import { toolInputStatus } from '../accumulate/toolInputStatus.js';
import { AnthropicError, InvalidOutputError } from '../errors/classes.js';
import type { ContentBlockParam, ToolResultParam } from '../api/params.js';
import type { ToolUseBlock } from '../api/message.js';
import { isRecord } from '../utils/inspect.js';
import type { ToolResultEvent } from './toolEvents.js';

/** The types of blocks that a tool result may contain. An array with anything else is sent as JSON. */
const RESULT_BLOCKS = new Set(['text', 'image', 'document', 'search_result', 'tool_reference', 'browser_state']);

/** Returns the result of a call whose tool returned `output`. */
export function successResult(call: ToolUseBlock, output: unknown): ToolResultEvent {
  const content = contentOf(output);
  return resultEvent(call, content === undefined ? {} : { content });
}

/** Returns the result of a call that was not run, or whose tool failed. The model reads the error's message. */
export function errorResult(call: ToolUseBlock, error: unknown): ToolResultEvent {
  return { ...resultEvent(call, { content: errorText(error), is_error: true }), error };
}

/** Returns the result of a call that was declined. */
export function declinedResult(call: ToolUseBlock): ToolResultEvent {
  return resultEvent(call, { content: 'The call was declined.', is_error: true });
}

/**
 * Returns the result of a call whose input is truncated or not valid JSON. The model reads the text of the input, in an
 * object, as the API's documentation recommends.
 *
 * @see https://platform.claude.com/docs/en/agents-and-tools/tool-use/fine-grained-tool-streaming
 */
export function invalidInputResult(call: ToolUseBlock): ToolResultEvent {
  const { raw, state, error: cause } = toolInputStatus(call);
  const fault = state === 'invalid' ? 'is not valid JSON' : 'was truncated';
  const error = new InvalidOutputError(`The input of ${call.name} ${fault}${cause ? `: ${cause.message}` : '.'}`, {
    text: raw,
    value: call.input,
    ...(cause && { cause }),
  });
  return { ...resultEvent(call, { content: JSON.stringify({ INVALID_JSON: raw }), is_error: true }), error };
}

/** Returns the result of a call that was not run because the message ended before the model had moved on from it. */
export function notRunResult(call: ToolUseBlock, stopReason: string | null): ToolResultEvent {
  if (toolInputStatus(call).state !== 'complete') return invalidInputResult(call);
  const reason = stopReason === null ? '' : ` (stop_reason ${stopReason})`;
  const message = `${call.name} was not run, because the message ended at this call${reason}, which may be incomplete.`;
  return errorResult(call, new AnthropicError(message));
}

function resultEvent(
  { id, name }: ToolUseBlock,
  fields: Pick<ToolResultParam, 'content' | 'is_error'>,
): ToolResultEvent {
  return { type: 'tool_result', tool_use_id: id, name, result: { type: 'tool_result', tool_use_id: id, ...fields } };
}

/**
 * Returns an output as the content of a result. The API refuses an empty text block, so an empty string has no content.
 */
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
  return isRecord(item) && typeof item['type'] === 'string' && RESULT_BLOCKS.has(item['type']);
}

/** Returns the message of an error. Never empty, since the API refuses an error result without content. */
function errorText(error: unknown): string {
  const message = typeof error === 'object' && error !== null && 'message' in error ? error.message : error;
  return typeof message === 'string' && message !== '' ? message : 'The tool failed.';
}
