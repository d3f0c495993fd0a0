import { expectTypeOf } from 'expect-type';
import fc from 'fast-check';
import { concat, from, lastValueFrom, materialize, NEVER, throwError, toArray, type Observable } from 'rxjs';
import { z } from 'zod';
import {
  APIConnectionError,
  IncompleteMessageError,
  InvalidEventError,
  InvalidOutputError,
  toolInput,
  type AnyEvent,
  type DeepPartial,
  type MessageStreamEvent,
  type StandardSchemaV1,
  type StopReason,
  type ToolInput,
} from '../../src/index.js';
import { buildMessage, eventsOf, toolUseBlock, type AnyContentBlock } from '../../src/testing/index.js';
import { itKeepsTheOperatorContract } from '../support/contract.js';
import { deepFreeze } from '../support/deepFreeze.js';
import { marbles } from '../support/marbles.js';

const runs = { seed: 20_250_608, numRuns: 100 };
const restart: MessageStreamEvent = { type: 'message_restart', attempt: 2, delayMs: 0, error: undefined };
const opening = { ...buildMessage({ stop_reason: null }), content: [] };

const messageStart = (content: readonly AnyContentBlock[] = []): AnyEvent =>
  Object.assign({ type: 'message_start' }, { message: { ...opening, content } });
const start = (index: number, content_block: AnyContentBlock): AnyEvent =>
  Object.assign({ type: 'content_block_start' }, { index, content_block });
const call = (index: number, id: string, name = 'get_weather'): AnyEvent =>
  start(index, toolUseBlock(name, {}, { id }));
const delta = (index: number, partial_json: string): MessageStreamEvent => ({
  type: 'content_block_delta',
  index,
  delta: { type: 'input_json_delta', partial_json },
});
const stop = (index: number): MessageStreamEvent => ({ type: 'content_block_stop', index });
const stopReason = (stop_reason: StopReason | null): MessageStreamEvent => ({
  type: 'message_delta',
  delta: { stop_reason, stop_sequence: null },
  usage: { output_tokens: 9 },
});
const messageStop: MessageStreamEvent = { type: 'message_stop' };
const whole = (...events: readonly AnyEvent[]) => [messageStart(), ...events, stopReason('tool_use'), messageStop];

const Weather = z.object({ city: z.string(), days: z.number().int().max(14) });

/** What came, as [id, value, done], and the error. */
async function read(events: readonly AnyEvent[] | Observable<AnyEvent>, schema?: StandardSchemaV1) {
  const operator = schema === undefined ? toolInput('get_weather') : toolInput('get_weather', schema);
  const seen = await lastValueFrom(from(events).pipe(operator, materialize(), toArray()));
  const inputs = seen.flatMap((n) => (n.kind === 'N' ? [[n.value.id, n.value.value, n.value.done] as const] : []));
  const last = seen.at(-1);
  return { inputs, error: last?.kind === 'E' ? (last.error as unknown) : undefined };
}

async function failureOf(events: readonly AnyEvent[], schema?: StandardSchemaV1): Promise<InvalidOutputError> {
  const { error } = await read(events, schema);
  if (error instanceof InvalidOutputError) return error;
  throw new Error('no InvalidOutputError', { cause: error });
}

