import type { ContentBlockParam } from '../api/params.js';
import { asString, isRecord, readPath } from '../utils/inspect.js';
import { safeStringify } from '../utils/safeStringify.js';

/** The calls of a step that have a result, and their results, in the same order. */
export interface ToolTurn {
  readonly uses: readonly ContentBlockParam[];
  readonly results: readonly ContentBlockParam[];
}

/** Returns the calls and results of a step. A call without a result, and a call that the API ran, is left out. */
export function toolTurn(parts: readonly { readonly type: string }[]): ToolTurn {
  const calls = parts.flatMap((part) => {
    const result = readPath(part, 'providerExecuted') === true ? undefined : resultOf(part);
    const id = asString(readPath(part, 'toolCallId'));
    return result === undefined || id === undefined ? [] : [{ part, id, result }];
  });
  return {
    uses: calls.map(({ part, id }) => ({ type: 'tool_use', id, name: nameOf(part), input: inputOf(part) })),
    results: calls.map(({ id, result }) => ({ type: 'tool_result', tool_use_id: id, ...result })),
  };
}

function nameOf(part: { readonly type: string }): string {
  return part.type === 'dynamic-tool' ? (asString(readPath(part, 'toolName')) ?? '') : part.type.slice('tool-'.length);
}

/** The API accepts only objects. An input that was not complete has none, but the text that had arrived. */
function inputOf(part: { readonly type: string }): Readonly<Record<string, unknown>> {
  const input = readPath(part, 'input');
  if (isRecord(input)) return input;
  const raw = readPath(part, 'rawInput');
  return raw === undefined || raw === null ? {} : { INVALID_JSON: raw };
}

function resultOf(part: {
  readonly type: string;
}): { readonly content?: unknown; readonly is_error?: true } | undefined {
  if (!/^(tool-|dynamic-tool$)/.test(part.type)) return undefined;
  switch (readPath(part, 'state')) {
    case 'output-available':
      if (readPath(part, 'preliminary') === true) return undefined;
      return contentOf(readPath(part, 'output'));
    case 'output-error':
      return { content: asString(readPath(part, 'errorText')) ?? 'The tool failed.', is_error: true };
    case 'output-denied':
      return { content: 'The call was declined.', is_error: true };
    default:
      return undefined;
  }
}

/** Returns the content of a result: text as it is, the blocks of a result as they are, and anything else as JSON. */
function contentOf(output: unknown): { readonly content?: unknown } {
  if (output === null || output === undefined || output === '') return {};
  if (typeof output === 'string' || isBlocks(output)) return { content: output };
  return { content: safeStringify(output) ?? '' };
}

function isBlocks(output: unknown): boolean {
  const types = /^(text|image|document|search_result)$/;
  return (
    Array.isArray(output) && output.length > 0 && output.every((item) => types.test(String(readPath(item, 'type'))))
  );
}
