import { z } from 'zod';
import { toolInput, type StandardSchemaV1 } from '../../src/index.js';
import { toolUseBlock } from '../../src/testing/index.js';
import { blockStop, inputJsonDelta, messageStart } from '../support/events.js';
import { Weather, call, completeMessage, failureOf, read } from './support/toolCalls.js';

describe('toolInput with a schema', () => {
  const schema = z.object({
    date: z.iso.date().transform((text) => Number(text.slice(0, 4))),
    n: z.number().default(7),
  });

  it('emits the output of the schema at the end', async () => {
    const { inputs } = await read(
      completeMessage(call(0, 'one'), inputJsonDelta('{"date":"2026-11'), inputJsonDelta('-29"}'), blockStop(0)),
      schema,
    );

    expect(inputs).toEqual([
      ['one', { date: '2026-11' }, false],
      ['one', { date: '2026-11-29' }, false],
      ['one', { date: 2026, n: 7 }, true],
    ]);
  });

  it('fails in the turn of content_block_stop if the input does not match, after all values', async () => {
    const events = [messageStart(), call(0, 'one'), inputJsonDelta('{"city":5,"days":30,"x":1}'), blockStop(0)];
    const error = await failureOf(events, Weather);

    expect(error.text).toBe('{"city":5,"days":30,"x":1}');
    expect(error.value).toEqual({ city: 5, days: 30, x: 1 });
    expect(error.issues).toEqual([
      { path: ['city'], message: 'Invalid input: expected string, received number' },
      { path: ['days'], message: 'Too big: expected number to be <=14' },
    ]);
    expect(error.message).toBe(
      'The input of get_weather (one) does not match its schema: ' +
        'city: Invalid input: expected string, received number; days: Too big: expected number to be <=14.',
    );
    expect(error.partial?.content).toEqual([toolUseBlock('get_weather', { city: 5, days: 30, x: 1 }, { id: 'one' })]);
    expect(error.retryable).toBe(false);
  });

  it('accepts any Standard Schema, and reports the path of each issue in plain keys', async () => {
    const picky: StandardSchemaV1 = {
      '~standard': {
        version: 1,
        vendor: 'spec',
        validate: (value) =>
          JSON.stringify(value) === '{"a":1}'
            ? { value: 'taken' }
            : {
                issues: [
                  { message: 'not as a whole' },
                  ...'bcde'.split('').map((key) => ({ message: 'no', path: [{ key }, 0] })),
                ],
              },
      },
    };
    const { inputs } = await read(completeMessage(call(0, 'one'), inputJsonDelta('{"a":1}'), blockStop(0)), picky);
    const error = await failureOf(completeMessage(call(0, 'one'), inputJsonDelta('{"a":2}'), blockStop(0)), picky);

    expect(inputs.at(-1)).toEqual(['one', 'taken', true]);
    expect(error.issues).toHaveLength(5);
    expect(error.issues.slice(0, 2)).toEqual([
      { message: 'not as a whole', path: [] },
      { message: 'no', path: ['b', 0] },
    ]);
    expect(error.message).toContain('schema: not as a whole; b.0: no; c.0: no (and 2 more).');
  });

  it('gives the schema a value of its own to write to', async () => {
    const writing: StandardSchemaV1 = {
      '~standard': {
        version: 1,
        vendor: 'spec',
        validate: (value) => ({ value: Object.assign(value as object, { added: true }) }),
      },
    };
    const { inputs } = await read(completeMessage(call(0, 'one'), inputJsonDelta('{"a":1}'), blockStop(0)), writing);

    expect(inputs).toEqual([
      ['one', { a: 1 }, false],
      ['one', { a: 1, added: true }, true],
    ]);
  });

  it('rejects a schema that validates asynchronously, and leaves no rejection unhandled', async () => {
    const later: StandardSchemaV1 = {
      '~standard': { version: 1, vendor: 'spec', validate: () => Promise.reject(new Error('nobody hears')) },
    };
    const { inputs, error } = await read(
      completeMessage(call(0, 'one'), inputJsonDelta('{"a":1}'), blockStop(0)),
      later,
    );

    expect(inputs).toEqual([['one', { a: 1 }, false]]);
    expect(error).toBeInstanceOf(TypeError);
    expect(String(error)).toContain('toolInput: the schema must validate synchronously, but returned a promise');
  });

  it('throws at call time if the argument is not a schema', () => {
    const jsonSchema = { type: 'object' } as unknown as StandardSchemaV1;

    expect(() => toolInput('get_weather', jsonSchema)).toThrow(
      new TypeError('toolInput: schema must be a Standard Schema, such as a schema of zod, valibot or arktype.'),
    );
    expect(() => toolInput('get_weather', null as unknown as StandardSchemaV1)).toThrow(TypeError);
  });

  it('passes through what the schema throws', async () => {
    const thrown = new Error('of the schema');
    const throwing: StandardSchemaV1 = {
      '~standard': {
        version: 1,
        vendor: 'spec',
        validate: () => {
          throw thrown;
        },
      },
    };
    const { error } = await read(completeMessage(call(0, 'one'), inputJsonDelta('{"a":1}'), blockStop(0)), throwing);

    expect(error).toBe(thrown);
  });
});
