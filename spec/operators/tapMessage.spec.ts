import { expectTypeOf } from 'expect-type';
import {
  concat,
  EMPTY,
  from,
  lastValueFrom,
  materialize,
  NEVER,
  tap,
  throwError,
  toArray,
  type Observable,
} from 'rxjs';
import {
  APIConnectionError,
  InvalidEventError,
  tapMessage,
  textDeltas,
  thinkingDeltas,
  type AnyEvent,
  type MessageObserver,
  type MessageStopEvent,
  type MessageStreamEvent,
  type TextCitation,
} from '../../src/index.js';
import {
  buildMessage,
  eventsOf,
  textBlock,
  thinkingBlock,
  toolUseBlock,
  type AnyContentBlock,
} from '../../src/testing/index.js';
import { itKeepsTheOperatorContract } from '../support/contract.js';
import { marbles } from '../support/marbles.js';

const citation: TextCitation = {
  type: 'search_result_location',
  cited_text: 'Green.',
  source: 'https://example.com/',
  title: null,
  search_result_index: 0,
  start_block_index: 0,
  end_block_index: 0,
};
const message = buildMessage({
  content: [thinkingBlock('Hm.'), textBlock('Hello', { citations: [citation] }), toolUseBlock('get', { a: 1 })],
  usage: { output_tokens: 12 },
});
const events = eventsOf(message);

const messageStart = (content: readonly AnyContentBlock[] = []) => ({
  type: 'message_start',
  message: buildMessage({ content, stop_reason: null }),
});
const start = (index: number, content_block: AnyContentBlock) => ({
  type: 'content_block_start',
  index,
  content_block,
});
const delta = (index: number, type: string, fields: object) => ({
  type: 'content_block_delta',
  index,
  delta: { type, ...fields },
});
const text = (text: string, index = 0) => delta(index, 'text_delta', { text });
const thinking = (thinking: string, index = 0) => delta(index, 'thinking_delta', { thinking });
const stop = (index: number) => ({ type: 'content_block_stop', index });
const messageStop: AnyEvent = { type: 'message_stop' };
const restart: MessageStreamEvent = { type: 'message_restart', attempt: 2, delayMs: 0, error: undefined };

const NAMES = ['text', 'thinking', 'citation', 'inputJson', 'contentBlock', 'usage', 'message', 'restart'] as const;

/** An observer that writes down each of its calls. */
function recorder(calls: unknown[][], names: readonly (keyof MessageObserver)[] = NAMES): MessageObserver {
  const record =
    (name: string) =>
    (...values: readonly unknown[]): void => {
      calls.push([name, ...values]);
    };
  return Object.fromEntries(names.map((name) => [name, record(name)]));
}

/** What the callbacks of these names are told while the source runs to its end. */
async function told(source: Observable<AnyEvent>, ...names: readonly (keyof MessageObserver)[]): Promise<unknown[][]> {
  const calls: unknown[][] = [];
  await lastValueFrom(source.pipe(tapMessage(recorder(calls, names)), materialize()), { defaultValue: undefined });
  return calls;
}

/** The error with which the source ends, behind an observer with callbacks of these names. */
async function errorOf(source: Observable<AnyEvent>, ...names: readonly (keyof MessageObserver)[]): Promise<unknown> {
  const last = await lastValueFrom(source.pipe(tapMessage(recorder([], names)), materialize()));
  return last.kind === 'E' ? last.error : undefined;
}

