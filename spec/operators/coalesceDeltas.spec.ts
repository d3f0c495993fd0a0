import { expectTypeOf } from 'expect-type';
import { asapScheduler, concat, from, NEVER, of, queueScheduler, type Observable } from 'rxjs';
import {
  coalesceDeltas,
  type AnyEvent,
  type ContentBlockDeltaEvent,
  type MessageStreamEvent,
  type RunToolsEvent,
} from '../../src/index.js';
import { buildMessage, eventsOf } from '../../src/testing/index.js';
import { outcomeOf, watch } from '../source/support/outcome.js';
import { itKeepsTheOperatorContract } from '../support/contract.js';
import {
  blockDelta,
  blockStart,
  blockStop,
  citationsDelta,
  inputJsonDelta,
  messageStart,
  messageStop,
  ping,
  restart,
  signatureDelta,
  textDelta,
  thinkingDelta,
} from '../support/events.js';
import { marbles } from '../support/marbles.js';
import { countingClock } from './support/idleTimeouts.js';
import { textLengthOf } from './support/pacing.js';

/**
 * Events by their letters in marbles: a … f text deltas, s message_start, o and p the start and the stop of the block, z
 * message_stop, i ping, r message_restart. The upper-case letters are merged deltas.
 */
const letters = {
  ...Object.fromEntries(Array.from('abcdef', (text) => [text, textDelta(text)])),
  ...{ s: messageStart(), o: blockStart(0, { type: 'text', text: '' }), p: blockStop(), z: messageStop, i: ping },
  ...{ r: restart(), B: textDelta('bc'), C: textDelta('cd'), D: textDelta('def'), E: textDelta('ef') },
};

const estimate = (thinking: string, estimated_tokens: number | null) =>
  blockDelta(0, { type: 'thinking_delta', thinking, estimated_tokens });

/** Returns what is emitted for events that all arrive within one interval, after a first delta. */
async function mergedOf(...events: readonly AnyEvent[]): Promise<readonly AnyEvent[]> {
  const { values } = await outcomeOf(from([textDelta('first'), ...events]).pipe(coalesceDeltas({ everyMs: 60_000 })));
  return values.slice(1);
}

