import type { ToolUseBlock } from '../api/message.js';
import type { ToolParam } from '../api/params.js';
import { expectSchema, jsonSchemaOf, type InferOutput, type StandardSchemaV1 } from '../schemas/standardSchema.js';

/** What a tool gets beside its input. */
export interface ToolContext {
  /** The call's id. */
  readonly id: string;
  /** The tool's name. */
  readonly name: string;
  /** Aborted when nobody waits for the result any more: the run was unsubscribed, or the call withdrawn. */
  readonly signal: AbortSignal;
  /** The call, as the model wrote it. */
  readonly toolUse: ToolUseBlock;
}

/**
 * What a tool returns: itself, or a promise or an Observable of it.
 *
 * A string is sent as it is, an array of content blocks (text, image, document ...) as these, undefined as nothing, and
 * anything else as JSON. Of an Observable's values the last one is the result, and those before it are `tool_progress`
 * events.
 */
export type ToolOutput = unknown;

/** A tool that `runTools` can run. */
export interface Tool<Input = unknown> {
  readonly name: string;
  /** The tool as a request's `tools` has it. */
  readonly param: ToolParam;
  /** What its input must be. */
  readonly schema: StandardSchemaV1<unknown, Input>;
  run(input: Input, context: ToolContext): ToolOutput;
  /** Whether a call is only made if `onTool` says true. */
  needsApproval(input: Input): boolean;
}

/** The fields of the API's tool, and what runs it. Fields that are not listed here are sent as they are. */
export interface DefineToolOptions<Schema extends StandardSchemaV1> {
  readonly name: string;
  /** What the tool does, for the model: the more it says, the better. */
  readonly description?: string;
  /** What the tool's input must be: a Standard Schema (zod, valibot, arktype ...) that answers at once. */
  readonly input: Schema;
  /** The JSON Schema that the model sees. Default: what the schema says of itself, where it can (zod 4.2 and newer). */
  readonly inputSchema?: Readonly<Record<string, unknown>>;
  /** Runs the tool. What it throws, the model reads. It may run while the message still streams. */
  readonly run: (input: InferOutput<Schema>, context: ToolContext) => ToolOutput;
  /** Whether a call is only made if `onTool` says true. Default false. */
  readonly needsApproval?: boolean | ((input: InferOutput<Schema>) => boolean);
  /** Streams the input as it is generated, without the API's buffering and validation of each value. */
  readonly eager_input_streaming?: boolean | null;
  /** Whether the API guarantees that the input has the schema. It then takes the schemas that `outputFormat` makes. */
  readonly strict?: boolean;
  readonly cache_control?: { readonly type: 'ephemeral'; readonly ttl?: '5m' | '1h' } | null;
  readonly [field: string]: unknown;
}

/**
 * Defines a tool: what the model sees of it, and what runs when the model calls it.
 *
 * The schema is used twice: as JSON Schema it tells the model what to write, and before `run` it checks what the model
 * wrote; `run` gets its output. A call that fails it is not run: the model reads the issues.
 *
 * @param options - The tool.
 * @returns The tool, for `runTools`. Its `param` goes into the `tools` of any request; tests can call its `run`.
 * @throws {TypeError} At call time, if `input` is no Standard Schema, if there is no JSON Schema of it, or that is not one
 * of an object.
 * @example
 * const getWeather = defineTool({
 *   name: 'get_weather',
 *   description: 'The weather in a city, now.',
 *   input: z.object({ city: z.string() }),
 *   run: ({ city }, { signal }) => fetchWeather(city, signal),
 * });
 * @see https://platform.claude.com/docs/en/agents-and-tools/tool-use/define-tools
 */
export function defineTool<Schema extends StandardSchemaV1>(
  options: DefineToolOptions<Schema>,
): Tool<InferOutput<Schema>> {
  const { name, input: schema, inputSchema, run, needsApproval = false, ...fields } = options;
  expectSchema(schema, 'defineTool');
  const what = `defineTool: the schema of ${name}`;
  const json = inputSchema ?? jsonSchemaOf(schema, what, 'Pass the JSON Schema as inputSchema.');
  return {
    name,
    param: { ...fields, name, input_schema: objectSchema(name, json) },
    schema,
    run,
    needsApproval: typeof needsApproval === 'function' ? needsApproval : () => needsApproval,
  };
}

function objectSchema(
  name: string,
  schema: Readonly<Record<string, unknown>>,
): { readonly type: 'object'; readonly [keyword: string]: unknown } {
  const { type } = schema;
  if (type === 'object') return { ...schema, type };
  throw new TypeError(
    `defineTool: the input of ${name} must be an object: its JSON Schema must have type: 'object'. Wrap it in one.`,
  );
}
