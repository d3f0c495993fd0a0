import { toolInputStatus } from '../../src/accumulate/toolInputStatus.js';
import type { ContentBlock, StopReason } from '../../src/index.js';
import { toMessageParam } from '../../src/history/toMessageParam.js';
import {
  buildMessage,
  eventsOf,
  textBlock,
  thinkingBlock,
  toolUseBlock,
  type BuildMessageOptions,
} from '../../src/testing/index.js';
import { deepFreeze } from '../support/deepFreeze.js';
import { refusalOf } from './support/api.js';
import {
  byCode,
  code,
  fallback,
  found,
  messageOf,
  messages,
  partialsOf,
  ran,
  redacted,
  search,
} from './support/partials.js';

type Content = NonNullable<BuildMessageOptions['content']>;

/** The content that is sent back of a message that was interrupted, unless it has a stop reason. */
function sentBack(content: Content, stop_reason: StopReason | null = null): ContentBlock[] | undefined {
  return toMessageParam(buildMessage({ content, stop_reason }))?.content;
}

const [a, b] = [toolUseBlock('a', { x: 1 }), toolUseBlock('b')];
const thought = thinkingBlock('Hm.');
const open = thinkingBlock('Hm', { signature: '' });
const well = textBlock('Well.');
const paused = ['pause_turn', 'compaction' as StopReason] as const;

