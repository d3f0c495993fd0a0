import type { ToolUseBlock } from '../api/message.js';
import type { ToolParam } from '../api/params.js';
import { expectSchema, jsonSchemaOf, type InferOutput, type StandardSchemaV1 } from '../schemas/standardSchema.js';

/** What a tool receives in addition to its input. */
export interface ToolContext {
  /** The id of the call. */
  readonly id: string;
  /** The name of the tool. */
  readonly name: string;
  /**
   * Aborted when the result is no longer needed: the run was unsubscribed from or failed, or the call was withdrawn.
   */
  readonly signal: AbortSignal;
  /** The call, as the model wrote it. */
  readonly toolUse: ToolUseBlock;
}

/**
 * What a tool returns: a value, a promise of it, or an Observable.
 *
 * A string or an array of content blocks (text, image, document ...) is sent unchanged, undefined is sent as a result
 * without content, and anything else is sent as JSON. The last value of an Observable is the result, and the values
 * before it are `tool_progress` events.
 */
export type ToolOutput = unknown;

/** A tool that `runTools` can run. */
export interface Tool<Input = unknown> {
  readonly name: string;
  /** The tool as it is listed in the `tools` of a request. */
  readonly param: ToolParam;
  /** The schema of its input. */
  readonly schema: StandardSchemaV1<unknown, Input>;
  run(input: Input, context: ToolContext): ToolOutput;
  /** Whether a call is run only if `onTool` answers true. */
  needsApproval(input: Input): boolean;
}

/** The fields of a tool in the API, and what runs it. Fields that are not listed here are sent unchanged. */
export interface DefineToolOptions<Schema extends StandardSchemaV1> {
  readonly name: string;
  /** What the tool does. The model reads this: the more detail, the better. */
  readonly description?: string;
  /** The schema of the input: a Standard Schema (zod, valibot, arktype ...) that validates synchronously. */
  readonly input: Schema;
  /**
   * The JSON Schema that the model sees. Default: `input` as JSON Schema, if it can be converted (zod 4.2 and newer).
   */
  readonly inputSchema?: Readonly<Record<string, unknown>>;
  /** Runs the tool, possibly while the message still streams. If it throws, the model reads the error's message. */
  readonly run: (input: InferOutput<Schema>, context: ToolContext) => ToolOutput;
  /** Whether a call is run only if `onTool` answers true. Default false. */
  readonly needsApproval?: boolean | ((input: InferOutput<Schema>) => boolean);
  /** Streams the input as it is generated, without the API's buffering and validation of each value. */
  readonly eager_input_streaming?: boolean | null;
  /**
   * Whether the API guarantees that the input matches the schema. The API then requires a schema of the form that
   * `outputFormat` creates.
   */
  readonly strict?: boolean;
  readonly cache_control?: { readonly type: 'ephemeral'; readonly ttl?: '5m' | '1h' } | null;
  readonly [field: string]: unknown;
}

/**
 * Defines a tool: what the model sees of it, and what runs when the model calls it.
 *
 * The schema is used twice: as JSON Schema it tells the model what to write, and before `run` it validates what the
 * model wrote. `run` receives the schema's output. A call whose input does not match is not run, and the model reads
 * the issues.
 *
 * @param options - The tool.
 * @returns The tool, for `runTools`. Its `param` goes into the `tools` of any request; tests can call its `run`.
 * @throws {TypeError} At call time, if `input` is not a Standard Schema, or if it has no JSON Schema of type `object`.
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
  const subject = `defineTool: the schema of ${name}`;
  const json = inputSchema ?? jsonSchemaOf(schema, subject, 'Pass the JSON Schema as inputSchema.');
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
    `defineTool: the input of ${name} must be an object, with type: 'object' in its JSON Schema. Wrap the input in one.`,
  );
}
