import { hasUsableInput, toolInputStatus } from '../accumulate/toolInputStatus.js';
import type { ToolResultParam } from '../api/params.js';
import { deepFrozenCopy } from '../utils/freeze.js';
import { AnthropicError, InvalidOutputError } from '../errors/classes.js';
import { errorContentOf, outputContentOf } from './resultContent.js';
import type { ToolResultEvent } from './toolEvents.js';
import type { CallState, RunCall } from './turnCalls.js';

/**
 * Returns the result of a call whose tool returned `output`.
 *
 * @throws If the output is an error, or has no form that can be sent.
 */
export function successResult(call: RunCall, output: unknown): ToolResultEvent {
  const content = outputContentOf(output, call.block.name);
  return resultEvent(call, content === undefined ? {} : { content });
}

/** Returns the result of a call that was not run, or whose tool failed. The model reads the error's message. */
export function errorResult(call: RunCall, error: unknown): ToolResultEvent {
  return { ...resultEvent(call, { content: errorContentOf(error), is_error: true }), error };
}

/** Returns the result of a call that was declined. */
export function declinedResult(call: RunCall, reason?: string): ToolResultEvent {
  return resultEvent(call, { content: withReason('The call was declined', reason), is_error: true });
}

/** Returns the result of a call that an earlier process had started, and that is not run again. */
export function abandonedResult(call: RunCall, reason?: string): ToolResultEvent {
  const problem = `${call.block.name} was interrupted, and may have taken effect`;
  return resultEvent(call, { content: withReason(problem, reason), is_error: true });
}

function withReason(problem: string, reason = ''): string {
  return reason.trim() === '' ? `${problem}.` : `${problem}: ${reason}`;
}

/** Returns the result of a call that was not run because an earlier call of the same toolset failed. */
export function afterFailureResult(call: RunCall): ToolResultEvent {
  return errorResult(
    call,
    new AnthropicError(`${call.block.name} was not run, because an earlier call of the same toolset failed.`),
  );
}

/** Returns the result of a call that had not ended when its run failed or was aborted. */
export function interruptedResult({ call, hasStarted }: CallState): ToolResultEvent {
  const { name } = call.block;
  const problem = hasStarted
    ? `${name} was interrupted. It may have taken effect.`
    : `${name} was not run, because the run was interrupted.`;
  return errorResult(call, new AnthropicError(problem));
}

/**
 * Returns the result of a call whose input is truncated or not valid JSON. The model reads the text of the input, in an
 * object, as the API's documentation recommends.
 *
 * @see https://platform.claude.com/docs/en/agents-and-tools/tool-use/fine-grained-tool-streaming
 */
export function invalidInputResult(call: RunCall): ToolResultEvent {
  const { name, input: value } = call.block;
  const { raw, state, error: cause } = toolInputStatus(call.block);
  const fault = state === 'invalid' ? 'is not valid JSON' : 'was truncated';
  const error = new InvalidOutputError(`The input of ${name} ${fault}${cause ? `: ${cause.message}` : '.'}`, {
    text: raw,
    value,
    ...(cause && { cause }),
  });
  return { ...resultEvent(call, { content: JSON.stringify({ INVALID_JSON: raw }), is_error: true }), error };
}

/** Returns the result of a call that was not run because the message ended before the model had moved on from it. */
export function notRunResult(call: RunCall, stopReason: string | null): ToolResultEvent {
  if (!hasUsableInput(call.block)) return invalidInputResult(call);
  const { name } = call.block;
  const reason = stopReason === null ? '' : ` (stop_reason ${stopReason})`;
  const message = `${name} was not run, because the message ended at this call${reason}, which may be incomplete.`;
  return errorResult(call, new AnthropicError(message));
}

/** The result is a frozen copy, because the tool may change what it has returned, and the consumer what it receives. */
function resultEvent(
  { index, id, block: { name, toolset_name: toolset } }: RunCall,
  fields: Pick<ToolResultParam, 'content' | 'is_error'>,
): ToolResultEvent {
  const result = { type: 'tool_result', tool_use_id: id, ...(toolset != null && { toolset_name: toolset }) } as const;
  return { type: 'tool_result', tool_use_id: id, index, name, result: deepFrozenCopy({ ...result, ...fields }) };
}