describe('coalesceDeltas', () => {
  itKeepsTheOperatorContract<MessageStreamEvent, MessageStreamEvent>(() => coalesceDeltas(), {
    values: eventsOf(buildMessage({ content: 'Hello, world. How are you?' })),
    empty: 'completes',
  });

  it(
    'emits the first delta at once, and merges those that follow until the next frame',
    marbles(({ cold, animate, expectObservable, expectSubscriptions }) => {
      animate('             --------x-------x-------x-------x----');
      const source = cold(' s-o-a-b---c-d-------------e-f-p-----z|', letters);
      const subs = '        ^------------------------------------!';
      const expected = '    s-o-a---b-------C---------e---(fp)--z|';

      expectObservable(source.pipe(coalesceDeltas())).toBe(expected, letters);
      expectSubscriptions(source.subscriptions).toBe(subs);
    }),
  );

  it(
    'emits at most once per frame while deltas arrive',
    marbles(({ cold, animate, expectObservable }) => {
      animate('             ---x---x---x---x----');
      const source = cold(' abc-def-----abc-----|', letters);
      const expected = '    a--B---D----a--B----|';

      expectObservable(source.pipe(coalesceDeltas())).toBe(expected, letters);
    }),
  );

  it(
    'emits what is held before any other event, and continues to wait for the frame',
    marbles(({ cold, animate, expectObservable }) => {
      animate('             -------------x--');
      const source = cold(' -abc-i---def---|', letters);
      const expected = '    -a---(Bi)----D-|';

      expectObservable(source.pipe(coalesceDeltas())).toBe(expected, letters);
    }),
  );

  it(
    'emits what is held before it completes',
    marbles(({ cold, animate, expectObservable }) => {
      animate('             ----------');
      const source = cold(' -a-b-c-|   ', letters);
      const expected = '    -a-----(B|)';

      expectObservable(source.pipe(coalesceDeltas())).toBe(expected, letters);
    }),
  );

  it(
    'emits what is held before an error',
    marbles(({ cold, animate, expectObservable }) => {
      animate('             ----------');
      const source = cold(' -a-b-c-#   ', letters);
      const expected = '    -a-----(B#)';

      expectObservable(source.pipe(coalesceDeltas())).toBe(expected, letters);
    }),
  );

  it(
    'drops what is held on message_restart, and emits that event at once',
    marbles(({ cold, animate, expectObservable }) => {
      animate('             ----------x---------x');
      const source = cold(' -a-b-c-r-s-de-f---|   ', letters);
      const expected = '    -a-----r-s-d------(E|)';

      expectObservable(source.pipe(coalesceDeltas())).toBe(expected, letters);
    }),
  );

  it(
    'cancels the frame and the timer when the consumer unsubscribes',
    marbles(({ cold, animate, expectObservable, expectSubscriptions }) => {
      animate('             --------x---');
      const source = cold(' -a-b-c------', letters);
      const unsub = '       ------!     ';
      const subs = '        ^-----!     ';
      const expected = '    -a----------';

      expectObservable(source.pipe(coalesceDeltas()), unsub).toBe(expected, letters);
      expectSubscriptions(source.subscriptions).toBe(subs);
    }),
  );

  describe('what is merged', () => {
    it('is text, thinking and the JSON of inputs', async () => {
      expect(await mergedOf(textDelta('a'), textDelta('b'))).toEqual([textDelta('ab')]);
      expect(await mergedOf(thinkingDelta('a'), thinkingDelta('b'))).toEqual([thinkingDelta('ab')]);
      expect(await mergedOf(inputJsonDelta('{'), inputJsonDelta('}'))).toEqual([inputJsonDelta('{}')]);
    });

    it('is only deltas of the same block and the same kind, in order', async () => {
      const events = [textDelta('a', 0), textDelta('b', 1), textDelta('c', 0), thinkingDelta('d', 0)];

      expect(await mergedOf(...events)).toEqual(events);
      expect(await mergedOf(textDelta('a', 1), textDelta('b', 1), thinkingDelta('c'), thinkingDelta('d'))).toEqual([
        textDelta('ab', 1),
        thinkingDelta('cd'),
      ]);
    });

    it.each<[string, AnyEvent]>([
      ['citations', citationsDelta({ type: 'char_location', cited_text: 'x' })],
      ['signatures', signatureDelta('x')],
      ['deltas of an unknown type', blockDelta(0, { type: 'new_delta', text: 'x' })],
      ['deltas without a text', blockDelta(0, { type: 'text_delta' })],
      ['deltas with additional fields', blockDelta(0, { type: 'text_delta', text: 'x', id: 1 })],
      ['events with additional fields', { ...textDelta('x'), trace: 1 } as AnyEvent],
      ['events of unknown types', { type: 'weather_report' }],
      ['message_reconnect', { type: 'message_reconnect' }],
    ])('is never %s, which are emitted after what came before', async (_, event) => {
      expect(await mergedOf(textDelta('a'), textDelta('b'), event, event, textDelta('c'))).toEqual([
        textDelta('ab'),
        event,
        event,
        textDelta('c'),
      ]);
    });

    it('preserves the estimates of thinking tokens, by adding them', async () => {
      expect(await mergedOf(estimate('a', 50), estimate('', null), estimate('b', 100))).toEqual([estimate('ab', 150)]);
    });

    it('is emitted as it is if there is only one', async () => {
      const event = textDelta('a');

      expect((await mergedOf(event))[0]).toBe(event);
    });

    it('is emitted frozen', async () => {
      const [event] = await mergedOf(textDelta('a'), textDelta('b'));

      expect(Object.isFrozen(event) && Object.isFrozen((event as ContentBlockDeltaEvent).delta)).toBe(true);
    });

    it('keeps empty deltas, which show that the model is at work', async () => {
      expect(await mergedOf(thinkingDelta(''), thinkingDelta(''))).toEqual([thinkingDelta('')]);
    });

    it('is at most 2^24 code units long', async () => {
      const half = textDelta('x'.repeat(2 ** 23));

      expect((await mergedOf(half, half, textDelta('y'))).map(textLengthOf)).toEqual([2 ** 24, 1]);
    });
  });

  describe('options', () => {
    it(
      'everyMs merges what arrives within this time',
      marbles(({ cold, expectObservable }) => {
        const source = cold(' -a-bc-----d---ef--|', letters);
        const expected = '    -a----B----d----E-|';

        expectObservable(source.pipe(coalesceDeltas({ everyMs: 5 }))).toBe(expected, letters);
      }),
    );

    it(
      'scheduler alone merges what arrives within one turn of it',
      marbles(({ cold, expectObservable }) => {
        const source = cold(' -(abc)-----(def)|', letters);
        const expected = '    -(aB)------(dE)-|';

        expectObservable(source.pipe(coalesceDeltas({ scheduler: asapScheduler }))).toBe(expected, letters);
      }),
    );

    it('scheduler may call back at once', () => {
      const seen = watch(from(eventsOf(buildMessage())).pipe(coalesceDeltas({ scheduler: queueScheduler })));

      expect(seen.values).toEqual(eventsOf(buildMessage()));
    });

    it('everyMs may be longer than a timer can be', () => {
      const { clock, scheduler } = countingClock();
      const seen = watch(
        concat(from(Array.from('abc', (text) => textDelta(text))), NEVER).pipe(
          coalesceDeltas({ everyMs: Infinity, scheduler }),
        ),
      );
      clock.advance(2 ** 31 - 2);

      expect(seen.values).toEqual([textDelta('a')]);

      clock.advance(1);

      expect(seen.values).toEqual([textDelta('a'), textDelta('bc')]);
      seen.subscription.unsubscribe();
    });

    it.each([0, -1, NaN, '16'])('throws a RangeError for everyMs %p at call time', (everyMs) => {
      const call = () => coalesceDeltas({ everyMs: everyMs as number });

      expect(call).toThrow(RangeError);
      expect(call).toThrow('coalesceDeltas: everyMs must be a number of at least 1, got ');
    });

    it('may be undefined', () => {
      expect(() => coalesceDeltas({ everyMs: undefined, scheduler: undefined })).not.toThrow();
    });
  });

  it('keeps the types of the events', () => {
    const messageEvents: Observable<MessageStreamEvent> = of();
    const runEvents: Observable<RunToolsEvent> = of();
    const other: Observable<{ readonly type: 'tick' }> = of();
    const strings: Observable<string> = of();
    // @ts-expect-error -- a string is not an event
    void strings.pipe(coalesceDeltas());

    expectTypeOf(messageEvents.pipe(coalesceDeltas())).toEqualTypeOf<Observable<MessageStreamEvent>>();
    expectTypeOf(runEvents.pipe(coalesceDeltas())).toEqualTypeOf<Observable<RunToolsEvent>>();
    expectTypeOf(other.pipe(coalesceDeltas())).toEqualTypeOf<
      Observable<{ readonly type: 'tick' } | ContentBlockDeltaEvent>
    >();
    expect(coalesceDeltas()).toBeInstanceOf(Function);
  });
});
