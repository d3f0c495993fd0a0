import { firstValueFrom, lastValueFrom, NEVER, throwError, toArray } from 'rxjs';
import { z } from 'zod';
import { APIUserAbortError, defineTool, OverloadedError, runTools } from '../../src/index.js';
import { Answers, call, params } from './support/turns.js';

const echo = defineTool({ name: 'echo', input: z.object({ say: z.string() }), run: ({ say }) => say });
const twoTurns = () => new Answers({ content: [call('echo', { say: 'one' })] }, { content: 'One.' });

describe('runTools: onTurn', () => {
  it('gets the conversation after each turn, with the results', async () => {
    const turns: [number, number][] = [];
    const { request } = twoTurns();
    await lastValueFrom(
      runTools(params, {
        tools: [echo],
        request,
        onTurn: (turn) => turns.push([turn.turns, turn.messages.length - params.messages.length]),
      }),
    );

    expect(turns).toEqual([
      [1, 2],
      [2, 3],
    ]);
  });

  it('preserves the conversation when a later request fails', async () => {
    const answers = twoTurns();
    const saved: unknown[] = [];
    let asked = 0;
    const run$ = runTools(params, {
      tools: [echo],
      request: (turn) => {
        asked += 1;
        return asked === 1 ? answers.request(turn) : throwError(() => new OverloadedError('full', { status: 529 }));
      },
      onTurn: ({ messages }) => saved.push(messages.at(-1)),
    });

    await expect(lastValueFrom(run$)).rejects.toBeInstanceOf(OverloadedError);
    expect(saved).toEqual([
      { role: 'user', content: [{ type: 'tool_result', tool_use_id: 'id_echo', content: 'one' }] },
    ]);
  });
});

describe('runTools: signal', () => {
  it('fails the run, whatever the request does with it', async () => {
    const controller = new AbortController();
    const run$ = runTools(params, { tools: [], signal: controller.signal, request: () => NEVER });
    const ended = lastValueFrom(run$);
    controller.abort();

    await expect(ended).rejects.toBeInstanceOf(APIUserAbortError);
  });

  it('prevents the first request if it is aborted before', async () => {
    let asked = 0;
    const request = () => {
      asked += 1;
      return NEVER;
    };
    const run$ = runTools(params, { tools: [], signal: AbortSignal.abort(), request });

    await expect(firstValueFrom(run$)).rejects.toBeInstanceOf(APIUserAbortError);
    expect(asked).toBe(0);
  });
});

describe('runTools: tool_choice', () => {
  it('forces a call in the first turn only', async () => {
    const answers = twoTurns();
    const forced = { ...params, tool_choice: { type: 'any', disable_parallel_tool_use: true } } as const;
    await lastValueFrom(runTools(forced, { tools: [echo], request: answers.request }).pipe(toArray()));

    expect(answers.asked.map(({ tool_choice }) => tool_choice)).toEqual([
      { type: 'any', disable_parallel_tool_use: true },
      { type: 'auto', disable_parallel_tool_use: true },
    ]);
  });

  it('is preserved if it does not force a call', async () => {
    const answers = twoTurns();
    const choice = { ...params, tool_choice: { type: 'none' } } as const;
    await lastValueFrom(runTools(choice, { tools: [echo], request: answers.request }).pipe(toArray()));

    expect(answers.asked.map(({ tool_choice }) => tool_choice)).toEqual([{ type: 'none' }, { type: 'none' }]);
  });
});
