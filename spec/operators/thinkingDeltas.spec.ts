import { expectTypeOf } from 'expect-type';
import { from, lastValueFrom, toArray } from 'rxjs';
import { thinkingDeltas, type EventOperator, type MessageRestartEvent } from '../../src/index.js';
import { buildMessage, eventsOf, thinkingBlock, toolUseBlock } from '../../src/testing/index.js';
import { itKeepsTheOperatorContract } from '../support/contract.js';
import { blockStop, ping, restart, textDelta, thinkingDelta } from '../support/events.js';
import { marbles } from '../support/marbles.js';

describe('thinkingDeltas', () => {
  itKeepsTheOperatorContract(thinkingDeltas, {
    values: eventsOf(buildMessage({ content: [thinkingBlock('Let me see.'), 'Hello'] })),
    empty: 'completes',
  });

  it(
    'emits the thinking and ignores every other event',
    marbles(({ cold, expectObservable, expectSubscriptions }) => {
      const source = cold(' --a--p--t--b--e--|', {
        a: thinkingDelta('Let me'),
        p: ping,
        t: textDelta('Hello', 1),
        b: thinkingDelta(' see.'),
        e: thinkingDelta(''),
      });
      const subs = '        ^----------------!';
      const expected = '    --x--------y-----|';

      expectObservable(source.pipe(thinkingDeltas())).toBe(expected, { x: 'Let me', y: ' see.' });
      expectSubscriptions(source.subscriptions).toBe(subs);
    }),
  );

  it('ignores signatures, text and tool input', async () => {
    const message = buildMessage({
      content: [thinkingBlock('Hm.', { signature: 'abc' }), 'Hello', toolUseBlock('get', { a: 1 })],
    });

    expect(await lastValueFrom(from(eventsOf(message)).pipe(thinkingDeltas(), toArray()))).toEqual(['Hm.']);
  });

  it('emits nothing if thinking was omitted', async () => {
    const message = buildMessage({ content: [thinkingBlock(''), 'Hello'] });

    expect(await lastValueFrom(from(eventsOf(message)).pipe(thinkingDeltas(), toArray()))).toEqual([]);
  });

  it(
    'holds back half a surrogate pair until the other half arrives',
    marbles(({ cold, expectObservable }) => {
      const source = cold(' --a--b--|', { a: thinkingDelta('a\ud83d'), b: thinkingDelta('\ude00b') });
      const expected = '    --x--y--|';

      expectObservable(source.pipe(thinkingDeltas())).toBe(expected, { x: 'a', y: '\ud83d\ude00b' });
    }),
  );

  it.each([
    ['\ud7ff', ['\ud7ff', 'x']],
    ['\ud800', ['\ud800x']],
    ['\udbff', ['\udbffx']],
    ['\udc00', ['\udc00', 'x']],
  ])('holds back only high surrogates (%j)', async (unit, expected) => {
    expect(
      await lastValueFrom(from([thinkingDelta(unit), thinkingDelta('x')]).pipe(thinkingDeltas(), toArray())),
    ).toEqual(expected);
  });

  it(
    'keeps waiting for the other half after an empty delta',
    marbles(({ cold, expectObservable }) => {
      const source = cold(' --a--e--b--|', {
        a: thinkingDelta('\ud83d'),
        e: thinkingDelta(''),
        b: thinkingDelta('\ude00'),
      });
      const expected = '    --------x--|';

      expectObservable(source.pipe(thinkingDeltas())).toBe(expected, { x: '\ud83d\ude00' });
    }),
  );

  it(
    'joins only halves of the same block when blocks interleave',
    marbles(({ cold, expectObservable }) => {
      const source = cold(' --a--b--c--|', {
        a: thinkingDelta('\ud83d'),
        b: thinkingDelta('x', 1),
        c: thinkingDelta('\ude00'),
      });
      const expected = '    -----x--y--|';

      expectObservable(source.pipe(thinkingDeltas())).toBe(expected, { x: 'x', y: '\ud83d\ude00' });
    }),
  );

  it(
    'emits half a surrogate pair alone if its block stops without the other half',
    marbles(({ cold, expectObservable }) => {
      const source = cold(' --a--s--e--|', {
        a: thinkingDelta('\ud83d'),
        s: blockStop(1),
        e: blockStop(),
      });
      const expected = '    --------x--|';

      expectObservable(source.pipe(thinkingDeltas())).toBe(expected, { x: '\ud83d' });
    }),
  );

  it(
    'emits the thinking held back before completion',
    marbles(({ cold, expectObservable }) => {
      const source = cold(' --a--|   ', { a: thinkingDelta('a\ud83d') });
      const expected = '    --x--(y|)';

      expectObservable(source.pipe(thinkingDeltas())).toBe(expected, { x: 'a', y: '\ud83d' });
    }),
  );

  it(
    'emits the thinking held back before an error',
    marbles(({ cold, expectObservable }) => {
      const source = cold(' --a--#   ', { a: thinkingDelta('a\ud83d') });
      const expected = '    --x--(y#)';

      expectObservable(source.pipe(thinkingDeltas())).toBe(expected, { x: 'a', y: '\ud83d' });
    }),
  );

  it(
    'drops the thinking held back on message_restart, and emits nothing for it',
    marbles(({ cold, expectObservable }) => {
      const source = cold(' --a--r--b--|', { a: thinkingDelta('a\ud83d'), r: restart(), b: thinkingDelta('\ude00b') });
      const expected = '    --x-----y--|';

      expectObservable(source.pipe(thinkingDeltas())).toBe(expected, { x: 'a', y: '\ude00b' });
    }),
  );

  it(
    'emits message_restart between the strings with { restarts: true }',
    marbles(({ cold, expectObservable }) => {
      const source = cold(' --a--r--b--|', { a: thinkingDelta('a'), r: restart(), b: thinkingDelta('b') });
      const expected = '    --x--r--y--|';

      expectObservable(source.pipe(thinkingDeltas({ restarts: true }))).toBe(expected, {
        x: 'a',
        r: restart(),
        y: 'b',
      });
    }),
  );

  it('has a type that says whether restarts are emitted', () => {
    expectTypeOf(thinkingDeltas()).toEqualTypeOf<EventOperator<string>>();
    expectTypeOf(thinkingDeltas({ restarts: true })).toEqualTypeOf<EventOperator<string | MessageRestartEvent>>();
  });
});
