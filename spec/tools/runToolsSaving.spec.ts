import { from, lastValueFrom, map, NEVER, of, Subject, tap, throwError, toArray } from 'rxjs';
import { runTools, type MessageParam, type RunToolsEvent, type RunToolsOptions } from '../../src/index.js';
import { textBlock } from '../../src/testing/index.js';
import { refusalOf } from '../history/support/api.js';
import type { ToolOutput } from '../../src/tools/defineTool.js';
import { summaries, tool } from './support/run.js';
import { Answers, call, letters, params, summaryOf } from './support/turns.js';

const done = (name: string, content = 'done') => ({ type: 'tool_result', tool_use_id: `id_${name}`, content });
const tools = [tool('a', () => 'done'), tool('b', () => 'done'), tool('wait', () => NEVER)];
const twoTurns = () => new Answers({ content: ['Well.', call('a'), call('b')] }, { content: 'Done.' });

/** Answers later, by an Observable or a promise. */
const later = [
  ['a promise', (value?: unknown) => Promise.resolve(value)],
  ['an Observable', (value?: unknown) => from(Promise.resolve(value))],
] as const;

describe('runTools: onTurn', () => {
  it.each(later)('is awaited before the next request, and before the end: %s', async (_, answer) => {
    const order: unknown[] = [];
    const answers = twoTurns();
    const run = runTools(params, {
      tools,
      request: (asked) => {
        order.push('request');
        return answers.request(asked);
      },
      onTurn: ({ turns }) => from(answer()).pipe(tap(() => order.push(`turn ${turns} saved`))),
    });
    await lastValueFrom(run.pipe(tap(({ type }) => type === 'run_end' && order.push(type))));

    expect(order).toEqual(['request', 'turn 1 saved', 'request', 'turn 2 saved', 'run_end']);
  });

  it.each<[string, () => unknown]>([
    [
      'throws',
      () => {
        throw new Error('disk full');
      },
    ],
    ['rejects', () => Promise.reject(new Error('disk full'))],
    ['fails', () => throwError(() => new Error('disk full'))],
  ])('fails the run if it %s, and is not called again', async (_, onTurn) => {
    const answers = twoTurns();
    const saving = jest.fn(onTurn);

    await expect(lastValueFrom(runTools(params, { tools, request: answers.request, onTurn: saving }))).rejects.toThrow(
      'disk full',
    );
    expect(answers.asked).toHaveLength(1);
    expect(saving).toHaveBeenCalledTimes(1);
  });

  it.each([['at once', (value?: unknown) => value] as const, ...later])(
    'adds the messages that it answers after the results, before the next request: %s',
    async (_, answer) => {
      const reminder: MessageParam = { role: 'user', content: 'Hurry.' };
      const answers = twoTurns();
      const onTurn = ({ turns }: { readonly turns: number }) =>
        answer(turns === 1 ? { append: [reminder] } : undefined);
      const end = await lastValueFrom(runTools(params, { tools, request: answers.request, onTurn }));
      const [first, second] = answers.asked;

      expect(second?.messages).toEqual([
        ...(first?.messages ?? []),
        { role: 'assistant', content: [textBlock('Well.'), call('a'), call('b')] },
        { role: 'user', content: [done('a'), done('b')] },
        reminder,
      ]);
      expect(refusalOf({ ...params, messages: second?.messages ?? [] })).toBeUndefined();
      expect(end).toMatchObject({ messages: [...(second?.messages ?? []), { role: 'assistant' }] });
    },
  );

  it('adds the messages only once the API has resumed a message that it paused', async () => {
    const search = { type: 'server_tool_use', id: 'id_s', name: 'web_search', input: {} } as const;
    const answers = new Answers({ content: [search], stop_reason: 'pause_turn' }, { content: [call('a')] }, {});
    const reminder: MessageParam = { role: 'user', content: 'Hurry.' };
    const onTurn = ({ turns }: { readonly turns: number }) => (turns === 1 ? { append: reminder } : undefined);
    await lastValueFrom(runTools(params, { tools, request: answers.request, onTurn }));

    expect(answers.asked[1]?.messages.at(-1)).toEqual({ role: 'assistant', content: [search] });
    expect(answers.asked[2]?.messages.slice(-2)).toEqual([{ role: 'user', content: [done('a')] }, reminder]);
  });

  it('ignores any other answer, such as the conversation itself', async () => {
    const answers = twoTurns();
    let saved: readonly MessageParam[] = [];
    await lastValueFrom(
      runTools(params, { tools, request: answers.request, onTurn: ({ messages }) => (saved = messages) }),
    );

    expect(answers.asked[1]?.messages).toHaveLength(3);
    expect(saved).toHaveLength(4);
  });
});

