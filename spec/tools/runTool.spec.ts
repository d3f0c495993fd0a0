import { setImmediate as turn } from 'node:timers/promises';
import { concat, EMPTY, lastValueFrom, NEVER, Observable, of, Subject, takeUntil, throwError } from 'rxjs';
import type { ToolOutput } from '../../src/tools/defineTool.js';
import type { ToolProgressEvent, ToolResultEvent } from '../../src/tools/toolEvents.js';
import { marbles } from '../support/marbles.js';
import { getWeather, paris, resultOf, runWith } from './support/weather.js';

const text = { type: 'text', text: 'Sun' };
const image = { type: 'image', source: { type: 'url', url: 'https://example.com/sun.png' } };

describe('runTool', () => {
  it('passes the tool the output of the schema, and the call', async () => {
    const seen: unknown[] = [];
    const event = await resultOf(
      getWeather((input, context) => {
        seen.push(input, context);
        return 'Sun';
      }),
    );

    expect(seen).toEqual([
      { city: 'Paris', days: 3 },
      {
        id: 'id_get_weather',
        name: 'get_weather',
        toolUse: paris,
        signal: expect.any(AbortSignal) as unknown,
        idempotencyKey: expect.stringMatching(/^[0-9a-f]{32}:id_get_weather$/) as unknown,
      },
    ]);
    expect(event).toEqual({
      type: 'tool_result',
      tool_use_id: 'id_get_weather',
      index: 0,
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
      'a list with an object that is not a content block as JSON',
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

  it('emits the result synchronously if the tool returns it synchronously', () => {
    const seen: string[] = [];
    runWith(getWeather(() => 'Sun')).subscribe(({ type }) => seen.push(type));

    expect(seen).toEqual(['tool_result']);
  });

  it(
    'emits the values of an Observable as progress when they arrive, and the last one as the result',
    marbles(({ cold, expectObservable }) => {
      const outputs = cold('--a--b--(c|)', { a: 'Looking', b: 'Found it', c: 'Sun' });
      const expected = '    --x--y--(r|)';
      const event = { tool_use_id: 'id_get_weather', index: 0, name: 'get_weather' };

      expectObservable(runWith(getWeather(() => outputs))).toBe(expected, {
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
    'emits the last value as progress too if the Observable completes later',
    marbles(({ cold, expectObservable }) => {
      const outputs = cold('--a--|   ', { a: 'Sun' });
      const expected = '    --x--(r|)';

      expectObservable(runWith(getWeather(() => outputs))).toBe(expected, {
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
  ])('does not emit a value as progress that is emitted synchronously with the completion (%#)', (outputs, types) => {
    const seen: string[] = [];
    runWith(getWeather(() => outputs)).subscribe(({ type }) => seen.push(type));

    expect(seen).toEqual(types);
  });

  it('emits a result without content for an Observable without values', async () => {
    expect((await resultOf(getWeather(() => EMPTY))).result).not.toHaveProperty('content');
  });

  describe('unsubscribing', () => {
    /** A tool that records when it starts and when its signal is aborted. */
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
      runWith(tool).subscribe().unsubscribe();

      expect(seen).toEqual(['started', 'aborted']);
    });

    it('aborts the signal of a tool that has emitted progress', async () => {
      const { seen, tool } = watched(concat(of(1, 2), NEVER));
      const subscription = runWith(tool).subscribe((event) => seen.push(event.type));

      expect(seen).toEqual(['started', 'tool_progress']);
      subscription.unsubscribe();
      await turn();
      expect(seen).toEqual(['started', 'tool_progress', 'aborted']);
    });

    it('aborts the signal of a tool that is unsubscribed from while it starts', () => {
      const stop = new Subject<void>();
      const aborted: boolean[] = [];
      const tool = getWeather((_, { signal }) => {
        signal.addEventListener('abort', () => aborted.push(true));
        stop.next();
        return NEVER;
      });
      runWith(tool).pipe(takeUntil(stop)).subscribe();

      expect(aborted).toEqual([true]);
    });

    it.each(['Sun', Promise.resolve('Sun'), of('Sun'), throwError(() => new Error('Lost.'))])(
      'does not abort the signal of a tool that has ended (%#)',
      async (output) => {
        const { seen, tool } = watched(output);
        await lastValueFrom(runWith(tool));

        expect(seen).toEqual(['started']);
      },
    );

    it('unsubscribes from the Observable of a tool', () => {
      let left = 0;
      const outputs = new Observable(() => () => {
        left += 1;
      });
      runWith(getWeather(() => outputs))
        .subscribe()
        .unsubscribe();

      expect(left).toBe(1);
    });

    it('ignores a promise that rejects afterwards, and leaves no rejection unhandled', async () => {
      const seen: unknown[] = [];
      let reject: (error: Error) => void = () => undefined;
      const output = new Promise((_, rejectIt) => {
        reject = rejectIt;
      });
      runWith(getWeather(() => output))
        .subscribe((event) => seen.push(event))
        .unsubscribe();
      reject(new Error('Aborted.'));
      await turn(); // Jest fails a test for a rejection that nobody has handled by then

      expect(seen).toEqual([]);
    });

    it('does not run a call whose approval is still awaited', async () => {
      const run = jest.fn();
      const answer = Promise.resolve(true);
      runWith(getWeather(run, true), () => answer)
        .subscribe()
        .unsubscribe();
      await answer;
      await Promise.resolve();

      expect(run).not.toHaveBeenCalled();
    });

    it('runs the tool once per subscription, and not before', () => {
      const run = jest.fn();
      const made = runWith(getWeather(run));

      expect(run).not.toHaveBeenCalled();
      made.subscribe();
      made.subscribe();
      expect(run).toHaveBeenCalledTimes(2);
    });
  });
});
