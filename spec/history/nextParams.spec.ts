import { of, lastValueFrom } from 'rxjs';
import { finalMessage, type ContentBlock, type Message, type StopReason, type ToolUseBlock } from '../../src/index.js';
import { buildMessage, textBlock, thinkingBlock, type BuildMessageOptions } from '../../src/testing/index.js';
import { answerableCalls } from '../../src/history/answerableCalls.js';
import { needsNextTurn, nextParams, type SentCalls } from '../../src/history/nextParams.js';
import type { ToolResultParam } from '../../src/api/params.js';
import { deepFreeze } from '../support/deepFreeze.js';
import { inputJsonDelta } from '../support/events.js';
import { call, letters, params, stops } from '../tools/support/turns.js';
import { refusalOf } from './support/api.js';
import { messages, partialsOf } from './support/partials.js';

const [a, b] = [call('a'), call('b')];
const result = (name: string): ToolResultParam => ({ type: 'tool_result', tool_use_id: `id_${name}`, content: name });

/** The calls of a message, of which those with these names have a result. */
function callsOf({ content }: Message, ...names: string[]): SentCalls {
  const calls = content.map((block, index) => ({ block, index }));
  return new Map(
    calls.flatMap(({ block, index }) =>
      block.type === 'tool_use'
        ? [[index, { id: block.id, result: names.includes(block.name) ? result(block.name) : undefined }]]
        : [],
    ),
  );
}

/** The valid calls of a message, each with a result. */
function allAnswered(message: Message): SentCalls {
  const valid = answerableCalls(message);
  const answer = ({ id }: ToolUseBlock) => ({ id, result: { type: 'tool_result', tool_use_id: id } as const });
  return new Map(
    message.content.flatMap((block, index) =>
      block.type === 'tool_use' && valid.includes(block) ? [[index, answer(block)]] : [],
    ),
  );
}

const fallback = { type: 'fallback', from: { model: 'one' }, to: { model: 'two' } } as const;
const search = { type: 'server_tool_use', id: 'id_s', name: 'web_search', input: {} } as const;
const found = { type: 'web_search_tool_result', tool_use_id: 'id_s', content: [] } as const satisfies ContentBlock;

/** What a message adds to the conversation. */
function added(options: BuildMessageOptions, ...names: string[]) {
  const message = buildMessage(options);
  return nextParams(params, message, callsOf(message, ...names)).messages.slice(params.messages.length);
}

/** The content that is sent back of a message. */
function sentBack(content: NonNullable<BuildMessageOptions['content']>, stop_reason: StopReason | null = 'end_turn') {
  return added({ content, stop_reason })[0]?.content;
}

describe('needsNextTurn', () => {
  it.each<[Message['stop_reason'], boolean]>([
    ['tool_use', true],
    ['pause_turn', true],
    ['compaction', true],
    ['end_turn', false],
    ['max_tokens', false],
    ['stop_sequence', false],
    ['refusal', false],
    ['model_context_window_exceeded', false],
    ['not_known_yet' as StopReason, false],
    [null, false],
  ])('after %s is %p', (stop_reason, more) => {
    expect(needsNextTurn(buildMessage({ content: [a], stop_reason }))).toBe(more);
  });

  it('is false after tool_use without a call to answer', () => {
    expect(needsNextTurn(buildMessage({ content: 'Well.', stop_reason: 'tool_use' }))).toBe(false);
    expect(needsNextTurn(buildMessage({ content: [a, fallback], stop_reason: 'tool_use' }))).toBe(false);
  });
});

