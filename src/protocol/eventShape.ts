import type { AnyEvent } from '../api/events.js';
import { readPath } from '../utils/inspect.js';

/*
 * What an event must have for the operators to work on it. Everything else is left to the API: fields that are not named
 * here, and types that are not, are kept as they come. `rxjs-anthropic/schemas` says the same in Zod, for users; here it would
 * weigh more than all the rest of a program.
 */

/** What a value must be: what one of the tests asks for, an object or a list with at least these, or what it decides itself. */
type Shape = keyof typeof TESTS | Fields | readonly Shape[] | ((value: unknown) => Shape);

interface Fields {
  readonly [name: string]: Shape;
}

/** The tests, by the words for what they ask for. A number may be left out. */
const TESTS = {
  'a string': (value: unknown): boolean => typeof value === 'string',
  'a number': (value: unknown): boolean => value == null || Number.isFinite(value),
  'a whole number from 0 up': (value: unknown): boolean => Number.isSafeInteger(value) && Number(value) >= 0,
  'an array': (value: unknown): boolean => Array.isArray(value),
  'an object': (value: unknown): boolean => typeof value === 'object' && value !== null && !Array.isArray(value),
};

const string = 'a string';
const index = 'a whole number from 0 up';
const usage: Fields = { input_tokens: 'a number', output_tokens: 'a number' };
const text: Fields = { text: string };
const thinking: Fields = { thinking: string };
const call: Fields = { id: string, name: string };

/** An object with a type, and with what its type asks for. */
const typed =
  (fields: Readonly<Record<string, Fields>>) =>
  (value: unknown): Fields => ({ type: string, ...fields[String(readPath(value, 'type'))] });

const block = typed({
  text,
  thinking,
  tool_use: call,
  server_tool_use: call,
  mcp_tool_use: call,
  fallback: { to: { model: string } },
});

const delta = typed({
  text_delta: text,
  thinking_delta: thinking,
  input_json_delta: { partial_json: string },
  signature_delta: { signature: string },
  citations_delta: { citation: { type: string } },
});

const event = typed({
  message_start: {
    message: { id: string, content: (list) => (Array.isArray(list) ? list.map(() => block) : []), usage },
  },
  content_block_start: { index, content_block: block },
  content_block_delta: { index, delta },
  content_block_stop: { index },
  message_delta: { delta: {}, usage: (value) => (value === undefined ? 'a number' : usage) },
});

/** What is wrong with an event, in words that name the field; undefined if nothing is. */
export function findShapeFault(value: AnyEvent): string | undefined {
  return shapeFault(value, event(value), value.type);
}

function shapeFault(value: unknown, shape: Shape, path: string): string | undefined {
  if (typeof shape === 'function') return shapeFault(value, shape(value), path);
  const isTest = typeof shape === 'string';
  const expected = isTest ? shape : Array.isArray(shape) ? 'an array' : 'an object';
  if (!TESTS[expected](value)) return `${path}: expected ${expected}`;
  if (isTest) return undefined;
  for (const [name, inner] of Object.entries<Shape>(shape)) {
    const fault = shapeFault(readPath(value, name), inner, `${path}.${name}`);
    if (fault !== undefined) return fault;
  }
  return undefined;
}
