/** What a schema has against a value, and where in the value. */
export interface SchemaIssue {
  readonly message: string;
  readonly path?: readonly (PropertyKey | { readonly key: PropertyKey })[] | undefined;
}

/** What a schema makes of a value: its output, or issues. */
export type SchemaResult<Output> =
  { readonly value: Output; readonly issues?: undefined } | { readonly issues: readonly SchemaIssue[] };

/**
 * A schema of any library: zod (also zod/mini), valibot, arktype and others are one as they are.
 *
 * @see https://standardschema.dev
 */
export interface StandardSchemaV1<Input = unknown, Output = Input> {
  readonly '~standard': {
    readonly version: 1;
    readonly vendor: string;
    readonly types?: { readonly input: Input; readonly output: Output } | undefined;
    readonly validate: (value: unknown) => SchemaResult<Output> | Promise<SchemaResult<Output>>;
  };
}

/**
 * A schema that can also write itself down as JSON Schema: zod 4.2 and newer, arktype, and others.
 *
 * @see https://standardschema.dev/json-schema
 */
export interface StandardJsonSchemaV1<Input = unknown, Output = Input> {
  readonly '~standard': {
    readonly version: 1;
    readonly vendor: string;
    readonly types?: { readonly input: Input; readonly output: Output } | undefined;
    readonly jsonSchema: {
      /** Describes what the schema takes. */
      readonly input: (options: { readonly target: 'draft-2020-12' }) => Record<string, unknown>;
      /** Describes what the schema makes of it. */
      readonly output: (options: { readonly target: 'draft-2020-12' }) => Record<string, unknown>;
    };
  };
}

/** The type that a schema's output has. */
export type InferOutput<Schema extends StandardSchemaV1> = NonNullable<Schema['~standard']['types']>['output'];

/** A schema's verdict, with each issue's path as plain keys. */
export type Validation<Output> =
  | { readonly value: Output; readonly issues?: undefined }
  | { readonly issues: readonly { readonly message: string; readonly path: readonly PropertyKey[] }[] };

/**
 * Validates a value, at once.
 *
 * @param caller - Who asks, for the error's message.
 * @throws {TypeError} If the schema validates asynchronously.
 */
export function validate<Output>(
  schema: StandardSchemaV1<unknown, Output>,
  value: unknown,
  caller: string,
): Validation<Output> {
  const result = schema['~standard'].validate(value);
  if ('then' in result) {
    // Nobody waits for the verdict, so nobody would hear of its failure.
    result.then(undefined, () => undefined);
    throw new TypeError(
      `${caller}: the schema must answer at once, but validates asynchronously (zod also does where a part of it throws).`,
    );
  }
  if (result.issues === undefined) return result;
  return {
    issues: result.issues.map(({ message, path = [] }) => ({
      message,
      path: path.map((step) => (typeof step === 'object' ? step.key : step)),
    })),
  };
}

/** Refuses, at call time, what is no Standard Schema: a plain JSON Schema, or a schema of a library that has none. */
export function expectSchema(schema: StandardSchemaV1, caller: string): void {
  const standard: unknown = Reflect.get(Object(schema) as object, '~standard');
  if (typeof standard === 'object' && standard !== null && 'validate' in standard) return;
  throw new TypeError(`${caller}: schema must be a Standard Schema, as those of zod, valibot and arktype are.`);
}

/**
 * Writes a schema down as JSON Schema.
 *
 * @param what - The schema, as the error's message names it: `outputFormat: the schema`.
 * @param instead - What to do where that can't be done.
 * @throws {TypeError} If the schema can't be written down.
 */
export function jsonSchemaOf(
  schema: StandardSchemaV1 | StandardJsonSchemaV1,
  what: string,
  instead: string,
): Readonly<Record<string, unknown>> {
  const standard = schema['~standard'];
  const jsonSchema = 'jsonSchema' in standard ? standard.jsonSchema : undefined;
  if (jsonSchema === undefined) {
    throw new TypeError(`${what} can't be turned into JSON Schema (zod/mini can't, zod 4.2 and newer can). ${instead}`);
  }
  try {
    return jsonSchema.input({ target: 'draft-2020-12' });
  } catch (cause) {
    throw new TypeError(`${what} has a part that has no form in JSON Schema. ${instead}`, { cause });
  }
}
