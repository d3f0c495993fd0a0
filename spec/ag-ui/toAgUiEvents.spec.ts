import { concat, finalize, from, NEVER, of, throwError, type Observable } from 'rxjs';
import { abortOn, runTools, type AnyEvent, type Tool } from 'rxjs-anthropic';
import { toAgUiEvents, type AgUiEvent } from 'rxjs-anthropic/ag-ui';
import { buildMessage, errorEvent, eventsOf, textBlock, thinkingBlock, toolUseBlock } from 'rxjs-anthropic/testing';
import { blockStart, messageStart, restart, textDelta } from '../support/events.js';
import { tool } from '../tools/support/run.js';
import { Answers, params } from '../tools/support/turns.js';
import { input, read, textOf } from './support/agUiReader.js';

const types = (events: readonly AgUiEvent[]): string[] => events.map(({ type }) => type);
const ids = { threadId: 'thread', runId: 'run' };

describe('a message', () => {
  it('becomes a run with one assistant message, and its usage', async () => {
    const usage = { input_tokens: 3, output_tokens: 4, cache_read_input_tokens: 50, cache_creation_input_tokens: 600 };
    const message = buildMessage({ content: ['Hello, ', 'world'], model: 'm', usage });
    const { events, messages, refusal } = await read(from(eventsOf(message, { deltaLength: 4 })));

    expect(refusal).toBeUndefined();
    expect(types(events)).toEqual([
      ...['RUN_STARTED', 'TEXT_MESSAGE_START', 'TEXT_MESSAGE_CONTENT', 'TEXT_MESSAGE_CONTENT', 'TEXT_MESSAGE_CONTENT'],
      ...['TEXT_MESSAGE_CONTENT', 'TEXT_MESSAGE_END', 'RUN_FINISHED'],
    ]);
    expect(events.at(-1)).toEqual({
      type: 'RUN_FINISHED',
      ...ids,
      outcome: { type: 'success' },
      result: { stopReason: 'end_turn' },
      usage: [{ model: 'm', inputTokens: 653, outputTokens: 4, cachedInputTokens: 50, cacheWriteInputTokens: 600 }],
    });
    expect(messages).toMatchObject([{ role: 'user' }, { id: 'run-1', role: 'assistant', content: 'Hello, world' }]);
  });

  it('has its thinking as reasoning, with the signature', async () => {
    const content = [
      thinkingBlock('Hm.', { signature: 'sig' }),
      { type: 'redacted_thinking', data: 'x' } as const,
      textBlock('Yes.'),
    ];
    const { messages, refusal } = await read(from(eventsOf(buildMessage({ content }))));

    expect(refusal).toBeUndefined();
    expect(messages.slice(1)).toMatchObject([
      { role: 'reasoning', content: 'Hm.', encryptedValue: 'sig' },
      { role: 'reasoning' },
      { role: 'assistant', content: 'Yes.' },
    ]);
  });

  it('has a call that is truncated with a result that says so, so that no client runs it', async () => {
    const call = toolUseBlock('get', { city: 'Oslo' }, { id: 'toolu_1' });
    const { messages, refusal } = await read(
      from(eventsOf(buildMessage({ content: [call], stop_reason: 'max_tokens' }))),
    );

    expect(refusal).toBeUndefined();
    expect(messages.slice(1)).toMatchObject([
      { role: 'assistant', toolCalls: [{ id: 'toolu_1' }] },
      { role: 'tool', toolCallId: 'toolu_1', content: 'The message ended within the call.' },
    ]);
  });

  it('leaves a complete call without a result to the client', async () => {
    const call = toolUseBlock('get', { city: 'Oslo' }, { id: 'toolu_1' });
    const { messages, events } = await read(from(eventsOf(buildMessage({ content: [call], stop_reason: 'tool_use' }))));

    expect(types(events)).toContain('TOOL_CALL_END');
    expect(messages.slice(1)).toMatchObject([
      { role: 'assistant', toolCalls: [{ id: 'toolu_1', function: { name: 'get', arguments: '{"city":"Oslo"}' } }] },
    ]);
  });
});

describe('a run', () => {
  const answers = () =>
    new Answers(
      { content: ['Let me look.', toolUseBlock('get', { q: 1 }, { id: 'toolu_1' })], stop_reason: 'tool_use' },
      { content: 'Done.' },
    );
  const run = (get: Tool, pauses = false): Observable<AnyEvent> =>
    runTools(params, {
      apiKey: 'k',
      tools: [get],
      request: answers().request,
      ...(pauses && { onTool: () => 'pause' as const }),
    });

  it('has its messages, the calls with their arguments, and the results', async () => {
    const { messages, refusal } = await read(run(tool('get', () => ({ a: 1 }))));

    expect(refusal).toBeUndefined();
    expect(messages.slice(1)).toMatchObject([
      {
        role: 'assistant',
        content: 'Let me look.',
        toolCalls: [{ id: 'toolu_1', function: { name: 'get', arguments: '{"q":1}' } }],
      },
      { role: 'tool', toolCallId: 'toolu_1', content: '{"a":1}' },
      { role: 'assistant', content: 'Done.' },
    ]);
  });

  it('has the progress of tools as custom events, and the text of their errors as results', async () => {
    const { events, refusal } = await read(
      run(
        tool('get', () =>
          concat(
            from(Promise.resolve(1)),
            throwError(() => new Error('Broken.')),
          ),
        ),
      ),
    );

    expect(refusal).toBeUndefined();
    expect(events).toContainEqual({
      type: 'CUSTOM',
      name: 'tool_progress',
      value: { toolCallId: 'toolu_1', value: 1 },
    });
    expect(events).toContainEqual({
      type: 'TOOL_CALL_RESULT',
      messageId: 'run-toolu_1-result',
      toolCallId: 'toolu_1',
      content: 'Broken.',
      role: 'tool',
    });
  });

  it('that pauses ends with an interrupt for each call that waits', async () => {
    const get = { ...tool('get', () => 'sent'), needsApproval: () => true };
    const { events, refusal } = await read(run(get, true));

    expect(refusal).toBeUndefined();
    expect(events.at(-1)).toMatchObject({
      type: 'RUN_FINISHED',
      outcome: { type: 'interrupt', interrupts: [{ id: 'toolu_1', toolCallId: 'toolu_1' }] },
    });
  });
});

