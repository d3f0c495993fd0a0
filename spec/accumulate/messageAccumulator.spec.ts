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
import {
  blockStart,
  blockStop,
  messageDelta,
  messageStart,
  messageStop,
  ping,
  restart,
  textDelta,
} from '../support/events.js';
import { deepFreeze } from '../support/deepFreeze.js';

const opening: Message = buildMessage({ stop_reason: null, usage: { output_tokens: 1 } });
const update = (delta: object, usage: object = {}) => messageDelta(null, { delta, usage });

const messageWith = (...content: readonly AnyContentBlock[]): Message => buildMessage({ ...opening, content });

/** Creates an accumulator and adds frozen events, so that a write to one would throw. */
function after(...events: readonly AnyEvent[]): MessageAccumulator {
  const accumulator = new MessageAccumulator();
  for (const event of events) accumulator.add(deepFreeze(event));
  return accumulator;
}

describe('MessageAccumulator', () => {
  describe('message', () => {
    it('is undefined until message_start, and again after message_restart', () => {
      expect(after(ping).message).toBeUndefined();
      expect(after(messageStart(), blockStart(0, textBlock('a')), restart()).message).toBeUndefined();
    });

    it('is the message so far', () => {
      const accumulator = after(messageStart(), blockStart(0, textBlock('')), textDelta('Hel', 0));

      expect(accumulator.message).toStrictEqual(messageWith(textBlock('Hel')));
    });

    it('is the complete message after message_stop, until another starts', () => {
      const message = buildMessage({ content: ['Hello', toolUseBlock('get', { a: 1 })] });
      const accumulator = after(...eventsOf(message), ping);

      expect(accumulator.message).toStrictEqual(message);
      accumulator.add(messageStart({ id: 'msg_0002' }));
      expect(accumulator.message).toStrictEqual({ ...opening, id: 'msg_0002' });
    });

    it('does not depend on how often it is read', () => {
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
      const accumulator = after(messageStart(), blockStart(0, textBlock('a')));
      const { message } = accumulator;
      for (const event of [ping, textDelta('', 0), blockStop(0), update({ stop_reason: null })]) accumulator.add(event);

      expect(accumulator.message).toBe(message);
    });

    it('is a new value after a change, and the previous one is unchanged', () => {
      const accumulator = after(messageStart(), blockStart(0, textBlock('a')));
      const before = deepFreeze(accumulator.message);
      accumulator.add(textDelta('b', 0));
      const changed = deepFreeze(accumulator.message);
      accumulator.add(update({ stop_reason: 'end_turn' }, { output_tokens: 5 }));

      expect(before).toStrictEqual(messageWith(textBlock('a')));
      expect(changed).toStrictEqual(messageWith(textBlock('ab')));
      expect(accumulator.message).toStrictEqual({
        ...messageWith(textBlock('ab')),
        stop_reason: 'end_turn',
        usage: { ...opening.usage, output_tokens: 5 },
      });
      expect(accumulator.message?.content).toBe(changed?.content);
    });

    it('shares the unchanged blocks', () => {
      const accumulator = after(messageStart(), blockStart(0, textBlock('a')), blockStart(1, textBlock('b')));
      const before = accumulator.message;
      accumulator.add(textDelta('c', 1));
      const changed = accumulator.message;

      expect(changed?.content[0]).toBe(before?.content[0]);
      expect(changed?.content[1]).not.toBe(before?.content[1]);
      expect(changed?.usage).toBe(before?.usage);
    });

    it('has the changes of several blocks since it was read', () => {
      const accumulator = after(messageStart(), blockStart(0, textBlock('a')), blockStart(1, textBlock('b')));
      deepFreeze(accumulator.message);
      for (const event of [textDelta('1', 0), textDelta('2', 1), blockStart(2, textBlock('c')), textDelta('3', 0)])
        accumulator.add(event);

      expect(accumulator.message).toStrictEqual(messageWith(textBlock('a13'), textBlock('b2'), textBlock('c')));
    });

    it('starts again when the same events are added again', () => {
      const events = [messageStart(), blockStart(0, textBlock('')), textDelta('a', 0)];
      const accumulator = after(...events);
      const before = accumulator.message;
      for (const event of [restart(), ...events]) accumulator.add(event);

      expect(accumulator.message).toStrictEqual(before);
      expect(accumulator.message).not.toBe(before);
    });
  });

  describe('incomplete inputs', () => {
    const json = {
      type: 'content_block_delta',
      index: 0,
      delta: { type: 'input_json_delta', partial_json: '{"a":"b' },
    };
    const open = [messageStart(), blockStart(0, toolUseBlock('get')), json];
    const stateIn = ({ message }: MessageAccumulator) => toolInputStatus(message?.content[0] as ToolUseBlock).state;

    it('are partial until the stop reason decides what they are', () => {
      const accumulator = after(...open, blockStop(0), update({ stop_reason: null }));
      const before = accumulator.message;
      accumulator.add(update({ stop_reason: 'max_tokens' }));

      expect(toolInputStatus(before?.content[0] as ToolUseBlock).state).toBe('partial');
      expect(stateIn(accumulator)).toBe('truncated');
      expect(stateIn(after(...open, blockStop(0), update({ stop_reason: 'tool_use' })))).toBe('invalid');
    });

    it('keep their final status', () => {
      const accumulator = after(...open, blockStop(0), update({ stop_reason: 'max_tokens' }));
      const { message } = accumulator;
      for (const event of [update({ stop_reason: 'max_tokens' }), messageStop]) accumulator.add(event);

      expect(accumulator.message).toBe(message);
    });

    it('are partial from the start of their block', () => {
      expect(stateIn(after(...open.slice(0, 2)))).toBe('partial');
    });

    it('are never those of message_start', () => {
      expect(stateIn(after(messageStart({ content: [toolUseBlock('get', { a: 1 })] })))).toBe('complete');
    });
  });

  describe('indexes that the stream skips', () => {
    const gap = [messageStart(), blockStart(4, textBlock('C')), blockStart(1, textBlock('A'))];

    it('leave no holes', () => {
      expect(after(...gap).message).toStrictEqual(messageWith(textBlock('A'), textBlock('C')));
    });

    it('can be filled later, whether the message was read before or not', () => {
      for (const isRead of [true, false]) {
        const accumulator = after(...gap);
        if (isRead) deepFreeze(accumulator.message);
        for (const [i, index] of [2, 0, 3].entries()) accumulator.add(blockStart(index, textBlock(`${i}`)));

        expect(accumulator.message).toStrictEqual(messageWith(...['1', 'A', '0', '2', 'C'].map((a) => textBlock(a))));
      }
    });

    it('are still distinguished once they are filled', () => {
      const accumulator = after(messageStart(), blockStart(1, textBlock('b')));
      deepFreeze(accumulator.message);
      accumulator.add(blockStart(0, textBlock('a')));
      const before = deepFreeze(accumulator.message);
      accumulator.add(textDelta('!', 0));

      expect(accumulator.message).toStrictEqual(messageWith(textBlock('a!'), textBlock('b')));
      expect(accumulator.message?.content[1]).toBe(before?.content[1]);
    });

    it('do not cause a new value', () => {
      const accumulator = after(...gap);
      const { message } = accumulator;
      accumulator.add(blockStop(4));

      expect(accumulator.message).toBe(message);
    });

    it('are forgotten with the message', () => {
      const accumulator = after(...gap, restart(), messageStart(), blockStart(0, textBlock('x')));

      expect(accumulator.message).toStrictEqual(messageWith(textBlock('x')));
    });
  });

  describe('block', () => {
    it('is the block at an index of the events', () => {
      const accumulator = after(messageStart(), blockStart(3, textBlock('')), textDelta('a', 3));

      expect(accumulator.block(3)).toStrictEqual(textBlock('a'));
      expect(accumulator.block(0)).toBeUndefined();
      expect(accumulator.block(3)).toBe(accumulator.message?.content[0]);
    });

    it('is present for the blocks of message_start', () => {
      expect(after(messageStart({ content: [textBlock('a')] })).block(0)).toStrictEqual(textBlock('a'));
    });
  });

  describe('add', () => {
    it('returns whether the event was accepted', () => {
      const accumulator = new MessageAccumulator();
      const events = [
        messageStart(),
        messageStart(),
        ping,
        blockStart(0, textBlock('')),
        blockStop(0),
        blockStop(0),
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

    it('throws for an event out of order, and leaves the message unchanged', () => {
      const accumulator = after(messageStart(), blockStart(0, textBlock('a')));
      const { message } = accumulator;

      expect(() => accumulator.add(textDelta('x', 1))).toThrow(InvalidEventError);
      expect(accumulator.message).toBe(message);
    });
  });

  describe('isComplete and incompleteError', () => {
    it('is complete after message_stop, until another message starts', () => {
      const accumulator = after(messageStart(), messageStop);

      expect(accumulator.isComplete).toBe(true);
      expect(accumulator.incompleteError).toBeUndefined();
      accumulator.add(messageStart());
      expect(accumulator.isComplete).toBe(false);
      expect(accumulator.incompleteError).toBeInstanceOf(IncompleteMessageError);
    });

    it.each<[string, AnyEvent[], string, 'before-content' | 'mid-content']>([
      ['nothing', [], 'before the first event', 'before-content'],
      ['a ping', [ping], 'after 1 event,', 'before-content'],
      ['an empty text', [messageStart(), blockStart(0, textBlock(''))], 'after 2 events,', 'before-content'],
      ['text', [messageStart(), blockStart(0, textBlock('')), textDelta('a', 0)], 'after 3 events', 'mid-content'],
      ['a call', [messageStart(), blockStart(0, toolUseBlock('get'))], 'after 2 events', 'mid-content'],
      [
        'text that was withdrawn',
        [messageStart(), blockStart(0, textBlock('a')), restart()],
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

    it('has the same error as incompleteMessage creates', () => {
      const partial = buildMessage();
      const error = incompleteMessage(3, 'mid-content', 'req_1', partial);

      expect(error).toBeInstanceOf(IncompleteMessageError);
      expect(error).toMatchObject({ phase: 'mid-content', requestID: 'req_1', partial, retryable: true });
    });
  });
});