describe('tapMessage', () => {
  itKeepsTheOperatorContract<MessageStreamEvent, MessageStreamEvent>(() => tapMessage(recorder([])), {
    values: events,
    empty: 'completes',
  });

  it(
    'passes everything through, in the same turn',
    marbles(({ cold, expectObservable, expectSubscriptions }) => {
      const values: Readonly<Record<string, AnyEvent>> = {
        s: messageStart(),
        u: { type: 'new_event' },
        z: messageStop,
      };
      const source = cold(' --s--u--z--|', values);
      const subs = '        ^----------!';
      const expected = '    --s--u--z--|';

      expectObservable(source.pipe(tapMessage(recorder([])))).toBe(expected, values);
      expectSubscriptions(source.subscriptions).toBe(subs);
    }),
  );

  it('passes the very same events on', async () => {
    const passed = await lastValueFrom(from(events).pipe(tapMessage(recorder([])), toArray()));

    expect(passed.every((event, i) => event === events[i])).toBe(true);
    expect(passed).toHaveLength(events.length);
  });

  it('tells what the message brings, each callback before its event is passed on', async () => {
    const log: unknown[][] = [];
    const tapped = from([...events.slice(0, 2), restart, ...events]).pipe(
      tapMessage(recorder(log)),
      tap(({ type }) => log.push([type])),
    );
    await lastValueFrom(tapped);
    const abandoned_attempts = [{ ...message.usage, output_tokens: 1 }];
    const [thought, answer, call] = message.content;

    expect(log).toStrictEqual([
      ['usage', { ...message.usage, output_tokens: 1 }],
      ['message_start'],
      ['content_block_start'],
      ['usage', { input_tokens: 0, output_tokens: 0, abandoned_attempts }],
      ['restart', restart],
      ['message_restart'],
      ['usage', { ...message.usage, output_tokens: 1, abandoned_attempts }],
      ['message_start'],
      ['content_block_start'],
      ['thinking', 'Hm.', 0],
      ['content_block_delta'],
      ['content_block_delta'],
      ['contentBlock', thought, 0],
      ['content_block_stop'],
      ['content_block_start'],
      ['citation', citation, 1],
      ['content_block_delta'],
      ['text', 'Hello', 1],
      ['content_block_delta'],
      ['contentBlock', answer, 1],
      ['content_block_stop'],
      ['content_block_start'],
      ['content_block_delta'],
      ['inputJson', '{"a":1}', 2],
      ['content_block_delta'],
      ['contentBlock', call, 2],
      ['content_block_stop'],
      ['usage', { ...message.usage, abandoned_attempts }],
      ['message_delta'],
      ['message', message],
      ['message_stop'],
    ]);
  });

  it.each(NAMES)('tells %s the same when it is the only callback', async (name) => {
    const source = from([...events.slice(0, 8), restart, ...events]);
    const calls = (await told(source, ...NAMES)).filter(([called]) => called === name);

    expect(calls.length).toBeGreaterThan(0);
    expect(await told(source, name)).toStrictEqual(calls);
  });

  it('needs no callbacks', async () => {
    expect(await told(from([stop(7), ...events]))).toEqual([]);
  });

  describe('text and thinking', () => {
    it('leaves out empty deltas', async () => {
      const source = from([text(''), thinking(''), delta(0, 'input_json_delta', { partial_json: '' })]);

      expect(await told(source, 'text', 'thinking', 'inputJson')).toEqual([]);
    });

    it('hold back half a surrogate pair until its other half comes, each block and kind its own', async () => {
      const source = from([text('a\ud83d'), thinking('\ud83d'), text('x', 1), text('\ude00b'), thinking('\ude01')]);

      expect(await told(source, 'text', 'thinking')).toEqual([
        ['text', 'a', 0],
        ['text', 'x', 1],
        ['text', '\ud83d\ude00b', 0],
        ['thinking', '\ud83d\ude01', 0],
      ]);
    });

    it('get what message_start brings, as textDeltas and thinkingDeltas do', async () => {
      const source = from([
        messageStart([thinkingBlock('Hm'), textBlock('Hello')]),
        start(2, textBlock('')),
        text('!', 2),
        stop(2),
        messageStop,
      ]);

      expect(await told(source, 'text', 'thinking')).toEqual([
        ['text', 'Hello', 1],
        ['thinking', 'Hm', 0],
        ['text', '!', 2],
      ]);
    });

    it('get half a pair alone where another message starts', async () => {
      const source = from([messageStart(), text('\ud83d'), messageStart([textBlock('a')])]);

      expect(await told(source, 'text')).toEqual([
        ['text', '\ud83d', 0],
        ['text', 'a', 0],
      ]);
    });

    it('get half a pair alone when its block stops, or the source completes', async () => {
      const source = from([text('\ud83d'), thinking('\ud83d', 1), stop(0), text('x', 2), text('\ud83e', 3)]);

      expect(await told(source, 'text', 'thinking')).toEqual([
        ['text', '\ud83d', 0],
        ['text', 'x', 2],
        ['text', '\ud83e', 3],
        ['thinking', '\ud83d', 1],
      ]);
    });

    it('get half a pair alone before an error', async () => {
      const error = new Error('of the source');
      const log: unknown[] = [];
      const tapped = concat(
        from([text('\ud83d')]),
        throwError(() => error),
      ).pipe(tapMessage({ text: (delta) => log.push(delta) }), tap({ error: (passed: unknown) => log.push(passed) }));
      await expect(lastValueFrom(tapped)).rejects.toBe(error);

      expect(log).toEqual(['\ud83d', error]);
    });

    it('do not get what was held back before a message_restart', async () => {
      const source = from([text('\ud83d'), thinking('\ud83d'), restart, text('\ude00'), thinking('b')]);

      expect(await told(source, 'text', 'thinking')).toEqual([
        ['text', '\ude00', 0],
        ['thinking', 'b', 0],
      ]);
    });

    it('get the strings that textDeltas and thinkingDeltas emit', async () => {
      const source = from(
        eventsOf(buildMessage({ content: [thinkingBlock('Hm 😀.'), 'Hello 😀'] }), { deltaLength: 1 }),
      );
      const strings = async (name: 'text' | 'thinking') => (await told(source, name)).map(([, delta]) => delta);

      expect(await strings('text')).toEqual(await lastValueFrom(source.pipe(textDeltas(), toArray())));
      expect(await strings('thinking')).toEqual(await lastValueFrom(source.pipe(thinkingDeltas(), toArray())));
    });
  });

  describe('contentBlock and message', () => {
    it('get the blocks that message_start brings, with it', async () => {
      const source = from([messageStart([textBlock('a'), textBlock('b')]), stop(1), messageStop]);

      expect(await told(source, 'contentBlock')).toStrictEqual([
        ['contentBlock', textBlock('a'), 0],
        ['contentBlock', textBlock('b'), 1],
      ]);
    });

    it('get blocks by the index of their events, also where the stream left indexes out', async () => {
      const source = from([
        messageStart(),
        start(3, textBlock('a')),
        start(1, textBlock('b')),
        stop(3),
        stop(1),
        messageStop,
      ]);

      expect(await told(source, 'contentBlock')).toStrictEqual([
        ['contentBlock', textBlock('a'), 3],
        ['contentBlock', textBlock('b'), 1],
      ]);
    });

    it('are told nothing twice where events come again', async () => {
      const [first] = events;
      const source = from([
        ...(first ? [first] : []),
        ...events.flatMap((event) => (isStop(event) ? [event, event] : [event])),
      ]);

      expect((await told(source, 'contentBlock', 'message')).map(([name]) => name)).toEqual([
        'contentBlock',
        'contentBlock',
        'contentBlock',
        'message',
      ]);
    });

    it('get each of several messages', async () => {
      const second = buildMessage({ id: 'msg_0002', content: 'And two' });

      expect(await told(from([...events, ...eventsOf(second)]), 'message')).toStrictEqual([
        ['message', message],
        ['message', second],
      ]);
    });

    it('get nothing of an attempt that was withdrawn', async () => {
      const broken = [messageStart(), start(0, textBlock('lost'))];

      expect(await told(from([...broken, restart, ...events]), 'message')).toStrictEqual([['message', message]]);
    });

    it('get no message where the stream ends early, and that is no error here', async () => {
      const source = from(events.slice(0, -1));

      expect(await told(source, 'message')).toEqual([]);
      expect(await errorOf(source, 'message')).toBeUndefined();
    });

    const isStop = ({ type }: AnyEvent) => type === 'content_block_stop' || type === 'message_stop';
  });

  describe('only what the callbacks need is computed', () => {
    const outOfOrder = from([messageStart(), text('a', 7), stop(7), messageStop, messageStop]);

    it.each(['text', 'thinking', 'citation', 'inputJson', 'usage', 'restart'] as const)(
      '%s alone does not mind events out of order',
      async (name) => {
        expect(await errorOf(outOfOrder, name)).toBeUndefined();
      },
    );

    it.each(['contentBlock', 'message'] as const)('%s needs them in order', async (name) => {
      const error = await errorOf(outOfOrder, name);

      expect(error).toBeInstanceOf(InvalidEventError);
      expect(error).toMatchObject({ position: 1, partial: { content: [] } });
    });

    it.each(['usage', 'restart'] as const)('%s alone looks into no delta', async (name) => {
      const looked = jest.fn();
      const closed = {
        type: 'content_block_delta',
        index: 0,
        get delta() {
          return looked() as unknown;
        },
      };
      await told(from([closed]), name);

      expect(looked).not.toHaveBeenCalled();
    });
  });

  describe('errors', () => {
    const arrived = from([messageStart(), start(0, textBlock('')), text('Hel')]);

    it.each(['contentBlock', 'message'] as const)('of the package get a partial where %s is given', async (name) => {
      const error = new APIConnectionError('lost');

      expect(
        await errorOf(
          concat(
            arrived,
            throwError(() => error),
          ),
          name,
        ),
      ).toBe(error);
      expect(error).toHaveProperty('partial.content', [textBlock('Hel')]);
    });

    it('of the package get none where no message is made', async () => {
      const error = new APIConnectionError('lost');

      expect(
        await errorOf(
          concat(
            arrived,
            throwError(() => error),
          ),
          'text',
          'usage',
          'restart',
        ),
      ).toBe(error);
      expect(error.partial).toBeUndefined();
    });

    it('keep the partial that they have', async () => {
      const error = new APIConnectionError('lost', { partial: message });
      await errorOf(
        concat(
          arrived,
          throwError(() => error),
        ),
        'message',
      );

      expect(error.partial).toBe(message);
    });

    it('of others pass unchanged', async () => {
      const error: Error = Object.freeze(new Error('of the source'));

      expect(
        await errorOf(
          concat(
            arrived,
            throwError(() => error),
          ),
          ...NAMES,
        ),
      ).toBe(error);
    });

    it.each([
      ['usage', 0],
      ['restart', 1],
      ['thinking', 4],
      ['contentBlock', 6],
      ['citation', 8],
      ['text', 9],
      ['inputJson', 13],
      ['message', 16],
    ])('that %s throws become the error, and the event is not passed on', async (name, count) => {
      const error = new Error('of the callback');
      const fail = (): never => {
        throw error;
      };
      const passed: AnyEvent[] = [];
      const tapped = concat(from([...events.slice(0, 1), restart, ...events]), NEVER).pipe(
        tapMessage(Object.fromEntries([[name, fail]])),
        tap((event) => passed.push(event)),
      );

      await expect(lastValueFrom(tapped)).rejects.toBe(error);
      expect(passed).toHaveLength(count);
    });

    it('that text throws over what it gets at the end become the error too', async () => {
      const error = new Error('of the callback');
      const fail = (): never => {
        throw error;
      };

      await expect(lastValueFrom(from([text('\ud83d')]).pipe(tapMessage({ text: fail })))).rejects.toBe(error);
    });
  });

  it('calls nothing before it is subscribed to, and nothing after the consumer has left', () => {
    const calls: unknown[][] = [];
    const tapped = concat(from<AnyEvent[]>([text('a\ud83d')]), NEVER).pipe(tapMessage(recorder(calls, ['text'])));
    expect(calls).toEqual([]);
    tapped.subscribe().unsubscribe();

    expect(calls).toEqual([['text', 'a', 0]]);
  });

  it('keeps the type of the events', () => {
    const source = EMPTY as Observable<MessageStopEvent>;

    expectTypeOf(source.pipe(tapMessage({}))).toEqualTypeOf<Observable<MessageStopEvent>>();
  });
});