describe('runTools: onToolResult', () => {
  it('gets each result, with a conversation in which other calls have none yet', async () => {
    const calls: unknown[] = [];
    const { request } = twoTurns();
    const onToolResult: RunToolsOptions['onToolResult'] = (event, messages) => {
      calls.push([event.name, messages.slice(params.messages.length)]);
    };
    await lastValueFrom(runTools(params, { tools, request, onToolResult }));

    expect(calls).toEqual([
      [
        'a',
        [
          { role: 'assistant', content: [textBlock('Well.'), call('a')] },
          { role: 'user', content: [done('a')] },
        ],
      ],
      [
        'b',
        [
          { role: 'assistant', content: [textBlock('Well.'), call('a'), call('b')] },
          { role: 'user', content: [done('a'), done('b')] },
        ],
      ],
    ]);
  });

  it('is awaited before its result is emitted, one result after the other, while the message goes on', () => {
    const saves = [new Subject<never>(), new Subject<never>()];
    const seen: string[] = [];
    const order: string[] = [];
    const { s, A, a, B, b, m, z } = letters;
    const run = runTools(params, {
      tools,
      request: () => of(s, A, a, B, b, m, z),
      maxTurns: 1,
      onToolResult: ({ name }) => {
        order.push(name);
        return saves[order.length - 1];
      },
    });
    run.subscribe((event: RunToolsEvent) => seen.push(summaryOf(event) ?? event.type));

    expect([seen.at(-1), order]).toEqual(['message_stop', ['a']]);
    saves[0]?.complete();
    expect([seen.at(-1), order]).toEqual(['a done', ['a', 'b']]);
    saves[1]?.complete();
    expect(seen.slice(-2)).toEqual(['b done', 'end: max_turns']);
  });

  it('fails the run if it fails, with the result in the conversation', async () => {
    const { request } = twoTurns();
    const onToolResult = () => Promise.reject(new Error('disk full'));
    const saved: (readonly MessageParam[])[] = [];
    const run = runTools(params, { tools, request, onToolResult, onTurn: ({ messages }) => saved.push(messages) });

    await expect(lastValueFrom(run)).rejects.toThrow('disk full');
    expect(saved.map((messages) => messages.at(-1))).toEqual([{ role: 'user', content: [done('a'), done('b')] }]);
  });
});

