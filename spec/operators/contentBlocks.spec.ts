import { concat, from, lastValueFrom, materialize, NEVER, take, throwError, toArray } from 'rxjs';
import {
  APIConnectionError,
  contentBlocks,
  finalMessage,
  IncompleteMessageError,
  InvalidEventError,
  type AnyEvent,
} from '../../src/index.js';
import { buildMessage, eventsOf, textBlock, thinkingBlock, toolUseBlock } from '../../src/testing/index.js';
import { itKeepsTheOperatorContract } from '../support/contract.js';
import { blockStart, blockStop, messageStart, messageStop, ping, restart, textDelta } from '../support/events.js';
import { marbles } from '../support/marbles.js';

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
    'emits each block when it stops',
    marbles(({ cold, expectObservable, expectSubscriptions }) => {
      const source = cold<AnyEvent>('--s--b--d--e--c--p--f--z--|', {
        s: messageStart(),
        b: blockStart(0, textBlock('')),
        d: textDelta('Hello'),
        e: blockStop(),
        c: blockStart(1, { type: 'redacted_thinking', data: 'abc' }),
        p: ping,
        f: blockStop(1),
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

  it('emits every block as the Message has it', async () => {
    const message = buildMessage({ content: [thinkingBlock('Hm.'), 'Hello', toolUseBlock('get', { a: [1] })] });
    const events = eventsOf(message, { deltaLength: 2 });

    expect(await blocksOf(events)).toStrictEqual(message.content);
    expect(await blocksOf(events)).toStrictEqual((await lastValueFrom(from(events).pipe(finalMessage()))).content);
  });

  it('emits blocks in the order in which they stop', async () => {
    const events = [
      blockStart(1, textBlock('')),
      blockStart(0, textBlock('')),
      textDelta('b', 1),
      textDelta('a'),
      blockStop(1),
      blockStop(),
    ];

    expect(await blocksOf([messageStart(), ...events, messageStop])).toStrictEqual([textBlock('b'), textBlock('a')]);
  });

  it('emits the blocks in message_start with it, before any other', async () => {
    const blocks = [toolUseBlock('get', { a: 1 }), textBlock('b')];
    const events = [
      messageStart({ content: blocks }),
      blockStop(),
      blockStart(2, textBlock('c')),
      blockStop(2),
      messageStop,
    ];

    expect(await blocksOf(events)).toStrictEqual([...blocks, textBlock('c')]);
  });

  it('does not emit a block that never stops, and emits no block twice', async () => {
    const events = [
      messageStart(),
      blockStart(0, textBlock('a')),
      blockStart(1, textBlock('b')),
      blockStop(1),
      blockStop(1),
      messageStop,
    ];

    expect(await blocksOf(events)).toStrictEqual([textBlock('b')]);
  });

  it('emits the blocks of several messages', async () => {
    const [one, two] = [buildMessage({ content: 'One' }), buildMessage({ id: 'msg_0002', content: 'And two' })];

    expect(await blocksOf([...eventsOf(one), ...eventsOf(two)])).toStrictEqual([...one.content, ...two.content]);
  });

  it('starts over on message_restart', async () => {
    const message = buildMessage({ content: ['Hello', 'world'] });
    const broken = [messageStart(), blockStart(0, textBlock('lost')), blockStop(), blockStart(1, textBlock('too'))];

    expect(await blocksOf([...broken, restart(), ...eventsOf(message)])).toStrictEqual([
      textBlock('lost'),
      ...message.content,
    ]);
  });

  it('fails after its blocks if the stream is incomplete, with the message so far as partial', async () => {
    const events = [
      messageStart(),
      blockStart(0, textBlock('a')),
      blockStop(),
      blockStart(1, textBlock('')),
      textDelta('b', 1),
    ];
    const notifications = await lastValueFrom(from(events).pipe(contentBlocks(), materialize(), toArray()));
    const error = await errorOf(events);

    expect(notifications.map(({ kind }) => kind).join('')).toBe('NE');
    expect(error).toBeInstanceOf(IncompleteMessageError);
    expect(error).toHaveProperty('partial.content', [textBlock('a'), textBlock('b')]);
  });

  it('fails at an event out of order', async () => {
    const error = await errorOf([messageStart(), blockStart(0, textBlock('a')), textDelta('b', 1)]);

    expect(error).toBeInstanceOf(InvalidEventError);
    expect(error).toMatchObject({ position: 2, partial: { content: [textBlock('a')] } });
  });

  it('sets the message so far as partial on an error of this package', async () => {
    const error = new APIConnectionError('lost');

    expect(await errorOf([messageStart(), blockStart(0, textBlock('a'))], error)).toBe(error);
    expect(error).toHaveProperty('partial.content', [textBlock('a')]);
  });

  it('stops within the blocks of message_start when the consumer unsubscribes', async () => {
    const source = concat(from<AnyEvent[]>([messageStart({ content: [textBlock('a'), textBlock('b')] })]), NEVER);

    expect(await lastValueFrom(source.pipe(contentBlocks(), take(1), toArray()))).toStrictEqual([textBlock('a')]);
  });
});
