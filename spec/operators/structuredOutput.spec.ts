import { expectTypeOf } from 'expect-type';
import fc from 'fast-check';
import { concat, from, lastValueFrom, materialize, NEVER, throwError, toArray, type Observable } from 'rxjs';
import { z } from 'zod';
import {
  APIConnectionError,
  IncompleteMessageError,
  InvalidEventError,
  InvalidOutputError,
  structuredOutput,
  type AnyEvent,
  type DeepPartial,
  type StandardSchemaV1,
  type StructuredOutput,
} from '../../src/index.js';
import {
  buildMessage,
  eventsOf,
  textBlock,
  thinkingBlock,
  toolUseBlock,
  type BuildMessageOptions,
} from '../../src/testing/index.js';
import { itKeepsTheOperatorContract } from '../support/contract.js';
import { deepFreeze } from '../support/deepFreeze.js';
import { restart } from '../support/events.js';
import { marbles } from '../support/marbles.js';

const runs = { seed: 20_250_609, numRuns: 100 };

const Trip = z.object({ city: z.string(), days: z.number() });
const trip = { city: 'Lisbon', days: 3 };
const anything = z.unknown();

const eventsFor = (content: BuildMessageOptions['content'], fields: BuildMessageOptions = {}, deltaLength = Infinity) =>
  eventsOf(buildMessage({ ...fields, ...(content !== undefined && { content }) }), { deltaLength });

async function read(events: readonly AnyEvent[] | Observable<AnyEvent>, schema: StandardSchemaV1 = Trip) {
  const seen = await lastValueFrom(from(events).pipe(structuredOutput(schema), materialize(), toArray()));
  const outputs = seen.flatMap((notification) => (notification.kind === 'N' ? [notification.value] : []));
  const last = seen.at(-1);
  return { outputs, error: last?.kind === 'E' ? (last.error as unknown) : undefined };
}

async function failureOf(events: readonly AnyEvent[], schema?: StandardSchemaV1): Promise<InvalidOutputError> {
  const { error } = await read(events, schema);
  if (error instanceof InvalidOutputError) return error;
  throw new Error('no InvalidOutputError', { cause: error });
}

const tripOf = () => structuredOutput(Trip);

