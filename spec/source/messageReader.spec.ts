import { InvalidEventError, OverloadedError, type AnyEvent, type MessageStreamEvent } from '../../src/index.js';
import { MessageReader } from '../../src/source/messageReader.js';
import { buildMessage, eventsOf, thinkingBlock, toolUseBlock } from '../../src/testing/index.js';
import { deepFreeze } from '../support/deepFreeze.js';

const message = buildMessage({ content: [thinkingBlock('Hm.'), 'Hello', toolUseBlock('get', { a: 1 })] });
const events = eventsOf(message);
const [start, thinkingStart] = events as [MessageStreamEvent, MessageStreamEvent];
const open = [start, thinkingStart];
const messageStart = (changes: object) => ({ type: 'message_start', message: { ...buildMessage(), ...changes } });
const blockStart = (content_block: unknown, index: unknown = 1) => ({
  type: 'content_block_start',
  index,
  content_block,
});
const delta = (value: unknown, index: unknown = 0) => ({ type: 'content_block_delta', index, delta: value });

/** A reader, and what it passes on. */
function reading() {
  const emitted: MessageStreamEvent[] = [];
  const reader = new MessageReader((event) => emitted.push(event));
  const read = (...list: readonly unknown[]) => {
    for (const one of list) reader.readServerSentEvent({ data: JSON.stringify(one) });
  };
  return { reader, emitted, read };
}

/** What is said of a `data:` text, after some events. */
function faultOf(data: string, before: readonly AnyEvent[] = []): InvalidEventError {
  const { reader, read } = reading();
  read(...before);
  try {
    reader.readServerSentEvent({ data });
  } catch (error) {
    if (error instanceof InvalidEventError) return error;
    throw error;
  }
  throw new Error(`nothing was said of ${data}`);
}

