import type { AnyEvent } from '../../src/index.js';
import { findShapeFault } from '../../src/protocol/eventShape.js';
import { blockDelta, blockStart, blockStop, messageDelta, messageStart, messageStop } from '../support/events.js';

const usage = { input_tokens: 1, output_tokens: 1 };

describe('findShapeFault', () => {
  it.each<[string, AnyEvent]>([
    ['an event of an unknown type', { type: 'new' }],
    ['an event type that objects inherit', { type: 'constructor' }],
    ['an event without fields', messageStop],
    ['a block of an unknown type', blockStart(0, { type: 'new' })],
    ['a delta of an unknown type', blockDelta(0, { type: 'new' })],
    ['a count that is missing', messageStart({ usage: { input_tokens: 1 } })],
    ['a count that is null', messageStart({ usage: { ...usage, output_tokens: null } })],
    ['a message_delta without usage', messageDelta(null, { usage: undefined })],
    ['a message_delta whose usage is null', messageDelta(null, { usage: null })],
    ['a message_start without usage', messageStart({ usage: undefined })],
    ['a message_start whose usage is null', messageStart({ usage: null })],
    ['a message_start with content', messageStart({ content: [{ type: 'text', text: 'Hi' }] })],
  ])('accepts %s', (_, event) => {
    expect(findShapeFault(event)).toBeUndefined();
  });

  it.each<[string, AnyEvent]>([
    ['message_start.message is not an object', { ...messageStart(), message: [] } as AnyEvent],
    ['message_start.message.id is not a string', messageStart({ id: 1 })],
    ['message_start.message.content is not an array', messageStart({ content: {} })],
    ['message_start.message.content.1 is not an object', messageStart({ content: [{ type: 'new' }, null] })],
    ['message_start.message.content.0.text is not a string', messageStart({ content: [{ type: 'text' }] })],
    ['message_start.message.usage is not an object', messageStart({ usage: 7 })],
    ['message_start.message.usage.input_tokens is not a number', messageStart({ usage: { input_tokens: '1' } })],
    ['message_start.message.usage.output_tokens is not a number', messageStart({ usage: { output_tokens: NaN } })],
    ['content_block_start.content_block is not an object', blockStart(0, [])],
    ['content_block_start.content_block.type is not a string', blockStart(0, {})],
    ['content_block_start.content_block.id is not a string', blockStart(0, { type: 'mcp_tool_use', name: 'get' })],
    ['content_block_start.content_block.to is not an object', blockStart(0, { type: 'fallback' })],
    ['content_block_start.content_block.to.model is not a string', blockStart(0, { type: 'fallback', to: {} })],
    ['content_block_delta.delta.partial_json is not a string', blockDelta(0, { type: 'input_json_delta' })],
    ['content_block_delta.delta.citation is not an object', blockDelta(0, { type: 'citations_delta' })],
    [
      'content_block_delta.delta.citation.type is not a string',
      blockDelta(0, { type: 'citations_delta', citation: {} }),
    ],
    ['content_block_stop.index is not an integer of at least 0', blockStop(-1)],
    ['content_block_stop.index is not an integer of at least 0', blockStop(0.5)],
    ['message_delta.delta is not an object', messageDelta(null, { delta: null })],
    ['message_delta.usage is not an object', messageDelta(null, { usage: [] })],
  ])('reports %s', (fault, event) => {
    expect(findShapeFault(event)).toBe(fault);
  });
});
