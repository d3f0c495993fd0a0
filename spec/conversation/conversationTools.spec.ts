import { expectTypeOf } from 'expect-type';
import { concat, from, map, NEVER, Observable, of, Subject } from 'rxjs';
import { z } from 'zod';
import {
  conversation,
  defineTool,
  defineToolset,
  runTools,
  type AnyEvent,
  type ConversationTool,
  type DeepPartial,
  type ToolsOf,
} from '../../src/index.js';
import { buildMessage, eventsOf, toolUseBlock, type AnyContentBlock } from '../../src/testing/index.js';
import { answer, overloaded, part, TestChat } from './support/chats.js';

const city = z.object({ city: z.string() });
const weather = defineTool({ name: 'weather', input: city, run: ({ city }) => `Sun in ${city}` });
const refund = defineTool({
  name: 'refund',
  input: z.object({ euros: z.number() }),
  needsApproval: true,
  run: () => 'Paid',
});

const ask = toolUseBlock('weather', { city: 'Paris' });
const pay = toolUseBlock('refund', { euros: 90 });
const calls = (...content: (string | AnyContentBlock)[]) => answer(content, { id: 'a' });
const done = answer('Done.', { id: 'b' });

/** What a call is, without its id and name. */
const shown = ({ status, input, progress, result, error }: ConversationTool) => ({
  status,
  input,
  progress,
  result,
  error,
});

