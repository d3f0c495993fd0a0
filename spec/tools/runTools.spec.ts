import { from, lastValueFrom, of, toArray, type Observable } from 'rxjs';
import { z } from 'zod';
import {
  accumulateMessage,
  InvalidOutputError,
  InvalidParamsError,
  textDeltas,
  usage,
  type Message,
  type MessageParam,
  type MessageStreamEvent,
  type StopReason,
} from '../../src/index.js';
import { toolUses } from '../../src/operators/toolUses.js';
import { buildMessage, eventsOf, textBlock } from '../../src/testing/index.js';
import { defineTool } from '../../src/tools/defineTool.js';
import type { RunToolsOptions } from '../../src/tools/runOptions.js';
import { runTools } from '../../src/tools/runTools.js';
import type { ToolCall } from '../../src/tools/runTool.js';
import type { RunEndEvent, RunToolsEvent } from '../../src/tools/toolEvents.js';
import { deepFreeze } from '../support/deepFreeze.js';
import { blockStart, blockStop, inputJsonDelta, messageStart, messageStop } from '../support/events.js';
import { Answers, call, letters, params, stops } from './support/turns.js';

const echo = defineTool({ name: 'echo', input: z.object({ say: z.string() }), run: ({ say }) => say });

async function eventsIn(options: RunToolsOptions): Promise<RunToolsEvent[]> {
  return lastValueFrom(runTools(params, options).pipe(toArray()));
}

function endOf(events: readonly RunToolsEvent[]): RunEndEvent {
  const last = events.at(-1);
  if (last?.type !== 'run_end') throw new Error('no run_end');
  return last;
}

