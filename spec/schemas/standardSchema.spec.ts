import { expectTypeOf } from 'expect-type';
import { z } from 'zod';
import * as mini from 'zod/mini';
import {
  expectSchema,
  validate,
  type InferOutput,
  type StandardJsonSchemaV1,
  type StandardSchemaV1,
} from '../../src/schemas/standardSchema.js';

/** A schema made by hand. */
function schemaOf<Output>(
  check: StandardSchemaV1<unknown, Output>['~standard']['validate'],
): StandardSchemaV1<unknown, Output> {
  return { '~standard': { version: 1, vendor: 'spec', validate: check } };
}

describe('validate', () => {
  it('returns the output for a valid value', () => {
    const schema = z.object({ n: z.string().transform(Number) });

    expect(validate(schema, { n: '7', more: true }, 'spec')).toEqual({ value: { n: 7 } });
    expect(validate(mini.object({ n: mini.number() }), { n: 7 }, 'spec')).toEqual({ value: { n: 7 } });
  });

  it('returns the issues of an invalid value, each with its path', () => {
    const schema = z.object({ list: z.array(z.object({ n: z.number() })), s: z.string() });

    expect(validate(schema, { list: [{ n: 1 }, { n: 'x' }] }, 'spec')).toEqual({
      issues: [
        { path: ['list', 1, 'n'], message: 'Invalid input: expected number, received string' },
        { path: ['s'], message: 'Invalid input: expected string, received undefined' },
      ],
    });
  });

  it('returns paths as plain keys, whatever form the schema uses', () => {
    const path = ['a', { key: 1 }, Symbol.iterator, { key: 'b' }];
    const schema = schemaOf(() => ({ issues: [{ message: 'deep', path }, { message: 'no path' }] }));

    expect(validate(schema, undefined, 'spec')).toEqual({
      issues: [
        { message: 'deep', path: ['a', 1, Symbol.iterator, 'b'] },
        { message: 'no path', path: [] },
      ],
    });
  });

  it('accepts an output of undefined', () => {
    expect(
      validate(
        schemaOf(() => ({ value: undefined })),
        1,
        'spec',
      ),
    ).toEqual({ value: undefined });
  });

  it.each([
    ['answers', () => Promise.resolve({ value: 1 })],
    ['fails', () => Promise.reject(new Error('nobody hears'))],
  ])('rejects a schema that %s later, and leaves no rejection unhandled', (_, check) => {
    expect(() => validate(schemaOf(check), 1, 'spec')).toThrow(TypeError);
    expect(() => validate(schemaOf(check), 1, 'spec')).toThrow(
      'spec: the schema must validate synchronously, but returned a promise',
    );
  });

  it('throws what the schema throws', () => {
    const error = new Error('of the schema');
    const schema = schemaOf(() => {
      throw error;
    });

    expect(() => validate(schema, 1, 'spec')).toThrow(error);
  });
});

describe('expectSchema', () => {
  it.each([
    z.string(),
    mini.string(),
    Object.assign(
      () => undefined,
      schemaOf(() => ({ value: 1 })),
    ),
  ])('accepts a Standard Schema, including one that is a function', (schema) => {
    expect(() => {
      expectSchema(schema, 'spec');
    }).not.toThrow();
  });

  it.each([undefined, null, 'string', {}, { type: 'object' }, { '~standard': null }, { '~standard': {} }])(
    'refuses %j',
    (schema) => {
      expect(() => {
        expectSchema(schema as unknown as StandardSchemaV1, 'spec');
      }).toThrow(new TypeError('spec: schema must be a Standard Schema, such as a schema of zod, valibot or arktype.'));
    },
  );
});

describe('the types', () => {
  const schema = z.object({ at: z.string().transform((text) => new Date(text)) });

  it('match those of zod schemas', () => {
    expectTypeOf(schema).toExtend<StandardSchemaV1<{ at: string }, { at: Date }>>();
    expectTypeOf(schema).toExtend<StandardSchemaV1>();
    expectTypeOf(schema).toExtend<StandardJsonSchemaV1>();
    expectTypeOf(mini.object({ a: mini.string() })).toExtend<StandardSchemaV1<{ a: string }>>();
    expectTypeOf<InferOutput<typeof schema>>().toEqualTypeOf<{ at: Date }>();
    expect(schema).toBeDefined();
  });

  it('narrow to a valid result', () => {
    const result = validate(schema, {}, 'spec');

    if (result.issues === undefined) expectTypeOf(result.value).toEqualTypeOf<{ at: Date }>();
    else
      expectTypeOf(result.issues).items.toEqualTypeOf<{
        readonly message: string;
        readonly path: readonly PropertyKey[];
      }>();
    expect(result.issues).toHaveLength(1);
  });
});