describe('an error', () => {
  const events = eventsOf(buildMessage({ content: [thinkingBlock('Hm.'), 'Hello', toolUseBlock('get', { a: 1 })] }));

  it.each(events.map((_, count) => count))(
    'or an early end after %d events ends the run with RUN_ERROR',
    async (count) => {
      const begun = from(events.slice(0, count));
      const failed = await read(
        concat(
          begun,
          throwError(() => new Error('connect 10.0.0.1')),
        ),
      );
      const cut = await read(begun);

      expect(failed.events.at(-1)).toEqual({ type: 'RUN_ERROR', message: 'The service failed.' });
      expect(cut.events.at(-1)).toEqual({ type: 'RUN_ERROR', message: 'The answer is incomplete.' });
      expect(types([...failed.events, ...cut.events])).not.toContain('RUN_FINISHED');
      expect([failed.refusal, cut.refusal]).toEqual([undefined, undefined]);
    },
  );

  it.each(events.map((_, count) => count).slice(1))(
    'is none if the run was stopped after %d events: it is cancelled',
    async (count) => {
      const { events: seen, refusal } = await read(
        concat(from(events.slice(0, count)), NEVER).pipe(abortOn(of('stop'))),
      );

      expect(refusal).toBeUndefined();
      expect(seen.at(-1)).toEqual({ type: 'RUN_FINISHED', ...ids, outcome: { type: 'cancelled' } });
    },
  );

  it('has the text that the option gives it', async () => {
    const source = from([messageStart(), errorEvent('overloaded_error', 'x')]);

    expect((await read(source, { describeError: () => ({ message: 'Wait.' }) })).events.at(-1)).toEqual({
      type: 'RUN_ERROR',
      message: 'Wait.',
    });
  });
});

describe('a restart', () => {
  const begun = [messageStart(), blockStart(0, { type: 'text', text: '' }), textDelta('Once')];
  const again = eventsOf(buildMessage({ content: 'Twice' }));

  it('withdraws what has been shown with a snapshot of the messages', async () => {
    const { events, messages, refusal } = await read(from([...begun, restart(), ...again]));

    expect(refusal).toBeUndefined();
    expect(events).toContainEqual({ type: 'MESSAGES_SNAPSHOT', messages: input.messages });
    expect(textOf(messages)).toBe('Twice');
  });

  it('keeps the earlier messages of the run', async () => {
    const first = eventsOf(
      buildMessage({ content: ['First.', toolUseBlock('get', {}, { id: 'toolu_1' })], stop_reason: 'tool_use' }),
    );
    const result = {
      type: 'tool_result',
      tool_use_id: 'toolu_1',
      index: 1,
      name: 'get',
      result: { type: 'tool_result', tool_use_id: 'toolu_1', content: 'x' },
    };
    const end = {
      type: 'run_end',
      reason: 'end_turn',
      messages: [],
      usage: { input_tokens: 1, output_tokens: 1 },
      turns: 2,
    };
    const { messages, refusal } = await read(from([...first, result, ...begun, restart(), ...again, end]));

    expect(refusal).toBeUndefined();
    expect(messages).toMatchObject([
      { id: 'q' },
      { role: 'assistant', content: 'First.', toolCalls: [{ id: 'toolu_1' }] },
      { role: 'tool', content: 'x' },
      { role: 'assistant', content: 'Twice' },
    ]);
  });

  it('is an error if the messages of the client are not known', async () => {
    const { events } = await read(from([...begun, restart({ error: errorEvent('overloaded_error', 'x') }), ...again]), {
      messages: undefined,
    });

    expect(events.at(-1)).toMatchObject({ type: 'RUN_ERROR' });
    expect(types(events)).not.toContain('MESSAGES_SNAPSHOT');
  });
});

it('unsubscribing stops the source', () => {
  let isStopped = false;
  const source = concat(from([messageStart()]), NEVER).pipe(
    finalize(() => {
      isStopped = true;
    }),
  );
  source.pipe(toAgUiEvents(input)).subscribe().unsubscribe();

  expect(isStopped).toBe(true);
});

it('checks its options at call time', () => {
  expect(() => toAgUiEvents({} as never)).toThrow('toAgUiEvents: threadId and runId must be strings');
  expect(() => toAgUiEvents({ ...ids, describeError: 1 as never })).toThrow(TypeError);
});
