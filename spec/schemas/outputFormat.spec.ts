import Anthropic from '@anthropic-ai/sdk';
import { jsonSchemaOutputFormat } from '@anthropic-ai/sdk/helpers/json-schema';
import { expectTypeOf } from 'expect-type';
import { z } from 'zod';
import * as mini from 'zod/mini';
import { outputFormat, type JsonSchema, type MessageCreateParams, type StandardJsonSchemaV1 } from '../../src/index.js';
import { deepFreeze } from '../support/deepFreeze.js';

const schemaOf = (schema: StandardJsonSchemaV1 | JsonSchema) => outputFormat(schema).schema;
/** Returns the converted schema of one property. */
const propertyOf = (schema: JsonSchema) =>
  (schemaOf({ type: 'object', properties: { x: schema } })['properties'] as { readonly x: unknown }).x;

describe('outputFormat', () => {
  it('converts a zod schema to the value of output_config.format', () => {
    const schema = z.object({ city: z.string(), days: z.number() });

    expect(outputFormat(schema)).toStrictEqual({
      type: 'json_schema',
      schema: {
        type: 'object',
        properties: { city: { type: 'string' }, days: { type: 'number' } },
        required: ['city', 'days'],
        additionalProperties: false,
      },
    });
  });

  it('converts a JSON Schema, which is not changed', () => {
    const schema = deepFreeze({
      $schema: 'https://json-schema.org/draft/2020-12/schema',
      type: 'object',
      properties: {
        tags: { type: 'array', items: { type: 'object', properties: { n: { type: 'number', minimum: 1 } } } },
      },
    });

    expect(schemaOf(schema)).toStrictEqual({
      type: 'object',
      properties: {
        tags: {
          type: 'array',
          items: {
            type: 'object',
            properties: { n: { type: 'number', description: '{"minimum":1}' } },
            additionalProperties: false,
          },
        },
      },
      additionalProperties: false,
    });
  });

  it('converts the result of z.toJSONSchema', () => {
    const schema = z.toJSONSchema(z.object({ n: z.number().min(1).default(2) }), { io: 'output' });

    expect(schemaOf(schema)).toStrictEqual({
      type: 'object',
      properties: { n: { type: 'number', description: '{"default":2,"minimum":1}' } },
      required: ['n'],
      additionalProperties: false,
    });
  });

  it('returns a new value, without anything that is not JSON', () => {
    const schema = { type: 'object', properties: {}, required: ['a'], minimum: undefined };
    const made = schemaOf(schema);
    schema.required.push('b');

    expect(made).toStrictEqual({ type: 'object', properties: {}, required: ['a'], additionalProperties: false });
  });

  it('converts any schema that has a JSON Schema, including one that is a function', () => {
    const asked: unknown[] = [];
    const schema: StandardJsonSchemaV1 = Object.assign(() => undefined, {
      '~standard': {
        version: 1 as const,
        vendor: 'spec',
        jsonSchema: {
          input: (options: unknown) => {
            asked.push(options);
            return { type: 'object', properties: { a: { type: 'null' } } };
          },
          output: () => ({ type: 'string' }),
        },
      },
    });

    expect(schemaOf(schema)).toEqual({
      type: 'object',
      properties: { a: { type: 'null' } },
      additionalProperties: false,
    });
    expect(asked).toEqual([{ target: 'draft-2020-12' }]);
  });

  it('describes the input of a schema if its output differs', () => {
    const schema = z.object({ at: z.string().transform((text) => new Date(text)), n: z.number().default(1) });

    expect(schemaOf(schema)).toMatchObject({
      properties: { at: { type: 'string' }, n: { type: 'number' } },
      required: ['at'],
    });
  });

  it('forbids additional properties in every object, whatever the schema says', () => {
    const schema = z.object({
      loose: z.looseObject({ a: z.string() }),
      open: z.looseObject({}),
      rest: z.object({ a: z.string() }).catchall(z.number()),
      list: z.array(z.object({ a: z.string() })),
      either: z.union([z.object({ a: z.string() }), z.object({ b: z.string() })]),
    });
    const text = JSON.stringify(schemaOf(schema));

    expect(text.match(/"type":"object"/g)).toHaveLength(7);
    expect(text.match(/"additionalProperties":false/g)).toHaveLength(7);
    expect(text).not.toContain('"additionalProperties":{');
  });

  it('replaces oneOf by anyOf', () => {
    const schema = z.object({
      pet: z.discriminatedUnion('is', [
        z.object({ is: z.literal('cat'), lives: z.number() }),
        z.object({ is: z.literal('dog') }),
      ]),
    });

    expect(schemaOf(schema)).toMatchObject({
      properties: {
        pet: {
          anyOf: [
            { type: 'object', properties: { is: { const: 'cat' }, lives: { type: 'number' } } },
            { type: 'object', properties: { is: { const: 'dog' } } },
          ],
        },
      },
    });
    expect(JSON.stringify(schemaOf(schema))).not.toContain('oneOf');
  });

  it.each<[string, JsonSchema]>([
    ['anyOf', { anyOf: [{ type: 'string' }, { type: 'null' }] }],
    ['allOf', { allOf: [{ type: 'object', properties: { a: { type: 'null' } }, additionalProperties: false }] }],
    ['a list of types', { type: ['string', 'null'], format: 'date' }],
    ['an enum of scalars', { enum: ['a', null, 1, true] }],
    ['a const', { const: 'a' }],
    ['a const of null', { const: null }],
    ['a const of false', { const: false }],
    ['a title and a description', { type: 'string', title: 'T', description: 'D' }],
    ['minItems of 0', { type: 'array', items: { type: 'string' }, minItems: 0 }],
    ['minItems of 1', { type: 'array', items: { type: 'string' }, minItems: 1 }],
    ['required', { type: 'object', properties: {}, required: ['a'], additionalProperties: false }],
  ])('keeps %s', (_, schema) => {
    expect(propertyOf(schema)).toStrictEqual(schema);
  });

  it('drops the type of an enum or a const, and the siblings of a reference', () => {
    expect(propertyOf({ type: 'string', enum: ['a', 'b'] })).toStrictEqual({ enum: ['a', 'b'] });
    expect(propertyOf({ type: 'string', const: 'a' })).toStrictEqual({ const: 'a' });
    expect(propertyOf({ $ref: '#/$defs/A', description: 'D', minimum: 1 })).toStrictEqual({ $ref: '#/$defs/A' });
  });

  it.each(['date-time', 'time', 'date', 'duration', 'email', 'hostname', 'uri', 'ipv4', 'ipv6', 'uuid'])(
    'keeps the format %s',
    (format) => {
      expect(propertyOf({ type: 'string', format })).toStrictEqual({ type: 'string', format });
    },
  );

  it.each<[JsonSchema, unknown]>([
    [
      { type: 'string', format: 'cuid' },
      { type: 'string', description: '{"format":"cuid"}' },
    ],
    [
      { type: 'number', format: 'uuid' },
      { type: 'number', description: '{"format":"uuid"}' },
    ],
    [
      { type: 'string', pattern: '^a', maxLength: 3 },
      { type: 'string', description: '{"pattern":"^a","maxLength":3}' },
    ],
    [
      { type: 'number', minimum: 0, maximum: 9, multipleOf: 3, description: 'How many.' },
      { type: 'number', description: 'How many.\n\n{"minimum":0,"maximum":9,"multipleOf":3}' },
    ],
    [
      { type: 'array', items: { type: 'string' }, minItems: 2, uniqueItems: true },
      { type: 'array', items: { type: 'string' }, description: '{"minItems":2,"uniqueItems":true}' },
    ],
    [
      { type: 'string', default: 'a' },
      { type: 'string', description: '{"default":"a"}' },
    ],
    [
      { type: 'object', enum: [{ a: 1 }] },
      { type: 'object', properties: {}, additionalProperties: false, description: '{"enum":[{"a":1}]}' },
    ],
    [
      { anyOf: [{ type: 'null' }], oneOf: [{ type: 'string' }] },
      { anyOf: [{ type: 'null' }], description: '{"oneOf":[{"type":"string"}]}' },
    ],
    [
      { type: 'string', enum: [] },
      { type: 'string', description: '{"enum":[]}' },
    ],
    [
      { type: 'array', items: true },
      { type: 'array', description: '{"items":true}' },
    ],
    [{ type: 'string', $id: 'a', $comment: 'b', $schema: 'c' }, { type: 'string' }],
    [
      { type: 'string', description: '' },
      { type: 'string', description: '' },
    ],
  ])('describes what the API does not accept: %j', (schema, expected) => {
    expect(propertyOf(schema)).toStrictEqual(expected);
  });

  it('keeps the item types of a tuple, and describes their order', () => {
    expect(schemaOf(z.object({ x: z.tuple([z.string(), z.object({ a: z.number() })]) }))).toMatchObject({
      properties: {
        x: {
          type: 'array',
          items: { anyOf: [{ type: 'string' }, { type: 'object', additionalProperties: false }] },
          description: expect.stringContaining('"prefixItems":[{"type":"string"},') as string,
        },
      },
    });
  });

  it('keeps references and their targets, even beside a reference at the root', () => {
    const Person = z.object({ name: z.string().min(1) }).meta({ id: 'Person' });
    const person = {
      type: 'object',
      properties: { name: { type: 'string', description: '{"minLength":1}' } },
      required: ['name'],
      additionalProperties: false,
    };

    expect(schemaOf(z.object({ a: Person, b: z.array(Person) }))).toMatchObject({
      $defs: { Person: person },
      properties: { a: { $ref: '#/$defs/Person' }, b: { type: 'array', items: { $ref: '#/$defs/Person' } } },
    });
    const input = { type: 'object', properties: { name: { type: 'string', minLength: 1 } }, required: ['name'] };
    expect(schemaOf({ $ref: '#/definitions/P', definitions: { P: input } })).toEqual({
      $ref: '#/definitions/P',
      definitions: { P: person },
    });
  });

  it('requires nothing of properties that only its alternatives have', () => {
    const alternative = { type: 'object', properties: { a: { type: 'string' } } };

    expect(propertyOf({ type: 'object', oneOf: [alternative] })).toStrictEqual({
      anyOf: [{ ...alternative, additionalProperties: false }],
    });
    expect(propertyOf({ type: 'object', properties: { b: { type: 'null' } }, anyOf: [alternative] })).toStrictEqual({
      anyOf: [{ ...alternative, additionalProperties: false }],
      properties: { b: { type: 'null' } },
      additionalProperties: false,
    });
  });

  it('keeps properties of any name', () => {
    const schema = JSON.parse(
      '{"type":"object","properties":{"__proto__":{"type":"string"},"type":{"type":"null"}}}',
    ) as JsonSchema;

    expect(JSON.stringify(schemaOf(schema))).toBe(
      '{"type":"object","properties":{"__proto__":{"type":"string"},"type":{"type":"null"}},"additionalProperties":false}',
    );
  });

  it.each<[string, () => StandardJsonSchemaV1 | JsonSchema, string]>([
    [
      'a part of any type',
      () => z.object({ a: z.array(z.unknown()) }),
      'outputFormat: the schema.properties.a.items has no type.',
    ],
    [
      'a record, which would always be empty',
      () => z.object({ scores: z.record(z.string(), z.number()) }),
      'outputFormat: the schema.properties.scores is an object with arbitrary keys, which would always be empty. Use an array of objects that have the key as a property.',
    ],
    ['a schema that is true', () => ({ anyOf: [true] }), 'outputFormat: the schema.anyOf.0 is not an object.'],
    [
      'properties that are a list',
      () => ({ type: 'object', properties: [] }),
      'outputFormat: the schema.properties is not an object.',
    ],
    [
      'zod/mini, whose schemas cannot write themselves down',
      () => mini.object({}) as unknown as JsonSchema,
      'outputFormat: the schema cannot be converted to JSON Schema. Schemas of zod 4.2 or newer can, but not those of zod/mini. Pass the JSON Schema itself, as a plain object.',
    ],
    [
      'a type that JSON does not have',
      () => z.object({ at: z.date() }),
      'outputFormat: the schema has a part that cannot be converted to JSON Schema. Pass the JSON Schema itself, as a plain object.',
    ],
  ])('rejects %s', (_, schema, message) => {
    expect(() => outputFormat(schema())).toThrow(TypeError);
    expect(() => outputFormat(schema())).toThrow(message);
  });

  it('has zod’s error as its cause', () => {
    let error: unknown;
    try {
      outputFormat(z.object({ at: z.date() }));
    } catch (thrown) {
      error = thrown;
    }

    expect(String((error as Error).cause)).toContain('Date cannot be represented');
  });

  it('agrees with the SDK on the same schema, except for the wording of descriptions', () => {
    const schema = z.object({
      name: z.string().min(1).describe('Full name'),
      email: z.email().optional(),
      id: z.uuid(),
      site: z.url(),
      born: z.iso.date(),
      level: z.enum(['low', 'high']),
      kind: z.literal('person'),
      score: z.number().int().min(0).max(100).nullable(),
      tags: z.array(z.string()).min(1).max(5),
      pairs: z.array(z.object({ key: z.string(), value: z.union([z.string(), z.number()]) })).min(2),
      is: z.discriminatedUnion('t', [z.object({ t: z.literal('a') }), z.object({ t: z.literal('b'), b: z.boolean() })]),
      all: z.intersection(z.object({ p: z.null() }), z.object({ q: z.null() })),
      meta: z.looseObject({ a: z.string() }),
    });
    const wordless = (json: unknown): unknown =>
      JSON.parse(JSON.stringify(json), (key, value: unknown) => (key === 'description' ? true : value));
    const { type, schema: theirs } = jsonSchemaOutputFormat(z.toJSONSchema(schema) as { type: 'object' });

    expect(wordless(outputFormat(schema))).toEqual(wordless({ type, schema: theirs }));
  });
});

describe('the types of outputFormat', () => {
  it('fit the params of a request, and those of the SDK', () => {
    const format = outputFormat(z.object({ a: z.string() }));
    const params = { model: 'm', max_tokens: 1, messages: [], output_config: { format } };

    expectTypeOf(params).toExtend<MessageCreateParams>();
    expectTypeOf(format).toExtend<Anthropic.JSONOutputFormat>();
    expect(params.output_config.format.type).toBe('json_schema');
  });

  it('accept zod schemas and JSON Schemas, but not schemas of zod/mini', () => {
    const calls = [
      () => outputFormat(z.object({ a: z.string() })),
      () => outputFormat({ type: 'object', properties: {} }),
      () => outputFormat({ type: 'object', properties: {} } as const),
      // @ts-expect-error -- they cannot write themselves down
      () => outputFormat(mini.object({ a: mini.string() })),
      // @ts-expect-error -- no object
      () => outputFormat(undefined),
    ];

    expect(calls).toHaveLength(5);
  });
});