describe('MessageReader', () => {
  it('emits the events of a message', () => {
    const { reader, emitted, read } = reading();
    read(...events);
    reader.expectComplete();

    expect(emitted).toEqual(events);
    expect(reader).toMatchObject({ isComplete: true, progress: { lastEvent: 'message_stop', phase: 'mid-content' } });
  });

  it('emits the events themselves, unchanged', () => {
    const emitted: unknown[] = [];
    const reader = new MessageReader((event) => emitted.push(event));
    const frozen = deepFreeze(structuredClone(events));
    for (const event of frozen) reader.readEvent(event);

    expect(emitted).toHaveLength(events.length);
    emitted.forEach((event, position) => {
      expect(event).toBe(frozen[position]);
    });
  });

  it('reports its progress', () => {
    const { reader, read } = reading();
    const seen: unknown[] = [
      [reader.progress.phase, reader.progress.lastEvent, reader.activityCount, reader.isComplete],
    ];
    const note = () =>
      seen.push([reader.progress.phase, reader.progress.lastEvent, reader.activityCount, reader.isComplete]);
    for (const event of [
      ...open,
      { type: 'ping' },
      delta({ type: 'thinking_delta', thinking: '' }),
      delta({ type: 'signature_delta', signature: 'x' }),
      delta({ type: 'thinking_delta', thinking: 'x' }),
      { type: 'new' },
    ]) {
      read(event);
      note();
    }

    expect(seen).toEqual([
      ['before-content', undefined, 0, false],
      ['before-content', 'message_start', 0, false],
      ['before-content', 'content_block_start', 0, false],
      ['before-content', 'ping', 0, false],
      ['before-content', 'content_block_delta', 1, false],
      ['before-content', 'content_block_delta', 2, false],
      ['mid-content', 'content_block_delta', 3, false],
      ['mid-content', 'new', 4, false],
    ]);
  });

  describe('data that is not an event', () => {
    it.each([
      ['{oops', 'its data is not JSON'],
      ['[DONE', 'its data is not JSON'],
      ['undefined', 'its data is not JSON'],
      ['7', 'its data is not an object with a type'],
      ['"ping"', 'its data is not an object with a type'],
      ['{"type":7}', 'its data is not an object with a type'],
      ['{"event":"ping"}', 'its data is not an object with a type'],
    ])('%j', (data, fault) => {
      const error = faultOf(data, open);

      expect(error).toMatchObject({ name: 'InvalidEventError', position: 2, data, retryable: false });
      expect(error.message).toContain(`The stream contains an invalid event: ${fault}. (event 2: ${data})`);
    });

    it('has JSON’s own error as its cause', () => {
      expect(faultOf('{oops').cause).toMatchObject({ name: 'SyntaxError' });
      expect(faultOf('7')).not.toHaveProperty('cause');
    });

    it('is quoted to its 200th character', () => {
      const data = `{"oops": ${'x'.repeat(300)}`;

      expect(faultOf(data).data).toBe(data.slice(0, 200));
      expect(faultOf(data).message).toContain(`${data.slice(0, 200)}…`);
    });

    it('is ignored if it is truncated', () => {
      const { reader, emitted } = reading();
      reader.readServerSentEvent({ data: '{"type":"pi', unterminated: true });

      expect(emitted).toEqual([]);
    });

    it('is invalid if it is complete but unterminated', () => {
      const { reader } = reading();

      expect(() => {
        reader.readServerSentEvent({ data: '{"type":"message_start"}', unterminated: true });
      }).toThrow(InvalidEventError);
    });

    it('is not [DONE]', () => {
      const { reader, emitted } = reading();
      reader.readServerSentEvent({ data: '[DONE]' });

      expect(emitted).toEqual([]);
      expect(reader.progress.lastEvent).toBeUndefined();
    });
  });

  describe('the event line', () => {
    it.each([undefined, 'message', 'message_start', 'message_stop', 'content_block_delta'])(
      '%p makes data that is not JSON invalid',
      (event) => {
        expect(() => {
          reading().reader.readServerSentEvent({ event, data: '{oops' });
        }).toThrow(InvalidEventError);
      },
    );

    it.each([undefined, 'message', 'message_start'])('%p does not replace a missing type', (event) => {
      expect(() => {
        reading().reader.readServerSentEvent({ event, data: '{"message":{}}' });
      }).toThrow('not an object with a type');
    });

    it.each(['hello', '', 'null', '[]', '{"x":1}'])('of a gateway’s own event allows any data: %j', (data) => {
      const { reader, emitted, read } = reading();
      read(...open);
      reader.readServerSentEvent({ event: 'keep-alive', data });

      expect(emitted).toEqual(open);
      expect(reader.progress.lastEvent).toBe('content_block_start');
    });

    it('of another name does not hide an event of the API', () => {
      const { reader, emitted } = reading();
      reader.readServerSentEvent({ event: 'completion', data: JSON.stringify(start) });

      expect(emitted).toEqual([start]);
    });

    it('makes data without a type a ping', () => {
      const { reader, emitted } = reading();
      reader.readServerSentEvent({ event: 'ping', data: '{"a":1}' });
      reader.readServerSentEvent({ event: 'ping', data: '' });

      expect(emitted).toEqual([{ type: 'ping', a: 1 }]);
    });

    it('makes data without a type an error', () => {
      const { reader } = reading();
      const data = '{"error":{"type":"overloaded_error","message":"Overloaded"}}';

      expect(() => {
        reader.readServerSentEvent({ event: 'error', data });
      }).toThrow(OverloadedError);
    });
  });

  describe('a field that is missing or wrong', () => {
    it.each<[string, AnyEvent & Record<string, unknown>]>([
      ['message_start.message', { type: 'message_start' }],
      ['message_start.message.id', messageStart({ id: undefined })],
      ['message_start.message.content', messageStart({ content: null })],
      ['message_start.message.content.0.type', messageStart({ content: [{}] })],
      ['message_start.message.usage', messageStart({ usage: 7 })],
      ['message_start.message.usage.input_tokens', messageStart({ usage: { input_tokens: '7' } })],
      ['message_start.message.content.0.text', messageStart({ content: [{ type: 'text' }] })],
      ['content_block_start.index', blockStart({ type: 'text', text: '' }, '1')],
      ['content_block_start.index', blockStart({ type: 'text', text: '' }, -1)],
      ['content_block_start.index', blockStart({ type: 'text', text: '' }, 1.5)],
      ['content_block_start.content_block', blockStart(undefined)],
      ['content_block_start.content_block', blockStart(null)],
      ['content_block_start.content_block.type', blockStart({})],
      ['content_block_start.content_block.text', blockStart({ type: 'text' })],
      ['content_block_start.content_block.thinking', blockStart({ type: 'thinking', thinking: null })],
      ['content_block_start.content_block.id', blockStart({ type: 'tool_use', name: 'x' })],
      ['content_block_start.content_block.name', blockStart({ type: 'tool_use', id: 'x' })],
      ['content_block_start.content_block.id', blockStart({ type: 'server_tool_use', name: 'x' })],
      ['content_block_start.content_block.name', blockStart({ type: 'mcp_tool_use', id: 'x', name: 7 })],
      ['content_block_start.content_block.to', blockStart({ type: 'fallback' })],
      ['content_block_delta.index', delta({ type: 'text_delta', text: '' }, null)],
      ['content_block_delta.index', delta({ type: 'text_delta', text: '' }, 0.5)],
      ['content_block_delta.index', delta({ type: 'text_delta', text: '' }, -1)],
      ['content_block_delta.delta', delta(undefined)],
      ['content_block_delta.delta', delta('text')],
      ['content_block_delta.delta.type', delta({ text: 'x' })],
      ['content_block_delta.delta.text', delta({ type: 'text_delta' })],
      ['content_block_delta.delta.text', delta({ type: 'text_delta', text: 7 })],
      ['content_block_delta.delta.thinking', delta({ type: 'thinking_delta', text: 'x' })],
      ['content_block_delta.delta.partial_json', delta({ type: 'input_json_delta', partial_json: {} })],
      ['content_block_delta.delta.signature', delta({ type: 'signature_delta' })],
      ['content_block_delta.delta.citation', delta({ type: 'citations_delta' })],
      ['content_block_delta.delta.citation.type', delta({ type: 'citations_delta', citation: {} })],
      ['content_block_stop.index', { type: 'content_block_stop' }],
      ['message_delta.delta', { type: 'message_delta', usage: {} }],
      ['message_delta.usage.output_tokens', { type: 'message_delta', delta: {}, usage: { output_tokens: '7' } }],
    ])('%s in %j', (path, event) => {
      const before = event.type === 'message_start' ? [] : open;
      const error = faultOf(JSON.stringify(event), before);

      expect(error.message).toContain(`The stream contains an invalid event: ${path} is not `);
      expect(error).toMatchObject({ position: before.length, data: JSON.stringify(event).slice(0, 200) });
    });
  });

  describe('an event that is out of order', () => {
    it.each<[string, unknown, readonly AnyEvent[]]>([
      ['a content_block_start outside a message', thinkingStart, []],
      ['a message_delta outside a message', { type: 'message_delta', delta: {} }, []],
      ['a message_stop outside a message', { type: 'message_stop' }, []],
      ['a message_start inside another message', messageStart({ id: 'msg_other' }), open],
      ['a delta for a block that was never started', delta({ type: 'text_delta', text: 'x' }, 5), open],
      ['a delta for a block that was never started', delta({ type: 'text_delta', text: 'x' }), []],
      ['a content_block_start for a block that has already started', thinkingStart, open],
      [
        'a delta for a block that has stopped',
        delta({ type: 'thinking_delta', thinking: 'x' }),
        [...open, { type: 'content_block_stop', index: 0 } as AnyEvent],
      ],
    ])('%s', (what, event, before) => {
      const error = faultOf(JSON.stringify(event), before);

      expect(error.message).toContain(`out of order: ${what}`);
      expect(error).toMatchObject({ position: before.length, data: JSON.stringify(event).slice(0, 200) });
    });
  });

  it.each<[string, unknown]>([
    ['an event', { type: 'new_event', delta: { type: 'text_delta', text: 7 }, content_block: { type: 'text' } }],
    ['an event with the name of an object’s own', { type: 'constructor' }],
    ['an event without anything', { type: '' }],
    ['a block', blockStart({ type: 'new_block', text: 7 })],
    ['a delta', delta({ type: 'new_delta', text: 7 })],
    ['a field', { ...blockStart({ type: 'text', text: '', newer: 1 }), newer: 2 }],
    ['a stop_reason', { type: 'message_delta', delta: { stop_reason: 'bored' } }],
  ])('passes through %s that is unknown', (_, event) => {
    const { emitted, read } = reading();
    read(...open, event);

    expect(emitted).toEqual([...open, event]);
  });

  it.each([
    ['a field that is not known', messageStart({ brand: 'new' })],
    ['a count that is null', messageStart({ usage: { input_tokens: null } })],
    ['content', messageStart({ content: [{ type: 'text', text: 'x' }, { type: 'new_block' }] })],
  ])('passes through a message_start with %s', (_, event) => {
    const { emitted, read } = reading();
    read(event);

    expect(emitted).toEqual([event]);
  });
});