describe('toolInput', () => {
  itKeepsTheOperatorContract(() => toolInput('get_weather', Weather), {
    values: eventsOf(buildMessage({ content: ['Hm.', toolUseBlock('get_weather', { city: 'Paris', days: 3 })] })),
    empty: 'is incomplete',
  });

  it(
    'emits the input as it grows, and as done when its block stops, each in the turn of its event',
    marbles(({ cold, expectObservable, expectSubscriptions }) => {
      const source = cold('  -m-s--a--b--c--p--e--r--z--|', {
        m: messageStart(),
        s: call(0, 'toolu_1'),
        a: delta(0, ''),
        b: delta(0, '{"city":"Pa'),
        c: delta(0, 'ris","days":3}'),
        p: { type: 'ping' },
        e: stop(0),
        r: stopReason('tool_use'),
        z: messageStop,
      });
      const subs = '         ^--------------------------!';
      const expected = '     ---------x--y-----z--------|';
      const [id, index] = ['toolu_1', 0];

      expectObservable(source.pipe(toolInput('get_weather'))).toBe(expected, {
        x: { id, index, value: { city: 'Pa' }, done: false },
        y: { id, index, value: { city: 'Paris', days: 3 }, done: false },
        z: { id, index, value: { city: 'Paris', days: 3 }, done: true },
      });
      expectSubscriptions(source.subscriptions).toBe(subs);
    }),
  );

  it('leaves out calls of other tools, and every other block', async () => {
    const message = buildMessage({
      content: ['Hello', toolUseBlock('get_time', { city: 'Rome' }), toolUseBlock('get_weather', { city: 'Oslo' })],
    });
    const { inputs } = await read(eventsOf(message, { deltaLength: Infinity }));

    expect(inputs).toEqual([
      ['toolu_get_weather', { city: 'Oslo' }, false],
      ['toolu_get_weather', { city: 'Oslo' }, true],
    ]);
  });

  it.each([
    { type: 'server_tool_use', id: 'srvtoolu_1', name: 'get_weather', input: {} },
    { type: 'mcp_tool_use', id: 'mcptoolu_1', name: 'get_weather', server_name: 'test', input: {} },
  ])('selects calls of type $type too', async (block) => {
    const { inputs } = await read(whole(start(0, block), delta(0, '{"a":1}'), stop(0)));

    expect(inputs).toEqual([
      [block.id, { a: 1 }, false],
      [block.id, { a: 1 }, true],
    ]);
  });

  it('tells several calls apart, also when their blocks interleave', async () => {
    const events = [call(1, 'one'), delta(1, '{"city":"O'), call(0, 'two'), delta(0, '{"city":"L'), delta(1, 'slo"}')];
    const { inputs, error } = await read(whole(...events, stop(1), delta(0, 'isbon"}'), stop(0)));

    expect(error).toBeUndefined();
    expect(inputs).toEqual([
      ['one', { city: 'O' }, false],
      ['two', { city: 'L' }, false],
      ['one', { city: 'Oslo' }, false],
      ['one', { city: 'Oslo' }, true],
      ['two', { city: 'Lisbon' }, false],
      ['two', { city: 'Lisbon' }, true],
    ]);
  });

  it('says which block of the message it is', async () => {
    const events = whole(
      start(0, { type: 'text', text: '' }),
      stop(0),
      call(5, 'toolu_1'),
      delta(5, '{"a":1}'),
      stop(5),
    );
    const inputs = await lastValueFrom(from(events).pipe(toolInput('get_weather'), toArray()));

    expect(inputs.map(({ index }) => index)).toEqual([5, 5]);
  });

  it('ends each call with the value of JSON.parse, however the text is cut and however calls interleave', async () => {
    const input = fc.dictionary(fc.string({ maxLength: 3 }), fc.jsonValue({ maxDepth: 2 }), { minKeys: 1, maxKeys: 5 });
    const dice = fc.array(fc.nat(), { minLength: 40, maxLength: 80 });
    await fc.assert(
      fc.asyncProperty(fc.array(input, { minLength: 1, maxLength: 4 }), dice, async (all, throws) => {
        const texts = all.map((value) => JSON.stringify(value));
        const events = all.map((_, index) => call(index, `toolu_${index}`));
        const stopped: number[] = [];
        const sent = texts.map(() => 0);
        for (let turn = 0; stopped.length < texts.length; turn += 2) {
          const [open, length] = [throws[turn % throws.length] ?? 0, throws[(turn + 1) % throws.length] ?? 0];
          const candidates = [...texts.keys()].filter((index) => !stopped.includes(index));
          const index = candidates[open % candidates.length] ?? 0;
          const [text = '', from = 0] = [texts[index], sent[index]];
          if (from === text.length) {
            events.push(stop(index));
            stopped.push(index);
          } else {
            sent[index] = Math.min(text.length, from + 1 + (length % 9));
            events.push(delta(index, text.slice(from, sent[index])));
          }
        }
        const { inputs, error } = await read(whole(...events));

        expect(error).toBeUndefined();
        expect(inputs.filter(([, , done]) => done)).toEqual(
          stopped.map((index) => [`toolu_${index}`, JSON.parse(texts[index] ?? '') as unknown, true]),
        );
      }),
      runs,
    );
  });

  it('never changes what it has emitted, and shares what has not changed', async () => {
    const input = {
      route: Array.from({ length: 90 }, (_, n) => ({ stop: n, name: `Stop ${n}` })),
      note: 'x'.repeat(40),
    };
    const events = eventsOf(buildMessage({ content: [toolUseBlock('get_weather', input)] }), { deltaLength: 9 });
    const values: DeepPartial<typeof input>[] = [];
    const copies: unknown[] = [];
    await from(events)
      .pipe(toolInput<typeof input>('get_weather'))
      .forEach(({ value }) => {
        copies.push(structuredClone(value));
        values.push(deepFreeze(value));
      });
    const [last, before] = [values.at(-1), values.at(-2)];

    expect(values.length).toBeGreaterThan(100);
    expect(values).toEqual(copies);
    expect(last).toEqual(input);
    expect(last?.route).toBe(before?.route);
    expect(values[100]?.route?.[3]).toBe(last?.route?.[3]);
  });

  describe('a call without arguments', () => {
    const empty = [call(0, 'one'), delta(0, ''), stop(0)];

    it(
      'is {}, once it is known that nothing was cut: when the next block starts',
      marbles(({ cold, expectObservable }) => {
        const source = cold('  -m-s--e--t--u--r--z--|', {
          m: messageStart(),
          s: call(0, 'one'),
          e: stop(0),
          t: start(1, { type: 'text', text: '' }),
          u: stop(1),
          r: stopReason('end_turn'),
          z: messageStop,
        });
        const expected = '     ---------x-----------|';

        expectObservable(source.pipe(toolInput('get_weather'))).toBe(expected, {
          x: { id: 'one', index: 0, value: {}, done: true },
        });
      }),
    );

    it(
      'is {} when the stop reason says so',
      marbles(({ cold, expectObservable }) => {
        const source = cold('  -m-s--e--r--z--|', {
          m: messageStart(),
          s: call(0, 'one'),
          e: stop(0),
          r: stopReason('tool_use'),
          z: messageStop,
        });
        const expected = '     ---------x-----|';

        expectObservable(source.pipe(toolInput('get_weather'))).toBe(expected, {
          x: { id: 'one', index: 0, value: {}, done: true },
        });
      }),
    );

    it('is validated as {}', async () => {
      const schema = z.object({ city: z.string().default('Lisbon') });

      expect((await read(whole(...empty), schema)).inputs).toEqual([['one', { city: 'Lisbon' }, true]]);
      expect((await failureOf(whole(...empty), Weather)).issues).toMatchObject([
        { path: ['city'] },
        { path: ['days'] },
      ]);
    });

    it.each(['max_tokens', 'model_context_window_exceeded'] as const)(
      'is cut where %s ends the message',
      async (reason) => {
        const error = await failureOf([messageStart(), ...empty, stopReason(reason), messageStop]);

        expect(error.message).toContain(`The input of get_weather (one) was truncated by ${reason}.`);
        expect(error).toMatchObject({ text: '', value: {}, issues: [] });
      },
    );

    it('was not cut where max_tokens ends the message later', async () => {
      const events = [...empty, start(1, { type: 'text', text: '' }), stop(1), stopReason('max_tokens'), messageStop];

      expect(await read([messageStart(), ...events])).toEqual({ inputs: [['one', {}, true]], error: undefined });
    });

    it('may have no input at all', async () => {
      const block = { type: 'tool_use', id: 'one', name: 'get_weather' };

      expect((await read(whole(start(0, block), stop(0)))).inputs).toEqual([['one', {}, true]]);
    });

    it('may say so', async () => {
      expect((await read(whole(call(0, 'one'), delta(0, '{}'), stop(0)))).inputs).toEqual([
        ['one', {}, false],
        ['one', {}, true],
      ]);
    });
  });

  describe('a call that comes whole', () => {
    it('is done when its block stops', async () => {
      const block = toolUseBlock('get_weather', { city: 'Rome', days: 2 }, { id: 'one' });
      const cut = [messageStart(), start(0, block), stop(0)];

      expect((await read(cut, Weather)).inputs).toEqual([['one', { city: 'Rome', days: 2 }, true]]);
    });

    it('is done with message_start, if that has it', () => {
      const blocks = [toolUseBlock('get_time'), toolUseBlock('get_weather', { city: 'Rome' }, { id: 'one' })];
      const inputs: unknown[] = [];
      concat(from([messageStart(blocks)]), NEVER)
        .pipe(toolInput('get_weather'))
        .subscribe((input) => inputs.push(input));

      expect(inputs).toEqual([{ id: 'one', index: 1, value: { city: 'Rome' }, done: true }]);
    });
  });

  describe('with a schema', () => {
    const schema = z.object({
      date: z.iso.date().transform((text) => Number(text.slice(0, 4))),
      n: z.number().default(7),
    });

    it('emits what the schema makes of the input, at the end', async () => {
      const { inputs } = await read(
        whole(call(0, 'one'), delta(0, '{"date":"2026-11'), delta(0, '-29"}'), stop(0)),
        schema,
      );

      expect(inputs).toEqual([
        ['one', { date: '2026-11' }, false],
        ['one', { date: '2026-11-29' }, false],
        ['one', { date: 2026, n: 7 }, true],
      ]);
    });

    it('fails in the turn of content_block_stop if the input does not match, after all values', async () => {
      const events = [messageStart(), call(0, 'one'), delta(0, '{"city":5,"days":30,"x":1}'), stop(0)];
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

    it('takes any Standard Schema, and says where each issue is in plain keys', async () => {
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
      const { inputs } = await read(whole(call(0, 'one'), delta(0, '{"a":1}'), stop(0)), picky);
      const error = await failureOf(whole(call(0, 'one'), delta(0, '{"a":2}'), stop(0)), picky);

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
      const { inputs } = await read(whole(call(0, 'one'), delta(0, '{"a":1}'), stop(0)), writing);

      expect(inputs).toEqual([
        ['one', { a: 1 }, false],
        ['one', { a: 1, added: true }, true],
      ]);
    });

    it('refuses a schema that validates asynchronously, and leaves no rejection unhandled', async () => {
      const later: StandardSchemaV1 = {
        '~standard': { version: 1, vendor: 'spec', validate: () => Promise.reject(new Error('nobody hears')) },
      };
      const { inputs, error } = await read(whole(call(0, 'one'), delta(0, '{"a":1}'), stop(0)), later);

      expect(inputs).toEqual([['one', { a: 1 }, false]]);
      expect(error).toBeInstanceOf(TypeError);
      expect(String(error)).toContain('toolInput: the schema must answer at once, but validates asynchronously');
    });

    it('refuses what is no schema at call time', () => {
      const jsonSchema = { type: 'object' } as unknown as StandardSchemaV1;

      expect(() => toolInput('get_weather', jsonSchema)).toThrow(
        new TypeError('toolInput: schema must be a Standard Schema, as those of zod, valibot and arktype are.'),
      );
      expect(() => toolInput('get_weather', null as unknown as StandardSchemaV1)).toThrow(TypeError);
    });

    it('passes on what the schema throws', async () => {
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
      const { error } = await read(whole(call(0, 'one'), delta(0, '{"a":1}'), stop(0)), throwing);

      expect(error).toBe(thrown);
    });
  });

  describe('a text that is not whole', () => {
    const cut = [call(0, 'one'), delta(0, '{"city":"Paris","no'), delta(0, 'te":"hel'), stop(0)];

    it(
      'is judged by the stop reason, not before',
      marbles(({ cold, expectObservable }) => {
        const source = cold('  -m-s--a--e--p--r--|', {
          m: messageStart(),
          s: call(0, 'one'),
          a: delta(0, '{"city":"Par'),
          e: stop(0),
          p: { type: 'ping' },
          r: stopReason('max_tokens'),
        });
        const expected = '     ------x--------#';
        const fault = 'Unexpected end of text at position 12, expected more of the value: {"city":"Par';
        const error = new InvalidOutputError(`The input of get_weather (one) was truncated by max_tokens. ${fault}`, {
          text: '',
        });

        expectObservable(source.pipe(toolInput('get_weather'))).toBe(
          expected,
          { x: { id: 'one', index: 0, value: { city: 'Par' }, done: false } },
          error,
        );
      }),
    );

    it.each(['max_tokens', 'model_context_window_exceeded'] as const)('was cut by %s', async (reason) => {
      const error = await failureOf([messageStart(), ...cut, stopReason(reason), messageStop], Weather);

      expect(error.message).toContain(`The input of get_weather (one) was truncated by ${reason}.`);
      expect(error).toMatchObject({
        text: '{"city":"Paris","note":"hel',
        value: { city: 'Paris', note: 'hel' },
        issues: [],
        partial: { stop_reason: reason, content: [{ type: 'tool_use', id: 'one' }] },
        cause: { name: 'JsonTextError', position: 27 },
      });
    });

    it.each(['tool_use', 'end_turn', 'refusal', 'pause_turn'] as const)(
      'is no JSON where %s ends the message',
      async (reason) => {
        const error = await failureOf([messageStart(), ...cut, stopReason(reason), messageStop]);

        expect(error.message).toContain(
          `The input of get_weather (one) is not JSON (stop_reason ${reason}). Unexpected end`,
        );
        expect(error).toMatchObject({ text: '{"city":"Paris","note":"hel', partial: { stop_reason: reason } });
      },
    );

    it('is no JSON where no stop reason ever comes', async () => {
      const error = await failureOf([messageStart(), ...cut, stopReason(null), messageStop]);

      expect(error.message).toContain('is not JSON (stop_reason null). Unexpected end of text at position 27');
      expect(error.partial?.content).toHaveLength(1);
    });

    it('waits through a message_delta without a stop reason', async () => {
      const error = await failureOf([messageStart(), ...cut, stopReason(null), stopReason('max_tokens'), messageStop]);

      expect(error.message).toContain('was truncated by max_tokens');
    });

    it('of an earlier call is judged too', async () => {
      const second = [call(1, 'two'), delta(1, '{"a":1}'), stop(1)];
      const { inputs, error } = await read([messageStart(), ...cut, ...second, stopReason('tool_use'), messageStop]);

      expect(inputs.at(-1)).toEqual(['two', { a: 1 }, true]);
      expect(error).toMatchObject({ name: 'InvalidOutputError', value: { city: 'Paris' } });
    });

    it('may be whole when its block never stops', async () => {
      const { inputs, error } = await read(whole(call(0, 'one'), delta(0, '{"a":1}')));

      expect(error).toBeUndefined();
      expect(inputs.at(-1)).toEqual(['one', { a: 1 }, true]);
    });
  });

  it('takes an input that is a number, which ends with the message', async () => {
    const { inputs, error } = await read(whole(call(0, 'one'), delta(0, '1'), delta(0, '2'), stop(0)));

    expect(error).toBeUndefined();
    expect(inputs).toEqual([['one', 12, true]]);
  });

  it('takes such a number if neither its block stops nor a stop reason comes', async () => {
    const { inputs, error } = await read([messageStart(), call(0, 'one'), delta(0, '12'), messageStop]);

    expect(error).toBeUndefined();
    expect(inputs).toEqual([['one', 12, true]]);
  });

  describe('a text that is no JSON', () => {
    it('is judged by the stop reason; values before and of other calls are emitted', async () => {
      const bad = [call(0, 'one'), delta(0, '{"a":1,'), delta(0, 'b":2}'), stop(0)];
      const good = [call(1, 'two'), delta(1, '{"c":3}'), stop(1)];
      const { inputs, error } = await read([messageStart(), ...bad, ...good, stopReason('max_tokens'), messageStop]);

      expect(inputs).toEqual([
        ['one', { a: 1 }, false],
        ['two', { c: 3 }, false],
        ['two', { c: 3 }, true],
      ]);
      expect(error).toBeInstanceOf(InvalidOutputError);
      expect(error).toMatchObject({ text: '{"a":1,b":2}', value: { a: 1 }, cause: { position: 7 } });
      expect(String(error)).toContain("is not JSON (stop_reason max_tokens). Unexpected 'b' at position 7");
    });

    it.each([' ', '-', 'x', 'tru'])('is also %j, of which nothing is shown', async (text) => {
      const error = await failureOf(whole(call(0, 'one'), delta(0, text), stop(0)));

      expect(error).toMatchObject({ text, value: undefined });
    });
  });

  describe('on message_restart', () => {
    it('starts over', async () => {
      const first = [messageStart(), call(0, 'one'), delta(0, '{"city":"Pa'), restart];
      const { inputs, error } = await read([...first, ...whole(call(0, 'two'), delta(0, '{"city":"R"}'), stop(0))]);

      expect(error).toBeUndefined();
      expect(inputs).toEqual([
        ['one', { city: 'Pa' }, false],
        ['two', { city: 'R' }, false],
        ['two', { city: 'R' }, true],
      ]);
    });

    it('forgets a call that waits for the stop reason', async () => {
      const first = [messageStart(), call(0, 'one'), stop(0), restart];
      const { inputs } = await read([...first, ...whole(start(0, { type: 'text', text: '' }), stop(0))]);

      expect(inputs).toEqual([]);
    });
  });

  it('reads message after message', async () => {
    const one = eventsOf(buildMessage({ id: 'a', content: [toolUseBlock('get_weather', { a: 1 })] }));
    const two = eventsOf(buildMessage({ id: 'b', content: [toolUseBlock('get_weather', { b: 2 })] }));
    const { inputs } = await read([...one, ...two]);

    expect(inputs.filter(([, , done]) => done).map(([, value]) => value)).toEqual([{ a: 1 }, { b: 2 }]);
  });

  it('drops the open calls of a model that another one takes over from', async () => {
    const fallback = { type: 'fallback', from: { model: 'a' }, to: { model: 'b' } };
    const first = [call(0, 'one'), delta(0, '{"a":'), stop(0), call(1, 'none'), stop(1), start(2, fallback), stop(2)];
    const { inputs, error } = await read(whole(...first, call(3, 'two'), delta(3, '{"b":2}'), stop(3)));

    expect(error).toBeUndefined();
    expect(inputs.map(([id, , done]) => [id, done])).toEqual([
      ['one', false],
      ['two', false],
      ['two', true],
    ]);
  });

  describe('a stream that fails', () => {
    const begun = [messageStart(), call(0, 'one'), delta(0, '{"city":"Pa')];

    it('ends incomplete where the bytes end before message_stop', async () => {
      const { inputs, error } = await read(begun);

      expect(inputs).toEqual([['one', { city: 'Pa' }, false]]);
      expect(error).toBeInstanceOf(IncompleteMessageError);
      expect((error as IncompleteMessageError).partial?.content).toMatchObject([{ input: { city: 'Pa' } }]);
    });

    it('gives its error unchanged, with what had arrived', async () => {
      const lost = new APIConnectionError('lost');
      const source = concat(
        from(begun),
        throwError(() => lost),
      );
      const { inputs, error } = await read(source);

      expect(inputs).toEqual([['one', { city: 'Pa' }, false]]);
      expect(error).toBe(lost);
      expect(lost.partial?.content).toMatchObject([{ input: { city: 'Pa' } }]);
    });

    it('says where its events are out of order', async () => {
      const { error } = await read([messageStart(), delta(0, '{}')]);

      expect(error).toBeInstanceOf(InvalidEventError);
    });
  });
});

describe('the types of toolInput', () => {
  it('come from the schema, without annotations', () => {
    const schema = z.object({ city: z.string(), at: z.string().transform((text) => new Date(text)) });
    const inputs = NEVER.pipe(toolInput('get_weather', schema));

    expectTypeOf(inputs).toEqualTypeOf<
      Observable<ToolInput<{ city: string; at: Date }, { city: string; at: string }>>
    >();
    inputs.subscribe((input) => {
      expectTypeOf(input.id).toEqualTypeOf<string>();
      expectTypeOf(input.index).toEqualTypeOf<number>();
      if (input.done) expectTypeOf(input.value).toEqualTypeOf<{ city: string; at: Date }>();
      else expectTypeOf(input.value).toEqualTypeOf<{ city?: string; at?: string }>();
    });
    expect(inputs).toBeDefined();
  });

  it('come from an argument where there is no schema', () => {
    expectTypeOf(NEVER.pipe(toolInput<{ city: string }>('x'))).toEqualTypeOf<Observable<ToolInput<{ city: string }>>>();
    expectTypeOf(NEVER.pipe(toolInput('x'))).toEqualTypeOf<Observable<ToolInput<unknown>>>();
    expect(true).toBe(true);
  });

  it('are unknown before the end for a schema that does not say what it takes', () => {
    const schema: StandardSchemaV1<unknown, { city: string }> = Weather;
    const inputs = NEVER.pipe(toolInput('x', schema));

    expectTypeOf(inputs).toEqualTypeOf<Observable<ToolInput<{ city: string }, unknown>>>();
    expect(inputs).toBeDefined();
  });
});
