import type { AnyEvent } from '../events.js';

/*
 * What an event must have for the operators to work on it. Everything else is left to the API: fields that are not named
 * here, and types that are not, are kept as they come. `rxjs-anthropic/schemas` says the same in Zod, for users; here it would
 * weigh more than all the rest of a program.
 */

/** Says what is wrong with a value, with the path to it; undefined if nothing is. */
type Check = (value: unknown, path: string) => string | undefined;

const is =
  (what: string, test: (value: unknown) => boolean): Check =>
  (value, path) =>
    test(value) ? undefined : `${path}: expected ${what}`;

const isObject = (value: unknown): value is object =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

const fields = (checks: Readonly<Record<string, Check>>): Check => {
  const object = is('an object', isObject);
  return (value, path) =>
    object(value, path) ??
    Object.entries(checks)
      .map(([name, check]) => check(isObject(value) ? Reflect.get(value, name) : undefined, `${path}.${name}`))
      .find((fault) => fault !== undefined);
};

const string = is('a string', (value) => typeof value === 'string');
const count = is('a number', (value) => value === undefined || value === null || Number.isFinite(value));
const index = is('a whole number from 0 up', (value) => Number.isSafeInteger(value) && Number(value) >= 0);
const list = is('an array', Array.isArray);
const typed = fields({ type: string });
const usage = fields({ input_tokens: count, output_tokens: count });
const call = fields({ id: string, name: string });

const BLOCKS: Readonly<Record<string, Check>> = {
  text: fields({ text: string }),
  thinking: fields({ thinking: string }),
  tool_use: call,
  server_tool_use: call,
  mcp_tool_use: call,
  fallback: fields({ to: fields({ model: string }) }),
};

const DELTAS: Readonly<Record<string, Check>> = {
  text_delta: fields({ text: string }),
  thinking_delta: fields({ thinking: string }),
  input_json_delta: fields({ partial_json: string }),
  signature_delta: fields({ signature: string }),
  citations_delta: fields({ citation: typed }),
};

/** Checks a value that has a type, and then what its type asks for. */
const oneOf =
  (checks: Readonly<Record<string, Check>>): Check =>
  (value, path) =>
    typed(value, path) ?? ofType(checks, value)?.(value, path);

const block = oneOf(BLOCKS);

const EVENTS: Readonly<Record<string, Check>> = {
  message_start: fields({
    message: (value, path) =>
      fields({ id: string, content: list, usage })(value, path) ??
      contentOf(value)
        .map((one, place) => block(one, `${path}.content.${place}`))
        .find((fault) => fault !== undefined),
  }),
  content_block_start: fields({ index, content_block: block }),
  content_block_delta: fields({ index, delta: oneOf(DELTAS) }),
  content_block_stop: fields({ index }),
  message_delta: fields({
    delta: fields({}),
    usage: (value, path) => (value === undefined ? undefined : usage(value, path)),
  }),
};

/** What is wrong with an event, in words that name the field; undefined if nothing is. */
export function findFault(event: AnyEvent): string | undefined {
  return ofType(EVENTS, event)?.(event, event.type);
}

function ofType(checks: Readonly<Record<string, Check>>, value: unknown): Check | undefined {
  const type = isObject(value) && 'type' in value ? String(value.type) : '';
  return Object.hasOwn(checks, type) ? checks[type] : undefined;
}

function contentOf(message: unknown): unknown[] {
  return isObject(message) && 'content' in message && Array.isArray(message.content) ? message.content : [];
}
