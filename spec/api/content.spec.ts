import { blockHasContent, hasContent, isThinking } from '../../src/api/content.js';
import type { AnyEvent, ContentBlock } from '../../src/index.js';
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

describe('hasContent', () => {
  it.each<[string, AnyEvent, boolean]>([
    ['a message_start without content', messageStart(), false],
    ['a message_start with content', messageStart({ content: [textBlock('')] }), true],
    ['the start of an empty text block', blockStart(0, textBlock('')), false],
    ['the start of a text block with text', blockStart(0, textBlock('a')), true],
    ['the start of an empty thinking block', blockStart(0, thinkingBlock('', { signature: '' })), false],
    ['the start of a thinking block with thinking', blockStart(0, thinkingBlock('a')), true],
    ['the start of a tool call', blockStart(0, toolUseBlock('now')), true],
    ['a block that arrives complete', blockStart(0, { type: 'redacted_thinking', data: 'x' }), true],
    ['the start of a block of an unknown type', blockStart(0, { type: 'a_type_of_tomorrow' }), true],
    ['a text_delta', textDelta('a'), true],
    ['an empty text_delta', textDelta(''), true],
    ['a thinking_delta', thinkingDelta('a'), true],
    ['a signature_delta', signatureDelta('a'), true],
    ['an input_json_delta', inputJsonDelta('{'), true],
    ['a citations_delta', citationsDelta({}), true],
    ['a delta of an unknown type', blockDelta(0, { type: 'a_delta_of_tomorrow' }), true],
    ['a content_block_stop', blockStop(), false],
    ['a message_delta', messageDelta(), false],
    ['a message_stop', messageStop, false],
    ['a ping', ping, false],
    ['a message_restart', restart(), false],
    ['an event of an unknown type', { type: 'an_event_of_tomorrow' }, true],
  ])('for %s', (_, event, expected) => {
    expect(hasContent(event)).toBe(expected);
  });
});

describe('blockHasContent', () => {
  it.each<[object, boolean]>([
    [textBlock(''), false],
    [textBlock(' '), true],
    [thinkingBlock(''), false],
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
