import { from, lastValueFrom, toArray } from 'rxjs';
import { textDeltas, type MessageStreamEvent } from '../../src/index.js';
import { buildMessage, eventsOf, textBlock, thinkingBlock, toolUseBlock } from '../../src/testing/index.js';
import { itKeepsTheOperatorContract } from '../support/contract.js';
import { blockStart, blockStop, messageStart, ping, restart, textDelta } from '../support/events.js';
import { marbles } from '../support/marbles.js';

describe('textDeltas', () => {
  itKeepsTheOperatorContract(textDeltas, {
    values: eventsOf(buildMessage({ content: 'Hello, world' })),
    empty: 'completes',
  });

  it(
    'emits the text and ignores every other event',
    marbles(({ cold, expectObservable, expectSubscriptions }) => {
      const source = cold(' --a--p--b--e--|', {
        a: textDelta('Hello'),
        p: ping,
        b: textDelta(', world'),
        e: textDelta(''),
      });
      const subs = '        ^-------------!';
      const expected = '    --x-----y-----|';

      expectObservable(source.pipe(textDeltas())).toBe(expected, { x: 'Hello', y: ', world' });
      expectSubscriptions(source.subscriptions).toBe(subs);
    }),
  );

  it('emits the text that a block or a message starts with', () => {
    const seen: string[] = [];
    const message = buildMessage({ content: ['Before. '] });
    from<MessageStreamEvent[]>([messageStart(message), blockStart(0, textBlock('Hi ')), textDelta('there')])
      .pipe(textDeltas())
      .subscribe((text) => seen.push(text));

    expect(seen).toEqual(['Before. ', 'Hi ', 'there']);
  });

  it('ignores thinking and tool input', async () => {
    const message = buildMessage({ content: [thinkingBlock('Hm.'), 'Hello', toolUseBlock('get', { a: 1 })] });

    expect(await lastValueFrom(from(eventsOf(message)).pipe(textDeltas(), toArray()))).toEqual(['Hello']);
  });

  it(
    'holds back half a surrogate pair until the other half arrives',
    marbles(({ cold, expectObservable }) => {
      const source = cold(' --a--b--|', { a: textDelta('a\ud83d'), b: textDelta('\ude00b') });
      const expected = '    --x--y--|';

      expectObservable(source.pipe(textDeltas())).toBe(expected, { x: 'a', y: '\ud83d\ude00b' });
    }),
  );

  it(
    'joins only halves of the same block when blocks interleave',
    marbles(({ cold, expectObservable }) => {
      const source = cold(' --a--b--c--|', { a: textDelta('\ud83d'), b: textDelta('x', 1), c: textDelta('\ude00') });
      const expected = '    -----x--y--|';

      expectObservable(source.pipe(textDeltas())).toBe(expected, { x: 'x', y: '\ud83d\ude00' });
    }),
  );

  it(
    'emits half a surrogate pair alone if its block stops without the other half',
    marbles(({ cold, expectObservable }) => {
      const source = cold(' --a--e--|', { a: textDelta('\ud83d'), e: blockStop() });
      const expected = '    -----x--|';

      expectObservable(source.pipe(textDeltas())).toBe(expected, { x: '\ud83d' });
    }),
  );

  it(
    'emits the text held back before an error',
    marbles(({ cold, expectObservable }) => {
      const source = cold(' --a--#  ', { a: textDelta('a\ud83d') });
      const expected = '    --x--(y#)';

      expectObservable(source.pipe(textDeltas())).toBe(expected, { x: 'a', y: '\ud83d' });
    }),
  );

  it(
    'drops the text held back on message_restart, and emits nothing for it',
    marbles(({ cold, expectObservable }) => {
      const source = cold(' --a--r--b--|', { a: textDelta('a\ud83d'), r: restart(), b: textDelta('b') });
      const expected = '    --x-----y--|';

      expectObservable(source.pipe(textDeltas())).toBe(expected, { x: 'a', y: 'b' });
    }),
  );

  it(
    'emits message_restart between the strings with { restarts: true }',
    marbles(({ cold, expectObservable }) => {
      const source = cold(' --a--r--b--|', { a: textDelta('a'), r: restart(), b: textDelta('b') });
      const expected = '    --x--r--y--|';

      expectObservable(source.pipe(textDeltas({ restarts: true }))).toBe(expected, { x: 'a', r: restart(), y: 'b' });
    }),
  );

  it(
    'emits no message_restart with { restarts: false }',
    marbles(({ cold, expectObservable }) => {
      const source = cold(' --a--r--b--|', { a: textDelta('a'), r: restart(), b: textDelta('b') });
      const expected = '    --x-----y--|';

      expectObservable(source.pipe(textDeltas({ restarts: false }))).toBe(expected, { x: 'a', y: 'b' });
    }),
  );

  it(
    'emits the text held back before completion and before an error with { restarts: true } too',
    marbles(({ cold, expectObservable }) => {
      const completed = cold('--a--|   ', { a: textDelta('a\ud83d') });
      const failed = cold('   --a--#   ', { a: textDelta('a\ud83d') });
      const values = { x: 'a', y: '\ud83d' };

      expectObservable(completed.pipe(textDeltas({ restarts: true }))).toBe('--x--(y|)', values);
      expectObservable(failed.pipe(textDeltas({ restarts: true }))).toBe('   --x--(y#)', values);
    }),
  );
});
