import { MessageReader } from '../../src/source/messageReader.js';
import { buildMessage, eventsOf, sseOf } from '../../src/testing/index.js';
import { first, from, lastValueFrom } from 'rxjs';
import {
  finalMessage,
  fromResponse,
  trackUsage,
  type AnyEvent,
  type Message,
  type MessageStreamEvent,
  type Usage,
} from '../../src/index.js';
import {
  blockDelta,
  blockStart,
  blockStop,
  inputJsonDelta,
  messageDelta,
  messageStart,
  messageStop,
  signatureDelta,
  textDelta,
  thinkingDelta,
} from '../support/events.js';
import { eventStream } from './support/bodies.js';

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

/** Returns the Message of events, as a source and its operators read them. */
const messageOf = (...list: readonly AnyEvent[]): Promise<Message> =>
  lastValueFrom(fromResponse(eventStream(sseOf(list))).pipe(finalMessage()));

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

  const text = [blockStart(0, { type: 'text', text: '' }), textDelta('Hello'), blockStop()];

  it.each([null, undefined])('takes a usage that is %s in message_start as zeros', async (usage) => {
    const zeros = { input_tokens: 0, output_tokens: 0 };
    const list = [messageStart({ usage }), ...text, messageDelta(), messageStop];
    const seen: Usage[] = [];
    const tracked = from(list).pipe(
      trackUsage((total) => seen.push(total)),
      finalMessage(),
    );

    expect((await messageOf(...list)).usage).toEqual({ ...zeros, output_tokens: 12 });
    expect((await lastValueFrom(tracked)).usage).toEqual({ ...zeros, output_tokens: 12 });
    expect(seen).toEqual([zeros, { ...zeros, output_tokens: 12 }]);
    expect(await lastValueFrom(fromResponse(eventStream(sseOf(list))).pipe(first()))).toMatchObject({
      type: 'message_start',
      message: { usage: zeros },
    });
  });

  it.each([null, undefined])('keeps the usage if that of message_delta is %s', async (usage) => {
    const start = messageStart({ usage: { input_tokens: 3, output_tokens: 1 } });
    const message = await messageOf(start, ...text, messageDelta('end_turn', { usage }), messageStop);

    expect(message).toMatchObject({ stop_reason: 'end_turn', usage: { input_tokens: 3, output_tokens: 1 } });
  });

  it('reads a refusal that stops a block which never started', async () => {
    for (const stops of [[blockStop(0)], [blockStop(0), blockStop(0)], [blockStop(3)]]) {
      expect(await messageOf(messageStart(), ...stops, messageDelta('refusal'), messageStop)).toMatchObject({
        stop_reason: 'refusal',
        content: [],
      });
    }
  });

  it('keeps the signature of a compaction', async () => {
    const message = await messageOf(
      messageStart(),
      blockStart(0, { type: 'compaction', content: null }),
      blockDelta(0, { type: 'compaction_delta', content: 'Summary' }),
      signatureDelta('abc'),
      blockStop(),
      ...[blockStart(1, { type: 'text', text: '' }), textDelta('Hello', 1), blockStop(1)],
      messageDelta(),
      messageStop,
    );

    expect(message.content).toEqual([
      { type: 'compaction', content: 'Summary', signature: 'abc' },
      { type: 'text', text: 'Hello' },
    ]);
  });

  it.each([
    ['a signature for text', signatureDelta('abc')],
    ['thinking for text', thinkingDelta('Hm')],
    ['JSON for text', inputJsonDelta('{}')],
    ['a compaction for text', blockDelta(0, { type: 'compaction_delta', content: 'Summary' })],
  ])('ignores a delta that its block has no place for, as the official SDK does: %s', async (_, delta) => {
    const message = await messageOf(
      messageStart(),
      blockStart(0, { type: 'text', text: '' }),
      textDelta('Hel'),
      delta,
      textDelta('lo'),
      blockStop(),
      messageDelta(),
      messageStop,
    );

    expect(message.content).toEqual([{ type: 'text', text: 'Hello' }]);
  });
});
