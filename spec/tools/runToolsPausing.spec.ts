import { lastValueFrom, NEVER, of, Subject } from 'rxjs';
import { z } from 'zod';
import {
  APIUserAbortError,
  defineTool,
  defineToolset,
  resumeRun,
  runTools,
  shareMessage,
  type RunState,
  type RunToolsEvent,
} from '../../src/index.js';
import { refusalOf } from '../history/support/api.js';
import { blockStart, blockStop, messageStart, messageStop, restart } from '../support/events.js';
import { eventsOfRun, pausedIn, pausedRun, pauseIfNeeded, Ran, resumed } from './support/pausing.js';
import { tool } from './support/run.js';
import { Answers, call, letters, params, stops, summaryOf } from './support/turns.js';

const refund = (euros = 90, id = 'id_refund') => ({ ...call('refund', { euros }), id });
const done = (name: string, content = `${name}: done`) => ({ type: 'tool_result', tool_use_id: `id_${name}`, content });

describe('runTools: a call that is paused', () => {
  it('ends the run with its state, once the other calls have ended', async () => {
    const ran = new Ran();
    const answers = new Answers({ content: ['Well.', refund(), call('mail')] });
    const events = await eventsOfRun(
      runTools(params, { tools: ran.tools, onTool: pauseIfNeeded, request: answers.request }),
    );
    const content = ['Well.', refund(), call('mail')];

    expect(events.map(({ type }) => type).filter((type) => /^(tool|run)_/.test(type))).toEqual([
      'tool_approval_required',
      'tool_result',
      'run_paused',
    ]);
    expect(pausedIn(events)).toEqual({
      version: 1,
      runId: expect.stringMatching(/^[0-9a-f]{32}$/) as unknown,
      revision: 0,
      messages: [
        ...params.messages,
        { role: 'assistant', content: content.map((block) => (typeof block === 'string' ? textOf(block) : block)) },
        { role: 'user', content: [done('mail')] },
      ],
      pending: [{ id: 'id_refund', name: 'refund', input: { euros: 90 } }],
      started: [],
      withdrawn: [],
      usage: expect.objectContaining({ output_tokens: expect.any(Number) as unknown }) as unknown,
      turns: 1,
    });
    expect(ran.log).toEqual(['mail']);
  });

  it('may be one that needs no approval, and the answer may come later', async () => {
    const onTool = () => Promise.resolve('pause' as const);
    const state = await pausedRun(new Answers({ content: [call('mail')] }), new Ran(), { onTool });

    expect(state.pending.map(({ name }) => name)).toEqual(['mail']);
  });

  it('occupies no slot, so that others run', async () => {
    const ran = new Ran();
    const content = [refund(), refund(91, 'id_2'), call('mail'), call('read')];
    const state = await pausedRun(new Answers({ content }), ran, { concurrency: 1 });

    expect(ran.log).toEqual(['mail', 'read']);
    expect(state.pending.map(({ id }) => id)).toEqual(['id_refund', 'id_2']);
  });

  it('holds the later calls of its toolset', async () => {
    const log: string[] = [];
    const browser = defineToolset({
      type: 'browser_toolset_20260801',
      needsApproval: (_, name) => name === 'buy',
      run: (_, { name }) => log.push(name),
    });
    const content = ['open', 'buy', 'close'].map((name) => ({ ...call(name), toolset_name: 'browser' }));
    const answers = new Answers({ content: [...content, call('mail')] }, { content: 'Done.' });
    const ran = new Ran();
    const tools = [...ran.tools, browser];
    const state = await pausedRun(answers, ran, { tools });

    expect([log, ran.log]).toEqual([['open'], ['mail']]);
    expect(state.pending).toEqual([{ id: 'id_buy', name: 'buy', input: {}, toolset_name: 'browser' }]);
    expect(state.started).toEqual([]);

    const events = await resumed(state, { id_buy: true }, answers, ran, { tools });

    expect(log).toEqual(['open', 'buy', 'close']);
    expect(events.at(-1)).toMatchObject({ type: 'run_end', reason: 'end_turn' });
    expect(refusalOf(answers.asked[1] ?? params)).toBeUndefined();
  });

  it('is not run, and neither are the later calls of its toolset, if it is declined', async () => {
    const log: string[] = [];
    const browser = defineToolset({
      type: 'browser_toolset_20260801',
      needsApproval: true,
      run: (_, { name }) => log.push(name),
    });
    const content = ['buy', 'close'].map((name) => ({ ...call(name), toolset_name: 'browser' }));
    const answers = new Answers({ content }, { content: 'Done.' });
    const state = await pausedRun(answers, new Ran(), { tools: [browser] });
    await resumed(state, { id_buy: false }, answers, new Ran(), { tools: [browser] });

    expect(log).toEqual([]);
    expect(answers.asked[1]?.messages.at(-1)?.content).toMatchObject([
      { content: 'The call was declined.', is_error: true },
      { content: expect.stringContaining('an earlier call of the same toolset failed') as unknown, is_error: true },
    ]);
  });

  it('no longer pauses the run if its message is withdrawn', async () => {
    const first = [messageStart(), blockStart(0, refund()), blockStop(0), blockStart(1, call('mail'))];
    const second = [messageStart({ id: 'msg_2' }), blockStart(0, { type: 'text', text: 'No.' }), blockStop(0)];
    const fallback = blockStart(2, { type: 'fallback', from: { model: 'one' }, to: { model: 'two' } });
    for (const events of [
      [...first, restart(), ...second, stops('end_turn'), messageStop],
      [...first, blockStop(1), fallback, blockStop(2), stops('end_turn'), messageStop],
      [...first, blockStop(1), stops('refusal'), messageStop],
    ]) {
      const ran = new Ran();
      const run = runTools(params, { tools: ran.tools, onTool: pauseIfNeeded, request: () => of(...events) });

      expect((await eventsOfRun(run)).at(-1)?.type).toBe('run_end');
      expect(ran.log).toEqual([]);
    }
  });

  it('reports its error and a complete conversation if the run is aborted while it waits for other calls', async () => {
    const controller = new AbortController();
    const slow = defineTool({ name: 'slow', input: z.object({}), run: () => NEVER });
    const run = runTools(params, {
      tools: [new Ran().refund, slow],
      onTool: pauseIfNeeded,
      request: new Answers({ content: [refund(), call('slow')] }).request,
      signal: controller.signal,
    });
    const ended = eventsOfRun(run).catch((error: unknown) => error);
    controller.abort();
    const error = await ended;

    expect(error).toBeInstanceOf(APIUserAbortError);
    const { messages = [] } = error as APIUserAbortError;
    expect(refusalOf({ ...params, messages })).toBeUndefined();
    expect(messages.at(-1)?.content).toMatchObject([{ is_error: true }, { is_error: true }]);
  });

  it('leaves nothing behind if the run is unsubscribed from while it waits for other calls', () => {
    const aborted: string[] = [];
    const slow = tool('slow', ({ signal, name }) => {
      signal.addEventListener('abort', () => aborted.push(name));
      return NEVER;
    });
    const states: RunState[] = [];
    const seen: RunToolsEvent[] = [];
    runTools(params, {
      tools: [new Ran().refund, slow],
      onTool: pauseIfNeeded,
      onState: (state) => states.push(state),
      request: new Answers({ content: [refund(), call('slow')] }).request,
    })
      .subscribe((event) => seen.push(event))
      .unsubscribe();

    expect(aborted).toEqual(['slow']);
    expect(seen.map(({ type }) => type)).not.toContain('run_paused');
    expect(states.map(({ started, pending }) => [started.length, pending.length])).toEqual([[1, 1]]);
  });

  it('ends the run when it is resumed, if the message had stopped for another reason', async () => {
    for (const stop_reason of ['max_tokens', 'end_turn'] as const) {
      const ran = new Ran();
      const answers = new Answers({ content: [refund(), 'And'], stop_reason });
      const state = await pausedRun(answers, ran);
      const events = await resumed(state, { id_refund: true }, answers, ran);

      expect(events.at(-1)).toMatchObject({ type: 'run_end', reason: stop_reason, turns: 1 });
      expect(ran.log).toEqual(['refund 90']);
      expect(answers.asked).toHaveLength(1);
    }
  });

  it('counts the turns and the usage of all processes', async () => {
    const usage = { input_tokens: 10, output_tokens: 5 };
    const turns = [refund(1, 'a'), refund(2, 'b'), refund(3, 'c')].map((block) => ({ content: [block], usage }));
    const answers = new Answers(...turns);
    const ran = new Ran();
    const options = { maxTurns: 3 };
    let state = await pausedRun(answers, ran, options);
    state = pausedIn(await resumed(state, { a: true }, answers, ran, options));
    state = pausedIn(await resumed(state, { b: false }, answers, ran, options));

    expect(state).toMatchObject({ turns: 3, usage: { input_tokens: 30, output_tokens: 15 } });

    const events = await resumed(state, { c: true }, answers, ran, options);

    expect(events.at(-1)).toMatchObject({
      type: 'run_end',
      reason: 'max_turns',
      turns: 3,
      usage: { input_tokens: 30, output_tokens: 15 },
    });
    expect(ran.log).toEqual(['refund 1', 'refund 3']);
    expect(new Set(ran.keys).size).toBe(2);
  });

  it('has a state that is frozen, and that callbacks and consumers share', async () => {
    const states: RunState[] = [];
    const ran = new Ran();
    const events = await eventsOfRun(
      runTools(params, {
        tools: ran.tools,
        onTool: pauseIfNeeded,
        onState: (state) => states.push(state),
        request: new Answers({ content: [refund(), call('mail')] }).request,
      }),
    );
    const last = events.at(-1);

    expect(last?.type === 'run_paused' && last.state).toEqual(states.at(-1));
    for (const state of states) expect(isFrozen(state)).toBe(true);
  });

  it('is shown to late subscribers', async () => {
    const shared = runTools(params, {
      tools: new Ran().tools,
      onTool: pauseIfNeeded,
      request: new Answers({ content: [refund()] }).request,
    }).pipe(shareMessage());
    const early = await lastValueFrom(shared);

    expect(early.type).toBe('run_paused');
    expect(await lastValueFrom(shared)).toEqual(early);
  });

  it('may wait for an answer for a while first', () => {
    const answer = new Subject<'pause'>();
    const seen: string[] = [];
    runTools(params, {
      tools: new Ran().tools,
      onTool: () => answer,
      request: () => of(letters.s, blockStart(0, refund()), blockStop(0), letters.m, letters.z),
    }).subscribe((event) => seen.push(summaryOf(event) ?? event.type));

    expect(seen.at(-1)).toBe('message_stop');
    answer.next('pause');

    expect(seen.at(-1)).toBe('run_paused');
  });
});

describe('resumeRun', () => {
  it('uses the parameters of the state for the container, and forces no call again', async () => {
    const ran = new Ran();
    const container = { id: 'container_1', expires_at: '2027-01-01T00:00:00Z' };
    const answers = new Answers({ content: [refund()], container }, { content: 'Done.' });
    const state = await pausedRun(answers, ran);
    const forced = { ...params, tool_choice: { type: 'any' }, container: { skills: [] } } as const;
    await eventsOfRun(resumeRun(state, { id_refund: true }, forced, { tools: ran.tools, request: answers.request }));

    expect(state.container).toBe('container_1');
    expect(answers.asked[1]).toMatchObject({
      container: { id: 'container_1', skills: [] },
      tool_choice: { type: 'auto' },
    });
  });
});

function textOf(text: string): object {
  return { type: 'text', text };
}

function isFrozen(value: unknown): boolean {
  if (typeof value !== 'object' || value === null) return true;
  return Object.isFrozen(value) && Object.values(value).every(isFrozen);
}