describe('conversation: tools that run here', () => {
  it('shows each message of the run as a turn, with its calls and their results', () => {
    const test = new TestChat([calls('Let me see.', ask), done], { runTools, tools: [weather] });
    test.chat.send('Weather?');

    expect(test.texts).toEqual(['user: Weather?', 'assistant: Let me see.', 'assistant: Done.']);
    expect(test.chat.state.turns[1]).toMatchObject({
      tools: [
        {
          ...{ id: 'toolu_weather', index: 1, name: 'weather', toolset: undefined, input: { city: 'Paris' } },
          ...{ status: 'done', result: 'Sun in Paris', progress: undefined, error: undefined },
        },
      ],
    });
    expect(test.chat.state.tools).toEqual((test.chat.state.turns[1] as { tools?: unknown }).tools);
    expect(test.requests.map(({ messages }) => messages.length)).toEqual([1, 3]);
    expect(test.requests[0]?.tools).toEqual([weather.param]);
    expect(test.chat.history).toEqual([
      ...test.asked,
      { role: 'assistant', content: [{ type: 'text', text: 'Done.' }] },
    ]);
  });

  it('shows the input as it grows, then what becomes of the call', () => {
    const test = new TestChat([calls(ask), done], { runTools, tools: [weather] });
    test.chat.send('Weather?');
    const seen = test.states
      .flatMap(({ tools }) => tools)
      .map(({ status, input }) => `${status} ${JSON.stringify(input)}`);

    expect([...new Set(seen)]).toEqual([
      'writing {}',
      'writing {"city":"P"}',
      'writing {"city":"Paris"}',
      'running {"city":"Paris"}',
      'done {"city":"Paris"}',
    ]);
  });

  it('shows progress, failures and unknown tools', async () => {
    const slow = defineTool({ name: 'slow', input: city, run: () => concat(of({ percent: 50 }), NEVER) });
    const fails = defineTool({ name: 'fails', input: city, run: () => Promise.reject(new Error('no signal')) });
    const test = new TestChat([calls(...['slow', 'fails', 'other'].map((name) => toolUseBlock(name, { city: 'a' })))], {
      ...{ runTools, tools: [slow, fails] },
    });
    test.chat.send('Go');
    await Promise.resolve();
    await Promise.resolve();
    await Promise.resolve();

    expect(test.chat.state.status).toBe('tool');
    expect(test.chat.state.tools.map(shown)).toMatchObject([
      { status: 'running', progress: { percent: 50 } },
      { status: 'failed', result: 'no signal', error: { message: 'no signal' } },
      { status: 'failed', error: { message: expect.stringMatching('There is no tool named other') as unknown } },
    ]);
  });

  it('stop aborts the tools, and the model reads that they were interrupted', () => {
    let signal: AbortSignal | undefined;
    const slow = defineTool({
      name: 'slow',
      input: city,
      run(_, context) {
        ({ signal } = context);
        return NEVER;
      },
    });
    const test = new TestChat([calls(toolUseBlock('slow', { city: 'a' }), ask), done], {
      runTools,
      tools: [slow, weather],
    });
    test.chat.send('Go');
    test.chat.stop();

    expect(signal?.aborted).toBe(true);
    expect(test.chat.state).toMatchObject({ status: 'aborted', canRetry: true, canContinue: false });
    expect(test.chat.state.tools.map(({ status }) => status)).toEqual(['cancelled', 'done']);

    test.chat.send('Stop it');

    expect(test.asked.at(-1)).toEqual({
      role: 'user',
      content: [
        {
          ...{ type: 'tool_result', tool_use_id: 'toolu_slow', is_error: true },
          content: 'slow was interrupted. It may have taken effect.',
        },
        { type: 'tool_result', tool_use_id: 'toolu_weather', content: 'Sun in Paris' },
        { type: 'text', text: 'Stop it' },
      ],
    });
  });

  it('waits for approval, and runs the tool', () => {
    const test = new TestChat([calls(pay), done], { runTools, tools: [refund] });
    test.chat.send('Pay');

    expect(test.chat.state.status).toBe('approval');
    expect(test.chat.state.tools.map(shown)).toMatchObject([{ status: 'approval', input: { euros: 90 } }]);
    expect(test.chat.state.current).toBe(test.chat.state.turns[1]);

    test.chat.approve('toolu_refund');

    expect(test.chat.state.tools.map(shown)).toMatchObject([{ status: 'done', result: 'Paid' }]);
    expect(test.chat.state.status).toBe('done');
  });

  it('declines a call, and the model reads why', () => {
    const test = new TestChat([calls(pay), done], { runTools, tools: [refund] });
    test.chat.send('Pay');
    test.chat.decline('toolu_refund', 'Too much');

    expect(test.chat.state.tools.map(shown)).toMatchObject([
      { status: 'declined', result: 'The call was declined: Too much' },
    ]);
    expect(test.asked.at(-1)).toMatchObject({
      content: [{ is_error: true, content: 'The call was declined: Too much' }],
    });
  });

  it('ignores a decision about a call that does not wait', () => {
    const test = new TestChat([calls(pay, ask), done], { runTools, tools: [refund, weather] });
    test.chat.approve('toolu_refund');
    test.chat.send('Pay');
    const { state } = test.chat;
    test.chat.approve('toolu_weather');
    test.chat.decline('other');

    expect(test.chat.state).toBe(state);

    test.chat.decline('toolu_refund');
    test.chat.approve('toolu_refund');

    expect(test.chat.state.tools[0]?.status).toBe('declined');
  });

  it('takes a decision from a subscriber, in the moment in which the call begins to wait', () => {
    const test = new TestChat([calls(pay), done], { runTools, tools: [refund] });
    test.chat.state$.subscribe(({ tools }) => {
      for (const { id, status } of tools) if (status === 'approval') test.chat.approve(id);
    });
    test.chat.send('Pay');

    expect(test.chat.state).toMatchObject({ status: 'done', tools: [{ status: 'done' }] });
  });

  it('stop while a call waits cancels it', () => {
    const test = new TestChat([calls(pay), done], { runTools, tools: [refund] });
    test.chat.send('Pay');
    test.chat.stop();
    test.chat.approve('toolu_refund');

    expect(test.chat.state).toMatchObject({ status: 'aborted', tools: [{ status: 'cancelled' }] });

    test.chat.send('No');

    expect(test.asked.at(-1)).toMatchObject({
      content: [{ content: 'refund was not run, because the run was interrupted.' }, { text: 'No' }],
    });
  });

  it('keeps the messages of a run that fails, and retry repeats the answer', () => {
    const again = answer('Fine.', { id: 'd' });
    const test = new TestChat([calls(ask), part('', 1, overloaded), again], { runTools, tools: [weather] });
    test.chat.send('Weather?');

    expect(test.chat.state).toMatchObject({ status: 'error', tools: [{ status: 'done' }] });
    expect(test.chat.history.at(-1)).toMatchObject({ role: 'user', content: [{ content: 'Sun in Paris' }] });

    test.chat.retry();

    expect(test.asked).toEqual([{ role: 'user', content: 'Weather?' }]);
    expect(test.texts).toEqual(['user: Weather?', 'assistant: Fine.']);
  });

  it('continues the last message of a run', () => {
    const test = new TestChat(
      [calls(ask), part('Take an umbrella.', 3, overloaded), answer(' an umbrella, and', { id: 'd' })],
      { runTools, tools: [weather] },
    );
    test.chat.send('Weather?');
    test.chat.continue();

    expect(test.texts).toEqual(['user: Weather?', 'assistant: ', 'assistant: Take an umbrella, and']);
    expect(test.asked.map(({ role }) => role)).toEqual(['user', 'assistant', 'user', 'assistant', 'user']);
    expect(test.chat.state.status).toBe('done');
  });

  it('does not run a call whose message is truncated', () => {
    const run = jest.fn();
    const tools = [defineTool({ name: 'weather', input: city, run })];
    const test = new TestChat([answer(['Hm.', ask], { stop_reason: 'max_tokens' }), done], { runTools, tools });
    test.chat.send('Weather?');

    expect(run).not.toHaveBeenCalled();
    expect(test.chat.state).toMatchObject({ status: 'done', tools: [{ status: 'failed' }] });
  });

  it('ends after maxTurns', () => {
    const test = new TestChat([calls(ask), done], { runTools, tools: [weather], maxTurns: 1 });
    test.chat.send('Weather?');

    expect(test.requests).toHaveLength(1);
    expect(test.chat.state.status).toBe('done');
  });

  it('passes on the container of the last message', () => {
    const container = { id: 'cntr_1', expires_at: '2026-11-30T00:00:00Z' };
    const test = new TestChat([answer('A', { id: 'a', container }), done], { runTools, tools: [weather] });
    test.chat.send('Run it');
    test.chat.send('Again');

    expect(test.requests.map((request) => request.container)).toEqual([undefined, 'cntr_1']);
  });

  it('shows the calls of a plain message, which nobody runs, as cancelled', () => {
    const test = new TestChat([calls(ask), done]);
    test.chat.send('Weather?');

    expect(test.chat.state).toMatchObject({ status: 'done', tools: [{ status: 'cancelled' }] });

    test.chat.send('And?');

    expect(test.asked.at(-1)).toMatchObject({ content: [{ type: 'tool_result', is_error: true }, { text: 'And?' }] });
  });

  it('makes one request per message, and unsubscribes from it when another question is asked', () => {
    const open = new Set<number>();
    let count = 0;
    const chat = conversation({
      runTools,
      tools: [weather],
      request: () => {
        count += 1;
        const number = count;
        return new Observable<AnyEvent>((subscriber) => {
          open.add(number);
          subscriber.add(
            from(eventsOf(buildMessage({ content: [ask] })).slice(0, 3)).subscribe((event) => {
              subscriber.next(event);
            }),
          );
          return () => open.delete(number);
        });
      },
    });
    chat.send('One');
    chat.send('Two');

    expect([...open]).toEqual([2]);

    chat.destroy();

    expect(open.size).toBe(0);
  });

  it('types the calls by the names of the tools', () => {
    const browser = defineToolset({ type: 'browser_toolset_20260801', run: () => 'ok' });
    const chat = conversation({ runTools, tools: [weather, refund, browser], request: () => NEVER });
    const check = (tool: (typeof chat.state.tools)[number]): void => {
      if (tool.toolset !== undefined) {
        expectTypeOf(tool.input).toBeUnknown();
        return;
      }
      expectTypeOf(tool.name).toEqualTypeOf<'weather' | 'refund'>();
      if (tool.name !== 'weather') return;
      expectTypeOf(tool.input).toEqualTypeOf<{ city: string } | DeepPartial<{ city: string }>>();
      if (tool.status === 'done') expectTypeOf(tool.input).toEqualTypeOf<{ city: string }>();
      // @ts-expect-error -- the input may still be incomplete
      if (tool.status === 'writing') tool.input.city.trim();
    };
    expectTypeOf<ToolsOf<readonly [typeof weather, typeof refund]>['name']>().toEqualTypeOf<'weather' | 'refund'>();
    expectTypeOf(conversation({ request: () => NEVER }).state.tools[0]?.input).toBeUnknown();
    expectTypeOf<ToolsOf<(typeof weather)[]>['name']>().toEqualTypeOf<'weather'>();

    expect(chat.state.tools.map(check)).toEqual([]);
  });

  it('asks for the next message when the tools have ended', () => {
    const end = new Subject<string>();
    const slow = defineTool({ name: 'slow', input: city, run: () => end.pipe(map((text) => text)) });
    const test = new TestChat([calls(toolUseBlock('slow', { city: 'a' })), done], { runTools, tools: [slow] });
    test.chat.send('Go');

    expect(test.chat.state).toMatchObject({ status: 'tool', current: { id: 'turn-2' } });

    end.next('Ready');
    end.complete();

    expect(test.chat.state).toMatchObject({ status: 'done', tools: [{ result: 'Ready' }] });
  });
});
