import { expectTypeOf } from 'expect-type';
import fc from 'fast-check';
import { concat, from, lastValueFrom, NEVER, throwError, toArray, type Observable } from 'rxjs';
import { z } from 'zod';
import {
  APIConnectionError,
  IncompleteMessageError,
  InvalidEventError,
  toolInput,
  type DeepPartial,
  type StandardSchemaV1,
  type ToolInput,
} from '../../src/index.js';
import { buildMessage, eventsOf, toolUseBlock } from '../../src/testing/index.js';
import { itKeepsTheOperatorContract } from '../support/contract.js';
import { deepFreeze } from '../support/deepFreeze.js';
import { marbles } from '../support/marbles.js';
import {
  blockStart,
  blockStop,
  inputJsonDelta,
  messageDelta,
  messageStart,
  messageStop,
  restart,
} from '../support/events.js';
import { Weather, call, completeMessage, failureOf, read } from './support/toolCalls.js';

const runs = { seed: 20_250_608, numRuns: 100 };

const weatherOf = () => toolInput('get_weather', Weather);

describe('toolInput', () => {
  itKeepsTheOperatorContract(weatherOf, {
    values: eventsOf(buildMessage({ content: ['Hm.', toolUseBlock('get_weather', { city: 'Paris', days: 3 })] })),
    empty: 'is incomplete',
  });

  it(
    'emits the input as it grows, and as done when its block stops, each in the turn of its event',
    marbles(({ cold, expectObservable, expectSubscriptions }) => {
      const source = cold('  -m-s--a--b--c--p--e--r--z--|', {
        m: messageStart(),
        s: call(0, 'toolu_1'),
        a: inputJsonDelta(''),
        b: inputJsonDelta('{"city":"Pa'),
        c: inputJsonDelta('ris","days":3}'),
        p: { type: 'ping' },
        e: blockStop(0),
        r: messageDelta('tool_use'),
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
    const { inputs } = await read(completeMessage(blockStart(0, block), inputJsonDelta('{"a":1}'), blockStop(0)));

    expect(inputs).toEqual([
      [block.id, { a: 1 }, false],
      [block.id, { a: 1 }, true],
    ]);
  });

  it('distinguishes several calls, even if their blocks interleave', async () => {
    const events = [
      call(1, 'one'),
      inputJsonDelta('{"city":"O', 1),
      call(0, 'two'),
      inputJsonDelta('{"city":"L'),
      inputJsonDelta('slo"}', 1),
    ];
    const { inputs, error } = await read(
      completeMessage(...events, blockStop(1), inputJsonDelta('isbon"}'), blockStop(0)),
    );

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

  it('reports the index of the block', async () => {
    const events = completeMessage(
      blockStart(0, { type: 'text', text: '' }),
      blockStop(0),
      call(5, 'toolu_1'),
      inputJsonDelta('{"a":1}', 5),
      blockStop(5),
    );
    const inputs = await lastValueFrom(from(events).pipe(toolInput('get_weather'), toArray()));

    expect(inputs.map(({ index }) => index)).toEqual([5, 5]);
  });

  it('ends each call with the value of JSON.parse, however the text is split and however calls interleave', async () => {
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
            events.push(blockStop(index));
            stopped.push(index);
          } else {
            sent[index] = Math.min(text.length, from + 1 + (length % 9));
            events.push(inputJsonDelta(text.slice(from, sent[index]), index));
          }
        }
        const { inputs, error } = await read(completeMessage(...events));

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
    const empty = [call(0, 'one'), inputJsonDelta(''), blockStop(0)];

    it(
      'is {} when the next block starts, which shows that nothing was truncated',
      marbles(({ cold, expectObservable }) => {
        const source = cold('  -m-s--e--t--u--r--z--|', {
          m: messageStart(),
          s: call(0, 'one'),
          e: blockStop(0),
          t: blockStart(1, { type: 'text', text: '' }),
          u: blockStop(1),
          r: messageDelta('end_turn'),
          z: messageStop,
        });
        const expected = '     ---------x-----------|';

        expectObservable(source.pipe(toolInput('get_weather'))).toBe(expected, {
          x: { id: 'one', index: 0, value: {}, done: true },
        });
      }),
    );

    it(
      'is {} when the stop reason shows that nothing was truncated',
      marbles(({ cold, expectObservable }) => {
        const source = cold('  -m-s--e--r--z--|', {
          m: messageStart(),
          s: call(0, 'one'),
          e: blockStop(0),
          r: messageDelta('tool_use'),
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

      expect((await read(completeMessage(...empty), schema)).inputs).toEqual([['one', { city: 'Lisbon' }, true]]);
      expect((await failureOf(completeMessage(...empty), Weather)).issues).toMatchObject([
        { path: ['city'] },
        { path: ['days'] },
      ]);
    });

    it.each(['max_tokens', 'model_context_window_exceeded'] as const)(
      'is truncated if %s ends the message',
      async (reason) => {
        const error = await failureOf([messageStart(), ...empty, messageDelta(reason), messageStop]);

        expect(error.message).toContain(`The input of get_weather (one) is truncated (stop_reason ${reason}).`);
        expect(error).toMatchObject({ text: '', value: {}, issues: [] });
      },
    );

    it('is not truncated if max_tokens ends the message later', async () => {
      const events = [
        ...empty,
        blockStart(1, { type: 'text', text: '' }),
        blockStop(1),
        messageDelta('max_tokens'),
        messageStop,
      ];

      expect(await read([messageStart(), ...events])).toEqual({ inputs: [['one', {}, true]], error: undefined });
    });

    it('may have no input field', async () => {
      const block = { type: 'tool_use', id: 'one', name: 'get_weather' };

      expect((await read(completeMessage(blockStart(0, block), blockStop(0)))).inputs).toEqual([['one', {}, true]]);
    });

    it('may have the text {}', async () => {
      expect((await read(completeMessage(call(0, 'one'), inputJsonDelta('{}'), blockStop(0)))).inputs).toEqual([
        ['one', {}, false],
        ['one', {}, true],
      ]);
    });
  });

  describe('a call that starts complete', () => {
    it('is done when its block stops', async () => {
      const block = toolUseBlock('get_weather', { city: 'Rome', days: 2 }, { id: 'one' });
      const cut = [messageStart(), blockStart(0, block), blockStop(0)];

      expect((await read(cut, Weather)).inputs).toEqual([['one', { city: 'Rome', days: 2 }, true]]);
    });

    it('is done with message_start if that contains it', () => {
      const blocks = [toolUseBlock('get_time'), toolUseBlock('get_weather', { city: 'Rome' }, { id: 'one' })];
      const inputs: unknown[] = [];
      concat(from([messageStart({ content: blocks })]), NEVER)
        .pipe(toolInput('get_weather'))
        .subscribe((input) => inputs.push(input));

      expect(inputs).toEqual([{ id: 'one', index: 1, value: { city: 'Rome' }, done: true }]);
    });
  });

  it('accepts an input that is a number, which ends with the message', async () => {
    const { inputs, error } = await read(
      completeMessage(call(0, 'one'), inputJsonDelta('1'), inputJsonDelta('2'), blockStop(0)),
    );

    expect(error).toBeUndefined();
    expect(inputs).toEqual([['one', 12, true]]);
  });

  it('accepts such a number if neither its block stops nor a stop reason comes', async () => {
    const { inputs, error } = await read([messageStart(), call(0, 'one'), inputJsonDelta('12'), messageStop]);

    expect(error).toBeUndefined();
    expect(inputs).toEqual([['one', 12, true]]);
  });

  describe('on message_restart', () => {
    it('starts over', async () => {
      const first = [messageStart(), call(0, 'one'), inputJsonDelta('{"city":"Pa'), restart()];
      const { inputs, error } = await read([
        ...first,
        ...completeMessage(call(0, 'two'), inputJsonDelta('{"city":"R"}'), blockStop(0)),
      ]);

      expect(error).toBeUndefined();
      expect(inputs).toEqual([
        ['one', { city: 'Pa' }, false],
        ['two', { city: 'R' }, false],
        ['two', { city: 'R' }, true],
      ]);
    });

    it('drops a call that waits for the stop reason', async () => {
      const first = [messageStart(), call(0, 'one'), blockStop(0), restart()];
      const { inputs } = await read([
        ...first,
        ...completeMessage(blockStart(0, { type: 'text', text: '' }), blockStop(0)),
      ]);

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
    const first = [
      call(0, 'one'),
      inputJsonDelta('{"a":'),
      blockStop(0),
      call(1, 'none'),
      blockStop(1),
      blockStart(2, fallback),
      blockStop(2),
    ];
    const { inputs, error } = await read(
      completeMessage(...first, call(3, 'two'), inputJsonDelta('{"b":2}', 3), blockStop(3)),
    );

    expect(error).toBeUndefined();
    expect(inputs.map(([id, , done]) => [id, done])).toEqual([
      ['one', false],
      ['two', false],
      ['two', true],
    ]);
  });

  describe('a stream that fails', () => {
    const begun = [messageStart(), call(0, 'one'), inputJsonDelta('{"city":"Pa')];

    it('fails with IncompleteMessageError if the source completes before message_stop', async () => {
      const { inputs, error } = await read(begun);

      expect(inputs).toEqual([['one', { city: 'Pa' }, false]]);
      expect(error).toBeInstanceOf(IncompleteMessageError);
      expect((error as IncompleteMessageError).partial?.content).toMatchObject([{ input: { city: 'Pa' } }]);
    });

    it('passes its error through unchanged, with what had arrived', async () => {
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

    it('fails with InvalidEventError if an event is out of order', async () => {
      const { error } = await read([messageStart(), inputJsonDelta('{}')]);

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

  it('come from a type argument if there is no schema', () => {
    expectTypeOf(NEVER.pipe(toolInput<{ city: string }>('x'))).toEqualTypeOf<Observable<ToolInput<{ city: string }>>>();
    expectTypeOf(NEVER.pipe(toolInput('x'))).toEqualTypeOf<Observable<ToolInput<unknown>>>();
    expect(true).toBe(true);
  });

  it('are unknown before the end if the schema does not declare its input', () => {
    const schema: StandardSchemaV1<unknown, { city: string }> = Weather;
    const inputs = NEVER.pipe(toolInput('x', schema));

    expectTypeOf(inputs).toEqualTypeOf<Observable<ToolInput<{ city: string }, unknown>>>();
    expect(inputs).toBeDefined();
  });
});