describe('nextParams', () => {
  it('adds the message, and the results in the order of their calls', () => {
    expect(added({ content: ['Well.', a, b] }, 'b', 'a')).toEqual([
      { role: 'assistant', content: [textBlock('Well.'), a, b] },
      { role: 'user', content: [result('a'), result('b')] },
    ]);
  });

  it('adds no result for a call that has none', () => {
    expect(added({ content: [a, b] }, 'b')[1]).toEqual({ role: 'user', content: [result('b')] });
  });

  it('adds no user message if there are no calls', () => {
    expect(added({ content: 'Well.' })).toEqual([{ role: 'assistant', content: [textBlock('Well.')] }]);
    expect(added({ content: [search], stop_reason: 'pause_turn' })).toEqual([{ role: 'assistant', content: [search] }]);
  });

  it('adds nothing for a message without content', () => {
    expect(added({ content: [] })).toEqual([]);
    expect(added({ content: '\n' })).toEqual([]);
  });

  it('leaves out a refused message, with its calls', () => {
    const message = buildMessage({ content: ['Well.', a], stop_reason: 'refusal' });

    expect(answerableCalls(message)).toEqual([]);
    expect(nextParams(params, message, callsOf(message, 'a')).messages).toEqual(params.messages);
  });

  it('leaves out blank text, and thinking that was truncated before its signature', () => {
    const whole = thinkingBlock('', { signature: 'c2ln' });

    expect(sentBack(['', ' \n', whole, 'Well.', thinkingBlock('Hm', { signature: '' })])).toEqual([
      whole,
      textBlock('Well.'),
    ]);
  });

  it('leaves out thinking at the end, unless the API continues from it', () => {
    const hidden = { type: 'redacted_thinking', data: 'x' } as const;
    const content = [thinkingBlock('Hm'), 'Well.', thinkingBlock('So'), hidden];

    expect(sentBack(content)).toEqual([thinkingBlock('Hm'), textBlock('Well.')]);
    expect(sentBack([...content, search])).toEqual([thinkingBlock('Hm'), textBlock('Well.')]);
    expect(sentBack(content, 'pause_turn')).toHaveLength(4);
    expect(sentBack(content, 'compaction')).toHaveLength(4);
    expect(added({ content: [thinkingBlock('Hm')], stop_reason: 'max_tokens' })).toEqual([]);
  });

  it("leaves out a call to one of the API's tools that has no result, unless the API has yet to add it", () => {
    const cut = { ...search, id: 'id_cut' };
    const mcp = { type: 'mcp_tool_use', id: 'id_m', name: 'm', server_name: 'n', input: {} } as const;
    const content = [search, found, cut, mcp];

    expect(sentBack(content, 'max_tokens')).toEqual([search, found]);
    expect(sentBack(content, 'pause_turn')).toEqual(content);
    expect(sentBack([...content, a], 'tool_use')).toEqual([...content, a]);
  });

  it('leaves out thinking and calls before the last fallback block', () => {
    const hidden = { type: 'redacted_thinking', data: 'x' } as const;
    const content = [
      thinkingBlock('Hm'),
      hidden,
      'One',
      a,
      search,
      fallback,
      search,
      found,
      fallback,
      thinkingBlock('Ah'),
      b,
    ];
    const message = { content, stop_reason: 'tool_use' } as const;

    expect(answerableCalls(buildMessage(message))).toEqual([b]);
    expect(added(message, 'a', 'b')).toEqual([
      {
        role: 'assistant',
        content: [textBlock('One'), search, fallback, search, found, fallback, thinkingBlock('Ah'), b],
      },
      { role: 'user', content: [result('b')] },
    ]);
  });

  it('adds nothing if only the fallback block of a message is left', () => {
    expect(added({ content: [a, fallback], stop_reason: 'max_tokens' })).toEqual([]);
    expect(added({ content: [thinkingBlock('Hm.'), fallback], stop_reason: 'end_turn' })).toEqual([]);
  });

  it("leaves out a call to one of the API's tools that the model before a fallback made, and that has no result", () => {
    const content = [search, fallback, { ...search, id: 'id_t' }];

    expect(sentBack(content, 'pause_turn')).toEqual(content.slice(1));
  });

  it('wraps an input that is not an object, and does not change the call itself', async () => {
    const { s, z } = letters;
    const events = [s, letters.A, inputJsonDelta('["Par'), stops('max_tokens'), z];
    const message = await lastValueFrom(of(...events).pipe(finalMessage()));

    expect(answerableCalls(message)).toEqual([call('a', ['Par'])]);
    expect(nextParams(params, message, callsOf(message, 'a')).messages[1]?.content).toEqual([
      call('a', { INVALID_JSON: '["Par' }),
    ]);
    expect(sentBack([call('a', null), call('b', 'x')])).toEqual([call('a', {}), call('b', { INVALID_JSON: '"x"' })]);
  });

  it('leaves out thinking that never had a signature, as a gateway may send it', () => {
    expect(sentBack([{ ...thinkingBlock('Hm.'), signature: undefined as unknown as string }, 'Well.'])).toEqual([
      textBlock('Well.'),
    ]);
  });

  it('sends each call with the id of its result, even if calls share one', () => {
    const message = buildMessage({ content: [a, a, a] });
    const answer = (index: number) => ({ type: 'tool_result', tool_use_id: `t_${index}` }) as const;
    const calls = new Map(message.content.map((_, index) => [index, { id: `t_${index}`, result: answer(index) }]));

    expect(nextParams(params, message, calls).messages.slice(params.messages.length)).toEqual([
      { role: 'assistant', content: [0, 1, 2].map((index) => ({ ...a, id: `t_${index}` })) },
      { role: 'user', content: [0, 1, 2].map(answer) },
    ]);
  });

  it('leaves out a call that it does not get, with white space at the end', () => {
    const message = buildMessage({ content: ['Well.', a, '\n', b], stop_reason: null });
    const calls: SentCalls = new Map([...callsOf(message, 'a')].slice(0, 1));

    expect(nextParams(params, message, calls).messages.slice(params.messages.length)).toEqual([
      { role: 'assistant', content: [textBlock('Well.'), a] },
      { role: 'user', content: [result('a')] },
    ]);
  });

  it('preserves blocks of types that are not known yet', () => {
    const block = { type: 'not_known_yet', data: 1 } as unknown as ContentBlock;

    expect(sentBack([block])).toEqual([block]);
  });

  it.each<[unknown, unknown]>([
    [undefined, 'new'],
    [null, 'new'],
    ['old', 'new'],
    [{ skills: ['x'] }, { skills: ['x'], id: 'new' }],
    [
      { id: 'old', skills: ['x'] },
      { skills: ['x'], id: 'new' },
    ],
  ])('uses the container of the message: %j becomes %j', (before, after) => {
    const container = { id: 'new', expires_at: '2030-01-01T00:00:00Z' };
    const asked = { ...params, ...(before !== undefined && { container: before as string }) };

    expect(nextParams(asked, buildMessage({ container }), new Map()).container).toEqual(after);
    expect(nextParams(asked, buildMessage({ container: null }), new Map()).container).toEqual(before);
  });

  it.each([
    [{ type: 'any' }, { type: 'auto' }],
    [
      { type: 'tool', name: 'a', disable_parallel_tool_use: false },
      { type: 'auto', disable_parallel_tool_use: false },
    ],
    [
      { type: 'any', disable_parallel_tool_use: true },
      { type: 'auto', disable_parallel_tool_use: true },
    ],
  ] as const)('lets the model answer after a forced call: tool_choice %j becomes %j', (tool_choice, next) => {
    expect(nextParams({ ...params, tool_choice }, buildMessage(), new Map()).tool_choice).toEqual(next);
  });

  it.each([{ type: 'auto', disable_parallel_tool_use: true }, { type: 'none' }, { type: 'not_known_yet' }] as const)(
    'preserves a tool_choice that does not force a call: %j',
    (tool_choice) => {
      expect(nextParams({ ...params, tool_choice }, buildMessage(), new Map()).tool_choice).toBe(tool_choice);
    },
  );

  it('adds no tool_choice and no container', () => {
    const next = nextParams(params, buildMessage(), new Map());

    expect(next).not.toHaveProperty('tool_choice');
    expect(next).not.toHaveProperty('container');
  });

  it('preserves everything else, and does not change its arguments', () => {
    const asked = deepFreeze({ ...params, system: 'Be brief.' });
    const message = deepFreeze(buildMessage({ content: [call('a', []), fallback, b] }));

    expect(nextParams(asked, message, callsOf(message, 'b'))).toMatchObject({
      ...params,
      system: 'Be brief.',
      messages: { length: 3 },
    });
  });

  it.each(messages.map((message) => [message.content.map(({ type }) => type).join(', '), message]))(
    'builds a request that the API accepts, wherever max_tokens truncates the message: %s',
    (_, message) => {
      const refusals = partialsOf(message).flatMap((partial) => {
        const truncated = deepFreeze({ ...partial, stop_reason: partial.stop_reason ?? ('max_tokens' as const) });
        const next = nextParams(params, truncated, allAnswered(truncated));
        const added = next.messages.slice(params.messages.length);
        if (added.length === 0 || truncated.stop_reason === 'pause_turn') return [];
        return refusalOf({ ...next, messages: [...added, { role: 'user', content: 'Go on.' }] }) ?? [];
      });

      expect(refusals).toEqual([]);
    },
  );
});
