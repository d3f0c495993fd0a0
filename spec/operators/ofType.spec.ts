import { expectTypeOf } from 'expect-type';
import { from, lastValueFrom, toArray, type Observable } from 'rxjs';
import {
  ofType,
  type AnyEvent,
  type EventOfType,
  type MessageDeltaEvent,
  type MessageStopEvent,
  type MessageStreamEvent,
  type PingEvent,
} from '../../src/index.js';
import { buildMessage, eventsOf } from '../../src/testing/index.js';
import { itKeepsTheOperatorContract } from '../support/contract.js';
import { ping, restart } from '../support/events.js';
import { marbles } from '../support/marbles.js';

const events = eventsOf(buildMessage({ content: 'Hello, world' }));

const typesOf = (source: Observable<AnyEvent>) =>
  lastValueFrom(source.pipe(toArray())).then((list) => list.map(({ type }) => type));

describe('ofType', () => {
  itKeepsTheOperatorContract<MessageStreamEvent, MessageStreamEvent>(
    () => ofType('content_block_start', 'content_block_delta'),
    {
      values: events,
      empty: 'completes',
    },
  );

  it(
    'emits the events of the given types unchanged',
    marbles(({ cold, expectObservable, expectSubscriptions }) => {
      const a: AnyEvent = { type: 'ping' };
      const b: AnyEvent = { type: 'message_stop' };
      const c: AnyEvent = { type: 'message_start' };
      const source = cold(' --a--b--c--b--|', { a, b, c });
      const subs = '        ^-------------!';
      const expected = '    --a--b-----b--|';

      expectObservable(source.pipe(ofType('ping', 'message_stop'))).toBe(expected, { a, b });
      expectSubscriptions(source.subscriptions).toBe(subs);
    }),
  );

  it('emits nothing if no type is given', async () => {
    expect(await typesOf(from(events).pipe(ofType()))).toEqual([]);
  });

  it('emits events of unknown types', async () => {
    const source = from<AnyEvent[]>([{ type: 'ping' }, { type: 'message_delta_v2' }]);

    expect(await typesOf(source.pipe(ofType('message_delta_v2')))).toEqual(['message_delta_v2']);
  });

  it('emits message_restart only if it is among the types', async () => {
    const source = from([restart(), ping]);

    expect(await typesOf(source.pipe(ofType('ping')))).toEqual(['ping']);
    expect(await typesOf(source.pipe(ofType('ping', 'message_restart')))).toEqual(['message_restart', 'ping']);
  });

  it('narrows to the members of the union', () => {
    const source = from(events);

    expectTypeOf(source.pipe(ofType('message_delta'))).toEqualTypeOf<Observable<MessageDeltaEvent>>();
    expectTypeOf(source.pipe(ofType('message_delta', 'message_stop'))).toEqualTypeOf<
      Observable<MessageDeltaEvent | MessageStopEvent>
    >();
  });

  it('types an unknown type as an event of that name', () => {
    const source = from(events).pipe(ofType('new_event', 'ping'));

    expectTypeOf(source).toEqualTypeOf<Observable<{ readonly type: 'new_event' } | PingEvent>>();
    expectTypeOf<EventOfType<AnyEvent, 'ping'>>().toEqualTypeOf<{ readonly type: 'ping' }>();
  });
});
