import * as z from 'zod/mini';
import type { MessageStreamEvent } from '../api/events.js';
import type { StandardSchemaV1 } from './standardSchema.js';

/** An object with a type; what it must have besides depends on the type, and of a type that is not listed it is nothing. */
function typed(types: Readonly<Record<string, z.ZodMiniType>> = {}) {
  return z.looseObject({ type: z.string() }).check(({ value, issues }) => {
    const schema = Object.hasOwn(types, value.type) ? types[value.type] : undefined;
    for (const { message, path } of schema?.safeParse(value).error?.issues ?? []) {
      issues.push({ code: 'custom', message, path, input: value });
    }
  });
}

const index = z.int().check(z.nonnegative());
const count = z.optional(z.nullable(z.number()));
const usage = z.looseObject({ input_tokens: count, output_tokens: count });
const call = z.looseObject({ id: z.string(), name: z.string() });

const block = typed({
  text: z.looseObject({ text: z.string() }),
  thinking: z.looseObject({ thinking: z.string() }),
  tool_use: call,
  server_tool_use: call,
  mcp_tool_use: call,
  fallback: z.looseObject({ to: z.looseObject({ model: z.string() }) }),
});

const delta = typed({
  text_delta: z.looseObject({ text: z.string() }),
  thinking_delta: z.looseObject({ thinking: z.string() }),
  input_json_delta: z.looseObject({ partial_json: z.string() }),
  signature_delta: z.looseObject({ signature: z.string() }),
  citations_delta: z.looseObject({ citation: typed() }),
});

const event = typed({
  message_start: z.looseObject({ message: z.looseObject({ id: z.string(), content: z.array(block), usage }) }),
  content_block_start: z.looseObject({ index, content_block: block }),
  content_block_delta: z.looseObject({ index, delta }),
  content_block_stop: z.looseObject({ index }),
  message_delta: z.looseObject({ delta: z.looseObject({}), usage: z.optional(usage) }),
});

/**
 * Checks an event: for events that come from elsewhere than a source of the package, such as a queue, a store or your own
 * relay. It asks for what the sources ask for, that which operators work with; types and fields that are not known pass.
 *
 * A Zod schema, as any Standard Schema is used. It is an entry of its own, since Zod weighs more than a program's operators.
 *
 * @example
 * const { value, issues } = messageStreamEventSchema['~standard'].validate(JSON.parse(text));
 */
export const messageStreamEventSchema: StandardSchemaV1<unknown, MessageStreamEvent> = {
  '~standard': {
    version: 1,
    vendor: 'rxjs-anthropic',
    validate(value) {
      const { data, error } = event.safeParse(value);
      // What is not listed above is left to the API, as it is in the sources.
      return error === undefined ? { value: data as unknown as MessageStreamEvent } : { issues: error.issues };
    },
  },
};
