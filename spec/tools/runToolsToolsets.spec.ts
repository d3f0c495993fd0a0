import { lastValueFrom, NEVER, of, Subject, toArray } from 'rxjs';
import { z } from 'zod';
import {
  defineTool,
  defineToolset,
  InvalidParamsError,
  runTools,
  type MessageCreateParams,
  type MessageParam,
  type RunToolsOptions,
} from '../../src/index.js';
import { refusalOf } from '../history/support/api.js';
import { summaries, tool } from './support/run.js';
import { Answers, call, params } from './support/turns.js';

/** A call of the browser's toolset. */
const browse = (name: string, input: object = {}) => ({ ...call(name, input), toolset_name: 'browser' });
const member = (name: string, content: string) => ({
  type: 'tool_result',
  tool_use_id: `id_${name}`,
  toolset_name: 'browser',
  content,
});

function browser(run: (name: string) => unknown, options: object = {}) {
  return defineToolset({ type: 'browser_toolset_20260801', run: (_, { name }) => run(name), ...options });
}

async function resultsOf(answers: Answers, options: Omit<RunToolsOptions, 'request'>): Promise<unknown> {
  await lastValueFrom(runTools(params, { ...options, request: answers.request }));
  const { messages = [] } = answers.asked[1] ?? {};
  expect(refusalOf({ ...params, messages })).toBeUndefined();
  return messages.at(-1)?.content;
}

describe('runTools: toolsets', () => {
  it('sends a toolset without a name, and its results with the name of the toolset', async () => {
    const configs = { javascript_exec: { enabled: false } };
    const answers = new Answers({ content: [browse('navigate', { url: 'a' })] }, {});
    const seen: unknown[] = [];
    const toolset = defineToolset({
      type: 'browser_toolset_20260801',
      configs,
      run(input, { name, toolUse }) {
        seen.push([name, input, toolUse.toolset_name]);
        return 'arrived';
      },
    });

    expect(await resultsOf(answers, { tools: [toolset] })).toEqual([member('navigate', 'arrived')]);
    expect(answers.asked[0]?.tools).toEqual([{ type: 'browser_toolset_20260801', configs }]);
    expect(seen).toEqual([['navigate', { url: 'a' }, 'browser']]);
  });

  it.each([
    ['browser_toolset_20260801', 'browser'],
    ['computer_toolset_20260801', 'computer'],
    ['browser_toolset_20270101', 'browser'],
  ])('derives the name of %s', (type, name) => {
    expect(defineToolset({ type, run: () => undefined }).toolsetName).toBe(name);
  });

  it("runs a tool of your own only for its own calls, and the toolset's only for its", async () => {
    const own = defineTool({ name: 'navigate', input: z.object({}), run: () => 'mine' });
    const content = [browse('navigate'), { ...call('navigate'), id: 'id_own', toolset_name: null }];
    const answers = () => new Answers({ content }, {});
    const missing = { ...member('navigate', 'There is no toolset named browser.'), is_error: true };
    const mine = { type: 'tool_result', tool_use_id: 'id_own', content: 'mine' };

    expect(await resultsOf(answers(), { tools: [own, browser(() => 'its')] })).toEqual([
      member('navigate', 'its'),
      mine,
    ]);
    expect(await resultsOf(answers(), { tools: [own] })).toEqual([missing, mine]);
    expect(await resultsOf(answers(), { tools: [browser(() => 'its')] })).toEqual([
      member('navigate', 'its'),
      expect.objectContaining({ is_error: true }),
    ]);
  });

  it('runs the calls of a toolset one after the other, beside other tools', () => {
    const outputs = { navigate: new Subject<string>(), click: new Subject<string>() };
    const started: string[] = [];
    const toolset = browser((name) => {
      started.push(name);
      return name === 'navigate' ? outputs.navigate : outputs.click;
    });
    const other = tool('other', () => {
      started.push('other');
      return NEVER;
    });
    const { request } = new Answers({ content: [browse('navigate'), browse('click'), call('other')] });
    const run = runTools(params, { tools: [toolset, other], request }).subscribe();

    expect(started).toEqual(['navigate', 'other']);
    outputs.navigate.next('arrived');
    outputs.navigate.complete();
    expect(started).toEqual(['navigate', 'other', 'click']);
    run.unsubscribe();
  });

  it.each<[string, Partial<RunToolsOptions> & { fails?: boolean }]>([
    ['fails', { fails: true }],
    ['is declined', { onTool: ({ name }) => name !== 'click' }],
  ])('does not run the calls of a toolset after one that %s', async (_, { fails, ...options }) => {
    const ran: string[] = [];
    const toolset = browser((name) => {
      ran.push(name);
      if (name === 'click' && fails === true) throw new Error('No such button.');
      return of('ok');
    });
    const content = [browse('navigate'), browse('click'), browse('type'), browse('key'), call('other')];
    const other = tool('other', () => 'done');
    const results = await resultsOf(new Answers({ content }, {}), { tools: [toolset, other], ...options });
    const skipped = 'was not run, because an earlier call of the same toolset failed.';

    expect(ran).toEqual(fails === true ? ['navigate', 'click'] : ['navigate']);
    expect(results).toEqual([
      member('navigate', 'ok'),
      { ...member('click', fails === true ? 'No such button.' : 'The call was declined.'), is_error: true },
      { ...member('type', `type ${skipped}`), is_error: true },
      { ...member('key', `key ${skipped}`), is_error: true },
      { type: 'tool_result', tool_use_id: 'id_other', content: 'done' },
    ]);
  });

  it('runs the calls of the next message again after a failure', async () => {
    let calls = 0;
    const toolset = browser(() => {
      calls += 1;
      if (calls === 1) throw new Error('No such page.');
      return 'ok';
    });
    const again = { ...browse('navigate'), id: 'id_again' };
    const { request } = new Answers({ content: [browse('navigate')] }, { content: [again] }, {});
    const seen = await lastValueFrom(summaries(runTools(params, { tools: [toolset], request })).pipe(toArray()));

    expect(seen).toEqual(['navigate failed', 'navigate done', 'end: end_turn']);
  });

  it('asks for the approval of a call by the name of its tool', async () => {
    const asked: unknown[] = [];
    const toolset = browser(() => 'ok', { needsApproval: (_: unknown, name: string) => name === 'click' });
    const { request } = new Answers({ content: [browse('navigate'), browse('click')] }, {});
    const onTool: RunToolsOptions['onTool'] = ({ name, needsApproval }) => asked.push([name, needsApproval]) > 0;
    const events = await lastValueFrom(runTools(params, { tools: [toolset], request, onTool }).pipe(toArray()));

    expect(asked).toEqual([
      ['navigate', false],
      ['click', true],
    ]);
    expect(events.find(({ type }) => type === 'tool_approval_required')).toMatchObject({
      id: 'id_click',
      toolset_name: 'browser',
    });
  });

  it('stops a sequence that an earlier run has left after a failure', async () => {
    const failed = { ...member('navigate', 'no'), is_error: true };
    const messages: MessageParam[] = [
      ...params.messages,
      { role: 'assistant', content: [browse('navigate'), browse('click')] },
      { role: 'user', content: [failed] },
    ];
    const answers = new Answers({ content: 'Done.' });
    const tools = [browser(() => 'ok')];
    await lastValueFrom(runTools({ ...params, messages }, { tools, request: answers.request }));

    expect(answers.asked[0]?.messages.at(-1)?.content).toMatchObject([
      failed,
      { is_error: true, toolset_name: 'browser' },
    ]);
  });

  it('sends a result that was known before with the name of the toolset, even if it lacked it', async () => {
    const messages: MessageParam[] = [
      ...params.messages,
      { role: 'assistant', content: [browse('navigate'), browse('click')] },
      { role: 'user', content: [{ type: 'tool_result', tool_use_id: 'id_navigate', content: 'ok' }] },
    ];
    const answers = new Answers({ content: 'Done.' });
    const tools = [browser(() => 'ok')];
    await lastValueFrom(runTools({ ...params, messages }, { tools, request: answers.request }));

    expect(answers.asked[0]?.messages.at(-1)?.content).toEqual([member('navigate', 'ok'), member('click', 'ok')]);
  });

  it('refuses two toolsets of the same name at call time', () => {
    const tools = [browser(() => 'a'), browser(() => 'b')];

    expect(() => runTools(params, { tools })).toThrow(new TypeError('runTools: two toolsets have the name browser.'));
  });
});