describe('toMessageParam', () => {
  it('returns the role and the content of a complete message, and nothing else', () => {
    const message = deepFreeze(buildMessage({ content: [thought, 'Well.'], container: { id: 'c', expires_at: '' } }));

    expect(toMessageParam(message)).toEqual({ role: 'assistant', content: [thought, well] });
  });

  it('preserves thinking, signatures and unknown fields, as the same objects', () => {
    const content = [
      { ...thinkingBlock('', { signature: 'EqQBCkYIBRgCKkA=' }), extra: { deep: [1] } },
      redacted,
      { ...textBlock('  Well. \n', { citations: [] }), extra: 1 },
      textBlock('So', { citations: null }),
      { type: 'container_upload', file_id: 'f' },
      { type: 'mcp_tool_use', id: 'm', name: 'n', server_name: 's', input: {} },
      { type: 'mcp_tool_result', tool_use_id: 'm', is_error: false, content: 'ok' },
      { type: 'compaction', content: null, encrypted_content: 'e', signature: 's' },
      { type: 'not_known_yet', data: 1 },
      { ...a, caller: { type: 'direct' }, extra: null },
    ];
    const turn = toMessageParam(deepFreeze(buildMessage({ content, stop_reason: 'tool_use' })));

    expect(turn?.content).toHaveLength(content.length);
    turn?.content.forEach((block, index) => {
      expect(block).toBe(content[index]);
    });
  });

  it('preserves the calls of a message that stopped with tool_use', () => {
    expect(sentBack(['Well.', a, b], 'tool_use')).toEqual([well, a, b]);
  });

  it.each([null, 'max_tokens', 'end_turn', 'stop_sequence', 'model_context_window_exceeded', ...paused] as const)(
    'leaves out the calls of a message that stopped with %s, since no result follows',
    (stop_reason) => {
      expect(sentBack(['Well.', a, b], stop_reason)).toEqual([well]);
      expect(sentBack([a], stop_reason)).toBeUndefined();
    },
  );

  it('leaves out a call whose input is not complete', () => {
    const events = eventsOf(buildMessage({ content: ['Well.', a, b], stop_reason: 'tool_use' }));
    const cut = events.map((event) =>
      event.type === 'content_block_delta' && event.delta.type === 'input_json_delta' && event.delta.partial_json !== ''
        ? { ...event, delta: { ...event.delta, partial_json: '{"x": tru' } }
        : event,
    );
    const message = messageOf(cut);

    expect(message.content.map((block) => ('input' in block ? toolInputStatus(block).state : ''))).toEqual([
      '',
      'invalid',
      'complete',
    ]);
    expect(toMessageParam(message)?.content).toEqual([well, b]);
  });

  it('wraps an input that is JSON but not an object', () => {
    expect(sentBack([toolUseBlock('a', ['x'])], 'tool_use')).toEqual([toolUseBlock('a', { INVALID_JSON: '["x"]' })]);
  });

  it("leaves out a call to one of the API's tools that has no result", () => {
    const cut = { ...search, id: 'srvtoolu_cut' };
    const mcp = { type: 'mcp_tool_use', id: 'm', name: 'n', server_name: 's', input: {} };

    expect(sentBack([search, found, cut, mcp])).toEqual([search, found]);
    expect(sentBack([search, found, cut, mcp], 'end_turn')).toEqual([search, found]);
  });

  it.each(paused)(
    "preserves a call to one of the API's tools after %s, since the API has yet to add its result",
    (stop_reason) => {
      expect(sentBack(['Well.', search], stop_reason)).toEqual([well, search]);
    },
  );

  it("preserves a call to one of the API's tools that waits for the result of a call, if that can be sent", () => {
    const call = { ...a, ...byCode };

    expect(sentBack([code, call], 'tool_use')).toEqual([code, call]);
    expect(sentBack(['Well.', code], 'tool_use')).toEqual([well]);
    expect(sentBack(['Well.', code, call], 'max_tokens')).toEqual([well]);
  });

  it('leaves out the calls that the code of a left-out call made', () => {
    const inner = [
      { ...search, ...byCode },
      { ...found, ...byCode },
    ];

    expect(sentBack(['Well.', code, ...inner])).toEqual([well]);
    expect(sentBack(['Well.', code, { ...search, ...byCode }, found])).toEqual([well]);
    expect(sentBack(['Well.', code, ...inner, ran])).toEqual([well, code, ...inner, ran]);
    expect(sentBack(['Well.', ...inner])).toEqual([well, ...inner]); // the call is in an earlier message
    expect(sentBack([{ ...search, caller: null }, found])).toHaveLength(2);
  });

  it('leaves out thinking without its signature', () => {
    const { type, thinking } = open;

    expect(sentBack([thought, open, { type, thinking }, 'Well.'])).toEqual([thought, well]);
  });

  it('leaves out thinking at the end', () => {
    expect(sentBack([thought, 'Well.', thought, redacted], 'end_turn')).toEqual([thought, well]);
    expect(sentBack([thought, 'Well.', thought, open])).toEqual([thought, well]);
    expect(sentBack([thought, 'Well.', redacted, a])).toEqual([thought, well]);
    expect(sentBack([thought, 'Well.', redacted, search, ' '])).toEqual([thought, well]);
    expect(sentBack([thought, redacted], 'max_tokens')).toBeUndefined();
  });

  it.each(paused)('preserves thinking at the end after %s, since the API continues from there', (stop_reason) => {
    expect(sentBack(['Well.', thought], stop_reason)).toEqual([well, thought]);
  });

  it('leaves out text that is only white space, and preserves all other text', () => {
    expect(sentBack(['', ' \n\t', '  Well. \n', '\u00a0'])).toEqual([textBlock('  Well. \n')]);
  });

  it('leaves out half a character at the end of a text, and nothing else of it', () => {
    const citations = [{ type: 'web_search_result_location' }] as never;

    expect(sentBack([textBlock('Hi 👋\ud83d', { citations })])).toEqual([textBlock('Hi 👋', { citations })]);
    expect(sentBack([well, thought, '\ud83d'])).toEqual([well]);
  });

  it('leaves out a document, which API version 2026-10-21 refuses in an assistant message', () => {
    const source = { type: 'text', media_type: 'text/plain', data: 'x' };

    expect(sentBack(['Well.', { type: 'document', source }], 'end_turn')).toEqual([well]);
  });

  it('leaves out what a fallback has made void', () => {
    expect(sentBack([thought, redacted, 'One', a, search, fallback, thought, 'Two', b], 'tool_use')).toEqual([
      textBlock('One'),
      fallback,
      thought,
      textBlock('Two'),
      b,
    ]);
  });

  it('returns the blocks of beta features as they came, with their signatures and toolsets', () => {
    const blocks = [
      { type: 'compaction', content: 'So far.', signature: 'Eq==', tool_changes: [] },
      { type: 'mcp_tool_listing', mcp_server_name: 'files', tools: [] },
      { ...toolUseBlock('navigate', { url: 'https://example.com/' }), toolset_name: 'browser' },
    ];
    const message = buildMessage({ content: blocks });

    expect(toMessageParam(message)?.content).toEqual(blocks);
  });

  it('returns undefined if nothing is left', () => {
    expect(sentBack([])).toBeUndefined();
    expect(sentBack(['\n', open, a, search])).toBeUndefined();
    expect(sentBack([thought, fallback])).toBeUndefined();
  });

  it('returns undefined for a refused message', () => {
    expect(sentBack([thought, 'Well.', search, found], 'refusal')).toBeUndefined();
  });

  it('accepts a message to which a gateway gave no stop_reason', () => {
    const stop_reason = undefined as unknown as null;

    expect(toMessageParam(buildMessage({ content: ['Well.', a], stop_reason }))?.content).toEqual([well]);
  });

  it.each(messages.map((message) => [message.content.map(({ type }) => type).join(', '), message]))(
    'returns what the API accepts, wherever the message is interrupted: %s',
    (_, message) => {
      const refusals = partialsOf(message).flatMap((partial) => {
        const turn = toMessageParam(deepFreeze(partial));
        if (turn === undefined) return [];
        const isPaused = partial.stop_reason === 'pause_turn';
        const results = turn.content.flatMap((block) =>
          block.type === 'tool_use' ? [{ type: 'tool_result', tool_use_id: block.id }] : [],
        );
        const answer = { role: 'user', content: [...results, textBlock('Go on.')] } as const;
        return refusalOf({ model: 'm', max_tokens: 1, messages: isPaused ? [turn] : [turn, answer] }) ?? [];
      });

      expect(refusals).toEqual([]);
    },
  );
});
