import { expectTypeOf } from 'expect-type';
import { EMPTY, of, throwError, type Observable } from 'rxjs';
import { toolUseBlock } from '../../src/testing/index.js';
import { defineTool } from '../../src/tools/defineTool.js';
import type { OnTool } from '../../src/tools/runTool.js';
import { call } from './support/turns.js';
import { getWeather, resultOf, weather } from './support/weather.js';

describe('runTool: onTool', () => {
  const yes: unknown[] = [true, Promise.resolve(true), of(true)];
  const no: unknown[] = [false, Promise.resolve(false), of(false), of(false, true)];
  const neither: unknown[] = [undefined, Promise.resolve(undefined), EMPTY];
  const answering = (answer: unknown): OnTool => jest.fn(() => answer as boolean);

  it('is called before the call is run, with the input as the tool gets it', async () => {
    const order: unknown[] = [];
    const tool = getWeather((input) => order.push(input));
    await resultOf(tool, (made) => void order.push(made));

    expect(order).toEqual([
      { id: 'id_get_weather', name: 'get_weather', input: { city: 'Paris', days: 3 }, needsApproval: false },
      { city: 'Paris', days: 3 },
    ]);
  });

  it.each([...yes, ...neither])(
    'approves a call that needs no approval by any answer except false (%#)',
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

  it.each(no)('declines a call by false (%#)', async (answer) => {
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

  it.each(yes)('approves a call that needs approval by true (%#)', async (answer) => {
    expect(
      (
        await resultOf(
          getWeather(() => 'Sun', true),
          answering(answer),
        )
      ).result.content,
    ).toBe('Sun');
  });

  it.each([...neither, 'yes', 1])('declines a call that needs approval by any other answer (%#)', async (answer) => {
    const run = jest.fn();

    expect((await resultOf(getWeather(run, true), answering(answer))).result.is_error).toBe(true);
    expect(run).not.toHaveBeenCalled();
  });

  it('may be answered with an object, whose reason the model reads', async () => {
    const run = jest.fn(() => 'Sun');
    const results = [{ approved: true }, { approved: false }, { approved: false, reason: 'Too far.' }, {}].map(
      async (answer) => (await resultOf(getWeather(run, true), answering(answer))).result.content,
    );

    expect(await Promise.all(results)).toEqual([
      'Sun',
      'The call was declined.',
      'The call was declined: Too far.',
      'The call was declined.',
    ]);
    expect(run).toHaveBeenCalledTimes(1);
  });

  it('gets whether the call needs approval', async () => {
    const onTool = answering(true);
    await resultOf(
      getWeather(() => 'Sun', true),
      onTool,
    );

    expect(onTool).toHaveBeenCalledWith(expect.objectContaining({ needsApproval: true }));
  });

  it('is required by a call that needs approval, which is declined without it', async () => {
    const run = jest.fn();

    expect((await resultOf(getWeather(run, true))).result).toMatchObject({
      content: 'The call was declined.',
      is_error: true,
    });
    expect(run).not.toHaveBeenCalled();
  });

  it('is not called for a call that cannot be run', async () => {
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
  ])('prevents the call if it %s', async (_, onTool) => {
    const run = jest.fn();

    expect((await resultOf(getWeather(run), onTool)).result).toMatchObject({
      content: 'The dialog broke.',
      is_error: true,
    });
    expect(run).not.toHaveBeenCalled();
  });

  it('is not called if needsApproval throws, which prevents the call', async () => {
    const run = jest.fn();
    const needsApproval = () => {
      throw new Error('Who knows.');
    };
    const tool = defineTool({ name: 'get_weather', input: weather, run, needsApproval });

    expect((await resultOf(tool)).result).toMatchObject({ content: 'Who knows.', is_error: true });
    expect(run).not.toHaveBeenCalled();
  });

  it('accepts callbacks that return nothing, an answer, or an answer that arrives later', () => {
    expectTypeOf<() => void>().toExtend<OnTool>();
    expectTypeOf<() => boolean>().toExtend<OnTool>();
    expectTypeOf<() => Promise<boolean>>().toExtend<OnTool>();
    expectTypeOf<() => Promise<void>>().toExtend<OnTool>();
    expectTypeOf<() => Observable<boolean>>().toExtend<OnTool>();
    expectTypeOf<() => string>().not.toExtend<OnTool>();
  });
});
