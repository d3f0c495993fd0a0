import type { AnyEvent } from '../api/events.js';
import { isRecord, readPath } from '../utils/inspect.js';

/**
 * The shape that a part of an event must have, as plain data. Both the check in the sources (`findShapeFault`) and the
 * Zod schema in `rxjs-anthropic/schemas` are built from it. The sources do not use the schema, because Zod is larger
 * than the rest of a program's bundle.
 */
export type Shape =
  | { readonly kind: 'string' }
  /** A finite number. */
  | { readonly kind: 'number' }
  /** An integer of at least 0. */
  | { readonly kind: 'index' }
  /** The shape in `of`, null or undefined. */
  | { readonly kind: 'nullish'; readonly of: Shape }
  | { readonly kind: 'array'; readonly of: Shape }
  /** An object with at least these fields. */
  | { readonly kind: 'object'; readonly fields: Fields }
  /** An object with a `type`, and with the fields of that type if it is listed. */
  | { readonly kind: 'typed'; readonly fieldsByType: Readonly<Record<string, Fields>> };

export type Fields = Readonly<Record<string, Shape>>;

const string: Shape = { kind: 'string' };
const index: Shape = { kind: 'index' };
const count = nullish({ kind: 'number' });
const usage = nullish(object({ input_tokens: count, output_tokens: count }));
const text = { text: string };
const thinking = { thinking: string };
const call = { id: string, name: string };

const block = typed({
  text,
  thinking,
  tool_use: call,
  server_tool_use: call,
  mcp_tool_use: call,
  fallback: { to: object({ model: string }) },
});

const delta = typed({
  text_delta: text,
  thinking_delta: thinking,
  input_json_delta: { partial_json: string },
  signature_delta: { signature: string },
  citations_delta: { citation: typed({}) },
});

/**
 * What the operators require of an event. Fields and types that are not listed here are accepted as they are.
 */
export const EVENT_SHAPE: Shape = typed({
  message_start: { message: object({ id: string, content: { kind: 'array', of: block }, usage }) },
  content_block_start: { index, content_block: block },
  content_block_delta: { index, delta },
  content_block_stop: { index },
  message_delta: { delta: object({}), usage },
});

function nullish(of: Shape): Shape {
  return { kind: 'nullish', of };
}

function object(fields: Fields): Shape {
  return { kind: 'object', fields };
}

function typed(fieldsByType: Readonly<Record<string, Fields>>): Shape {
  return { kind: 'typed', fieldsByType };
}

/**
 * Checks that an event has the shape that its type requires.
 *
 * @returns What is wrong, with the path of the field: `content_block_delta.delta.text is not a string`. Undefined if
 * nothing is wrong.
 */
export function findShapeFault(event: AnyEvent): string | undefined {
  return findFault(event, EVENT_SHAPE, event.type);
}

function findFault(value: unknown, shape: Shape, path: string): string | undefined {
  switch (shape.kind) {
    case 'string':
      return typeof value === 'string' ? undefined : `${path} is not a string`;
    case 'number':
      return Number.isFinite(value) ? undefined : `${path} is not a number`;
    case 'index':
      return Number.isSafeInteger(value) && Number(value) >= 0 ? undefined : `${path} is not an integer of at least 0`;
    case 'nullish':
      return value === undefined || value === null ? undefined : findFault(value, shape.of, path);
    case 'array':
      if (!Array.isArray(value)) return `${path} is not an array`;
      return findFaultInside(
        value,
        value.map(() => shape.of),
        path,
      );
    case 'object':
      if (!isRecord(value)) return `${path} is not an object`;
      return findFaultInside(value, shape.fields, path);
    case 'typed': {
      const { fieldsByType } = shape;
      const type = String(readPath(value, 'type'));
      const fields = Object.hasOwn(fieldsByType, type) ? fieldsByType[type] : undefined;
      return findFault(value, object({ type: string, ...fields }), path);
    }
  }
}

/** @param shapes - The shapes of an object's fields by name, or of an array's items in order. */
function findFaultInside(value: object, shapes: Fields | readonly Shape[], path: string): string | undefined {
  for (const [name, shape] of Object.entries<Shape>(shapes)) {
    const fault = findFault(readPath(value, name), shape, `${path}.${name}`);
    if (fault !== undefined) return fault;
  }
  return undefined;
}
