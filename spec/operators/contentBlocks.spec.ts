import { concat, from, lastValueFrom, materialize, NEVER, take, throwError, toArray } from 'rxjs';
import {
  APIConnectionError,
  contentBlocks,
  finalMessage,
  IncompleteMessageError,
  InvalidEventError,
  type AnyEvent,
  type MessageStreamEvent,
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

const messageStart = (content: readonly AnyContentBlock[] = []) => ({
  type: 'message_start',
  message: buildMessage({ content, stop_reason: null }),
});
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
const messageStop: AnyEvent = { type: 'message_stop' };
const restart: MessageStreamEvent = { type: 'message_restart', attempt: 2, delayMs: 0, error: undefined };

const blocksOf = (events: readonly AnyEvent[]) => lastValueFrom(from(events).pipe(contentBlocks(), toArray()));

async function errorOf(events: readonly AnyEvent[], end?: Error): Promise<unknown> {
  const source =
    end === undefined
      ? from(events)
      : concat(
          from(events),
          throwError(() => end),
        );
  const last = (await lastValueFrom(source.pipe(contentBlocks(), materialize(), toArray()))).at(-1);
  return last?.kind === 'E' ? last.error : undefined;
}

describe('contentBlocks', () => {
  itKeepsTheOperatorContract(contentBlocks, {
    values: eventsOf(buildMessage({ content: [thinkingBlock('Let me see.'), 'Hello, world'] })),
    empty: 'is incomplete',
  });

  it(
    'selects each block when it stops',
    marbles(({ cold, expectObservable, expectSubscriptions }) => {
      const source = cold<AnyEvent>('--s--b--d--e--c--p--f--z--|', {
        s: messageStart(),
        b: start(0, textBlock('')),
        d: text(0, 'Hello'),
        e: stop(0),
        c: start(1, { type: 'redacted_thinking', data: 'abc' }),
        p: { type: 'ping' },
        f: stop(1),
        z: messageStop,
      });
      const subs = '                        ^-------------------------!';
      const expected = '                    -----------x--------y-----|';

      expectObservable(source.pipe(contentBlocks())).toBe(expected, {
        x: textBlock('Hello'),
        y: { type: 'redacted_thinking', data: 'abc' },
      });
      expectSubscriptions(source.subscriptions).toBe(subs);
    }),
  );

  it('emits all blocks, as the Message has them', async () => {
    const message = buildMessage({ content: [thinkingBlock('Hm.'), 'Hello', toolUseBlock('get', { a: [1] })] });
    const events = eventsOf(message, { deltaLength: 2 });

    expect(await blocksOf(events)).toStrictEqual(message.content);
    expect(await blocksOf(events)).toStrictEqual((await lastValueFrom(from(events).pipe(finalMessage()))).content);
  });

  it('emits blocks in the order in which they stop', async () => {
    const events = [start(1, textBlock('')), start(0, textBlock('')), text(1, 'b'), text(0, 'a'), stop(1), stop(0)];

    expect(await blocksOf([messageStart(), ...events, messageStop])).toStrictEqual([textBlock('b'), textBlock('a')]);
  });

  it('emits the blocks that message_start brings with it, before others', async () => {
    const blocks = [toolUseBlock('get', { a: 1 }), textBlock('b')];
    const events = [messageStart(blocks), stop(0), start(2, textBlock('c')), stop(2), messageStop];

    expect(await blocksOf(events)).toStrictEqual([...blocks, textBlock('c')]);
  });

  it('does not emit a block that never stops, nor one twice', async () => {
    const events = [messageStart(), start(0, textBlock('a')), start(1, textBlock('b')), stop(1), stop(1), messageStop];

    expect(await blocksOf(events)).toStrictEqual([textBlock('b')]);
  });

  it('emits the blocks of messages that follow one another', async () => {
    const [one, two] = [buildMessage({ content: 'One' }), buildMessage({ id: 'msg_0002', content: 'And two' })];

    expect(await blocksOf([...eventsOf(one), ...eventsOf(two)])).toStrictEqual([...one.content, ...two.content]);
  });

  it('starts over on message_restart', async () => {
    const message = buildMessage({ content: ['Hello', 'world'] });
    const broken = [messageStart(), start(0, textBlock('lost')), stop(0), start(1, textBlock('too'))];

    expect(await blocksOf([...broken, restart, ...eventsOf(message)])).toStrictEqual([
      textBlock('lost'),
      ...message.content,
    ]);
  });

  it('fails after its blocks if the stream ends early, with what had arrived as partial', async () => {
    const events = [messageStart(), start(0, textBlock('a')), stop(0), start(1, textBlock('')), text(1, 'b')];
    const notifications = await lastValueFrom(from(events).pipe(contentBlocks(), materialize(), toArray()));
    const error = await errorOf(events);

    expect(notifications.map(({ kind }) => kind).join('')).toBe('NE');
    expect(error).toBeInstanceOf(IncompleteMessageError);
    expect(error).toHaveProperty('partial.content', [textBlock('a'), textBlock('b')]);
  });

  it('fails at an event out of order', async () => {
    const error = await errorOf([messageStart(), start(0, textBlock('a')), stop(1)]);

    expect(error).toBeInstanceOf(InvalidEventError);
    expect(error).toMatchObject({ position: 2, partial: { content: [textBlock('a')] } });
  });

  it('puts what had arrived on an error of the package', async () => {
    const error = new APIConnectionError('lost');

    expect(await errorOf([messageStart(), start(0, textBlock('a'))], error)).toBe(error);
    expect(error).toHaveProperty('partial.content', [textBlock('a')]);
  });

  it('stops among the blocks that message_start brings when the consumer has enough', async () => {
    const source = concat(from<AnyEvent[]>([messageStart([textBlock('a'), textBlock('b')])]), NEVER);

    expect(await lastValueFrom(source.pipe(contentBlocks(), take(1), toArray()))).toStrictEqual([textBlock('a')]);
  });
});
