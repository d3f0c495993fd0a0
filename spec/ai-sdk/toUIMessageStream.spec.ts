import type { UIMessageChunk as Ai6Chunk } from 'ai';
import type { UIMessageChunk as Ai7Chunk } from 'ai-7';
import { concat, finalize, from, NEVER, of, throwError, type Observable } from 'rxjs';
import { abortOn, runTools, type AnyEvent } from 'rxjs-anthropic';
import { toUIMessageStream, type UIMessageChunk } from 'rxjs-anthropic/ai-sdk';
import { buildMessage, errorEvent, eventsOf, textBlock, thinkingBlock, toolUseBlock } from 'rxjs-anthropic/testing';
import { answers } from '../resilience/support/streams.js';
import {
  blockDelta,
  blockStart,
  blockStop,
  messageDelta,
  messageStart,
  messageStop,
  restart,
  textDelta,
} from '../support/events.js';
import { tool } from '../tools/support/run.js';
import { Answers, params } from '../tools/support/turns.js';
import { answerOf, chunksOf, partText, read } from './support/aiReader.js';

const types = (chunks: readonly UIMessageChunk[]): string[] => chunks.map(({ type }) => type);

it('has chunks that are those of the AI SDK', () => {
  const ofAi7 = (chunk: UIMessageChunk): Ai7Chunk => chunk;
  const ofAi6 = (chunk: Exclude<UIMessageChunk, { type: 'reset-step' }>): Ai6Chunk => chunk;
  const chunk = { type: 'text-delta', id: '1', delta: 'x' } as const;

  expect([ofAi6(chunk), ofAi7(chunk)]).toEqual([chunk, chunk]);
});

describe('a message', () => {
  it('becomes one step, with the usage in the metadata', async () => {
    const message = buildMessage({ content: 'Hello, world', usage: { input_tokens: 3, output_tokens: 4 } });

    expect(await chunksOf(answerOf(eventsOf(message, { deltaLength: 6 })))).toEqual([
      { type: 'start' },
      { type: 'start-step' },
      { type: 'text-start', id: '1-0' },
      { type: 'text-delta', id: '1-0', delta: 'Hello,' },
      { type: 'text-delta', id: '1-0', delta: ' world' },
      { type: 'text-end', id: '1-0' },
      { type: 'finish-step' },
      {
        type: 'finish',
        finishReason: 'stop',
        messageMetadata: {
          model: message.model,
          stopReason: 'end_turn',
          usage: expect.objectContaining({ input_tokens: 3, output_tokens: 4 }) as unknown,
        },
      },
    ]);
  });

  it('has its thinking, with what the API needs back', async () => {
    const redacted = { type: 'redacted_thinking', data: 'xyz' } as const;
    const content = [thinkingBlock('Hm.', { signature: 'sig' }), redacted, textBlock('Yes.')];
    const { message, error } = await read(answerOf(eventsOf(buildMessage({ content }))));

    expect(error).toBeUndefined();
    expect(message?.parts).toMatchObject([
      { type: 'step-start' },
      { type: 'reasoning', text: 'Hm.', state: 'done', providerMetadata: { anthropic: { signature: 'sig' } } },
      { type: 'reasoning', text: '', providerMetadata: { anthropic: { redactedData: 'xyz' } } },
      { type: 'text', text: 'Yes.', state: 'done' },
    ]);
  });

  it('has each source that it cites once', async () => {
    const citations = answers.find(({ name }) => name === 'citations');
    const { message } = await read(answerOf(eventsOf(citations?.message ?? buildMessage())));

    expect(message?.parts.filter(({ type }) => type.startsWith('source'))).toMatchObject([
      { type: 'source-url', url: 'https://example.com/tides?a=1&b=2' },
      { type: 'source-document', title: '潮', mediaType: 'text/plain' },
    ]);
  });

  it('has the tools that the API runs, with their results or errors', async () => {
    const call = (id: string) => ({ type: 'server_tool_use', id, name: 'web_search', input: { query: id } }) as const;
    const found = [
      { type: 'web_search_result', url: 'https://example.com', title: 'T', page_age: null, encrypted_content: 'E' },
    ] as const;
    const failure = { type: 'web_search_tool_result_error', error_code: 'max_uses_exceeded' } as const;
    const content = [
      call('a'),
      { type: 'web_search_tool_result', tool_use_id: 'a', content: found } as const,
      call('b'),
      { type: 'web_search_tool_result', tool_use_id: 'b', content: failure } as const,
      { type: 'web_search_tool_result', tool_use_id: 'of an earlier message', content: found } as const,
    ];
    const { message, error } = await read(answerOf(eventsOf(buildMessage({ content }))));

    expect(error).toBeUndefined();
    expect(message?.parts).toMatchObject([
      { type: 'step-start' },
      {
        type: 'tool-web_search',
        state: 'output-available',
        input: { query: 'a' },
        output: found,
        providerExecuted: true,
      },
      {
        type: 'tool-web_search',
        state: 'output-error',
        input: { query: 'b' },
        errorText: 'The tool failed: max_uses_exceeded.',
      },
    ]);
  });

  it('may have blocks, deltas and events of unknown types, which are left out', async () => {
    const events = [
      messageStart(),
      { type: 'of_the_future' },
      blockStart(0, { type: 'hologram' }),
      blockDelta(0, { type: 'hologram_delta', text: 'x' }),
      blockStop(0),
      messageDelta(),
      messageStop,
    ];

    expect(types(await chunksOf(answerOf(events)))).toEqual(['start', 'finish']);
  });

  it.each([
    ['max_tokens', 'length'],
    ['model_context_window_exceeded', 'length'],
    ['refusal', 'content-filter'],
    ['stop_sequence', 'stop'],
    ['pause_turn', 'other'],
  ] as const)('that stopped because of %s finishes with %s', async (stop_reason, finishReason) => {
    const chunks = await chunksOf(answerOf(eventsOf(buildMessage({ content: 'x', stop_reason }))));

    expect(chunks.at(-1)).toMatchObject({ type: 'finish', finishReason });
  });

  it('has the ID and the metadata that the options give it', async () => {
    const source = answerOf(eventsOf(buildMessage({ content: 'x' })));
    const { message } = await read(source, { messageId: 'm1', messageMetadata: ({ usage }) => usage.output_tokens });

    expect(message).toMatchObject({ id: 'm1', metadata: expect.any(Number) as unknown });
  });
});

