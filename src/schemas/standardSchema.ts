/** What is wrong with a value, and the path of the part that is wrong. */
export interface SchemaIssue {
  readonly message: string;
  readonly path?: readonly (PropertyKey | { readonly key: PropertyKey })[] | undefined;
}

/** The result of validating a value: the schema's output, or issues. */
export type SchemaResult<Output> =
  { readonly value: Output; readonly issues?: undefined } | { readonly issues: readonly SchemaIssue[] };

/**
 * A schema of any library that implements Standard Schema: zod (including zod/mini), valibot, arktype and others.
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
 * A schema that can also be converted to JSON Schema, such as those of zod 4.2 and newer, and of arktype.
 *
 * @see https://standardschema.dev/json-schema
 */
export interface StandardJsonSchemaV1<Input = unknown, Output = Input> {
  readonly '~standard': {
    readonly version: 1;
    readonly vendor: string;
    readonly types?: { readonly input: Input; readonly output: Output } | undefined;
    readonly jsonSchema: {
      /** Describes the input of the schema. */
      readonly input: (options: { readonly target: 'draft-2020-12' }) => Record<string, unknown>;
      /** Describes the output of the schema. */
      readonly output: (options: { readonly target: 'draft-2020-12' }) => Record<string, unknown>;
    };
  };
}

/** The type of a schema's output. */
export type InferOutput<Schema extends StandardSchemaV1> = NonNullable<Schema['~standard']['types']>['output'];

/** The result of validating a value, with the path of each issue as plain keys. */
export type Validation<Output> =
  | { readonly value: Output; readonly issues?: undefined }
  | { readonly issues: readonly { readonly message: string; readonly path: readonly PropertyKey[] }[] };

/**
 * Validates a value synchronously.
 *
 * @param caller - The name of the calling function, for the error message.
 * @throws {TypeError} If the schema validates asynchronously.
 */
export function validate<Output>(
  schema: StandardSchemaV1<unknown, Output>,
  value: unknown,
  caller: string,
): Validation<Output> {
  const result = schema['~standard'].validate(value);
  if ('then' in result) {
    // Nothing waits for this promise, so its rejection would be unhandled.
    result.then(undefined, () => undefined);
    throw new TypeError(
      `${caller}: the schema must validate synchronously, but returned a promise. ` +
        'A zod schema also returns one if a part of it throws.',
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

/**
 * Checks at call time that an option is a Standard Schema.
 *
 * @throws {TypeError} If it is not one, but a plain JSON Schema or a schema of a library that does not implement the
 * standard.
 */
export function expectSchema(schema: StandardSchemaV1, caller: string): void {
  const standard: unknown = Reflect.get(Object(schema) as object, '~standard');
  if (typeof standard === 'object' && standard !== null && 'validate' in standard) return;
  throw new TypeError(`${caller}: schema must be a Standard Schema, such as a schema of zod, valibot or arktype.`);
}

/**
 * Converts a schema to JSON Schema.
 *
 * @param what - The schema, as named in the error message: `outputFormat: the schema`.
 * @param instead - A sentence that says what to do if the schema cannot be converted.
 * @throws {TypeError} If the schema cannot be converted.
 */
export function jsonSchemaOf(
  schema: StandardSchemaV1 | StandardJsonSchemaV1,
  what: string,
  instead: string,
): Readonly<Record<string, unknown>> {
  const standard = schema['~standard'];
  const jsonSchema = 'jsonSchema' in standard ? standard.jsonSchema : undefined;
  if (jsonSchema === undefined) {
    throw new TypeError(
      `${what} cannot be converted to JSON Schema. Schemas of zod 4.2 or newer can, but not those of zod/mini. ${instead}`,
    );
  }
  try {
    return jsonSchema.input({ target: 'draft-2020-12' });
  } catch (cause) {
    throw new TypeError(`${what} has a part that cannot be converted to JSON Schema. ${instead}`, { cause });
  }
}
