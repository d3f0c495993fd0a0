import { buildMessage, textBlock, thinkingBlock, toolUseBlock } from '../../src/testing/index.js';
import type { TextCitation } from '../../src/api/message.js';

const citation: TextCitation = {
  type: 'char_location',
  cited_text: 'grass',
  document_index: 0,
  document_title: null,
  start_char_index: 0,
  end_char_index: 5,
};

describe('textBlock', () => {
  it('has no citations by default', () => {
    expect(textBlock('Hello')).toStrictEqual({ type: 'text', text: 'Hello' });
    expect(textBlock('Hello', { citations: [citation] })).toStrictEqual({
      type: 'text',
      text: 'Hello',
      citations: [citation],
    });
  });
});

describe('thinkingBlock', () => {
  it('has a constant signature by default', () => {
    expect(thinkingBlock('Hm.')).toStrictEqual({ type: 'thinking', thinking: 'Hm.', signature: 'c2lnbmF0dXJl' });
    expect(thinkingBlock('Hm.', { signature: 'abc' }).signature).toBe('abc');
  });
});

describe('toolUseBlock', () => {
  it('has an id with the name by default', () => {
    expect(toolUseBlock('get_weather', { city: 'Paris' })).toStrictEqual({
      type: 'tool_use',
      id: 'toolu_get_weather',
      name: 'get_weather',
      input: { city: 'Paris' },
    });
    expect(toolUseBlock('now', {}, { id: 'toolu_1' }).id).toBe('toolu_1');
  });

  it('has an empty input by default', () => {
    expect(toolUseBlock('now').input).toStrictEqual({});
  });
});

describe('buildMessage', () => {
  it('builds a message without content by default', () => {
    expect(buildMessage()).toStrictEqual({
      id: 'msg_0001',
      type: 'message',
      role: 'assistant',
      model: 'claude-sonnet-5-5',
      content: [],
      stop_reason: 'end_turn',
      stop_sequence: null,
      usage: { input_tokens: 25, cache_creation_input_tokens: 0, cache_read_input_tokens: 0, output_tokens: 1 },
    });
  });

  it('accepts a text, and texts among blocks', () => {
    expect(buildMessage({ content: 'Hello' }).content).toStrictEqual([textBlock('Hello')]);
    expect(buildMessage({ content: [thinkingBlock('Hm.'), 'Hello'] }).content).toStrictEqual([
      thinkingBlock('Hm.'),
      textBlock('Hello'),
    ]);
  });

  it('accepts blocks of unknown types', () => {
    expect(buildMessage({ content: [{ type: 'hologram', depth: 3 }] }).content).toStrictEqual([
      { type: 'hologram', depth: 3 },
    ]);
  });

  it('has the stop reason tool_use only if the last block is a tool call', () => {
    expect(buildMessage({ content: ['Hello', toolUseBlock('now')] }).stop_reason).toBe('tool_use');
    expect(buildMessage({ content: [toolUseBlock('now'), 'Hello'] }).stop_reason).toBe('end_turn');
    expect(buildMessage({ content: [toolUseBlock('now')], stop_reason: 'max_tokens' }).stop_reason).toBe('max_tokens');
    expect(buildMessage({ stop_reason: null }).stop_reason).toBeNull();
  });

  it('overrides the default counts with the given ones', () => {
    expect(buildMessage({ content: 'Hello', usage: { output_tokens: 7, service_tier: 'batch' } }).usage).toStrictEqual({
      input_tokens: 25,
      cache_creation_input_tokens: 0,
      cache_read_input_tokens: 0,
      output_tokens: 7,
      service_tier: 'batch',
    });
  });

  it('counts more output tokens for more content', () => {
    const tokens = (content: string) => buildMessage({ content }).usage.output_tokens;
    expect(tokens('Hello')).toBe(8);
    expect(tokens('Hello'.repeat(100))).toBe(132);
  });

  it('accepts every other field of a message', () => {
    const fields = {
      id: 'msg_2',
      model: 'claude-opus-5-5',
      stop_reason: 'refusal',
      stop_sequence: 'END',
      stop_details: { type: 'refusal', category: null, explanation: null },
      container: { id: 'container_1', expires_at: '2030-01-01T00:00:00Z' },
      context_management: { applied_edits: [] },
    } as const;
    expect(buildMessage({ ...fields, context_management: { applied_edits: [] } })).toMatchObject(fields);
  });
});
