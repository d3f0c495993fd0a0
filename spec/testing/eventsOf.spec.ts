import { expectTypeOf } from 'expect-type';
import type { MessageStreamEvent } from '../../src/api/events.js';
import type { TextCitation } from '../../src/api/message.js';
import {
  buildMessage,
  errorEvent,
  eventsOf,
  textBlock,
  thinkingBlock,
  toolUseBlock,
  type AnyContentBlock,
  type StreamErrorEvent,
} from '../../src/testing/index.js';

const start = (index: number, content_block: object) => ({ type: 'content_block_start', index, content_block });
const delta = (index: number, delta: object) => ({ type: 'content_block_delta', index, delta });
const stop = (index: number) => ({ type: 'content_block_stop', index });
const json = (partial_json: string) => delta(0, { type: 'input_json_delta', partial_json });

/** The events of a message with this one block, without those of the message itself. */
const eventsOfBlock = (block: AnyContentBlock, deltaLength?: number) =>
  eventsOf(buildMessage({ content: [block] }), deltaLength === undefined ? {} : { deltaLength }).slice(1, -2);

const typesOf = (events: readonly { type: string }[]) => events.map(({ type }) => type);

describe('eventsOf', () => {
  it('sends a text in deltas, between the events of its block and of the message', () => {
    const message = buildMessage({ content: 'Hello, wide world!', usage: { output_tokens: 9 } });

    expect(eventsOf(message)).toStrictEqual([
      {
        type: 'message_start',
        message: {
          id: 'msg_0001',
          type: 'message',
          role: 'assistant',
          model: 'claude-sonnet-5-5',
          content: [],
          stop_reason: null,
          stop_sequence: null,
          usage: { input_tokens: 25, cache_creation_input_tokens: 0, cache_read_input_tokens: 0, output_tokens: 1 },
        },
      },
      start(0, { type: 'text', text: '' }),
      delta(0, { type: 'text_delta', text: 'Hello, wide ' }),
      delta(0, { type: 'text_delta', text: 'world!' }),
      stop(0),
      {
        type: 'message_delta',
        delta: { stop_reason: 'end_turn', stop_sequence: null },
        usage: { input_tokens: 25, cache_creation_input_tokens: 0, cache_read_input_tokens: 0, output_tokens: 9 },
      },
      { type: 'message_stop' },
    ]);
  });

  it('sends no block for a message without content', () => {
    expect(typesOf(eventsOf(buildMessage()))).toStrictEqual(['message_start', 'message_delta', 'message_stop']);
  });

  it('indexes the blocks', () => {
    const events = eventsOf(buildMessage({ content: ['a', 'b', 'c'] }));
    expect(events.filter(({ type }) => type === 'content_block_stop')).toStrictEqual([stop(0), stop(1), stop(2)]);
  });

  it('sends thinking, then its signature', () => {
    expect(eventsOfBlock(thinkingBlock('Let me see.', { signature: 'abc' }), 7)).toStrictEqual([
      start(0, { type: 'thinking', thinking: '', signature: '' }),
      delta(0, { type: 'thinking_delta', thinking: 'Let me ' }),
      delta(0, { type: 'thinking_delta', thinking: 'see.' }),
      delta(0, { type: 'signature_delta', signature: 'abc' }),
      stop(0),
    ]);
  });

  it('sends one empty delta for omitted thinking', () => {
    expect(eventsOfBlock(thinkingBlock('', { signature: 'abc' }))).toStrictEqual([
      start(0, { type: 'thinking', thinking: '', signature: '' }),
      delta(0, { type: 'thinking_delta', thinking: '' }),
      delta(0, { type: 'signature_delta', signature: 'abc' }),
      stop(0),
    ]);
  });

  it('sends an empty delta before the JSON of a tool input', () => {
    expect(eventsOfBlock(toolUseBlock('get_weather', { city: 'Paris' }))).toStrictEqual([
      start(0, { type: 'tool_use', id: 'toolu_get_weather', name: 'get_weather', input: {} }),
      json(''),
      json('{"city":"Par'),
      json('is"}'),
      stop(0),
    ]);
  });

  it('sends only the empty delta for an empty tool input', () => {
    expect(eventsOfBlock(toolUseBlock('now'))).toStrictEqual([
      start(0, { type: 'tool_use', id: 'toolu_now', name: 'now', input: {} }),
      json(''),
      stop(0),
    ]);
  });

  it.each([
    { type: 'server_tool_use', id: 'srvtoolu_1', name: 'web_search', input: { query: 'x' } },
    { type: 'mcp_tool_use', id: 'mcptoolu_1', name: 'echo', server_name: 'echo', input: { query: 'x' } },
  ])('sends the input of a $type as deltas', (block) => {
    expect(eventsOfBlock(block, Infinity)).toStrictEqual([
      start(0, { ...block, input: {} }),
      json(''),
      json('{"query":"x"}'),
      stop(0),
    ]);
  });

  it('sends citations one by one before the text that cites', () => {
    const [first, second] = ['a', 'b'].map((cited_text): TextCitation => ({
      type: 'page_location',
      cited_text,
      document_index: 0,
      document_title: null,
      start_page_number: 1,
      end_page_number: 2,
    })) as [TextCitation, TextCitation];

    expect(eventsOfBlock({ ...textBlock('Hello', { citations: [first, second] }) })).toStrictEqual([
      start(0, { type: 'text', text: '', citations: [] }),
      delta(0, { type: 'citations_delta', citation: first }),
      delta(0, { type: 'citations_delta', citation: second }),
      delta(0, { type: 'text_delta', text: 'Hello' }),
      stop(0),
    ]);
  });

  it('leaves null citations null', () => {
    expect(eventsOfBlock({ type: 'text', text: '', citations: null })).toStrictEqual([
      start(0, { type: 'text', text: '', citations: null }),
      stop(0),
    ]);
  });

  it('sends a compaction in one delta', () => {
    expect(eventsOfBlock({ type: 'compaction', content: 'In short, hello.' })).toStrictEqual([
      start(0, { type: 'compaction', content: null }),
      delta(0, { type: 'compaction_delta', content: 'In short, hello.' }),
      stop(0),
    ]);
    expect(eventsOfBlock({ type: 'compaction', content: 'Hi.', encrypted_content: 'abc' })).toStrictEqual([
      start(0, { type: 'compaction', content: null, encrypted_content: null }),
      delta(0, { type: 'compaction_delta', content: 'Hi.', encrypted_content: 'abc' }),
      stop(0),
    ]);
  });

  it.each([
    { type: 'redacted_thinking', data: 'abc' },
    { type: 'web_search_tool_result', tool_use_id: 'srvtoolu_1', content: [] },
    { type: 'hologram', depth: 3 },
  ])('sends a $type whole', (block) => {
    expect(eventsOfBlock(block)).toStrictEqual([start(0, block), stop(0)]);
  });

  it('sends the counts of the input at the start, and those of the output at the end', () => {
    const atOnce = { cache_creation: null, service_tier: 'standard', inference_geo: 'eu', speed: 'fast' } as const;
    const inTheEnd = {
      output_tokens_details: { thinking_tokens: 3 },
      server_tool_use: { web_search_requests: 1, web_fetch_requests: 0 },
      iterations: [{ type: 'message', input_tokens: 10, output_tokens: 9 } as const],
      fallback_credit: { status: { type: 'redeemed' } } as const,
    };
    const counts = { input_tokens: 10, cache_creation_input_tokens: 2, cache_read_input_tokens: 3 };
    const container = { id: 'container_1', expires_at: '2030-01-01T00:00:00Z' };
    const stop_details = { type: 'refusal', category: null, explanation: null } as const;
    const events = eventsOf(
      buildMessage({
        stop_reason: 'refusal',
        stop_details,
        container,
        context_management: { applied_edits: [] },
        input_transformations: [],
        usage: { ...counts, output_tokens: 9, ...atOnce, ...inTheEnd },
      }),
    );

    expect(events).toStrictEqual([
      {
        type: 'message_start',
        message: {
          ...buildMessage(),
          stop_reason: null,
          stop_details: null,
          usage: { ...counts, output_tokens: 1, ...atOnce },
        },
      },
      {
        type: 'message_delta',
        delta: { stop_reason: 'refusal', stop_sequence: null, stop_details, container },
        usage: { ...counts, output_tokens: 9, ...inTheEnd },
        context_management: { applied_edits: [] },
        input_transformations: [],
      },
      { type: 'message_stop' },
    ]);
  });

  it.each([1, 2, 3, 5, 100, Infinity])('never splits a surrogate pair, with deltas of %p', (deltaLength) => {
    const text = 'a😀😀b😀c';
    const texts = eventsOfBlock(textBlock(text) as AnyContentBlock, deltaLength).flatMap((event) =>
      event.type === 'content_block_delta' && event.delta.type === 'text_delta' ? event.delta.text : [],
    );

    expect(texts.join('')).toBe(text);
    expect(
      texts.every((part) => part.length <= deltaLength + 1 && !/^[\uDC00-\uDFFF]|[\uD800-\uDBFF]$/.test(part)),
    ).toBe(true);
  });

  it('inserts a ping after a number of events, but not at the end', () => {
    const message = buildMessage({ content: 'Hello' });
    expect(typesOf(eventsOf(message, { pingEvery: 2 }))).toStrictEqual([
      'message_start',
      'content_block_start',
      'ping',
      'content_block_delta',
      'content_block_stop',
      'ping',
      'message_delta',
      'message_stop',
    ]);
  });

  it('keeps the first events, including pings', () => {
    const message = buildMessage({ content: 'Hello' });
    expect(eventsOf(message, { cutAt: 0 })).toStrictEqual([]);
    expect(eventsOf(message, { cutAt: 3 })).toStrictEqual(eventsOf(message).slice(0, 3));
    expect(eventsOf(message, { cutAt: 99 })).toStrictEqual(eventsOf(message));
    expect(typesOf(eventsOf(message, { cutAt: 2, pingEvery: 1 }))).toStrictEqual(['message_start', 'ping']);
  });

  it('appends the error after the last event that is kept', () => {
    const error = errorEvent('overloaded_error', 'Overloaded');
    expect(eventsOf(buildMessage(), { cutAt: 1, error })).toStrictEqual([eventsOf(buildMessage())[0], error]);
  });

  it('does not change the message', () => {
    const message = buildMessage({ content: ['Hello', toolUseBlock('now', { zone: 'CET' })] });
    const before = structuredClone(message);
    eventsOf(message);
    expect(message).toStrictEqual(before);
  });

  it.each([{ deltaLength: 0 }, { deltaLength: 1.5 }, { deltaLength: NaN }, { pingEvery: 0 }, { cutAt: -1 }])(
    'refuses %p',
    (options) => {
      const [name] = Object.keys(options);
      expect(() => eventsOf(buildMessage(), options)).toThrow(RangeError);
      expect(() => eventsOf(buildMessage(), options)).toThrow(`eventsOf: ${name ?? ''} must be`);
    },
  );

  it('has the type of the events, including that of the error', () => {
    const message = buildMessage();
    const error = errorEvent('api_error', 'Oh');
    expectTypeOf(eventsOf(message)).toEqualTypeOf<MessageStreamEvent[]>();
    expectTypeOf(eventsOf(message, { cutAt: 1 })).toEqualTypeOf<MessageStreamEvent[]>();
    expectTypeOf(eventsOf(message, { error })).toEqualTypeOf<(MessageStreamEvent | StreamErrorEvent)[]>();
    expect(eventsOf(message, { error })).toHaveLength(eventsOf(message).length + 1);
  });
});

describe('errorEvent', () => {
  it('is what the API sends', () => {
    expect(errorEvent('overloaded_error', 'Overloaded')).toStrictEqual({
      type: 'error',
      error: { type: 'overloaded_error', message: 'Overloaded' },
    });
    expect(errorEvent('api_error', 'Oh', { request_id: 'req_1' })).toStrictEqual({
      type: 'error',
      error: { type: 'api_error', message: 'Oh' },
      request_id: 'req_1',
    });
  });
});
