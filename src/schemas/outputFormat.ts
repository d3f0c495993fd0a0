import { jsonSchemaOf, type StandardJsonSchemaV1 } from './standardSchema.js';
import { isRecord } from '../utils/inspect.js';

/** The value of `output_config.format`. */
export interface JsonOutputFormat {
  readonly type: 'json_schema';
  readonly schema: Record<string, unknown>;
}

/** A JSON Schema, as a plain object. */
export type JsonSchema = Readonly<Record<string, unknown>>;

/**
 * Converts a schema to the value of `output_config.format`: JSON Schema in the form that the API accepts.
 *
 *     outputFormat(z.object({ age: z.number().min(0) }))
 *     // { type: 'json_schema', schema: { type: 'object', additionalProperties: false, required: ['age'],
 *     //   properties: { age: { type: 'number', description: '{"minimum":0}' } } } }
 *
 * | the API | `outputFormat` |
 * |---|---|
 * | requires `additionalProperties: false` on every object | sets it |
 * | accepts `anyOf` and `allOf` | replaces `oneOf` with `anyOf` |
 * | accepts formats: date-time, time, date, duration, email, hostname, uri, ipv4, ipv6, uuid | describes others |
 * | accepts `minItems` of 0 or 1 and enums of scalars, but no limits, lengths, patterns or defaults | describes them |
 *
 * "Describes" means that a keyword is appended to the `description` as JSON: the model reads it, but nothing enforces
 * it. Validate the output with the schema itself, as `structuredOutput` does. `$ref` is preserved; of the keywords
 * beside it, only `$defs` and `definitions` are. `$schema`, `$id` and `$comment` are removed.
 *
 * @param schema - A zod schema (not from zod/mini), any other schema that can be converted to JSON Schema (the type of
 * its input is used), or a JSON Schema. It is not changed.
 * @returns A new value, which is plain JSON.
 * @throws {TypeError} If the schema cannot be converted, or if the API would not accept a part of it: the part has no
 * type, or it is an object with arbitrary keys (`z.record`), which would always be empty. The message names the part.
 * @example
 * const Trip = z.object({ city: z.string(), days: z.number() });
 * const params = { model, max_tokens, messages, output_config: { format: outputFormat(Trip) } };
 * streamMessage(params).pipe(structuredOutput(Trip));
 * @see https://platform.claude.com/docs/en/build-with-claude/structured-outputs
 */
export function outputFormat(schema: StandardJsonSchemaV1 | JsonSchema): JsonOutputFormat {
  const json: unknown = JSON.parse(
    JSON.stringify(isStandard(schema) ? jsonSchemaOf(schema, 'outputFormat: the schema', INSTEAD) : schema),
  );
  return { type: 'json_schema', schema: convertSchema(json, 'the schema') };
}

const INSTEAD = 'Pass the JSON Schema itself, as a plain object.';

type Keywords = Record<string, unknown>;

/** Keywords that do not constrain the value. They are removed. */
const REMOVED_KEYWORDS = ['$schema', '$id', '$comment'];

const FORMATS: ReadonlySet<unknown> = new Set([
  'date-time',
  'time',
  'date',
  'duration',
  'email',
  'hostname',
  'uri',
  'ipv4',
  'ipv6',
  'uuid',
]);

/** The result of `z.toJSONSchema()` is both a Standard Schema and a JSON Schema, and is treated as a JSON Schema. */
function isStandard(schema: StandardJsonSchemaV1 | JsonSchema): schema is StandardJsonSchemaV1 {
  return '~standard' in schema && !('$schema' in schema);
}

/**
 * Converts a schema to the form that the API accepts: keywords that the API accepts are moved to the output, and the
 * rest becomes part of the description.
 *
 *     schema      { type: 'number', minimum: 0, description: 'The age.' }
 *     output      { type: 'number' }
 *     rest        { minimum: 0 }
 *     returns     { type: 'number', description: 'The age.\n\n{"minimum":0}' }
 *
 * @param path - The location of the schema, for error messages.
 */