describe('structuredOutput', () => {
  itKeepsTheOperatorContract(tripOf, {
    values: eventsOf(buildMessage({ content: JSON.stringify(trip) })),
    empty: 'is incomplete',
  });

  it(
    'emits the value as it grows, and the validated one when the source completes',
    marbles(({ cold, expectObservable, expectSubscriptions }) => {
      const [m, s, a, b, e, r, z] = eventsFor(JSON.stringify(trip), {}, 14);
      const source = cold<unknown>('-m-s--a--p--b--e--r--z--|', { m, s, a, p: { type: 'ping' }, b, e, r, z });
      const subs = '                ^-----------------------!';
      const expected = '            ------x-----y-----------(z|)';

      expectObservable((source as Observable<AnyEvent>).pipe(structuredOutput(Trip))).toBe(expected, {
        x: { value: { city: 'Lisbo' }, done: false },
        y: { value: trip, done: false },
        z: { value: trip, done: true },
      });
      expectSubscriptions(source.subscriptions).toBe(subs);
    }),
  );

  it('joins the text of all text blocks, and ignores other blocks', async () => {
    const content = [
      thinkingBlock('{"city":"Rome"'),
      '{"city":"Lis',
      toolUseBlock('get', { days: 9 }),
      'bon","days":3}',
    ];
    const { outputs, error } = await read(eventsFor(content));

    expect(error).toBeUndefined();
    expect(outputs).toEqual([
      { value: { city: 'Lis' }, done: false },
      { value: trip, done: false },
      { value: trip, done: true },
    ]);
  });

  it('reads text in the start of a block or of the message', async () => {
    const [start, , , ...rest] = eventsFor('x');
    const block = { type: 'content_block_start', index: 0, content_block: textBlock(JSON.stringify(trip)) };
    const message = buildMessage({
      content: [textBlock('{"city":'), textBlock('"Lisbon","days":3}')],
      stop_reason: null,
    });

    expect((await read([...(start ? [start] : []), block, ...rest])).outputs.at(-1)).toEqual({
      value: trip,
      done: true,
    });
    expect((await read([Object.assign({ type: 'message_start' }, { message }), ...rest.slice(1)])).outputs).toEqual([
      { value: trip, done: false },
      { value: trip, done: true },
    ]);
  });

  it('ends with the value of JSON.parse, however the text is split', async () => {
    await fc.assert(
      fc.asyncProperty(fc.json({ maxDepth: 3 }), fc.integer({ min: 1, max: 9 }), async (text, length) => {
        const { outputs, error } = await read(eventsFor(text, {}, length), anything);

        expect(error).toBeUndefined();
        expect(outputs.at(-1)).toStrictEqual({ value: JSON.parse(text) as unknown, done: true });
        expect(outputs.filter(({ done }) => done)).toHaveLength(1);
      }),
      runs,
    );
  });

  it('never changes what it has emitted, and shares what has not changed', async () => {
    const value = { stops: Array.from({ length: 80 }, (_, n) => ({ n, name: `Stop ${n}` })), note: 'x'.repeat(50) };
    const schema: StandardSchemaV1<typeof value> = {
      '~standard': { version: 1, vendor: 'spec', validate: () => ({ value }) },
    };
    const values: DeepPartial<typeof value>[] = [];
    const copies: unknown[] = [];
    await from(eventsFor(JSON.stringify(value), {}, 7))
      .pipe(structuredOutput(schema))
      .forEach((output) => {
        copies.push(structuredClone(output.value));
        values.push(deepFreeze(output.value));
      });

    expect(values.length).toBeGreaterThan(100);
    expect(values).toEqual(copies);
    expect(values.at(-2)?.stops).toBe(values.at(-3)?.stops);
    expect(values[60]?.stops?.[3]).toBe(values.at(-2)?.stops?.[3]);
  });

  it('emits the output of the schema', async () => {
    const schema = z.object({ at: z.string().transform((text) => text.length), n: z.number().default(7) });
    const { outputs } = await read(eventsFor('{"at":"noon"}'), schema);

    expect(outputs).toEqual([
      { value: { at: 'noon' }, done: false },
      { value: { at: 4, n: 7 }, done: true },
    ]);
  });

  it.each(['end_turn', 'stop_sequence', 'tool_use', 'pause_turn'] as const)(
    'accepts a complete text if the message ends with %s',
    async (stop_reason) => {
      const { outputs } = await read(eventsFor(JSON.stringify(trip), { stop_reason }));

      expect(outputs.at(-1)).toEqual({ value: trip, done: true });
    },
  );

  describe('fails with InvalidOutputError', () => {
    it.each(['max_tokens', 'model_context_window_exceeded'] as const)(
      'if %s truncates the text',
      async (stop_reason) => {
        const { outputs, error } = await read(eventsFor('{"city":"Lisbon","da', { stop_reason }));

        expect(outputs).toEqual([{ value: { city: 'Lisbon' }, done: false }]);
        expect(error).toBeInstanceOf(InvalidOutputError);
        expect(error).toMatchObject({
          text: '{"city":"Lisbon","da',
          value: { city: 'Lisbon' },
          issues: [],
          partial: { stop_reason, content: [textBlock('{"city":"Lisbon","da')] },
          cause: { position: 20 },
        });
        expect(String(error)).toContain(
          `The output is truncated (stop_reason ${stop_reason}). Unexpected end of text at position 20`,
        );
      },
    );

    it('if max_tokens ends the message, though the text may be complete', async () => {
      const error = await failureOf(eventsFor('12', { stop_reason: 'max_tokens' }), anything);

      expect(error).toMatchObject({
        message: 'The output is truncated (stop_reason max_tokens).',
        text: '12',
        value: 12,
        cause: undefined,
      });
    });

    it.each([
      [{ type: 'refusal', category: 'cyber', explanation: 'It would be harmful.' } as const, 'It would be harmful.'],
      [{ type: 'refusal', category: 'bio', explanation: null } as const, 'The category is bio.'],
      [null, 'It gave no reason.'],
    ])('if the model refuses: %j', async (stop_details, why) => {
      const error = await failureOf(eventsFor("I can't", { stop_reason: 'refusal', stop_details }));

      expect(error.message).toBe(`The model refused to answer. ${why}`);
      expect(error).toMatchObject({ text: "I can't", value: undefined, partial: { stop_reason: 'refusal' } });
    });

    it('if the model refuses with a complete text', async () => {
      const error = await failureOf(eventsFor(JSON.stringify(trip), { stop_reason: 'refusal' }));

      expect(error).toMatchObject({ value: trip });
    });

    it('if the text is not JSON', async () => {
      const { outputs, error } = await read(eventsFor('{"city":"Lisbon"} or so'));

      expect(outputs).toEqual([{ value: { city: 'Lisbon' }, done: false }]);
      expect(error).toMatchObject({
        text: '{"city":"Lisbon"} or so',
        value: { city: 'Lisbon' },
        cause: { position: 18 },
      });
      expect(String(error)).toContain("The output is not JSON (stop_reason end_turn). Unexpected 'o' at position 18");
    });

    it('if the text is not JSON, even if it is truncated, too', async () => {
      const error = await failureOf(eventsFor('Here is your trip: {', { stop_reason: 'max_tokens' }));

      expect(error.message).toContain("The output is not JSON (stop_reason max_tokens). Unexpected 'H' at position 0");
    });

    it('if there is no text', async () => {
      const error = await failureOf(eventsFor([toolUseBlock('get_weather')]));

      expect(error.message).toContain(
        'The output is not JSON (stop_reason tool_use). Unexpected end of text at position 0',
      );
    });

    it('if the text ends before its JSON does', async () => {
      const error = await failureOf(eventsFor('{"city":"Lis', { stop_reason: 'end_turn' }));

      expect(error).toMatchObject({ value: { city: 'Lis' }, cause: { position: 12 } });
    });

    it('if the value does not match the schema', async () => {
      const { outputs, error } = await read(eventsFor('{"city":"Lisbon","days":"3"}'));

      expect(outputs).toEqual([{ value: { city: 'Lisbon', days: '3' }, done: false }]);
      expect(error).toMatchObject({
        message: 'The output does not match its schema: days: Invalid input: expected number, received string.',
        text: '{"city":"Lisbon","days":"3"}',
        value: { city: 'Lisbon', days: '3' },
        issues: [{ path: ['days'], message: 'Invalid input: expected number, received string' }],
        partial: { stop_reason: 'end_turn' },
      });
      expect((error as InvalidOutputError).value).toBe(outputs[0]?.value);
    });
  });

  it('gives the schema a value of its own to write to', async () => {
    const writing: StandardSchemaV1 = {
      '~standard': {
        version: 1,
        vendor: 'spec',
        validate: (value) => ({ value: Object.assign(value as object, { added: true }) }),
      },
    };
    const { outputs } = await read(eventsFor('{"a":1}'), writing);

    expect(outputs).toEqual([
      { value: { a: 1 }, done: false },
      { value: { a: 1, added: true }, done: true },
    ]);
  });

  it('rejects a schema that validates asynchronously in the stream, and anything but a schema at call time', async () => {
    const later: StandardSchemaV1 = {
      '~standard': { version: 1, vendor: 'spec', validate: () => Promise.resolve({ value: 1 }) },
    };
    const { error } = await read(eventsFor('{}'), later);

    expect(error).toBeInstanceOf(TypeError);
    expect(String(error)).toContain('structuredOutput: the schema must validate synchronously');
    expect(() => structuredOutput({} as unknown as StandardSchemaV1)).toThrow(
      new TypeError('structuredOutput: schema must be a Standard Schema, such as a schema of zod, valibot or arktype.'),
    );
  });

  it('starts over on message_restart', async () => {
    const failed = eventsFor('{"city":"Lis').slice(0, 3);
    const { outputs, error } = await read([...failed, restart(), ...eventsFor('{"city":"Lis","days":1}')]);

    expect(error).toBeUndefined();
    expect(outputs).toEqual([
      { value: { city: 'Lis' }, done: false },
      { value: { city: 'Lis', days: 1 }, done: false },
      { value: { city: 'Lis', days: 1 }, done: true },
    ]);
  });

  it('emits an equal value again after message_restart', async () => {
    const { outputs } = await read(
      [...eventsFor('"Lisbon"').slice(0, 3), restart(), ...eventsFor('"Lisbon"')],
      anything,
    );

    expect(outputs).toEqual([
      { value: 'Lisbon', done: false },
      { value: 'Lisbon', done: false },
      { value: 'Lisbon', done: true },
    ]);
  });

  it('judges the last of several messages, as in a conversation with tools', async () => {
    const first = eventsFor(['Let me look.', toolUseBlock('get_weather')], { id: 'msg_1' });
    const second = eventsFor(JSON.stringify(trip), { id: 'msg_2' });

    expect(await read([...first, ...second])).toEqual({
      outputs: [
        { value: trip, done: false },
        { value: trip, done: true },
      ],
      error: undefined,
    });
    expect((await read([...second, ...first])).error).toBeInstanceOf(InvalidOutputError);
  });

  describe('a stream that fails', () => {
    const begun = eventsFor('{"city":"Lis').slice(0, 3);

    it('fails with IncompleteMessageError if the source completes before message_stop, though the text is complete', async () => {
      const { outputs, error } = await read(eventsFor(JSON.stringify(trip)).slice(0, -1));

      expect(outputs).toEqual([{ value: trip, done: false }]);
      expect(error).toBeInstanceOf(IncompleteMessageError);
      expect((error as IncompleteMessageError).partial?.content).toEqual([textBlock(JSON.stringify(trip))]);
    });

    it('passes its error through unchanged, with what had arrived', async () => {
      const lost = new APIConnectionError('lost');
      const source = concat(
        from(begun),
        throwError(() => lost),
      );
      const { outputs, error } = await read(source);

      expect(outputs).toEqual([{ value: { city: 'Lis' }, done: false }]);
      expect(error).toBe(lost);
      expect(lost.partial?.content).toEqual([textBlock('{"city":"Lis')]);
    });

    it('fails with InvalidEventError if an event is out of order', async () => {
      const { error } = await read([...begun, ...eventsFor('x', { id: 'another' })]);

      expect(error).toBeInstanceOf(InvalidEventError);
    });
  });
});

describe('the types of structuredOutput', () => {
  it('come from the schema, without annotations', () => {
    const schema = z.object({ city: z.string(), at: z.string().transform((text) => new Date(text)) });
    const outputs = NEVER.pipe(structuredOutput(schema));

    expectTypeOf(outputs).toEqualTypeOf<
      Observable<StructuredOutput<{ city: string; at: Date }, { city: string; at: string }>>
    >();
    outputs.subscribe((output) => {
      if (output.done) expectTypeOf(output.value).toEqualTypeOf<{ city: string; at: Date }>();
      else expectTypeOf(output.value).toEqualTypeOf<{ city?: string; at?: string }>();
    });
    expect(outputs).toBeDefined();
  });

  it('are unknown before the end if the schema does not declare its input', () => {
    const schema: StandardSchemaV1<unknown, { city: string }> = Trip;
    const outputs = NEVER.pipe(structuredOutput(schema));

    expectTypeOf(outputs).toEqualTypeOf<Observable<StructuredOutput<{ city: string }, unknown>>>();
    expect(outputs).toBeDefined();
  });
});
