import * as z from 'zod/mini';
import type { MessageStreamEvent } from '../api/events.js';
import { EVENT_SHAPE, type Fields, type Shape } from '../protocol/eventShape.js';
import type { StandardSchemaV1 } from './standardSchema.js';

const eventSchema = toZodSchema(EVENT_SHAPE);

/**
 * Validates events that come from a queue, a store or your own relay instead of a source of the package. Requires what
 * the sources require, which is what the operators need. Unknown types and fields are accepted.
 *
 * Built on Zod, and used like any Standard Schema. It has its own entry point because Zod is larger than the operators
 * that a program uses.
 *
 * @example
 * const result = await messageStreamEventSchema['~standard'].validate(JSON.parse(body));
 * if (result.issues === undefined) console.log(result.value.type);
 * else console.error(result.issues);
 */
export const messageStreamEventSchema: StandardSchemaV1<unknown, MessageStreamEvent> = {
  '~standard': {
    version: 1,
    vendor: 'rxjs-anthropic',
    validate(value) {
      const { data, error } = eventSchema.safeParse(value);
      // Only what EVENT_SHAPE lists has been checked; the rest is left to the API, as in the sources.
      return error === undefined ? { value: data as MessageStreamEvent } : { issues: error.issues };
    },
  },
};

function toZodSchema(shape: Shape): z.ZodMiniType {
  switch (shape.kind) {
    case 'string':
      return z.string();
    case 'number':
      return z.number();
    case 'index':
      return z.int().check(z.nonnegative());
    case 'nullish':
      return z.nullish(toZodSchema(shape.of));
    case 'array':
      return z.array(toZodSchema(shape.of));
    case 'object':
      return toZodObject(shape.fields);
    case 'typed':
      return toTypedZodObject(shape.fieldsByType);
  }
}

function toZodObject(fields: Fields): z.ZodMiniType {
  return z.looseObject(Object.fromEntries(Object.entries(fields).map(([name, shape]) => [name, toZodSchema(shape)])));
}

/** Does not use `z.discriminatedUnion`, which rejects types that are not listed. */
function toTypedZodObject(fieldsByType: Readonly<Record<string, Fields>>): z.ZodMiniType {
  const schemas = new Map(Object.entries(fieldsByType).map(([type, fields]) => [type, toZodObject(fields)]));
  return z.looseObject({ type: z.string() }).check(({ value, issues }) => {
    for (const { message, path } of schemas.get(value.type)?.safeParse(value).error?.issues ?? []) {
      issues.push({ code: 'custom', message, path, input: value });
    }
  });
}
