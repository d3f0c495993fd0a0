import { from, lastValueFrom, toArray } from 'rxjs';
import { textDeltas, type MessageStreamEvent } from '../../src/index.js';
import { buildMessage, eventsOf, thinkingBlock, toolUseBlock } from '../../src/testing/index.js';
import { itKeepsTheOperatorContract } from '../support/contract.js';
import { marbles } from '../support/marbles.js';

const delta = (text: string, index = 0): MessageStreamEvent => ({
  type: 'content_block_delta',
  index,
  delta: { type: 'text_delta', text },
});
const restart: MessageStreamEvent = { type: 'message_restart', attempt: 2, delayMs: 0, error: undefined };

describe('textDeltas', () => {
  itKeepsTheOperatorContract(textDeltas, {
    values: eventsOf(buildMessage({ content: 'Hello, world' })),
    empty: 'completes',
  });

  it(
    'selects the text and leaves out every other event',
    marbles(({ cold, expectObservable, expectSubscriptions }) => {
      const source = cold(' --a--p--b--e--|', {
        a: delta('Hello'),
        p: { type: 'ping' },
        b: delta(', world'),
        e: delta(''),
      });
      const subs = '        ^-------------!';
      const expected = '    --x-----y-----|';

      expectObservable(source.pipe(textDeltas())).toBe(expected, { x: 'Hello', y: ', world' });
      expectSubscriptions(source.subscriptions).toBe(subs);
    }),
  );

  it('selects the text that a block begins with', () => {
    const start = (text: string): MessageStreamEvent => ({
      type: 'content_block_start',
      index: 0,
      content_block: { type: 'text', text },
    });
    const seen: string[] = [];
    const message = buildMessage({ content: ['Before. '] });
    from<MessageStreamEvent[]>([{ type: 'message_start', message }, start('Hi '), delta('there')])
      .pipe(textDeltas())
      .subscribe((text) => seen.push(text));

    expect(seen).toEqual(['Before. ', 'Hi ', 'there']);
  });

  it('leaves out thinking and tool input', async () => {
    const message = buildMessage({ content: [thinkingBlock('Hm.'), 'Hello', toolUseBlock('get', { a: 1 })] });

    expect(await lastValueFrom(from(eventsOf(message)).pipe(textDeltas(), toArray()))).toEqual(['Hello']);
  });

  it(
    'holds back half a surrogate pair until its other half comes',
    marbles(({ cold, expectObservable }) => {
      const source = cold(' --a--b--|', { a: delta('a\ud83d'), b: delta('\ude00b') });
      const expected = '    --x--y--|';

      expectObservable(source.pipe(textDeltas())).toBe(expected, { x: 'a', y: '\ud83d\ude00b' });
    }),
  );

  it(
    'joins halves of the same block only, when blocks interleave',
    marbles(({ cold, expectObservable }) => {
      const source = cold(' --a--b--c--|', { a: delta('\ud83d', 0), b: delta('x', 1), c: delta('\ude00', 0) });
      const expected = '    -----x--y--|';

      expectObservable(source.pipe(textDeltas())).toBe(expected, { x: 'x', y: '\ud83d\ude00' });
    }),
  );

  it(
    'emits half a pair alone when its block stops without the other',
    marbles(({ cold, expectObservable }) => {
      const source = cold(' --a--e--|', { a: delta('\ud83d'), e: { type: 'content_block_stop', index: 0 } });
      const expected = '    -----x--|';

      expectObservable(source.pipe(textDeltas())).toBe(expected, { x: '\ud83d' });
    }),
  );

  it(
    'emits held text before an error',
    marbles(({ cold, expectObservable }) => {
      const source = cold(' --a--#  ', { a: delta('a\ud83d') });
      const expected = '    --x--(y#)';

      expectObservable(source.pipe(textDeltas())).toBe(expected, { x: 'a', y: '\ud83d' });
    }),
  );

  it(
    'drops what is held on message_restart, and says nothing of it',
    marbles(({ cold, expectObservable }) => {
      const source = cold(' --a--r--b--|', { a: delta('a\ud83d'), r: restart, b: delta('b') });
      const expected = '    --x-----y--|';

      expectObservable(source.pipe(textDeltas())).toBe(expected, { x: 'a', y: 'b' });
    }),
  );

  it(
    'passes message_restart on between the strings if asked to',
    marbles(({ cold, expectObservable }) => {
      const source = cold(' --a--r--b--|', { a: delta('a'), r: restart, b: delta('b') });
      const expected = '    --x--r--y--|';

      expectObservable(source.pipe(textDeltas({ restarts: true }))).toBe(expected, { x: 'a', r: restart, y: 'b' });
    }),
  );
});
