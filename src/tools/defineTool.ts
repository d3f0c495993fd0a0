import type { ToolUseBlock } from '../api/message.js';
import type { ToolParam } from '../api/params.js';
import { outputFormat } from '../schemas/outputFormat.js';
import { expectSchema, jsonSchemaOf, type InferOutput, type StandardSchemaV1 } from '../schemas/standardSchema.js';
import { pickToolFields, type ToolFields } from './toolFields.js';

/** What a tool receives in addition to its input. */
export interface ToolContext {
  /** The id of the call, which no other call of the conversation has. */
  readonly id: string;
  /** The name of the tool. */
  readonly name: string;
  /**
   * Aborted when the result is no longer needed: the run was unsubscribed from or failed, or the call was withdrawn.
   */
  readonly signal: AbortSignal;
  /** A copy of the call, as the model wrote it. */
  readonly toolUse: ToolUseBlock;
  /**
   * Identifies what the call asks for: the same if the call is run again after its run was resumed, and different for each
   * call. Pass it to a service that accepts such keys, or store it with what the tool does, to do it exactly once.
   */
  readonly idempotencyKey: string;
}

/**
 * What a tool returns: a value, a promise, an Observable, or an async generator.
 *
 * A string or an array of content blocks (text, image, document ...) is sent unchanged, undefined is sent as a result
 * without content, and anything else is sent as JSON. The last value of an Observable or a generator is the result, and
 * the values before it are `tool_progress` events. An Error, and a value that JSON would silently empty, such as a Map or
 * a Response, make the call fail.
 */
export type ToolOutput = unknown;

/** A tool that `runTools` can run. */
export interface Tool<Input = unknown, Name extends string = string> {
  readonly name: Name;
  /** The tool as it is listed in the `tools` of a request. */
  readonly param: ToolParam;
  /** The schema of its input. */
  readonly schema: StandardSchemaV1<unknown, Input>;
  run(input: Input, context: ToolContext): ToolOutput;
  /** Whether a call is run only if `onTool` answers true. */
  needsApproval(input: Input): boolean;
  /** Whether a call may be run again if nobody knows whether it took effect. Default false. */
  readonly idempotent?: boolean | undefined;
}

/** A tool of your own: the fields of the API, and what runs it. An instance of a class works too. */
export interface DefineToolOptions<Schema extends StandardSchemaV1, Name extends string = string> extends ToolFields {
  readonly name: Name;
  /** What the tool does. The model reads this: the more detail, the better. */
  readonly description?: string | undefined;
  /** The schema of the input: a Standard Schema (zod, valibot, arktype ...) that validates synchronously. */
  readonly input: Schema;
  /**
   * The JSON Schema that the model sees. Default: `input` as JSON Schema, if it can be converted (zod 4.2 and newer).
   */
  readonly inputSchema?: Readonly<Record<string, unknown>> | undefined;
  /** Runs the tool, possibly while the message still streams. If it throws, the model reads the error's message. */
  readonly run: (input: InferOutput<Schema>, context: ToolContext) => ToolOutput;
  /** Whether a call is run only if `onTool` answers true. Default false. */
  readonly needsApproval?: boolean | ((input: InferOutput<Schema>) => boolean) | undefined;
  /**
   * Whether it does no harm to run a call twice, as for a tool that only reads. `resumeRun` then runs a call again that had
   * been started when its process ended; otherwise, such a call waits for a decision. Default false.
   */
  readonly idempotent?: boolean | undefined;
}

/** A tool whose input the API defines, such as `memory_20250818`. Without `input`, its input is not validated. */
export interface DefineApiToolOptions<Name extends string = string> extends Omit<
  DefineToolOptions<StandardSchemaV1, Name>,
  'input' | 'inputSchema'
> {
  /** The type of the tool in the API. */
  readonly type: string;
  readonly input?: undefined;
}

/**
 * Defines a tool: what the model sees of it, and what runs when the model calls it.
 *
 * The schema is used twice: as JSON Schema it tells the model what to write, and before `run` it validates what the
 * model wrote. `run` receives the schema's output, which it may modify. A call whose input does not match is not run, and
 * the model reads the issues. With `strict: true`, the JSON Schema is sent in the form that `outputFormat` creates, which
 * the API requires. For a tool that the API defines by its `type` (memory, bash, text editor), no JSON Schema is sent.
 *
 * @param options - The tool. Only the fields of the API are sent.
 * @returns The tool, for `runTools`. Its `param` goes into the `tools` of any request; tests can call its `run`.
 * @throws {TypeError} At call time, if `input` is not a Standard Schema, or if it has no JSON Schema of type `object`.
 * @example
 * const getWeather = defineTool({
 *   name: 'get_weather',
 *   description: 'The weather in a city, now.',
 *   input: z.object({ city: z.string() }),
 *   run: ({ city }, { signal }) => fetchWeather(city, signal),
 * });
 * const memory = defineTool({ type: 'memory_20250818', name: 'memory', run: (command) => files.apply(command) });
 * @see https://platform.claude.com/docs/en/agents-and-tools/tool-use/define-tools
 */
export function defineTool<Schema extends StandardSchemaV1, const Name extends string = string>(
  options: DefineToolOptions<Schema, Name>,
): Tool<InferOutput<Schema>, Name>;
export function defineTool<const Name extends string = string>(
  options: DefineApiToolOptions<Name>,
): Tool<unknown, Name>;
export function defineTool(options: DefineToolOptions<StandardSchemaV1> | DefineApiToolOptions): Tool {
  const { name, input: schema = ANY_INPUT } = options;
  expectSchema(schema, 'defineTool');
  const { type } = options;
  const fields = { ...pickToolFields(options), name };
  return {
    name,
    param:
      typeof type === 'string' && type !== 'custom'
        ? { ...fields, type }
        : { ...fields, input_schema: inputSchemaOf(name, schema, options) },
    schema,
    // The functions are called as methods, since the options may be an instance of a class.
    run: (input, context) => options.run(input, context),
    needsApproval: (input) =>
      typeof options.needsApproval === 'function' ? options.needsApproval(input) : options.needsApproval === true,
    idempotent: options.idempotent === true,
  };
}

/** Accepts any input. */
const ANY_INPUT: StandardSchemaV1 = {
  '~standard': { version: 1, vendor: 'rxjs-anthropic', validate: (value) => ({ value }) },
};

function inputSchemaOf(
  name: string,
  schema: StandardSchemaV1,
  {
    inputSchema,
    strict,
  }: { inputSchema?: Readonly<Record<string, unknown>> | undefined; strict?: boolean | undefined },
): { readonly type: 'object'; readonly [keyword: string]: unknown } {
  const subject = `defineTool: the schema of ${name}`;
  const given = inputSchema ?? jsonSchemaOf(schema, subject, 'Pass the JSON Schema as inputSchema.');
  const json = objectSchema(name, given);
  return strict === true ? objectSchema(name, outputFormat(json).schema) : json;
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
