import { expectTypeOf } from 'expect-type';
import { concat, EMPTY, from, lastValueFrom, NEVER, tap, toArray, type Observable } from 'rxjs';
import { tapMessage, type AnyEvent, type MessageStopEvent, type MessageStreamEvent } from '../../src/index.js';
import { itKeepsTheOperatorContract } from '../support/contract.js';
import { blockStop, messageStart, messageStop, restart, textDelta } from '../support/events.js';
import { marbles } from '../support/marbles.js';
import { callsOf, citation, events, message, NAMES, recorder } from './support/observers.js';

describe('tapMessage', () => {
  itKeepsTheOperatorContract<MessageStreamEvent, MessageStreamEvent>(() => tapMessage(recorder([])), {
    values: events,
    empty: 'completes',
  });

  it(
    'passes every event through synchronously',
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

  it('passes on the same event objects', async () => {
    const passed = await lastValueFrom(from(events).pipe(tapMessage(recorder([])), toArray()));

    expect(passed.every((event, i) => event === events[i])).toBe(true);
    expect(passed).toHaveLength(events.length);
  });

  it('calls each callback with its part of the message, before the event is passed on', async () => {
    const log: unknown[][] = [];
    const tapped = from([...events.slice(0, 2), restart(), ...events]).pipe(
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
      ['restart', restart()],
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

  it.each(NAMES)('calls %s in the same way when it is the only callback', async (name) => {
    const source = from([...events.slice(0, 8), restart(), ...events]);
    const calls = (await callsOf(source, ...NAMES)).filter(([called]) => called === name);

    expect(calls.length).toBeGreaterThan(0);
    expect(await callsOf(source, name)).toStrictEqual(calls);
  });

  it('works without callbacks', async () => {
    expect(await callsOf(from([blockStop(7), ...events]))).toEqual([]);
  });

  it('calls nothing before it is subscribed to, and nothing after it is unsubscribed from', () => {
    const calls: unknown[][] = [];
    const tapped = concat(from<AnyEvent[]>([textDelta('a\ud83d')]), NEVER).pipe(tapMessage(recorder(calls, ['text'])));
    expect(calls).toEqual([]);
    tapped.subscribe().unsubscribe();

    expect(calls).toEqual([['text', 'a', 0]]);
  });

  it('keeps the type of the events', () => {
    const source = EMPTY as Observable<MessageStopEvent>;

    expectTypeOf(source.pipe(tapMessage({}))).toEqualTypeOf<Observable<MessageStopEvent>>();
  });
});