describe('a tool call', () => {
  const call = toolUseBlock('get', { city: 'Oslo' }, { id: 'toolu_1' });

  it('is available once the model has moved on from it, with its input as it streams', async () => {
    const events = eventsOf(buildMessage({ content: [call], stop_reason: 'tool_use' }), { deltaLength: 9 });
    const chunks = await chunksOf(answerOf(events));

    expect(types(chunks)).toEqual([
      ...['start', 'start-step', 'tool-input-start', 'tool-input-delta', 'tool-input-delta'],
      ...['tool-input-available', 'finish-step', 'finish'],
    ]);
    expect(chunks).toContainEqual({
      type: 'tool-input-available',
      toolCallId: 'toolu_1',
      toolName: 'get',
      input: call.input,
    });
    expect(chunks.at(-1)).toMatchObject({ finishReason: 'tool-calls' });
  });

  it('is an error if the message is truncated within it, and is never available', async () => {
    const events = eventsOf(buildMessage({ content: [call], stop_reason: 'max_tokens' }));
    const { message, chunks } = await read(answerOf(events));

    expect(types(chunks)).not.toContain('tool-input-available');
    expect(message?.parts[1]).toMatchObject({ state: 'output-error', errorText: 'The message ended within the call.' });
  });

  it('is an error if its input is not JSON', async () => {
    const bad = [
      ...[
        messageStart(),
        blockStart(0, { ...call, input: {} }),
        blockDelta(0, { type: 'input_json_delta', partial_json: '{oops' }),
      ],
      ...[blockStop(0), messageDelta('tool_use'), messageStop],
    ];
    const { message } = await read(answerOf(bad));

    expect(message?.parts[1]).toMatchObject({ state: 'output-error', rawInput: '{oops' });
  });

  it('is an error if a refusal withdraws it', async () => {
    const events = eventsOf(buildMessage({ content: [call, textBlock('No.')], stop_reason: 'refusal' }));
    const { message } = await read(answerOf(events));

    expect(message?.parts[1]).toMatchObject({ state: 'output-error', errorText: 'The call was withdrawn.' });
  });
});

describe('a run', () => {
  const turns = () =>
    new Answers(
      { content: [toolUseBlock('get', {}, { id: 'toolu_1' })], stop_reason: 'tool_use' },
      { content: 'Done.' },
    );
  const runOf = (run: () => unknown, needsApproval = false): Observable<AnyEvent> => {
    const get = { ...tool('get', run), needsApproval: () => needsApproval };
    return runTools(params, {
      apiKey: 'k',
      tools: [get],
      request: turns().request,
      ...(needsApproval && { onTool: () => 'pause' as const }),
    });
  };

  it('has a step for each message, with the output of its tools', async () => {
    const { message, chunks, error } = await read(runOf(() => ({ celsius: 21 })));

    expect(error).toBeUndefined();
    expect(message?.parts).toMatchObject([
      { type: 'step-start' },
      { type: 'tool-get', state: 'output-available', output: { celsius: 21 } },
      { type: 'step-start' },
      { type: 'text', text: 'Done.' },
    ]);
    expect(chunks.at(-1)).toMatchObject({ finishReason: 'stop', messageMetadata: { stopReason: 'end_turn' } });
  });

  it('has what a tool emits while it runs, as preliminary outputs', async () => {
    const { chunks } = await read(
      runOf(() => from(Promise.resolve(1)).pipe((one) => concat(one, from(Promise.resolve('two'))))),
    );

    expect(chunks.filter(({ type }) => type === 'tool-output-available')).toEqual([
      { type: 'tool-output-available', toolCallId: 'toolu_1', output: 1, preliminary: true },
      { type: 'tool-output-available', toolCallId: 'toolu_1', output: 'two' },
    ]);
  });

  it('has the error of a tool, and continues', async () => {
    const fail = () => {
      throw new Error('No such city.');
    };
    const { message, error } = await read(runOf(fail));

    expect(error).toBeUndefined();
    expect(message?.parts[1]).toMatchObject({ state: 'output-error', errorText: 'No such city.' });
    expect(partText(message, 'text')).toBe('Done.');
  });

  it('that pauses asks for approval', async () => {
    const { message, chunks } = await read(runOf(() => 'sent', true));

    expect(message?.parts[1]).toMatchObject({ state: 'approval-requested', approval: { id: 'toolu_1' } });
    expect(chunks.at(-1)).toMatchObject({ type: 'finish', finishReason: 'tool-calls' });
  });
});

