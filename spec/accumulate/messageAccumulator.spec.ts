import { MessageAccumulator } from '../../src/accumulate/messageAccumulator.js';
import { incompleteMessage } from '../../src/errors/connectionErrors.js';
import {
  IncompleteMessageError,
  InvalidEventError,
  toolInputStatus,
  type AnyEvent,
  type Message,
  type ToolUseBlock,
} from '../../src/index.js';
import { buildMessage, eventsOf, textBlock, toolUseBlock, type AnyContentBlock } from '../../src/testing/index.js';
import { deepFreeze } from '../support/deepFreeze.js';

const opening: Message = buildMessage({ stop_reason: null, usage: { output_tokens: 1 } });
const messageStart = (fields: object = {}) => ({ type: 'message_start', message: { ...opening, ...fields } });
const start = (index: number, content_block: AnyContentBlock) => ({
  type: 'content_block_start',
  index,
  content_block,
});
const text = (index: number, text: string) => ({
  type: 'content_block_delta',
  index,
  delta: { type: 'text_delta', text },
});
const stop = (index: number) => ({ type: 'content_block_stop', index });
const messageDelta = (delta: object, usage: object = {}) => ({ type: 'message_delta', delta, usage });
const messageStop: AnyEvent = { type: 'message_stop' };
const restart: AnyEvent = { type: 'message_restart' };
const ping: AnyEvent = { type: 'ping' };

const messageWith = (...content: readonly AnyContentBlock[]): Message => buildMessage({ ...opening, content });

/** The accumulator after events that nobody may write to. */
function after(...events: readonly AnyEvent[]): MessageAccumulator {
  const accumulator = new MessageAccumulator();
  for (const event of events) accumulator.add(deepFreeze(event));
  return accumulator;
}

