import { MessageReader } from '../../src/source/messageReader.js';
import { buildMessage, eventsOf } from '../../src/testing/index.js';
import type { MessageStreamEvent } from '../../src/index.js';

const events = eventsOf(buildMessage({ content: 'Hello, world.' }));

/** Reads events with a frame in between. Returns what is emitted. */
function readWith(frame: { event?: string; data: string }, position: number): MessageStreamEvent[] {
  const emitted: MessageStreamEvent[] = [];
  const reader = new MessageReader((event) => emitted.push(event));
  for (const event of events.slice(0, position)) reader.readEvent(event);
  reader.readServerSentEvent(frame);
  for (const event of events.slice(position)) reader.readEvent(event);
  reader.expectComplete();
  return emitted;
}

describe('noise in a stream', () => {
  const empty = ['', ' ', '\t\n', '{}', '{ }', '[]', 'null', '""', '" "', '[DONE]', '[DONE] ', ' [DONE]'];

  it.each(empty)('ignores data that carries nothing, anywhere: %j', (data) => {
    for (const event of [undefined, 'message', 'message_start', 'keep-alive']) {
      for (let position = 0; position <= events.length; position += 1) {
        expect(readWith({ data, ...(event !== undefined && { event }) }, position)).toEqual(events);
      }
    }
  });

  it.each([
    'bye',
    '{"usage":{}}',
    '[DONE] ',
    '{oops',
    '7',
    'true',
    '[1]',
    '{"type":7}',
    '{"type":"message_delta"}',
    '{"type":"message_delta","delta":{"stop_reason":"end_turn"},"usage":{"output_tokens":"7"}}',
    '{"type":"message_start"}',
    '{"type":"content_block_start"}',
    '{"type":"content_block_delta","index":0,"delta":null}',
    '{"type":"content_block_delta","index":0,"delta":{"type":"text_delta","text":"x"}}',
    '{"type":"content_block_stop"}',
    '{"type":"message_stop"}',
  ])('ignores anything but an error after message_stop: %s', (data) => {
    for (const event of [undefined, 'message', 'message_delta', 'stats']) {
      expect(readWith({ data, ...(event !== undefined && { event }) }, events.length)).toEqual(events);
    }
  });

  it.each([
    [undefined, '{"type":"error","error":{"type":"overloaded_error","message":"Busy"}}', 'OverloadedError'],
    [undefined, '{"error":{"type":"overloaded_error","message":"Busy"}}', 'OverloadedError'],
    ['error', 'Internal server error', 'APIConnectionError'],
    ['error', '{}', 'APIConnectionError'],
  ])('does not ignore an error after message_stop: %s %s', (event, data, name) => {
    expect(() => readWith({ data, ...(event !== undefined && { event }) }, events.length)).toThrow(
      expect.objectContaining({ name }) as Error,
    );
  });
});
