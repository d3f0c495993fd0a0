import type { ContentBlockParam } from '../api/params.js';
import { deepFrozenCopy } from '../utils/freeze.js';
import { asString, isRecord, readPath } from '../utils/inspect.js';

type ResultContent = string | readonly ContentBlockParam[];

/** The types of blocks that a tool result may contain. An array with anything else is sent as JSON. */
const RESULT_BLOCKS = new Set(['text', 'image', 'document', 'search_result', 'tool_reference', 'browser_state']);

/**
 * Returns the output of a tool as the content of a result; undefined if there is nothing to send. The API refuses text
 * that is empty or only white space.
 *
 * @throws If the output is an error, or if it cannot be sent, such as a Map. The model reads the message.
 */
export function outputContentOf(output: unknown, name: string): ResultContent | undefined {
  if (isError(output)) throw output;
  if (output === undefined) return undefined;
  if (typeof output === 'string') return isBlank(output) ? undefined : output;
  if (isBlocks(output)) return withoutBlankText(output);
  const json = toJson(output, name);
  if (json === undefined) throw unsendable(output, name);
  return json;
}

/** Returns the content of a failed call's result. Never empty, since the API refuses an error result without content. */
export function errorContentOf(error: unknown): ResultContent {
  const content = readPath(error, 'content'); // as the `ToolError` of the official SDK has it
  const blocks = isBlocks(content) ? withoutBlankText(content) : undefined;
  if (blocks !== undefined) return blocks;
  const texts = [readPath(error, 'message'), error];
  return texts.filter((text) => typeof text === 'string').find((text) => !isBlank(text)) ?? 'The tool failed.';
}

function isBlocks(output: unknown): output is readonly ContentBlockParam[] {
  return Array.isArray(output) && output.length > 0 && output.every(isBlock);
}

function isBlock(item: unknown): item is ContentBlockParam {
  return isRecord(item) && typeof item['type'] === 'string' && RESULT_BLOCKS.has(item['type']);
}

/** Returns a copy, since the tool may use its blocks again, and the conversation must not change. */
function withoutBlankText(blocks: readonly ContentBlockParam[]): readonly ContentBlockParam[] | undefined {
  const kept = blocks.filter((block) => block.type !== 'text' || !('text' in block) || !isBlank(block.text));
  return kept.length === 0 ? undefined : deepFrozenCopy(kept);
}

function isBlank(text: unknown): boolean {
  return typeof text === 'string' && text.trim() === '';
}

/** @throws {TypeError} If the value, or a part of it, would silently lose its content, or is bytes. */
function toJson(output: unknown, name: string): string | undefined {
  return JSON.stringify(output, function (this: unknown, key, value: unknown) {
    const original = readPath(this, key); // before its toJSON, which lists the bytes of a Buffer
    if (ArrayBuffer.isView(original)) throw unsendable(original, name);
    if (isLostInJson(value)) throw unsendable(value, name);
    return value;
  });
}

/** Whether a value would become an object without its content: a Map, a Response, an Error, an Observable ... */
function isLostInJson(value: unknown): boolean {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return false;
  if (isError(value)) return true;
  const prototype: unknown = Object.getPrototypeOf(value);
  const isPlain = prototype === null || Object.getPrototypeOf(prototype) === null; // of any realm
  if (isPlain) return false;
  return typeof readPath(value, 'pipe') === 'function' || Object.values(value).every(isLeftOutOfJson);
}

function isLeftOutOfJson(value: unknown): boolean {
  return value === undefined || typeof value === 'function' || typeof value === 'symbol';
}

function isError(value: unknown): boolean {
  return value instanceof Error || Object.prototype.toString.call(value) === '[object Error]'; // of any realm
}

function unsendable(value: unknown, name: string): TypeError {
  const type = typeof value === 'object' ? asString(readPath(value, 'constructor', 'name')) : typeof value;
  return new TypeError(
    `${name} returned a value of type ${type ?? 'object'}, which cannot be sent as JSON. Return its content instead.`,
  );
}