describe('MessageAccumulator', () => {
  describe('message', () => {
    it('is undefined until message_start, and again after message_restart', () => {
      expect(after(ping).message).toBeUndefined();
      expect(after(messageStart(), start(0, textBlock('a')), restart).message).toBeUndefined();
    });

    it('is the message as far as it has come', () => {
      const accumulator = after(messageStart(), start(0, textBlock('')), text(0, 'Hel'));

      expect(accumulator.message).toStrictEqual(messageWith(textBlock('Hel')));
    });

    it('is the whole message after message_stop, until another starts', () => {
      const message = buildMessage({ content: ['Hello', toolUseBlock('get', { a: 1 })] });
      const accumulator = after(...eventsOf(message), ping);

      expect(accumulator.message).toStrictEqual(message);
      accumulator.add(messageStart({ id: 'msg_0002' }));
      expect(accumulator.message).toStrictEqual({ ...opening, id: 'msg_0002' });
    });

    it('does not depend on how often it was read', () => {
      const message = buildMessage({ content: ['Hello, world', toolUseBlock('get', { a: ['b', 'c'] })] });
      const [read, unread] = [new MessageAccumulator(), new MessageAccumulator()];
      for (const event of eventsOf(message, { deltaLength: 2 })) {
        read.add(event);
        unread.add(event);
        deepFreeze(read.message);
      }

      expect(unread.message).toStrictEqual(message);
      expect(read.message).toStrictEqual(message);
    });

    it('is the same value as long as nothing changes', () => {
      const accumulator = after(messageStart(), start(0, textBlock('a')));
      const { message } = accumulator;
      for (const event of [ping, text(0, ''), stop(0), messageDelta({ stop_reason: null })]) accumulator.add(event);

      expect(accumulator.message).toBe(message);
    });

    it('is a new value after what changes it, and the one before stays as it was', () => {
      const accumulator = after(messageStart(), start(0, textBlock('a')));
      const before = deepFreeze(accumulator.message);
      accumulator.add(text(0, 'b'));
      const changed = deepFreeze(accumulator.message);
      accumulator.add(messageDelta({ stop_reason: 'end_turn' }, { output_tokens: 5 }));

      expect(before).toStrictEqual(messageWith(textBlock('a')));
      expect(changed).toStrictEqual(messageWith(textBlock('ab')));
      expect(accumulator.message).toStrictEqual({
        ...messageWith(textBlock('ab')),
        stop_reason: 'end_turn',
        usage: { ...opening.usage, output_tokens: 5 },
      });
      expect(accumulator.message?.content).toBe(changed?.content);
    });

    it('shares the blocks that have not changed, whatever changed around them', () => {
      const accumulator = after(messageStart(), start(0, textBlock('a')), start(1, textBlock('b')));
      const before = accumulator.message;
      accumulator.add(text(1, 'c'));
      const changed = accumulator.message;

      expect(changed?.content[0]).toBe(before?.content[0]);
      expect(changed?.content[1]).not.toBe(before?.content[1]);
      expect(changed?.usage).toBe(before?.usage);
    });

    it('has what changed in several blocks since it was read', () => {
      const accumulator = after(messageStart(), start(0, textBlock('a')), start(1, textBlock('b')));
      deepFreeze(accumulator.message);
      for (const event of [text(0, '1'), text(1, '2'), start(2, textBlock('c')), text(0, '3')]) accumulator.add(event);

      expect(accumulator.message).toStrictEqual(messageWith(textBlock('a13'), textBlock('b2'), textBlock('c')));
    });

    it('is begun anew when the same events come again', () => {
      const events = [messageStart(), start(0, textBlock('')), text(0, 'a')];
      const accumulator = after(...events);
      const before = accumulator.message;
      for (const event of [restart, ...events]) accumulator.add(event);

      expect(accumulator.message).toStrictEqual(before);
      expect(accumulator.message).not.toBe(before);
    });
  });

  describe('inputs that are not whole', () => {
    const json = {
      type: 'content_block_delta',
      index: 0,
      delta: { type: 'input_json_delta', partial_json: '{"a":"b' },
    };
    const open = [messageStart(), start(0, toolUseBlock('get')), json];
    const stateIn = ({ message }: MessageAccumulator) => toolInputStatus(message?.content[0] as ToolUseBlock).state;

    it('are partial until the stop reason decides what they are', () => {
      const accumulator = after(...open, stop(0), messageDelta({ stop_reason: null }));
      const before = accumulator.message;
      accumulator.add(messageDelta({ stop_reason: 'max_tokens' }));

      expect(toolInputStatus(before?.content[0] as ToolUseBlock).state).toBe('partial');
      expect(stateIn(accumulator)).toBe('truncated');
      expect(stateIn(after(...open, stop(0), messageDelta({ stop_reason: 'tool_use' })))).toBe('invalid');
    });

    it('keep their verdict', () => {
      const accumulator = after(...open, stop(0), messageDelta({ stop_reason: 'max_tokens' }));
      const { message } = accumulator;
      for (const event of [messageDelta({ stop_reason: 'max_tokens' }), messageStop]) accumulator.add(event);

      expect(accumulator.message).toBe(message);
    });

    it('are partial from the start of their block', () => {
      expect(stateIn(after(...open.slice(0, 2)))).toBe('partial');
    });

    it('are not what message_start brings', () => {
      expect(stateIn(after(messageStart({ content: [toolUseBlock('get', { a: 1 })] })))).toBe('complete');
    });
  });

  describe('indexes that the stream left out', () => {
    const gap = [messageStart(), start(4, textBlock('C')), start(1, textBlock('A'))];

    it('leave no holes', () => {
      expect(after(...gap).message).toStrictEqual(messageWith(textBlock('A'), textBlock('C')));
    });

    it('may be filled later, read before or not', () => {
      for (const isRead of [true, false]) {
        const accumulator = after(...gap);
        if (isRead) deepFreeze(accumulator.message);
        for (const [i, index] of [2, 0, 3].entries()) accumulator.add(start(index, textBlock(`${i}`)));

        expect(accumulator.message).toStrictEqual(messageWith(...['1', 'A', '0', '2', 'C'].map((a) => textBlock(a))));
      }
    });

    it('go on being told apart once they are filled', () => {
      const accumulator = after(messageStart(), start(1, textBlock('b')));
      deepFreeze(accumulator.message);
      accumulator.add(start(0, textBlock('a')));
      const before = deepFreeze(accumulator.message);
      accumulator.add(text(0, '!'));

      expect(accumulator.message).toStrictEqual(messageWith(textBlock('a!'), textBlock('b')));
      expect(accumulator.message?.content[1]).toBe(before?.content[1]);
    });

    it('are no reason for a new value', () => {
      const accumulator = after(...gap);
      const { message } = accumulator;
      accumulator.add(stop(4));

      expect(accumulator.message).toBe(message);
    });

    it('are forgotten with the message', () => {
      const accumulator = after(...gap, restart, messageStart(), start(0, textBlock('x')));

      expect(accumulator.message).toStrictEqual(messageWith(textBlock('x')));
    });
  });

  describe('block', () => {
    it('is the block at an index of the events', () => {
      const accumulator = after(messageStart(), start(3, textBlock('')), text(3, 'a'));

      expect(accumulator.block(3)).toStrictEqual(textBlock('a'));
      expect(accumulator.block(0)).toBeUndefined();
      expect(accumulator.block(3)).toBe(accumulator.message?.content[0]);
    });

    it('is there for blocks that message_start brings', () => {
      expect(after(messageStart({ content: [textBlock('a')] })).block(0)).toStrictEqual(textBlock('a'));
    });
  });

  describe('add', () => {
    it('says whether the event counts', () => {
      const accumulator = new MessageAccumulator();
      const events = [
        messageStart(),
        messageStart(),
        ping,
        start(0, textBlock('')),
        stop(0),
        stop(0),
        messageStop,
        messageStop,
      ];

      expect(events.map((event) => accumulator.add(event))).toEqual([
        true,
        false,
        true,
        true,
        true,
        false,
        true,
        false,
      ]);
    });

    it('throws for an event out of order, and leaves the message as it was', () => {
      const accumulator = after(messageStart(), start(0, textBlock('a')));
      const { message } = accumulator;

      expect(() => accumulator.add(text(1, 'x'))).toThrow(InvalidEventError);
      expect(accumulator.message).toBe(message);
    });
  });

  describe('complete and incomplete', () => {
    it('is complete after message_stop, until another message starts', () => {
      const accumulator = after(messageStart(), messageStop);

      expect(accumulator.isComplete).toBe(true);
      expect(accumulator.incompleteError).toBeUndefined();
      accumulator.add(messageStart());
      expect(accumulator.isComplete).toBe(false);
      expect(accumulator.incompleteError).toBeInstanceOf(IncompleteMessageError);
    });

    it.each<[string, AnyEvent[], string, 'before-content' | 'mid-content']>([
      ['nothing', [], 'without a single event', 'before-content'],
      ['a ping', [ping], 'after 1 event,', 'before-content'],
      ['an empty text', [messageStart(), start(0, textBlock(''))], 'after 2 events,', 'before-content'],
      ['text', [messageStart(), start(0, textBlock('')), text(0, 'a')], 'after 3 events', 'mid-content'],
      ['a call', [messageStart(), start(0, toolUseBlock('get'))], 'after 2 events', 'mid-content'],
      [
        'text that was withdrawn',
        [messageStart(), start(0, textBlock('a')), restart],
        'after 3 events',
        'before-content',
      ],
    ])('is incomplete after %s', (_, events, words, phase) => {
      const accumulator = after(...events);

      expect(accumulator.isComplete).toBe(false);
      expect(accumulator.incompleteError?.message).toContain(words);
      expect(accumulator.incompleteError?.phase).toBe(phase);
      expect(accumulator.incompleteError?.partial).toBe(accumulator.message);
    });

    it('makes the same error from numbers', () => {
      const partial = buildMessage();
      const error = incompleteMessage(3, 'mid-content', 'req_1', partial);

      expect(error).toBeInstanceOf(IncompleteMessageError);
      expect(error).toMatchObject({ phase: 'mid-content', requestID: 'req_1', partial, retryable: true });
    });
  });
});
