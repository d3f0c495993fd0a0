import * as z from 'zod/mini';
import { isEvent, type AnyEvent } from '../events.js';

/*
 * What an event must have for the operators to work on it. Everything else is left to the API: fields that are not named
 * here, and types that are not, are kept as they come.
 */
const typed = z.looseObject({ type: z.string() });
const index = z.int().check(z.nonnegative());
const count = z.optional(z.nullable(z.number()));
const usage = z.looseObject({ input_tokens: count, output_tokens: count });
const toolUse = z.looseObject({ id: z.string(), name: z.string() });

const EVENTS: Schemas = {
  message_start: z.looseObject({ message: z.looseObject({ id: z.string(), content: z.array(typed), usage }) }),
  content_block_start: z.looseObject({ index, content_block: typed }),
  content_block_delta: z.looseObject({ index, delta: typed }),
  content_block_stop: z.looseObject({ index }),
  message_delta: z.looseObject({ delta: z.looseObject({}), usage: z.optional(usage) }),
};

const BLOCKS: Schemas = {
  text: z.looseObject({ text: z.string() }),
  thinking: z.looseObject({ thinking: z.string() }),
  tool_use: toolUse,
  server_tool_use: toolUse,
  mcp_tool_use: toolUse,
  fallback: z.looseObject({ to: z.looseObject({ model: z.string() }) }),
};

const DELTAS: Schemas = {
  text_delta: z.looseObject({ text: z.string() }),
  thinking_delta: z.looseObject({ thinking: z.string() }),
  input_json_delta: z.looseObject({ partial_json: z.string() }),
  signature_delta: z.looseObject({ signature: z.string() }),
  citations_delta: z.looseObject({ citation: typed }),
};

type Schemas = Readonly<Record<string, z.ZodMiniType>>;

/** What is wrong with an event, in words that name the field; undefined if nothing is. */
export function findFault(event: AnyEvent): string | undefined {
  const fault = faultOf(EVENTS, event.type, event);
  if (fault !== undefined) return fault;
  if (isEvent(event, 'content_block_delta')) return faultOf(DELTAS, event.delta.type, event.delta);
  const blocks = isEvent(event, 'content_block_start')
    ? [event.content_block]
    : isEvent(event, 'message_start')
      ? event.message.content
      : [];
  return blocks.map((block) => faultOf(BLOCKS, block.type, block)).find((found) => found !== undefined);
}

function faultOf(schemas: Schemas, type: string, value: unknown): string | undefined {
  const schema = Object.hasOwn(schemas, type) ? schemas[type] : undefined;
  const issue = schema?.safeParse(value).error?.issues[0];
  if (issue === undefined) return undefined;
  return `${[type, ...issue.path].map(String).join('.')}: ${issue.message}`;
}
