import { setImmediate as turn } from 'node:timers/promises';
import { expectTypeOf } from 'expect-type';
import {
  concat,
  EMPTY,
  firstValueFrom,
  lastValueFrom,
  NEVER,
  Observable,
  of,
  Subject,
  takeUntil,
  throwError,
  toArray,
} from 'rxjs';
import { z } from 'zod';
import * as mini from 'zod/mini';
import { AnthropicError, finalMessage, InvalidOutputError, type ToolUseBlock } from '../../src/index.js';
import { toolUseBlock } from '../../src/testing/index.js';
import { defineTool, type Tool, type ToolContext, type ToolOutput } from '../../src/tools/defineTool.js';
import { runTool, type OnTool } from '../../src/tools/runTool.js';
import type { ToolProgressEvent, ToolResultEvent } from '../../src/tools/toolEvents.js';
import { marbles } from '../support/marbles.js';
import { call, letters, stops } from './support/turns.js';

const weather = z.object({ city: z.string(), days: z.number().default(3) });
const paris = call('get_weather', { city: 'Paris' });

function getWeather(
  run: (input: z.infer<typeof weather>, context: ToolContext) => ToolOutput,
  needsApproval = false,
): Tool {
  return defineTool({ name: 'get_weather', input: weather, run, needsApproval });
}

function start(tool: Tool, onTool?: OnTool, block = paris): Observable<ToolProgressEvent | ToolResultEvent> {
  return runTool(block, new Map([[tool.name, tool]]), onTool);
}

/** The result of a call; there must be one event and no other. */
async function resultOf(tool: Tool, onTool?: OnTool, block?: ToolUseBlock): Promise<ToolResultEvent> {
  const [event, ...others] = await lastValueFrom(start(tool, onTool, block).pipe(toArray()));
  if (event?.type !== 'tool_result' || others.length > 0) throw new Error('not one result');
  return event;
}

/** A call whose input is this JSON text, in a message that stops for this reason. */
async function written(json: string, reason: 'tool_use' | 'max_tokens' = 'tool_use'): Promise<ToolUseBlock> {
  const { s, A, a, z } = letters;
  const delta = { type: 'input_json_delta', partial_json: json } as const;
  const events = [s, A, { type: 'content_block_delta', index: 0, delta } as const, a, stops(reason), z];
  const message = await firstValueFrom(of(...events).pipe(finalMessage()));
  return message.content[0] as ToolUseBlock;
}

const text = { type: 'text', text: 'Sun' };
const image = { type: 'image', source: { type: 'url', url: 'https://example.com/sun.png' } };