function convertSchema(schema: unknown, path: string): Keywords {
  if (!isRecord(schema)) throw fault(path, 'is not an object');
  const output: Keywords = {};
  const rest: Keywords = { ...schema };
  for (const name of REMOVED_KEYWORDS) Reflect.deleteProperty(rest, name);
  for (const name of ['$defs', 'definitions']) {
    if (name in rest) output[name] = convertFields(take(rest, name), `${path}.${name}`);
  }
  if ('$ref' in rest) return { ...output, $ref: rest.$ref };

  const types = moveTypes(rest, output, path);
  if ('title' in rest) output.title = take(rest, 'title');
  if (types.includes('object')) moveProperties(rest, output, path);
  if (types.includes('array')) moveItems(rest, output, path);
  if (types.includes('string') && FORMATS.has(rest.format)) output.format = take(rest, 'format');

  const description = describeRest(take(rest, 'description'), rest);
  return description === undefined ? output : { ...output, description };
}

/**
 * Returns the description, followed by the keywords that the API does not accept, as JSON. Undefined if there are
 * neither.
 */
function describeRest(description: unknown, rest: Keywords): string | undefined {
  const parts = typeof description === 'string' ? [description] : [];
  if (Object.keys(rest).length > 0) parts.push(JSON.stringify(rest));
  return parts.length > 0 ? parts.join('\n\n') : undefined;
}

/**
 * Moves the keywords that select the allowed values: `enum` and `const`, a union (`anyOf`, `oneOf`, `allOf`), or
 * `type`.
 *
 * @returns The types whose own keywords (`properties`, `items`, `format`) the API accepts here.
 */
function moveTypes(rest: Keywords, output: Keywords, path: string): unknown[] {
  if (Array.isArray(rest.enum) && rest.enum.length > 0 && rest.enum.every(isScalar)) output.enum = take(rest, 'enum');
  if (isScalar(rest.const)) output.const = take(rest, 'const');
  const isLiteral = 'enum' in output || 'const' in output;
  const type = take(rest, 'type');
  const union = ['anyOf', 'oneOf', 'allOf'].find((name) => Array.isArray(rest[name]));
  if (union !== undefined) {
    output[union === 'oneOf' ? 'anyOf' : union] = convertItems(take(rest, union), `${path}.${union}`);
  } else if (!isLiteral) {
    if (type === undefined) throw fault(path, 'has no type');
    output.type = type;
  }
  const isPureUnion = union !== undefined && !('properties' in rest);
  return isLiteral || isPureUnion ? [] : [type].flat();
}

function moveProperties(rest: Keywords, output: Keywords, path: string): void {
  const properties = convertFields(take(rest, 'properties') ?? {}, `${path}.properties`);
  const additional = take(rest, 'additionalProperties');
  const hasArbitraryKeys = isRecord(additional) && Object.keys(additional).length > 0;
  if (hasArbitraryKeys && Object.keys(properties).length === 0) {
    throw fault(
      path,
      'is an object with arbitrary keys, which would always be empty. ' +
        'Use an array of objects that have the key as a property',
    );
  }
  Object.assign(output, { properties, additionalProperties: false });
  if ('required' in rest) output.required = take(rest, 'required');
}

/** Moves the items of an array. The positions of a tuple are only described, but its item types are moved. */
function moveItems(rest: Keywords, output: Keywords, path: string): void {
  if (isRecord(rest.items)) output.items = convertSchema(take(rest, 'items'), `${path}.items`);
  else if (Array.isArray(rest.prefixItems)) {
    output.items = { anyOf: convertItems(rest.prefixItems, `${path}.prefixItems`) };
  }
  if (rest.minItems === 0 || rest.minItems === 1) output.minItems = take(rest, 'minItems');
}

/** Removes a keyword, and returns its value. */
function take(keywords: Keywords, name: string): unknown {
  const value = keywords[name];
  Reflect.deleteProperty(keywords, name);
  return value;
}

/** Converts each schema of an object, such as `properties`. */
function convertFields(schemas: unknown, path: string): Keywords {
  if (!isRecord(schemas)) throw fault(path, 'is not an object');
  return Object.fromEntries(
    Object.entries(schemas).map(([name, schema]) => [name, convertSchema(schema, `${path}.${name}`)]),
  );
}

/** Converts each schema of an array, such as `anyOf`. */
function convertItems(schemas: unknown, path: string): Keywords[] {
  return (schemas as unknown[]).map((schema, index) => convertSchema(schema, `${path}.${index}`));
}

function isScalar(value: unknown): boolean {
  return value === null || ['string', 'number', 'boolean'].includes(typeof value);
}

function fault(path: string, what: string): TypeError {
  return new TypeError(`outputFormat: ${path} ${what}.`);
}
