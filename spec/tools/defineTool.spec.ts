import { expectTypeOf } from 'expect-type';
import { of } from 'rxjs';
import { z } from 'zod';
import * as mini from 'zod/mini';
import { outputFormat } from '../../src/index.js';
import { defineTool, type Tool, type ToolContext } from '../../src/tools/defineTool.js';
import type { RunToolsOptions } from '../../src/index.js';

const city = z.object({ city: z.string(), days: z.number().default(3) });
const run = () => 'sun';

function thrownBy(define: () => unknown): unknown {
  try {
    return define();
  } catch (error) {
    return error;
  }
}

describe('defineTool', () => {
  it('converts the schema of the input to the JSON Schema that the model sees', () => {
    const { param } = defineTool({ name: 'get_weather', description: 'The weather.', input: city, run });

    expect(param).toMatchObject({
      name: 'get_weather',
      description: 'The weather.',
      input_schema: {
        type: 'object',
        properties: { city: { type: 'string' }, days: { type: 'number', default: 3 } },
        required: ['city'],
      },
    });
  });

  it("sends the fields of the API as they are, and none of the package's", () => {
    const { param } = defineTool({
      name: 'get_weather',
      input: city,
      inputSchema: { type: 'object', properties: {} },
      run,
      needsApproval: true,
      eager_input_streaming: true,
      strict: true,
      cache_control: { type: 'ephemeral' },
      defer_loading: true,
      allowed_callers: ['direct'],
      input_examples: [{ city: 'Paris' }],
    });

    expect(param).toEqual({
      name: 'get_weather',
      input_schema: { type: 'object', properties: {}, additionalProperties: false },
      eager_input_streaming: true,
      strict: true,
      cache_control: { type: 'ephemeral' },
      defer_loading: true,
      allowed_callers: ['direct'],
      input_examples: [{ city: 'Paris' }],
    });
  });

  it('uses the given JSON Schema for a schema that has none', () => {
    const input = mini.object({ city: mini.string() });

    expect(defineTool({ name: 'a', input, inputSchema: { type: 'object' }, run }).param).toEqual({
      name: 'a',
      input_schema: { type: 'object' },
    });
  });

  it('throws for a value that is not a Standard Schema', () => {
    const input = { type: 'object' } as unknown as typeof city;

    expect(() => defineTool({ name: 'a', input, inputSchema: { type: 'object' }, run })).toThrow(
      /^defineTool: schema must be a Standard Schema/,
    );
  });

  it('throws for a schema without a JSON Schema, saying what to do', () => {
    const input = mini.object({ city: mini.string() });

    expect(() => defineTool({ name: 'get_weather', input, run })).toThrow(
      new TypeError(
        'defineTool: the schema of get_weather cannot be converted to JSON Schema. Schemas of zod 4.2 or newer can, but not those of zod/mini. ' +
          'Pass the JSON Schema as inputSchema.',
      ),
    );
  });

  it('throws for a schema that JSON Schema cannot express, saying what to do and why', () => {
    const input = z.object({ at: z.date() });
    const define = () => defineTool({ name: 'remind', input, run });

    expect(define).toThrow(TypeError);
    expect(define).toThrow(
      /the schema of remind has a part that cannot be converted to JSON Schema\. Pass .* as inputSchema\./,
    );
    expect(thrownBy(define)).toMatchObject({ cause: { message: expect.stringContaining('Date') as unknown } });
  });

  it.each([z.string(), z.array(city), z.union([city, z.object({ zip: z.string() })])])(
    'throws for an input that is not an object (%#)',
    (input) => {
      expect(() => defineTool({ name: 'a', input, run })).toThrow(
        "defineTool: the input of a must be an object, with type: 'object' in its JSON Schema. Wrap the input in one.",
      );
    },
  );

  it('needs approval only if needsApproval is or returns true', () => {
    const weather = { city: 'Paris', days: 1 };
    const defined = (needsApproval?: boolean | ((input: z.infer<typeof city>) => boolean)) =>
      defineTool({ name: 'a', input: city, run, ...(needsApproval !== undefined && { needsApproval }) });

    expect(defined().needsApproval(weather)).toBe(false);
    expect(defined(true).needsApproval(weather)).toBe(true);
    expect(defined((input) => input.city === 'Paris').needsApproval(weather)).toBe(true);
    expect(defined((input) => input.city === 'Rome').needsApproval(weather)).toBe(false);
  });

  it('infers the type of the input from the output of the schema', () => {
    const tool = defineTool({
      name: 'a',
      input: city.transform(({ city, days }) => ({ at: city, hours: days * 24 })),
      inputSchema: { type: 'object' },
      run(input, context) {
        expectTypeOf(input).toEqualTypeOf<{ at: string; hours: number }>();
        expectTypeOf(context).toEqualTypeOf<ToolContext>();
        return of(input.at);
      },
      needsApproval(input) {
        expectTypeOf(input).toEqualTypeOf<{ at: string; hours: number }>();
        return true;
      },
    });

    expectTypeOf(tool).toEqualTypeOf<Tool<{ at: string; hours: number }, 'a'>>();
    // @ts-expect-error -- the schema has no such field
    defineTool({ name: 'a', input: city, run: ({ town }) => String(town) });
    // @ts-expect-error -- a tool has something to run
    defineTool({ name: 'a', input: city });
  });

  it('defines tools of different inputs that fit into one list', () => {
    const tools = [
      defineTool({ name: 'a', input: city, run: ({ days }) => days }),
      defineTool({ name: 'b', input: z.object({}), run }),
    ];

    expectTypeOf(tools).toExtend<RunToolsOptions['tools']>();
  });

  it('sends the schema in the form that the API requires for strict', () => {
    const input = z.object({ city: z.string().min(1), days: z.number().min(1).optional() });
    const { param } = defineTool({ name: 'a', input, strict: true, run });

    expect(param).toMatchObject({ strict: true, input_schema: outputFormat(input).schema });
    expect(defineTool({ name: 'a', input, strict: false, run }).param).toMatchObject({
      input_schema: { properties: { city: { minLength: 1 } } },
    });
  });

  it.each(['memory_20250818', 'bash_20250124', 'text_editor_20250728'])('sends no schema for %s', (type) => {
    const fields = { type, name: 'a', cache_control: { type: 'ephemeral' } } as const;

    expect(defineTool({ ...fields, run }).param).toEqual(fields);
    expect(defineTool({ ...fields, input: city, run }).param).toEqual(fields);
    expect(defineTool({ ...fields, type: 'custom', input: city, run }).param).toHaveProperty('input_schema');
  });

  it('accepts an instance of a class, calls its methods, and sends only the fields of the API', async () => {
    class WeatherTool {
      readonly name = 'get_weather';
      readonly description = 'The weather.';
      readonly input = city;
      readonly key = 'secret';
      readonly #days: number;

      constructor(days: number) {
        this.#days = days;
      }

      needsApproval({ days }: { days: number }): boolean {
        return days > this.#days;
      }

      run({ days }: { days: number }): string {
        return `${days + this.#days} days`;
      }
    }
    const tool = defineTool(new WeatherTool(5));

    expect(Object.keys(tool.param)).toEqual(['description', 'name', 'input_schema']);
    expect([1, 9].map((days) => tool.needsApproval({ city: 'Paris', days }))).toEqual([false, true]);
    expect(await tool.run({ city: 'Paris', days: 1 }, {} as ToolContext)).toBe('6 days');
  });
});