describe('runTool', () => {
  it('gives the tool its input as the schema makes it, and what belongs to the call', async () => {
    const seen: unknown[] = [];
    const event = await resultOf(
      getWeather((input, context) => {
        seen.push(input, context);
        return 'Sun';
      }),
    );

    expect(seen).toEqual([
      { city: 'Paris', days: 3 },
      { id: 'id_get_weather', name: 'get_weather', toolUse: paris, signal: expect.any(AbortSignal) as unknown },
    ]);
    expect(event).toEqual({
      type: 'tool_result',
      tool_use_id: 'id_get_weather',
      name: 'get_weather',
      result: { type: 'tool_result', tool_use_id: 'id_get_weather', content: 'Sun' },
    });
  });

  it.each<[string, unknown, unknown]>([
    ['a string as it is', 'Sun', 'Sun'],
    ['content blocks as they are', [text, image], [text, image]],
    ['an object as JSON', { degrees: 21 }, '{"degrees":21}'],
    ['a list as JSON', [21, 22], '[21,22]'],
    ['an empty list as JSON', [], '[]'],
    [
      'a list of objects that are no content blocks as JSON',
      [text, { type: 'dog' }],
      JSON.stringify([text, { type: 'dog' }]),
    ],
    ['a number as JSON', 21, '21'],
    ['false as JSON', false, 'false'],
    ['null as JSON', null, 'null'],
  ])('sends %s', async (_, output, content) => {
    const tools = [() => output, () => Promise.resolve(output)];
    const results = await Promise.all(tools.map((run) => resultOf(getWeather(run))));

    for (const { result } of results) {
      expect(result).toEqual({ type: 'tool_result', tool_use_id: 'id_get_weather', content });
    }
  });

  it.each([undefined, ''])('sends no content for %j', async (output) => {
    const { result } = await resultOf(getWeather(() => output));

    expect(result).toEqual({ type: 'tool_result', tool_use_id: 'id_get_weather' });
  });

  it('has the result in the same turn, where the tool has', () => {
    const seen: string[] = [];
    start(getWeather(() => 'Sun')).subscribe(({ type }) => seen.push(type));

    expect(seen).toEqual(['tool_result']);
  });

  it(
    "emits an Observable's values as progress as they come, and the last one as the result",
    marbles(({ cold, expectObservable }) => {
      const outputs = cold('--a--b--(c|)', { a: 'Looking', b: 'Found it', c: 'Sun' });
      const expected = '    --x--y--(r|)';
      const event = { tool_use_id: 'id_get_weather', name: 'get_weather' };

      expectObservable(start(getWeather(() => outputs))).toBe(expected, {
        x: { ...event, type: 'tool_progress', value: 'Looking' },
        y: { ...event, type: 'tool_progress', value: 'Found it' },
        r: {
          ...event,
          type: 'tool_result',
          result: { type: 'tool_result', tool_use_id: 'id_get_weather', content: 'Sun' },
        },
      });
    }),
  );

  it(
    'has emitted the last value as progress too, where the Observable completes later',
    marbles(({ cold, expectObservable }) => {
      const outputs = cold('--a--|   ', { a: 'Sun' });
      const expected = '    --x--(r|)';

      expectObservable(start(getWeather(() => outputs))).toBe(expected, {
        x: expect.objectContaining({ type: 'tool_progress', value: 'Sun' }) as ToolProgressEvent,
        r: expect.objectContaining({
          result: expect.objectContaining({ content: 'Sun' }) as unknown,
        }) as ToolResultEvent,
      });
    }),
  );

  it.each([
    [of('Sun'), ['tool_result']],
    [of(1, 2, 'Sun'), ['tool_progress', 'tool_progress', 'tool_result']],
  ])('has no progress of a value that comes with the completion (%#)', (outputs, types) => {
    const seen: string[] = [];
    start(getWeather(() => outputs)).subscribe(({ type }) => seen.push(type));

    expect(seen).toEqual(types);
  });

  it('has a result without content of an Observable without values', async () => {
    expect((await resultOf(getWeather(() => EMPTY))).result).not.toHaveProperty('content');
  });

  describe('a call that goes wrong', () => {
    const fail = (error: unknown) => (): never => {
      throw error;
    };

    it.each<[string, (error: Error) => ToolOutput]>([
      ['throws', (error) => fail(error)()],
      ['rejects', (error) => Promise.reject(error)],
      ['fails', (error) => throwError(() => error)],
    ])('has a result that says so: the tool %s', async (_, run) => {
      const error = new Error('No such city.');

      expect(await resultOf(getWeather(() => run(error)))).toEqual({
        type: 'tool_result',
        tool_use_id: 'id_get_weather',
        name: 'get_weather',
        result: { type: 'tool_result', tool_use_id: 'id_get_weather', content: 'No such city.', is_error: true },
        error,
      });
    });

    it.each<[unknown, string]>([
      ['No such city.', 'No such city.'],
      [{ message: 'From another realm.' }, 'From another realm.'],
      [new Error(''), 'The tool failed.'],
      [undefined, 'The tool failed.'],
      [{ message: 1 }, 'The tool failed.'],
    ])('has a message, whatever is thrown (%#)', async (thrown, content) => {
      const event = await resultOf(getWeather(fail(thrown)));

      expect(event.result.content).toBe(content);
      expect(event.error).toBe(thrown);
    });

    it('keeps the progress that came before', async () => {
      const outputs = new Observable((subscriber) => {
        subscriber.next('Looking');
        subscriber.error(new Error('Lost.'));
      });
      const events = await lastValueFrom(start(getWeather(() => outputs)).pipe(toArray()));

      expect(events).toMatchObject([{ value: 'Looking' }, { result: { content: 'Lost.', is_error: true } }]);
    });

    it('is not sent if JSON has no form for it', async () => {
      const { result } = await resultOf(getWeather(() => ({ degrees: 21n })));

      expect(result).toMatchObject({ is_error: true, content: expect.stringContaining('BigInt') as unknown });
    });

    it('names the tools that there are to one that asks for another', async () => {
      const event = await resultOf(
        getWeather(() => 'Sun'),
        undefined,
        call('get_time'),
      );

      expect(event.result).toEqual({
        type: 'tool_result',
        tool_use_id: 'id_get_time',
        content: 'There is no tool get_time. The tools are: get_weather.',
        is_error: true,
      });
      expect(event.error).toBeInstanceOf(AnthropicError);
      expect(await firstValueFrom(runTool(call('get_time'), new Map()))).toMatchObject({
        result: { content: 'There is no tool get_time. There are no tools.' },
      });
    });

    it('does not run with an input that the schema has something against, and says what', async () => {
      const run = jest.fn();
      const input = { city: 1, days: 'two' };
      const { result, error } = await resultOf(getWeather(run), undefined, toolUseBlock('get_weather', input));

      expect(run).not.toHaveBeenCalled();
      expect(result.is_error).toBe(true);
      expect(result.content).toMatch(
        /^The input of get_weather does not match its schema:\n- city: .*string.*\n- days: .*number.*$/,
      );
      expect(error).toBeInstanceOf(InvalidOutputError);
      expect(error).toMatchObject({
        text: JSON.stringify(input),
        value: input,
        issues: [{ path: ['city'] }, { path: ['days'] }],
      });
    });

    it('says of an issue with the whole input only what it is', async () => {
      const { result } = await resultOf(getWeather(jest.fn()), undefined, toolUseBlock('get_weather', 'Paris'));

      expect(result.content).toMatch(/does not match its schema:\n- [^:]*: expected object, received string$/i);
    });

    it.each([
      ['{"city":"Par', 'tool_use'],
      ['{"city":Paris}', 'tool_use'],
      ['{"city":"Par', 'max_tokens'],
    ] as const)('does not run with the input %s of a message that stops with %s', async (json, reason) => {
      const run = jest.fn();
      const tool = { ...getWeather(run), name: 'a' };
      const { result, error } = await resultOf(tool, undefined, await written(json, reason));

      expect(run).not.toHaveBeenCalled();
      expect(result).toEqual({
        type: 'tool_result',
        tool_use_id: 'id_a',
        content: JSON.stringify({ INVALID_JSON: json }),
        is_error: true,
      });
      expect(error).toBeInstanceOf(InvalidOutputError);
      expect(error).toMatchObject({
        text: json,
        ...(reason === 'tool_use' && { cause: { name: 'JsonTextError' } }),
        message: expect.stringMatching(
          reason === 'max_tokens' ? /was truncated/ : /is not valid JSON: Unexpected /,
        ) as unknown,
      });
    });

    it('says that a schema must answer at once', async () => {
      const input = mini.object({ city: mini.string().check(mini.refine((city) => Promise.resolve(city !== ''))) });
      const tool = defineTool({ name: 'get_weather', input, inputSchema: { type: 'object' }, run: jest.fn() });

      expect((await resultOf(tool)).result).toMatchObject({
        is_error: true,
        content: expect.stringMatching(/at once/) as unknown,
      });
    });
  });

  describe('onTool', () => {
    const yes: unknown[] = [true, Promise.resolve(true), of(true)];
    const no: unknown[] = [false, Promise.resolve(false), of(false), of(false, true)];
    const neither: unknown[] = [undefined, Promise.resolve(undefined), EMPTY];
    const answering = (answer: unknown): OnTool => jest.fn(() => answer as boolean);

    it('learns of the call before it is made, with the input as the tool gets it', async () => {
      const order: unknown[] = [];
      const tool = getWeather((input) => order.push(input));
      await resultOf(tool, (made) => void order.push(made));

      expect(order).toEqual([
        { id: 'id_get_weather', name: 'get_weather', input: { city: 'Paris', days: 3 }, needsApproval: false },
        { city: 'Paris', days: 3 },
      ]);
    });

    it.each([...yes, ...neither])(
      'makes a call that needs no approval after anything but false (%#)',
      async (answer) => {
        expect(
          (
            await resultOf(
              getWeather(() => 'Sun'),
              answering(answer),
            )
          ).result.content,
        ).toBe('Sun');
      },
    );

    it.each(no)('declines a call after false (%#)', async (answer) => {
      for (const needsApproval of [true, false]) {
        const run = jest.fn();
        const event = await resultOf(getWeather(run, needsApproval), answering(answer));

        expect(run).not.toHaveBeenCalled();
        expect(event).not.toHaveProperty('error');
        expect(event.result).toEqual({
          type: 'tool_result',
          tool_use_id: 'id_get_weather',
          content: 'The call was declined.',
          is_error: true,
        });
      }
    });

    it.each(yes)('makes a call that needs approval after true (%#)', async (answer) => {
      expect(
        (
          await resultOf(
            getWeather(() => 'Sun', true),
            answering(answer),
          )
        ).result.content,
      ).toBe('Sun');
    });

    it.each([...neither, 'yes', 1])('declines a call that needs approval after anything else (%#)', async (answer) => {
      const run = jest.fn();

      expect((await resultOf(getWeather(run, true), answering(answer))).result.is_error).toBe(true);
      expect(run).not.toHaveBeenCalled();
    });

    it('is told whether the call needs approval', async () => {
      const onTool = answering(true);
      await resultOf(
        getWeather(() => 'Sun', true),
        onTool,
      );

      expect(onTool).toHaveBeenCalledWith(expect.objectContaining({ needsApproval: true }));
    });

    it('is asked for what a call that needs approval needs: without it, the call is declined', async () => {
      const run = jest.fn();

      expect((await resultOf(getWeather(run, true))).result).toMatchObject({
        content: 'The call was declined.',
        is_error: true,
      });
      expect(run).not.toHaveBeenCalled();
    });

    it('is not asked about a call that is not made', async () => {
      const onTool = jest.fn();
      await resultOf(getWeather(jest.fn()), onTool, toolUseBlock('get_weather', {}));
      await resultOf(getWeather(jest.fn()), onTool, call('get_time'));

      expect(onTool).not.toHaveBeenCalled();
    });

    it.each<[string, OnTool]>([
      [
        'throws',
        () => {
          throw new Error('The dialog broke.');
        },
      ],
      ['rejects', () => Promise.reject(new Error('The dialog broke.'))],
      ['fails', () => throwError(() => new Error('The dialog broke.'))],
    ])('keeps the call from being made if it %s', async (_, onTool) => {
      const run = jest.fn();

      expect((await resultOf(getWeather(run), onTool)).result).toMatchObject({
        content: 'The dialog broke.',
        is_error: true,
      });
      expect(run).not.toHaveBeenCalled();
    });

    it('keeps the call from being made if needsApproval throws', async () => {
      const run = jest.fn();
      const needsApproval = () => {
        throw new Error('Who knows.');
      };
      const tool = defineTool({ name: 'get_weather', input: weather, run, needsApproval });

      expect((await resultOf(tool)).result).toMatchObject({ content: 'Who knows.', is_error: true });
      expect(run).not.toHaveBeenCalled();
    });
  });

  describe('unsubscribing', () => {
    /** A tool that says what its signal says. */
    function watched(output: ToolOutput) {
      const seen: string[] = [];
      const tool = getWeather((_, { signal }) => {
        signal.addEventListener('abort', () => seen.push('aborted'));
        seen.push(signal.aborted ? 'started aborted' : 'started');
        return output;
      });
      return { seen, tool };
    }

    it.each([new Promise(() => undefined), NEVER])('aborts the signal of a tool that runs (%#)', (output) => {
      const { seen, tool } = watched(output);
      start(tool).subscribe().unsubscribe();

      expect(seen).toEqual(['started', 'aborted']);
    });

    it('aborts the signal of a tool that is in the middle of its progress', async () => {
      const { seen, tool } = watched(concat(of(1, 2), NEVER));
      const subscription = start(tool).subscribe((event) => seen.push(event.type));

      expect(seen).toEqual(['started', 'tool_progress']);
      subscription.unsubscribe();
      await turn();
      expect(seen).toEqual(['started', 'tool_progress', 'aborted']);
    });

    it('aborts the signal of a tool that is left while it starts', () => {
      const stop = new Subject<void>();
      const aborted: boolean[] = [];
      const tool = getWeather((_, { signal }) => {
        signal.addEventListener('abort', () => aborted.push(true));
        stop.next();
        return NEVER;
      });
      start(tool).pipe(takeUntil(stop)).subscribe();

      expect(aborted).toEqual([true]);
    });

    it.each(['Sun', Promise.resolve('Sun'), of('Sun'), throwError(() => new Error('Lost.'))])(
      'does not abort the signal of a tool that has ended (%#)',
      async (output) => {
        const { seen, tool } = watched(output);
        await lastValueFrom(start(tool));

        expect(seen).toEqual(['started']);
      },
    );

    it('leaves the Observable of a tool', () => {
      let left = 0;
      const outputs = new Observable(() => () => {
        left += 1;
      });
      start(getWeather(() => outputs))
        .subscribe()
        .unsubscribe();

      expect(left).toBe(1);
    });

    it('says nothing of a promise that rejects afterwards, and leaves no rejection unhandled', async () => {
      const seen: unknown[] = [];
      let reject: (error: Error) => void = () => undefined;
      const output = new Promise((_, rejectIt) => {
        reject = rejectIt;
      });
      start(getWeather(() => output))
        .subscribe((event) => seen.push(event))
        .unsubscribe();
      reject(new Error('Aborted.'));
      await turn(); // Jest fails a test for a rejection that nobody has handled by then

      expect(seen).toEqual([]);
    });

    it('does not make a call whose approval is still awaited', async () => {
      const run = jest.fn();
      const answer = Promise.resolve(true);
      start(getWeather(run, true), () => answer)
        .subscribe()
        .unsubscribe();
      await answer;
      await Promise.resolve();

      expect(run).not.toHaveBeenCalled();
    });

    it('starts nothing before someone subscribes, and anew for each who does', () => {
      const run = jest.fn();
      const made = start(getWeather(run));

      expect(run).not.toHaveBeenCalled();
      made.subscribe();
      made.subscribe();
      expect(run).toHaveBeenCalledTimes(2);
    });
  });

  it('takes callbacks that look, that answer, and that answer later', () => {
    expectTypeOf<() => void>().toExtend<OnTool>();
    expectTypeOf<() => boolean>().toExtend<OnTool>();
    expectTypeOf<() => Promise<boolean>>().toExtend<OnTool>();
    expectTypeOf<() => Promise<void>>().toExtend<OnTool>();
    expectTypeOf<() => Observable<boolean>>().toExtend<OnTool>();
    expectTypeOf<() => string>().not.toExtend<OnTool>();
  });
});
