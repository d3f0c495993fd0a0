import { blockHasContent, hasContent, isActivity, isThinking } from '../../src/api/content.js';
import type { AnyEvent, ContentBlock, TextCitation } from '../../src/index.js';
import { textBlock, thinkingBlock, toolUseBlock } from '../../src/testing/index.js';
import {
  blockDelta,
  blockStart,
  blockStop,
  citationsDelta,
  inputJsonDelta,
  messageDelta,
  messageStart,
  messageStop,
  ping,
  restart,
  signatureDelta,
  textDelta,
  thinkingDelta,
} from '../support/events.js';

const compactionDelta = (content: string | null) =>
  blockDelta(0, { type: 'compaction_delta', content, encrypted_content: 'x' });

describe('hasContent and isActivity', () => {
  it.each<[string, AnyEvent, 'shown' | 'active' | 'neither']>([
    ['a message_start without content', messageStart(), 'neither'],
    ['a message_start with content', messageStart({ content: [textBlock(''), textBlock('a')] }), 'shown'],
    ['a message_start with an empty block', messageStart({ content: [textBlock('')] }), 'neither'],
    ['the start of an empty text block', blockStart(0, textBlock('')), 'neither'],
    ['the start of a text block with text', blockStart(0, textBlock('a')), 'shown'],
    [
      'the start of a text block with a citation',
      blockStart(0, textBlock('', { citations: [{} as TextCitation] })),
      'shown',
    ],
    ['the start of an empty thinking block', blockStart(0, thinkingBlock('', { signature: '' })), 'neither'],
    ['the start of a thinking block with a signature only', blockStart(0, thinkingBlock('')), 'neither'],
    ['the start of a thinking block with thinking', blockStart(0, thinkingBlock('a')), 'shown'],
    ['a redacted block', blockStart(0, { type: 'redacted_thinking', data: 'x' }), 'active'],
    ['the start of a tool call', blockStart(0, toolUseBlock('now')), 'shown'],
    ['a block that arrives complete', blockStart(0, { type: 'web_search_tool_result', content: [] }), 'shown'],
    ['the start of an empty compaction', blockStart(0, { type: 'compaction', content: null }), 'neither'],
    [
      "the list of an MCP server's tools",
      blockStart(0, { type: 'mcp_tool_listing', mcp_server_name: 'a', tools: [{ name: 'b', input_schema: {} }] }),
      'neither',
    ],
    ['the start of a block of an unknown type', blockStart(0, { type: 'a_type_of_tomorrow' }), 'shown'],
    ['a text_delta', textDelta('a'), 'shown'],
    ['a text_delta that is white space', textDelta(' '), 'shown'],
    ['an empty text_delta', textDelta(''), 'active'],
    ['a thinking_delta', thinkingDelta('a'), 'shown'],
    ['an empty thinking_delta', thinkingDelta(''), 'active'],
    ['a signature_delta', signatureDelta('a'), 'active'],
    ['an input_json_delta', inputJsonDelta('{'), 'shown'],
    ['an empty input_json_delta', inputJsonDelta(''), 'active'],
    ['a compaction_delta', compactionDelta('a'), 'shown'],
    ['a compaction_delta that is encrypted only', compactionDelta(null), 'active'],
    ['a citations_delta', citationsDelta({}), 'shown'],
    ['a delta of an unknown type', blockDelta(0, { type: 'a_delta_of_tomorrow' }), 'shown'],
    ['a content_block_stop', blockStop(), 'neither'],
    ['a message_delta', messageDelta(), 'neither'],
    ['a message_stop', messageStop, 'neither'],
    ['a ping', ping, 'neither'],
    ['a message_restart', restart(), 'neither'],
    ['an event of an unknown type', { type: 'an_event_of_tomorrow' }, 'shown'],
  ])('for %s', (_, event, expected) => {
    expect(hasContent(event)).toBe(expected === 'shown');
    expect(isActivity(event)).toBe(expected !== 'neither');
  });
});

describe('blockHasContent', () => {
  it.each<[object, boolean]>([
    [textBlock(''), false],
    [textBlock(' '), true],
    [thinkingBlock(''), false],
    [{ type: 'redacted_thinking', data: 'x' }, false],
    [thinkingBlock('a'), true],
    [toolUseBlock('now'), true],
    [{ type: 'a_type_of_tomorrow' }, true],
  ])('for %j is %p', (block, expected) => {
    expect(blockHasContent(block as ContentBlock)).toBe(expected);
  });
});

describe('isThinking', () => {
  it.each<[string, AnyEvent, boolean]>([
    ['the start of a thinking block', blockStart(0, thinkingBlock('')), true],
    ['a redacted_thinking block', blockStart(0, { type: 'redacted_thinking', data: 'x' }), true],
    ['the start of a text block', blockStart(0, textBlock('')), false],
    ['a thinking_delta', thinkingDelta('a'), true],
    ['a signature_delta', signatureDelta('a'), true],
    ['a text_delta', textDelta('a'), false],
    ['a delta of an unknown type', blockDelta(0, { type: 'a_delta_of_tomorrow' }), false],
    ['a content_block_stop', blockStop(), false],
    ['a message_start', messageStart({ content: [thinkingBlock('a')] }), false],
    ['an event of an unknown type', { type: 'thinking_delta' }, false],
  ])('for %s', (_, event, expected) => {
    expect(isThinking(event)).toBe(expected);
  });
});