describe('runTools: messages that end in calls without a result', () => {
  const assistant: MessageParam = { role: 'assistant', content: [textBlock('Well.'), call('a'), call('b')] };

  it.each<[string, MessageParam[], ran: string[], rest: MessageParam[]]>([
    ['none is known', [], ['a', 'b'], []],
    ['one is known', [{ role: 'user', content: [done('b', 'earlier')] }], ['a'], []],
    [
      'the user has written in the meantime',
      [
        { role: 'user', content: [done('b', 'earlier'), textBlock('Well?')] },
        { role: 'user', content: 'Hello?' },
      ],
      ['a'],
      [
        { role: 'user', content: [textBlock('Well?')] },
        { role: 'user', content: 'Hello?' },
      ],
    ],
  ])('runs them first: %s', async (_, following, ran, rest) => {
    const answers = new Answers({ content: 'Done.' });
    const messages = [...params.messages, assistant, ...following];
    const run = runTools({ ...params, messages }, { tools, request: answers.request });
    const seen = await lastValueFrom(summaries(run).pipe(toArray()));

    expect(seen).toEqual([...ran.map((name) => `${name} done`), 'end: end_turn']);
    expect(answers.asked[0]?.messages).toEqual([
      ...params.messages,
      assistant,
      { role: 'user', content: [done('a'), done('b', ran.includes('b') ? 'done' : 'earlier')] },
      ...rest,
    ]);
    expect(refusalOf(answers.asked[0] ?? params)).toBeUndefined();
  });

  it('runs only what had no result when the process ended', async () => {
    const ran: string[] = [];
    const logged = (wait: ToolOutput) =>
      ['a', 'b', 'wait'].map((name) =>
        tool(name, () => {
          ran.push(name);
          return name === 'wait' ? wait : 'done';
        }),
      );
    let saved = '';
    const onToolResult: RunToolsOptions['onToolResult'] = (_, messages) => void (saved = JSON.stringify(messages));
    const { request } = new Answers({ content: [call('a'), call('wait'), call('b')] });
    // The process ends while a tool runs: no callback is called.
    runTools(params, { tools: logged(NEVER), request, onToolResult })
      .subscribe()
      .unsubscribe();

    expect(ran).toEqual(['a', 'wait', 'b']);

    const messages = JSON.parse(saved) as MessageParam[];
    const answers = new Answers({ content: 'Done.' });
    await lastValueFrom(runTools({ ...params, messages }, { tools: logged('at last'), request: answers.request }));

    expect(ran).toEqual(['a', 'wait', 'b', 'wait']);
    expect(answers.asked[0]?.messages.at(-1)?.content).toEqual([done('a'), done('wait', 'at last'), done('b')]);
  });

  it('asks for approval, saves and counts them like the calls of a message', async () => {
    const answers = new Answers({ content: [call('a')] }, { content: 'Done.' });
    const asked: string[] = [];
    const saved: number[] = [];
    const turns: number[] = [];
    const end = await lastValueFrom(
      runTools(
        { ...params, messages: [...params.messages, assistant] },
        {
          tools,
          request: answers.request,
          onTool: ({ id }) => id !== 'id_b' && asked.push(id) > 0,
          onToolResult: (_, messages) => saved.push(messages.length),
          onTurn: (turn) => turns.push(turn.turns),
        },
      ),
    );

    expect(asked).toEqual(['id_a', 'id_a_2']);
    expect([saved, turns]).toEqual([
      [3, 3, 5],
      [0, 1, 2],
    ]);
    expect(end).toMatchObject({ turns: 2 });
  });

  it('gives unique ids to those that share one', async () => {
    const twice: MessageParam = { role: 'assistant', content: [call('a'), call('a')] };
    const known: MessageParam = { role: 'user', content: [done('a', 'earlier')] };
    const answers = new Answers({ content: 'Done.' });
    const messages = [...params.messages, twice, known];
    await lastValueFrom(runTools({ ...params, messages }, { tools, request: answers.request }));

    expect(answers.asked[0]?.messages.slice(-2)).toEqual([
      { role: 'assistant', content: [call('a'), { ...call('a'), id: 'id_a_2' }] },
      { role: 'user', content: [done('a', 'earlier'), { ...done('a'), tool_use_id: 'id_a_2' }] },
    ]);
  });

  it.each<[string, object, ran: boolean, sent: unknown]>([
    ['null', { input: null }, true, {}],
    ['absent', { input: undefined }, true, {}],
    ['not an object', { input: 'x' }, false, { INVALID_JSON: '"x"' }],
  ])('sends an input that the API accepts if it is %s', async (_, fields, ran, sent) => {
    const messages: MessageParam[] = [
      ...params.messages,
      { role: 'assistant', content: [{ ...call('a'), ...fields }] },
    ];
    const answers = new Answers({ content: 'Done.' });
    const seen = await lastValueFrom(
      summaries(runTools({ ...params, messages }, { tools, request: answers.request })).pipe(toArray()),
    );

    expect(seen[0]).toBe(ran ? 'a done' : 'a failed');
    expect(answers.asked[0]?.messages.at(-2)).toEqual({ role: 'assistant', content: [call('a', sent)] });
    expect(refusalOf(answers.asked[0] ?? params)).toBeUndefined();
  });

  it('does not run calls that another model made before it was replaced, nor those of an answered turn', async () => {
    const fallback = { type: 'fallback', from: { model: 'one' }, to: { model: 'two' } };
    const voided: MessageParam[] = [{ role: 'assistant', content: [call('a'), fallback, textBlock('Well.')] }];
    const answered: MessageParam[] = [assistant, { role: 'user', content: [done('a'), done('b')] }];

    for (const history of [voided, answered]) {
      const answers = new Answers({ content: 'Done.' });
      const messages = [...params.messages, ...history];
      const run = runTools({ ...params, messages }, { tools, request: answers.request });
      const types = await lastValueFrom(
        run.pipe(
          map(({ type }) => type),
          toArray(),
        ),
      );

      expect(types).not.toContain('tool_result');
      expect(answers.asked[0]?.messages).toEqual(messages);
    }
  });
});
