import { expectTypeOf } from 'expect-type';
import { accumulateMessage, type AnyEvent, type EventOperator, type Message } from '../../src/index.js';
import { buildMessage, eventsOf, textBlock, thinkingBlock, toolUseBlock } from '../../src/testing/index.js';
import { itKeepsTheOperatorContract } from '../support/contract.js';
import { blockStart, blockStop, messageStart, messageStop, ping, textDelta } from '../support/events.js';
import { marbles } from '../support/marbles.js';
import { citation, messageDeltaWith, messageWith, opening, snapshotsOf } from './support/snapshots.js';

const contextEdit = {
  type: 'clear_tool_uses_20250919',
  cleared_tool_uses: 2,
  cleared_input_tokens: 900,
} as const;

describe('accumulateMessage', () => {
  itKeepsTheOperatorContract(accumulateMessage, {
    values: eventsOf(buildMessage({ content: 'Hello, world' })),
    empty: 'is incomplete',
  });

  describe('emit', () => {
    const events = {
      s: messageStart(),
      p: ping,
      b: blockStart(0, textBlock('')),
      d: textDelta('Hello'),
      e: textDelta(''),
      f: blockStop(),
      u: { type: 'new_event' },
      m: messageDeltaWith({ stop_reason: 'end_turn' }),
      z: messageStop,
    };
    const emitted = {
      0: opening,
      1: messageWith(textBlock('')),
      2: messageWith(textBlock('Hello')),
      3: { ...messageWith(textBlock('Hello')), stop_reason: 'end_turn' },
    };

    it(
      "'every', the default, emits after each event that changed the message, and on message_stop",
      marbles(({ cold, expectObservable, expectSubscriptions }) => {
        const source = cold<AnyEvent>('--s-p-b-d-e-f-u-m-m-z-|', events);
        const subs = '                      ^---------------------!';
        const expected = '                  --0---1-2-------3---3-|';

        expectObservable(source.pipe(accumulateMessage())).toBe(expected, emitted);
        expectObservable(source.pipe(accumulateMessage({ emit: 'every' }))).toBe(expected, emitted);
        expectSubscriptions(source.subscriptions).toBe([subs, subs]);
      }),
    );

    it(
      "'block' emits after each block that stopped, and on message_stop",
      marbles(({ cold, expectObservable }) => {
        const source = cold<AnyEvent>('--s-p-b-d-e-f-u-m-m-z-|', events);
        const expected = '                  ------------2-------3-|';

        expectObservable(source.pipe(accumulateMessage({ emit: 'block' }))).toBe(expected, emitted);
      }),
    );

    it(
      "'final' emits on message_stop only",
      marbles(({ cold, expectObservable }) => {
        const source = cold<AnyEvent>('--s-p-b-d-e-f-u-m-m-z-|', events);
        const expected = '                  --------------------3-|';

        expectObservable(source.pipe(accumulateMessage({ emit: 'final' }))).toBe(expected, emitted);
      }),
    );

    it('throws a TypeError for any other value', () => {
      // @ts-expect-error -- not a value of this option
      expect(() => accumulateMessage({ emit: 'never' })).toThrow(TypeError);
      expectTypeOf(accumulateMessage()).toEqualTypeOf<EventOperator<Message>>();
    });
  });

  describe('emits at last the message that was streamed', () => {
    it.each<[string, Message]>([
      ['without content', buildMessage()],
      ['text', buildMessage({ content: 'Hello, world' })],
      ['several texts', buildMessage({ content: ['Hello', '', ', world'] })],
      ['thinking', buildMessage({ content: [thinkingBlock('Let me see.', { signature: 'abc' }), 'Hello'] })],
      ['omitted thinking', buildMessage({ content: [thinkingBlock(''), 'Hello'] })],
      ['a tool call', buildMessage({ content: ['Wait.', toolUseBlock('get', { a: [1, { b: null }], c: 'd' })] })],
      ['a tool call without arguments', buildMessage({ content: [toolUseBlock('now')] })],
      ['citations', buildMessage({ content: [textBlock('Green.', { citations: [citation, citation] })] })],
      ['no citations', buildMessage({ content: [textBlock('Green.', { citations: [] })] })],
      ['null for citations', buildMessage({ content: [textBlock('Green.', { citations: null })] })],
      [
        'a compaction',
        buildMessage({ content: [{ type: 'compaction', content: 'In short', encrypted_content: 'x' }] }),
      ],
      ['redacted thinking', buildMessage({ content: [{ type: 'redacted_thinking', data: 'x' }, 'Hello'] })],
      [
        'a search by the server',
        buildMessage({
          content: [
            { type: 'server_tool_use', id: 'srvtoolu_1', name: 'web_search', input: { query: 'grass' } },
            { type: 'web_search_tool_result', tool_use_id: 'srvtoolu_1', content: [] },
          ],
        }),
      ],
      [
        'a call by MCP',
        buildMessage({
          content: [
            { type: 'mcp_tool_use', id: 'mcptoolu_1', name: 'echo', server_name: 'test', input: { a: 1 } },
            { type: 'mcp_tool_result', tool_use_id: 'mcptoolu_1', is_error: false, content: [textBlock('1')] },
          ],
        }),
      ],
      ['an unknown block', buildMessage({ content: [{ type: 'new_block', deep: { list: [1] } }] })],
      ['a container', buildMessage({ container: { id: 'container_1', expires_at: '2030-01-01T00:00:00Z' } })],
      [
        'a refusal',
        buildMessage({
          stop_reason: 'refusal',
          stop_details: { type: 'refusal', category: 'cyber', explanation: 'No.' },
        }),
      ],
      [
        'blocks of beta features',
        buildMessage({
          content: [
            {
              type: 'compaction',
              content: 'So far.',
              encrypted_content: null,
              signature: 'Eq==',
              tool_changes: [{ type: 'tool_removal', tool: { type: 'tool_reference', name: 'get' } }],
            },
            { type: 'mcp_tool_listing', mcp_server_name: 'files', tools: [{ name: 'read', input_schema: {} }] },
            {
              type: 'fallback',
              from: { model: 'a' },
              to: { model: 'claude-sonnet-5-5' },
              trigger: { type: 'refusal', category: 'bio' },
            },
            { ...toolUseBlock('navigate', { url: 'https://example.com/' }), toolset_name: 'browser' },
          ],
        }),
      ],
      [
        'what the API did with the request',
        buildMessage({
          diagnostics: { cache_miss_reason: { type: 'tools_changed', cache_missed_input_tokens: 900 } },
          input_transformations: [
            { type: 'thinking_dropped', path: 'messages.1.content.0', reason: 'prefix_binding_mismatch' },
          ],
          usage: { fallback_credit: { status: { type: 'not_applied', reason: 'expired' } } },
        }),
      ],
      ['edits of the context', buildMessage({ context_management: { applied_edits: [contextEdit] } })],
      ['more about its usage', buildMessage({ usage: { output_tokens_details: { thinking_tokens: 5 } } })],
    ])('%s', async (_, message) => {
      for (const emit of ['every', 'block', 'final'] as const) {
        const snapshots = await snapshotsOf(eventsOf(message, { deltaLength: 3 }), { emit });

        expect(snapshots.at(-1)).toStrictEqual(message);
      }
    });
  });
});