describe('runTools: parameters and changes of tools', () => {
  it.each<[string, Partial<MessageCreateParams>]>([
    ['thread', { thread: { type: 'continue', previous_message_id: 'msg_1' } }],
    ['compaction', { compaction: { type: 'summarize' } }],
  ])('refuses %s at call time, with the reason', (name, fields) => {
    const run = () => runTools({ ...params, ...fields }, { tools: [], request: () => NEVER });

    expect(run).toThrow(InvalidParamsError);
    expect(run).toThrow(new RegExp(`^runTools does not support ${name}: `));
  });

  it('accepts them if they are null', () => {
    expect(() =>
      runTools({ ...params, thread: null, compaction: null }, { tools: [], request: () => NEVER }),
    ).not.toThrow();
  });

  const removal = (type: string, name = 'a'): MessageParam => ({
    role: 'system',
    content: [{ type, tool: { type: 'tool_reference', name } }],
  });
  const compacted: MessageParam = {
    role: 'assistant',
    content: [
      {
        type: 'compaction',
        content: 'x',
        tool_changes: [{ type: 'tool_removal', tool: { type: 'tool_reference', name: 'a' } }],
      },
    ],
  };

  it.each<[string, MessageParam[], boolean]>([
    ['was withdrawn', [removal('tool_removal')], false],
    ['was withdrawn before a summary', [compacted], false],
    ['was withdrawn and added again', [removal('tool_removal'), removal('tool_addition')], true],
    ['is not the one that was withdrawn', [removal('tool_removal', 'b')], true],
  ])('runs a tool or not if it %s', async (_, changes, isRun) => {
    const run = jest.fn(() => 'done');
    const answers = new Answers({ content: [call('a')] }, {});
    const messages = [...params.messages, ...changes];
    await lastValueFrom(
      runTools({ ...params, messages }, { tools: [tool('a', run), tool('c', run)], request: answers.request }),
    );

    expect(run).toHaveBeenCalledTimes(isRun ? 1 : 0);
    expect(answers.asked[1]?.messages.at(-1)?.content).toMatchObject([
      isRun ? { content: 'done' } : { content: 'There is no tool named a. The available tools are c.', is_error: true },
    ]);
  });

  it('does not run a tool that onTurn has withdrawn', async () => {
    const run = jest.fn(() => 'done');
    const again = { ...call('a'), id: 'id_again' };
    const { request } = new Answers({ content: [call('a')] }, { content: [again] }, {});
    const onTurn = ({ turns }: { turns: number }) => (turns === 1 ? { append: [removal('tool_removal')] } : undefined);
    await lastValueFrom(runTools(params, { tools: [tool('a', run)], request, onTurn }));

    expect(run).toHaveBeenCalledTimes(1);
  });
});