describe('runTools', () => {
  it('asks, runs the tools, sends their results and asks again, until there are no more calls', async () => {
    const again = { ...call('echo', { say: 'two' }), id: 'id_again' };
    const answers = new Answers(
      { content: ['Let me see.', call('echo', { say: 'one' })], usage: { input_tokens: 10, output_tokens: 20 } },
      { content: [again], usage: { input_tokens: 100, output_tokens: 200 } },
      { content: 'One, two.', usage: { input_tokens: 1000, output_tokens: 2000 } },
    );
    const events = await eventsIn({ tools: [echo], request: answers.request });
    const conversation: MessageParam[] = [
      ...params.messages,
      { role: 'assistant', content: [textBlock('Let me see.'), call('echo', { say: 'one' })] },
      { role: 'user', content: [{ type: 'tool_result', tool_use_id: 'id_echo', content: 'one' }] },
      { role: 'assistant', content: [again] },
      { role: 'user', content: [{ type: 'tool_result', tool_use_id: 'id_again', content: 'two' }] },
      { role: 'assistant', content: [textBlock('One, two.')] },
    ];

    expect(answers.asked.map(({ messages }) => messages)).toEqual(
      [1, 3, 5].map((length) => conversation.slice(0, length)),
    );
    expect(endOf(events)).toEqual({
      type: 'run_end',
      reason: 'end_turn',
      messages: conversation,
      usage: expect.objectContaining({ input_tokens: 1110, output_tokens: 2220 }) as unknown,
      turns: 3,
    });
    expect(events.filter(({ type }) => type === 'run_end')).toHaveLength(1);
  });

  it('sends the other parameters with each request, and the tools with those that the API runs', async () => {
    const answers = new Answers({ content: [call('echo', { say: 'one' })] }, { content: 'Done.' });
    const search = { type: 'web_search_20250305', name: 'web_search' };
    const asked = { ...params, system: 'Be brief.', tools: [search] };
    await lastValueFrom(runTools(asked, { tools: [echo], request: answers.request }));

    expect(answers.asked).toHaveLength(2);
    for (const request of answers.asked) {
      expect(request).toMatchObject({ system: 'Be brief.', max_tokens: 1024, tools: [search, echo.param] });
    }
  });

  it('sends no tools if there are none', async () => {
    const answers = new Answers({ content: 'Hello' });
    await eventsIn({ tools: [], request: answers.request });

    expect(answers.asked).toEqual([params]);
  });

  it('emits a stream that the operators read like any other', async () => {
    const options = (): RunToolsOptions => ({
      tools: [echo],
      request: new Answers({ content: ['One. ', call('echo', { say: 'x' })] }, { content: 'Two.' }).request,
    });
    const read = <T>(operator: (source: Observable<RunToolsEvent>) => Observable<T>): Promise<T[]> =>
      lastValueFrom(runTools(params, options()).pipe(operator, toArray()));

    expect((await read(textDeltas())).join('')).toBe('One. Two.');
    expect(await read(toolUses())).toEqual([call('echo', { say: 'x' })]);
    expect((await read(accumulateMessage({ emit: 'final' }))).map(({ id }) => id)).toEqual(['msg_0', 'msg_1']);
    expect((await read(usage())).at(-1)?.output_tokens).toBe(buildMessage({ content: 'Two.' }).usage.output_tokens);
  });

  it.each<Message['stop_reason']>([
    'end_turn',
    'max_tokens',
    'stop_sequence',
    'refusal',
    'model_context_window_exceeded',
    'not_known_yet' as StopReason,
    null,
  ])('ends with a message that stops with %s', async (stop_reason) => {
    const answers = new Answers({ content: 'Well.', stop_reason });

    expect(endOf(await eventsIn({ tools: [echo], request: answers.request }))).toMatchObject({
      reason: stop_reason,
      turns: 1,
    });
  });

  it('ends with a message to which a gateway gave no stop_reason', async () => {
    const answers = new Answers(of(messageStart({ stop_reason: undefined }), messageStop));

    expect(endOf(await eventsIn({ tools: [echo], request: answers.request }))).toMatchObject({
      reason: null,
      turns: 1,
    });
  });

  it('continues after pause_turn with the message, and nothing else', async () => {
    const search = { type: 'server_tool_use', id: 'id_s', name: 'web_search', input: {} } as const;
    const answers = new Answers({ content: [search], stop_reason: 'pause_turn' }, { content: 'Found.' });
    const { reason, turns } = endOf(await eventsIn({ tools: [echo], request: answers.request }));

    expect([reason, turns]).toEqual(['end_turn', 2]);
    expect(answers.asked[1]?.messages).toEqual([...params.messages, { role: 'assistant', content: [search] }]);
  });

  it.each(['tool_use', 'pause_turn'] as const)('ends after maxTurns if %s would continue', async (stop_reason) => {
    const content = stop_reason === 'tool_use' ? [call('echo', { say: 'again' })] : 'Searching.';
    const answers = new Answers({ content, stop_reason }, { content, stop_reason });
    const { reason, turns, messages } = endOf(await eventsIn({ tools: [echo], request: answers.request, maxTurns: 2 }));

    expect([reason, turns]).toEqual(['max_turns', 2]);
    expect(messages.at(-1)?.role).toBe(stop_reason === 'tool_use' ? 'user' : 'assistant');
    expect(messages).toHaveLength(stop_reason === 'tool_use' ? 5 : 3);
  });

  it('makes 10 turns by default', async () => {
    const answers = new Answers(...Array.from({ length: 11 }, () => ({ content: [call('echo', { say: 'again' })] })));

    expect(endOf(await eventsIn({ tools: [echo], request: answers.request }))).toMatchObject({
      reason: 'max_turns',
      turns: 10,
    });
  });

  it('does not report max_turns if the last message ends the run', async () => {
    const answers = new Answers({ content: 'Well.' });

    expect(endOf(await eventsIn({ tools: [], request: answers.request, maxTurns: 1 })).reason).toBe('end_turn');
  });

  it('uses the container of the message before', async () => {
    const container = { id: 'container_1', expires_at: '2030-01-01T00:00:00Z' };
    const answers = new Answers({ content: [call('echo', { say: 'x' })], container }, { content: 'Done.' });
    await eventsIn({ tools: [echo], request: answers.request });

    expect(answers.asked.map((asked) => asked.container)).toEqual([undefined, 'container_1']);
  });

  it('makes one run per subscription, with the parameters as they were at the call', async () => {
    const messages = [...params.messages];
    const answers = new Answers({ content: 'One.' }, { content: 'Two.' });
    const run = runTools({ ...params, messages }, { tools: [], request: answers.request });
    messages.push({ role: 'user', content: 'Too late.' });

    expect(answers.asked).toHaveLength(0);
    expect(endOf(await lastValueFrom(run.pipe(toArray()))).messages).toHaveLength(2);
    expect(endOf(await lastValueFrom(run.pipe(toArray()))).turns).toBe(1);
    expect(answers.asked.map((asked) => asked.messages)).toEqual([params.messages, params.messages]);
  });

  it('calls onTool before each call', async () => {
    const answers = new Answers({ content: ['one', 'two'].map((say) => ({ ...call('echo', { say }), id: say })) }, {});
    const onTool = jest.fn(({ id }: ToolCall) => id === 'two');
    const events = await eventsIn({ tools: [echo], request: answers.request, onTool });

    expect(onTool).toHaveBeenCalledTimes(2);
    expect(endOf(events).messages[2]?.content).toMatchObject([{ is_error: true }, { content: 'two' }]);
  });

  it('waits for the stop reason if a message_delta before it has only usage', async () => {
    const { s, A, a, m, z: stop } = letters;
    const answers = new Answers(of(s, A, a, stops(null), m, stop), {});
    const tools = [defineTool({ name: 'a', input: z.object({}), run: () => 'done' })];
    const events = await eventsIn({ tools, request: answers.request });

    expect(events.filter((event) => event.type === 'tool_result').map(({ result }) => result)).toEqual([
      { type: 'tool_result', tool_use_id: 'id_a', content: 'done' },
    ]);
  });

  it('passes on events of unknown types, with any fields', async () => {
    const event = { type: 'not_known_yet', batch: 1, key: true } as unknown as MessageStreamEvent;
    const { s, M, z: stop } = letters;

    expect(await eventsIn({ tools: [], request: new Answers(of(s, event, M, stop)).request })).toContain(event);
  });

  it('does not change its arguments or the events', async () => {
    const events = deepFreeze(eventsOf(buildMessage({ content: [call('echo', { say: 'x' })] })));
    const answers = new Answers(from(events), { content: 'Done.' });
    const run = runTools(deepFreeze({ ...params, tools: [] }), { tools: deepFreeze([echo]), request: answers.request });

    expect(endOf(await lastValueFrom(run.pipe(toArray()))).messages).toHaveLength(4);
  });

  describe('calls that are not run', () => {
    const say = (text: string): string => JSON.stringify({ say: text });
    const written = (json: string, index: number) =>
      [
        blockStart(index, { ...call('echo'), id: `id_${index}` }),
        inputJsonDelta(json, index),
        blockStop(index),
      ] as const;
    const result = (index: number, content: string, is_error?: true) => ({
      type: 'tool_result',
      tool_use_id: `id_${index}`,
      content,
      ...(is_error && { is_error }),
    });
    const { s, z: end } = letters;

    it('answers a call that max_tokens truncated with its text, and sends the results of the calls before it', async () => {
      const cut = '{"say":"tw';
      const answers = new Answers(of(s, ...written(say('one'), 0), ...written(cut, 1), stops('max_tokens'), end));
      const events = await eventsIn({ tools: [echo], request: answers.request });
      const { reason, messages } = endOf(events);

      expect(reason).toBe('max_tokens');
      expect(messages.slice(1)).toEqual([
        {
          role: 'assistant',
          content: [
            { ...call('echo', { say: 'one' }), id: 'id_0' },
            { ...call('echo', { say: 'tw' }), id: 'id_1' },
          ],
        },
        { role: 'user', content: [result(0, 'one'), result(1, JSON.stringify({ INVALID_JSON: cut }), true)] },
      ]);
      expect(events.filter((event) => event.type === 'tool_result').map(({ error }) => error)).toEqual([
        undefined,
        expect.any(InvalidOutputError),
      ]);
    });

    it.each(['max_tokens', 'end_turn', 'pause_turn', null] as const)(
      'answers a complete call that the model has not moved on from before %s',
      async (reason) => {
        const run = jest.fn();
        const tools = [defineTool({ name: 'echo', input: z.object({}), run })];
        const turn = of(s, ...written(say('one'), 0), stops(reason), end);
        const { messages } = endOf(await eventsIn({ tools, request: new Answers(turn, { content: 'Done.' }).request }));
        const why = reason === null ? '' : ` (stop_reason ${reason})`;

        expect(run).not.toHaveBeenCalled();
        expect(messages[2]).toEqual({
          role: 'user',
          content: [
            result(0, `echo was not run, because the message ended at this call${why}, which may be incomplete.`, true),
          ],
        });
      },
    );

    it('answers a call that never stopped', async () => {
      const [start, delta] = written(say('one'), 0);
      const turn = of(s, start, delta, stops('tool_use'), end);
      const events = await eventsIn({ tools: [echo], request: new Answers(turn, { content: 'Done.' }).request });

      expect(endOf(events).messages[2]?.content).toMatchObject([{ is_error: true }]);
    });

    it('answers a call whose input is not valid JSON, and runs the other calls', async () => {
      const turn = of(s, ...written('{"say":', 0), ...written(say('two'), 1), stops('tool_use'), end);
      const { messages } = endOf(
        await eventsIn({ tools: [echo], request: new Answers(turn, { content: 'Done.' }).request }),
      );

      expect(messages[2]?.content).toEqual([
        result(0, JSON.stringify({ INVALID_JSON: '{"say":' }), true),
        result(1, 'two'),
      ]);
    });

    it('leaves a refused message and the results of its tools out of the conversation', async () => {
      const turn = of(s, ...written(say('one'), 0), ...written(say('two'), 1), stops('refusal'), end);
      const events = await eventsIn({ tools: [echo], request: new Answers(turn).request });

      expect(endOf(events)).toMatchObject({ reason: 'refusal', messages: params.messages, turns: 1 });
      expect(events.filter((event) => event.type === 'tool_result')).toHaveLength(1);
    });
  });

  describe('what throws at call time', () => {
    const { request } = new Answers();

    it.each([0, -1, NaN, 'two'])('a maxTurns or concurrency of %p', (number) => {
      for (const name of ['maxTurns', 'concurrency']) {
        expect(() => runTools(params, { tools: [], request, [name]: number })).toThrow(RangeError);
        expect(() => runTools(params, { tools: [], request, [name]: number })).toThrow(`runTools: ${name} must be`);
      }
    });

    it('two tools with the same name', () => {
      const both = new TypeError('runTools: two tools have the name echo.');

      expect(() => runTools(params, { tools: [echo, echo], request })).toThrow(both);
      expect(() => runTools({ ...params, tools: [echo.param] }, { tools: [echo], request })).toThrow(both);
    });

    it('whatever streamMessage throws for', () => {
      expect(() => runTools({ ...params, model: '' }, { tools: [], apiKey: 'k' })).toThrow(/^runTools: model must/);
      for (const invalid of [undefined, null, {}, { ...params, messages: undefined }, { ...params, messages: [] }]) {
        expect(() => runTools(invalid as never, { tools: [], request })).toThrow(InvalidParamsError);
      }
      expect(() => runTools(params, { tools: [], apiKey: 'k', timeout: { idleMs: -1 } })).toThrow(RangeError);
    });
  });
});
