import { firstValueFrom, lastValueFrom, Observable, of, throwError, toArray } from 'rxjs';
import * as mini from 'zod/mini';
import { AnthropicError, finalMessage, InvalidOutputError, type ToolUseBlock } from '../../src/index.js';
import { toolUseBlock } from '../../src/testing/index.js';
import { defineTool, type ToolOutput } from '../../src/tools/defineTool.js';
import { inputJsonDelta } from '../support/events.js';
import { call, letters, stops } from './support/turns.js';
import { getWeather, resultOf, runWith } from './support/weather.js';

/** A call with this JSON text as its input, in a message that stops with this reason. */
async function written(json: string, reason: 'tool_use' | 'max_tokens' = 'tool_use'): Promise<ToolUseBlock> {
  const { s, A, a, z } = letters;
  const events = [s, A, inputJsonDelta(json), a, stops(reason), z];
  const message = await firstValueFrom(of(...events).pipe(finalMessage()));
  return message.content[0] as ToolUseBlock;
}

describe('runTool: a call that fails', () => {
  const fail = (error: unknown) => (): never => {
    throw error;
  };

  it.each<[string, (error: Error) => ToolOutput]>([
    ['throws', (error) => fail(error)()],
    ['rejects', (error) => Promise.reject(error)],
    ['fails', (error) => throwError(() => error)],
  ])('has the error as its result: the tool %s', async (_, run) => {
    const error = new Error('No such city.');

    expect(await resultOf(getWeather(() => run(error)))).toEqual({
      type: 'tool_result',
      tool_use_id: 'id_get_weather',
      index: 0,
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
  ])('has a message as its result, whatever is thrown (%#)', async (thrown, content) => {
    const event = await resultOf(getWeather(fail(thrown)));

    expect(event.result.content).toBe(content);
    expect(event.error).toBe(thrown);
  });

  it('emits the progress before the error', async () => {
    const outputs = new Observable((subscriber) => {
      subscriber.next('Looking');
      subscriber.error(new Error('Lost.'));
    });
    const events = await lastValueFrom(runWith(getWeather(() => outputs)).pipe(toArray()));

    expect(events).toMatchObject([{ value: 'Looking' }, { result: { content: 'Lost.', is_error: true } }]);
  });

  it('has an error as its result if the output cannot be converted to JSON', async () => {
    const { result } = await resultOf(getWeather(() => ({ degrees: 21n })));

    expect(result).toMatchObject({ is_error: true, content: expect.stringContaining('BigInt') as unknown });
  });

  it('lists the tools if there is none of that name', async () => {
    const event = await resultOf(
      getWeather(() => 'Sun'),
      undefined,
      call('get_time'),
    );

    expect(event.result).toEqual({
      type: 'tool_result',
      tool_use_id: 'id_get_time',
      content: 'There is no tool named get_time. The available tools are get_weather.',
      is_error: true,
    });
    expect(event.error).toBeInstanceOf(AnthropicError);
    expect(await firstValueFrom(runWith([], undefined, call('get_time')))).toMatchObject({
      result: { content: 'There is no tool named get_time. No tools are available.' },
    });
  });

  it('is not run with an input that does not match the schema, and lists the issues', async () => {
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

  it('lists an issue with the input itself without a path', async () => {
    const { result } = await resultOf(getWeather(jest.fn()), undefined, toolUseBlock('get_weather', 'Paris'));

    expect(result.content).toMatch(/does not match its schema:\n- [^:]*: expected object, received string$/i);
  });

  it.each([
    ['{"city":"Par', 'tool_use'],
    ['{"city":Paris}', 'tool_use'],
    ['{"city":"Par', 'max_tokens'],
  ] as const)('is not run with the input %s of a message that stops with %s', async (json, reason) => {
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

  it('fails if the schema validates asynchronously', async () => {
    const input = mini.object({ city: mini.string().check(mini.refine((city) => Promise.resolve(city !== ''))) });
    const tool = defineTool({ name: 'get_weather', input, inputSchema: { type: 'object' }, run: jest.fn() });

    expect((await resultOf(tool)).result).toMatchObject({
      is_error: true,
      content: expect.stringMatching(/validate synchronously/) as unknown,
    });
  });
});
