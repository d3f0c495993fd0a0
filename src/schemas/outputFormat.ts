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
 * const params = { model, max_tokens, messages, output_config: { format: outputFormat(Trip) } };
 * streamMessage(params).pipe(structuredOutput(Trip));
 * @see https://platform.claude.com/docs/en/build-with-claude/structured-outputs
 */
export function outputFormat(schema: StandardJsonSchemaV1 | JsonSchema): JsonOutputFormat {
  const json: unknown = JSON.parse(
    JSON.stringify(isStandard(schema) ? jsonSchemaOf(schema, 'outputFormat: the schema', INSTEAD) : schema),
  );
  return { type: 'json_schema', schema: accepted(json, 'the schema') };
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

/** Converts a schema to the form that the API accepts. `path` is its location, for error messages. */
function accepted(schema: unknown, path: string): Keywords {
  if (!isRecord(schema)) throw fault(path, 'is not an object');
  const kept: Keywords = {};
  const left: Keywords = { ...schema };
  for (const name of REMOVED_KEYWORDS) Reflect.deleteProperty(left, name);
  for (const name of ['$defs', 'definitions']) {
    if (name in left) kept[name] = acceptedFields(take(left, name), `${path}.${name}`);
  }
  if ('$ref' in left) return { ...kept, $ref: left.$ref };

  const types = keepType(kept, left, path);
  if ('title' in left) kept.title = take(left, 'title');
  if (types.includes('object')) keepProperties(kept, left, path);
  if (types.includes('array')) keepItems(kept, left, path);
  if (types.includes('string') && FORMATS.has(left.format)) kept.format = take(left, 'format');

  const description = [take(left, 'description')];
  if (Object.keys(left).length > 0) description.push(JSON.stringify(left));
  const texts = description.filter((text) => typeof text === 'string');
  if (texts.length > 0) kept.description = texts.join('\n\n');
  return kept;
}

/**
 * Keeps the keywords that select the allowed values: `enum` and `const`, `anyOf` and `allOf`, or `type`. Returns the
 * types whose own keywords are to be kept as well.
 */
function keepType(kept: Keywords, left: Keywords, path: string): unknown[] {
  if (Array.isArray(left.enum) && left.enum.length > 0 && left.enum.every(isScalar)) kept.enum = take(left, 'enum');
  if (isScalar(left.const)) kept.const = take(left, 'const');
  const isLiteral = 'enum' in kept || 'const' in kept;
  const type = take(left, 'type');
  const several = ['anyOf', 'oneOf', 'allOf'].find((name) => Array.isArray(left[name]));
  if (several !== undefined) {
    kept[several === 'oneOf' ? 'anyOf' : several] = acceptedItems(take(left, several), `${path}.${several}`);
  } else if (!isLiteral) {
    if (type === undefined) throw fault(path, 'has no type');
    kept.type = type;
  }
  const isOfSeveral = several !== undefined && !('properties' in left);
  return isLiteral || isOfSeveral ? [] : [type].flat();
}

function keepProperties(kept: Keywords, left: Keywords, path: string): void {
  const properties = acceptedFields(take(left, 'properties') ?? {}, `${path}.properties`);
  const others = take(left, 'additionalProperties');
  if (Object.keys(properties).length === 0 && isRecord(others) && Object.keys(others).length > 0) {
    throw fault(
      path,
      'is an object with arbitrary keys, which would always be empty. Use an array of objects that have the key as a property',
    );
  }
  Object.assign(kept, { properties, additionalProperties: false });
  if ('required' in left) kept.required = take(left, 'required');
}

/** Keeps the items of an array. The positions of a tuple are only described; its item types are kept. */
function keepItems(kept: Keywords, left: Keywords, path: string): void {
  if (isRecord(left.items)) kept.items = accepted(take(left, 'items'), `${path}.items`);
  else if (Array.isArray(left.prefixItems)) {
    kept.items = { anyOf: acceptedItems(left.prefixItems, `${path}.prefixItems`) };
  }
  if (left.minItems === 0 || left.minItems === 1) kept.minItems = take(left, 'minItems');
}

function take(from: Keywords, name: string): unknown {
  const value = from[name];
  Reflect.deleteProperty(from, name);
  return value;
}

function acceptedFields(schemas: unknown, path: string): Keywords {
  if (!isRecord(schemas)) throw fault(path, 'is not an object');
  return Object.fromEntries(Object.entries(schemas).map(([name, each]) => [name, accepted(each, `${path}.${name}`)]));
}

function acceptedItems(schemas: unknown, path: string): Keywords[] {
  return (schemas as unknown[]).map((each, index) => accepted(each, `${path}.${index}`));
}

function isScalar(value: unknown): boolean {
  return value === null || ['string', 'number', 'boolean'].includes(typeof value);
}

function fault(path: string, what: string): TypeError {
  return new TypeError(`outputFormat: ${path} ${what}.`);
}
