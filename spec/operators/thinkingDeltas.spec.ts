import { expectTypeOf } from 'expect-type';
import { from, lastValueFrom, toArray, type OperatorFunction } from 'rxjs';
import { thinkingDeltas, type AnyEvent, type MessageRestartEvent, type MessageStreamEvent } from '../../src/index.js';
import { buildMessage, eventsOf, thinkingBlock, toolUseBlock } from '../../src/testing/index.js';
import { itKeepsTheOperatorContract } from '../support/contract.js';
import { marbles } from '../support/marbles.js';

const delta = (thinking: string, index = 0): MessageStreamEvent => ({
  type: 'content_block_delta',
  index,
  delta: { type: 'thinking_delta', thinking },
});
const restart: MessageRestartEvent = { type: 'message_restart', attempt: 2, delayMs: 0, error: undefined };

describe('thinkingDeltas', () => {
  itKeepsTheOperatorContract(thinkingDeltas, {
    values: eventsOf(buildMessage({ content: [thinkingBlock('Let me see.'), 'Hello'] })),
    empty: 'completes',
  });

  it(
    'selects the thinking and leaves out every other event',
    marbles(({ cold, expectObservable, expectSubscriptions }) => {
      const source = cold(' --a--p--t--b--e--|', {
        a: delta('Let me'),
        p: { type: 'ping' },
        t: { type: 'content_block_delta', index: 1, delta: { type: 'text_delta', text: 'Hello' } },
        b: delta(' see.'),
        e: delta(''),
      });
      const subs = '        ^----------------!';
      const expected = '    --x--------y-----|';

      expectObservable(source.pipe(thinkingDeltas())).toBe(expected, { x: 'Let me', y: ' see.' });
      expectSubscriptions(source.subscriptions).toBe(subs);
    }),
  );

  it('leaves out signatures, text and tool input', async () => {
    const message = buildMessage({
      content: [thinkingBlock('Hm.', { signature: 'abc' }), 'Hello', toolUseBlock('get', { a: 1 })],
    });

    expect(await lastValueFrom(from(eventsOf(message)).pipe(thinkingDeltas(), toArray()))).toEqual(['Hm.']);
  });

  it('emits nothing where thinking was omitted', async () => {
    const message = buildMessage({ content: [thinkingBlock(''), 'Hello'] });

    expect(await lastValueFrom(from(eventsOf(message)).pipe(thinkingDeltas(), toArray()))).toEqual([]);
  });

  it(
    'holds back half a surrogate pair until its other half comes',
    marbles(({ cold, expectObservable }) => {
      const source = cold(' --a--b--|', { a: delta('a\ud83d'), b: delta('\ude00b') });
      const expected = '    --x--y--|';

      expectObservable(source.pipe(thinkingDeltas())).toBe(expected, { x: 'a', y: '\ud83d\ude00b' });
    }),
  );

  it.each([
    ['\ud7ff', ['\ud7ff', 'x']],
    ['\ud800', ['\ud800x']],
    ['\udbff', ['\udbffx']],
    ['\udc00', ['\udc00', 'x']],
  ])('holds back the first halves of pairs only (%j)', async (unit, expected) => {
    expect(await lastValueFrom(from([delta(unit), delta('x')]).pipe(thinkingDeltas(), toArray()))).toEqual(expected);
  });

  it(
    'goes on waiting for the other half over an empty delta',
    marbles(({ cold, expectObservable }) => {
      const source = cold(' --a--e--b--|', { a: delta('\ud83d'), e: delta(''), b: delta('\ude00') });
      const expected = '    --------x--|';

      expectObservable(source.pipe(thinkingDeltas())).toBe(expected, { x: '\ud83d\ude00' });
    }),
  );

  it(
    'joins halves of the same block only, when blocks interleave',
    marbles(({ cold, expectObservable }) => {
      const source = cold(' --a--b--c--|', { a: delta('\ud83d', 0), b: delta('x', 1), c: delta('\ude00', 0) });
      const expected = '    -----x--y--|';

      expectObservable(source.pipe(thinkingDeltas())).toBe(expected, { x: 'x', y: '\ud83d\ude00' });
    }),
  );

  it(
    'emits half a pair alone when its block stops without the other',
    marbles(({ cold, expectObservable }) => {
      const source = cold(' --a--s--e--|', {
        a: delta('\ud83d'),
        s: { type: 'content_block_stop', index: 1 },
        e: { type: 'content_block_stop', index: 0 },
      });
      const expected = '    --------x--|';

      expectObservable(source.pipe(thinkingDeltas())).toBe(expected, { x: '\ud83d' });
    }),
  );

  it(
    'emits held thinking before completion',
    marbles(({ cold, expectObservable }) => {
      const source = cold(' --a--|   ', { a: delta('a\ud83d') });
      const expected = '    --x--(y|)';

      expectObservable(source.pipe(thinkingDeltas())).toBe(expected, { x: 'a', y: '\ud83d' });
    }),
  );

  it(
    'emits held thinking before an error',
    marbles(({ cold, expectObservable }) => {
      const source = cold(' --a--#   ', { a: delta('a\ud83d') });
      const expected = '    --x--(y#)';

      expectObservable(source.pipe(thinkingDeltas())).toBe(expected, { x: 'a', y: '\ud83d' });
    }),
  );

  it(
    'drops what is held on message_restart, and says nothing of it',
    marbles(({ cold, expectObservable }) => {
      const source = cold(' --a--r--b--|', { a: delta('a\ud83d'), r: restart, b: delta('\ude00b') });
      const expected = '    --x-----y--|';

      expectObservable(source.pipe(thinkingDeltas())).toBe(expected, { x: 'a', y: '\ude00b' });
    }),
  );

  it(
    'passes message_restart on between the strings if asked to',
    marbles(({ cold, expectObservable }) => {
      const source = cold(' --a--r--b--|', { a: delta('a'), r: restart, b: delta('b') });
      const expected = '    --x--r--y--|';

      expectObservable(source.pipe(thinkingDeltas({ restarts: true }))).toBe(expected, { x: 'a', r: restart, y: 'b' });
    }),
  );

  it('says in its type whether restarts come out', () => {
    expectTypeOf(thinkingDeltas()).toEqualTypeOf<OperatorFunction<AnyEvent, string>>();
    expectTypeOf(thinkingDeltas({ restarts: true })).toEqualTypeOf<
      OperatorFunction<AnyEvent, string | MessageRestartEvent>
    >();
  });
});
