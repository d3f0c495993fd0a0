import type { ToolResultParam } from '../api/params.js';
import { isRecord, readPath } from '../utils/inspect.js';

/**
 * Returns what a tool returned, for a screen: an object or an array, if the result consists of its JSON; the text or the
 * blocks of the result otherwise; null if it has no content.
 */
export function outputOf({ content }: ToolResultParam): unknown {
  if (typeof content !== 'string') return content ?? null;
  if (!/^\s*[[{]/.test(content)) return content;
  try {
    return JSON.parse(content) as unknown;
  } catch {
    return content; // text that only begins like JSON
  }
}

/** Returns the text of a failed call's result. */
export function errorTextOf({ content }: ToolResultParam): string {
  if (typeof content === 'string') return content;
  const texts = (content ?? []).map((block) => readPath(block, 'text')).filter((text) => typeof text === 'string');
  return texts.length > 0 ? texts.join('\n') : 'The tool failed.';
}

/** Returns why a tool that the API ran failed; undefined if it did not fail. `block` is its result. */
export function apiToolFailure(block: object): string | undefined {
  const content = readPath(block, 'content');
  if (readPath(block, 'is_error') === true) return typeof content === 'string' ? content : 'The tool failed.';
  if (!isRecord(content) || !String(content['type']).endsWith('_error')) return undefined;
  const { error_message: message, error_code: code } = content;
  return typeof message === 'string' ? message : `The tool failed: ${String(code)}.`;
}
