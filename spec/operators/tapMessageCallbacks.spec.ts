import { concat, filter, from, lastValueFrom, map, tap, throwError, toArray } from 'rxjs';
import { InvalidEventError, tapMessage, textDeltas, thinkingDeltas, type AnyEvent } from '../../src/index.js';
import { buildMessage, eventsOf, textBlock, thinkingBlock } from '../../src/testing/index.js';
import { marbles } from '../support/marbles.js';
import {
  blockDelta,
  blockStart,
  blockStop,
  inputJsonDelta,
  messageStart,
  messageStop,
  restart,
  textDelta,
  thinkingDelta,
} from '../support/events.js';
import { callsOf, errorOf, events, message } from './support/observers.js';

describe('tapMessage: callbacks', () => {
  describe('thinkingTokens', () => {
    const grows = (estimated_tokens?: unknown, index = 0) =>
      blockDelta(index, { type: 'thinking_delta', thinking: '', estimated_tokens });

    it(
      'is called with the total of the block, whenever it grows',
      marbles(({ cold, expectObservable }) => {
        const calls: unknown[] = [];
        const source = cold(' --s--a--n--b--o--c--|', {
          s: messageStart(),
          a: grows(50),
          n: grows(null),
          b: grows(100),
          o: grows(0),
          c: grows(50, 1),
        });
        const expected = '    -----x-----y-----z--|';
        const tapped = source.pipe(
          tapMessage({ thinkingTokens: (...call) => calls.push(call) }),
          map(() => calls.splice(0)),
          filter((made) => made.length > 0),
        );

        expectObservable(tapped).toBe(expected, { x: [[50, 0]], y: [[150, 0]], z: [[50, 1]] });
      }),
    );

    it('starts at 0 again when a message starts or restarts', async () => {
      const source = from([messageStart(), grows(50), restart(), grows(10), messageStart(), grows(20)]);

      expect(await callsOf(source, 'thinkingTokens')).toEqual([
        ['thinkingTokens', 50, 0],
        ['thinkingTokens', 10, 0],
        ['thinkingTokens', 20, 0],
      ]);
    });

    it('is not called for what is not a number, or not thinking', async () => {
      const source = from([
        grows('50'),
        grows(),
        blockDelta(0, { type: 'text_delta', text: 'a', estimated_tokens: 50 }),
      ]);

      expect(await callsOf(source, 'thinkingTokens')).toEqual([]);
    });
  });

  describe('text and thinking', () => {
    it('ignore empty deltas', async () => {
      const source = from([textDelta(''), thinkingDelta(''), inputJsonDelta('')]);

      expect(await callsOf(source, 'text', 'thinking', 'inputJson')).toEqual([]);
    });

    it('hold back half a surrogate pair until the other half arrives, separately for each block and kind', async () => {
      const source = from([
        textDelta('a\ud83d'),
        thinkingDelta('\ud83d'),
        textDelta('x', 1),
        textDelta('\ude00b'),
        thinkingDelta('\ude01'),
      ]);

      expect(await callsOf(source, 'text', 'thinking')).toEqual([
        ['text', 'a', 0],
        ['text', 'x', 1],
        ['text', '\ud83d\ude00b', 0],
        ['thinking', '\ud83d\ude01', 0],
      ]);
    });

    it('are called with the content of message_start, as textDeltas and thinkingDeltas emit it', async () => {
      const source = from([
        messageStart({ content: [thinkingBlock('Hm'), textBlock('Hello')] }),
        blockStart(2, textBlock('')),
        textDelta('!', 2),
        blockStop(2),
        messageStop,
      ]);

      expect(await callsOf(source, 'text', 'thinking')).toEqual([
        ['text', 'Hello', 1],
        ['thinking', 'Hm', 0],
        ['text', '!', 2],
      ]);
    });

    it('are called with half a surrogate pair alone when another message starts', async () => {
      const source = from([messageStart(), textDelta('\ud83d'), messageStart({ content: [textBlock('a')] })]);

      expect(await callsOf(source, 'text')).toEqual([
        ['text', '\ud83d', 0],
        ['text', 'a', 0],
      ]);
    });

    it('are called with half a surrogate pair alone when its block stops or the source completes', async () => {
      const source = from([
        textDelta('\ud83d'),
        thinkingDelta('\ud83d', 1),
        blockStop(),
        textDelta('x', 2),
        textDelta('\ud83e', 3),
      ]);

      expect(await callsOf(source, 'text', 'thinking')).toEqual([
        ['text', '\ud83d', 0],
        ['text', 'x', 2],
        ['text', '\ud83e', 3],
        ['thinking', '\ud83d', 1],
      ]);
    });

    it('are called with half a surrogate pair alone before an error', async () => {
      const error = new Error('of the source');
      const log: unknown[] = [];
      const tapped = concat(
        from([textDelta('\ud83d')]),
        throwError(() => error),
      ).pipe(tapMessage({ text: (delta) => log.push(delta) }), tap({ error: (passed: unknown) => log.push(passed) }));
      await expect(lastValueFrom(tapped)).rejects.toBe(error);

      expect(log).toEqual(['\ud83d', error]);
    });

    it('are not called with text held back before a message_restart', async () => {
      const source = from([
        textDelta('\ud83d'),
        thinkingDelta('\ud83d'),
        restart(),
        textDelta('\ude00'),
        thinkingDelta('b'),
      ]);

      expect(await callsOf(source, 'text', 'thinking')).toEqual([
        ['text', '\ude00', 0],
        ['thinking', 'b', 0],
      ]);
    });

    it('are called with the strings that textDeltas and thinkingDeltas emit', async () => {
      const source = from(
        eventsOf(buildMessage({ content: [thinkingBlock('Hm 😀.'), 'Hello 😀'] }), { deltaLength: 1 }),
      );
      const strings = async (name: 'text' | 'thinking') => (await callsOf(source, name)).map(([, delta]) => delta);

      expect(await strings('text')).toEqual(await lastValueFrom(source.pipe(textDeltas(), toArray())));
      expect(await strings('thinking')).toEqual(await lastValueFrom(source.pipe(thinkingDeltas(), toArray())));
    });
  });

  describe('contentBlock and message', () => {
    it('are called with the blocks of message_start', async () => {
      const source = from([messageStart({ content: [textBlock('a'), textBlock('b')] }), blockStop(1), messageStop]);

      expect(await callsOf(source, 'contentBlock')).toStrictEqual([
        ['contentBlock', textBlock('a'), 0],
        ['contentBlock', textBlock('b'), 1],
      ]);
    });

    it('are called with the index of the events, even if the stream skips indexes', async () => {
      const source = from([
        messageStart(),
        blockStart(3, textBlock('a')),
        blockStart(1, textBlock('b')),
        blockStop(3),
        blockStop(1),
        messageStop,
      ]);

      expect(await callsOf(source, 'contentBlock')).toStrictEqual([
        ['contentBlock', textBlock('a'), 3],
        ['contentBlock', textBlock('b'), 1],
      ]);
    });

    it('are not called again for repeated events', async () => {
      const [first] = events;
      const source = from([
        ...(first ? [first] : []),
        ...events.flatMap((event) => (isStop(event) ? [event, event] : [event])),
      ]);

      expect((await callsOf(source, 'contentBlock', 'message')).map(([name]) => name)).toEqual([
        'contentBlock',
        'contentBlock',
        'contentBlock',
        'message',
      ]);
    });

    it('are called for each of several messages', async () => {
      const second = buildMessage({ id: 'msg_0002', content: 'And two' });

      expect(await callsOf(from([...events, ...eventsOf(second)]), 'message')).toStrictEqual([
        ['message', message],
        ['message', second],
      ]);
    });

    it('are not called with the message of a withdrawn attempt', async () => {
      const broken = [messageStart(), blockStart(0, textBlock('lost'))];

      expect(await callsOf(from([...broken, restart(), ...events]), 'message')).toStrictEqual([['message', message]]);
    });

    it('are not called with an incomplete message, which is not an error here', async () => {
      const source = from(events.slice(0, -1));

      expect(await callsOf(source, 'message')).toEqual([]);
      expect(await errorOf(source, 'message')).toBeUndefined();
    });

    const isStop = ({ type }: AnyEvent) => type === 'content_block_stop' || type === 'message_stop';
  });

  describe('only what the given callbacks need is computed', () => {
    const outOfOrder = from([messageStart(), textDelta('a', 7), blockStop(7), messageStop, messageStop]);

    it.each(['text', 'thinking', 'citation', 'inputJson', 'usage', 'restart'] as const)(
      '%s alone accepts events out of order',
      async (name) => {
        expect(await errorOf(outOfOrder, name)).toBeUndefined();
      },
    );

    it.each(['contentBlock', 'message'] as const)('%s fails at an event out of order', async (name) => {
      const error = await errorOf(outOfOrder, name);

      expect(error).toBeInstanceOf(InvalidEventError);
      expect(error).toMatchObject({ position: 1, partial: { content: [] } });
    });

    it.each(['usage', 'restart'] as const)('%s alone does not read deltas', async (name) => {
      const read = jest.fn();
      const closed = {
        type: 'content_block_delta',
        index: 0,
        get delta() {
          return read() as unknown;
        },
      };
      await callsOf(from([closed]), name);

      expect(read).not.toHaveBeenCalled();
    });
  });
});