describe('an error', () => {
  const events = eventsOf(buildMessage({ content: 'Hello' }));

  it.each(events.map((_, count) => count))(
    'after %d events is the last chunk, and nothing is finished',
    async (count) => {
      const failing = concat(
        answerOf(events.slice(0, count)),
        throwError(() => new Error('connect 10.0.0.1')),
      );
      const cut = await read(answerOf(events.slice(0, count)));
      const { chunks, error } = await read(failing);

      expect(chunks.at(-1)).toEqual({ type: 'error', errorText: 'The service failed.' });
      expect(error).toBe('The service failed.');
      expect(cut.chunks.at(-1)).toEqual({ type: 'error', errorText: 'The answer is incomplete.' });
      expect(types([...chunks, ...cut.chunks])).not.toContain('finish');
    },
  );

  it('event of the API is an error, whose text the option can change', async () => {
    const source = answerOf([messageStart(), errorEvent('overloaded_error', 'secret')]);
    const { error } = await read(source, { describeError: () => ({ message: 'Please wait.' }) });

    expect((await read(source)).error).toBe('The model is overloaded.');
    expect(error).toBe('Please wait.');
  });

  it('of the function in the options is an error of the stream', async () => {
    const fail = () => {
      throw new Error('secret');
    };

    expect(await read(answerOf(events), { messageMetadata: fail })).toMatchObject({ error: 'The service failed.' });
  });

  it('is an abort if the stream was stopped', async () => {
    const stopped = concat(answerOf(events.slice(0, 3)), NEVER).pipe(abortOn(of('stop')));

    expect(types(await chunksOf(stopped)).at(-1)).toBe('abort');
  });
});

describe('a restart', () => {
  const begun = [messageStart(), blockStart(0, { type: 'text', text: '' }), textDelta('Once')];
  const again = eventsOf(buildMessage({ content: 'Twice' }));

  it('resets the step', async () => {
    expect(types(await chunksOf(answerOf([...begun, restart(), ...again])))).toEqual([
      ...['start', 'start-step', 'text-start', 'text-delta', 'reset-step'],
      ...['text-start', 'text-delta', 'text-end', 'finish-step', 'finish'],
    ]);
  });

  it('is not sent if nothing has been shown', async () => {
    expect(types(await chunksOf(answerOf([messageStart(), restart(), ...again])))).not.toContain('reset-step');
  });

  it('before a later message of a run leaves the step of the earlier message as it is', async () => {
    const first = eventsOf(buildMessage({ content: 'First.', stop_reason: 'pause_turn' }));

    expect(types(await chunksOf(answerOf([...first, restart(), ...again])))).not.toContain('reset-step');
    expect(types(await chunksOf(answerOf([...first, ...begun, restart(), ...again])))).toContain('reset-step');
  });

  it('is an error for clients that do not understand it, once content has been shown', async () => {
    const overloaded = restart({ error: errorEvent('overloaded_error', 'x') });
    const { chunks } = await read(answerOf([...begun, overloaded, ...again]));
    const early = await read(answerOf([messageStart(), overloaded, ...again]));

    expect(chunks.at(-1)).toMatchObject({ type: 'error' });
    expect(partText(early.message, 'text')).toBe('Twice');
  });
});

it('unsubscribing stops the source', () => {
  let isStopped = false;
  const source = concat(answerOf([messageStart()]), NEVER).pipe(
    finalize(() => {
      isStopped = true;
    }),
  );
  const subscription = source.pipe(toUIMessageStream()).subscribe();

  expect(isStopped).toBe(false);
  subscription.unsubscribe();

  expect(isStopped).toBe(true);
});

it('checks its options at call time', () => {
  expect(() => toUIMessageStream({ messageMetadata: {} as never })).toThrow(
    'toUIMessageStream: messageMetadata must be a function, got object.',
  );
});
