import { expectTypeOf } from 'expect-type';
import { EMPTY, from, lastValueFrom, materialize, tap, toArray, type Observable } from 'rxjs';
import {
  trackUsage,
  usage,
  type AnyEvent,
  type MessageStopEvent,
  type MessageStreamEvent,
  type RunningUsage,
} from '../../src/index.js';
import { buildMessage, eventsOf } from '../../src/testing/index.js';
import { itKeepsTheOperatorContract } from '../support/contract.js';
import { ping, restart } from '../support/events.js';
import { marbles } from '../support/marbles.js';

const events = eventsOf(buildMessage({ content: 'Hello, world', usage: { output_tokens: 12 } }), { pingEvery: 2 });
const doNothing = () => undefined;

describe('trackUsage', () => {
  itKeepsTheOperatorContract<MessageStreamEvent, MessageStreamEvent>(() => trackUsage(doNothing), {
    values: events,
    empty: 'completes',
  });

  it(
    'passes every event through synchronously',
    marbles(({ cold, expectObservable, expectSubscriptions }) => {
      const [s, b, p] = events;
      const source = cold(' --s--b--p--u--#', { s, b, p, u: { type: 'new_event' } } as Record<string, AnyEvent>);
      const subs = '        ^-------------!';

      expectObservable(source.pipe(trackUsage(doNothing))).toBe('--s--b--p--u--#', {
        s,
        b,
        p,
        u: { type: 'new_event' },
      });
      expectSubscriptions(source.subscriptions).toBe(subs);
    }),
  );

  it('calls its callback whenever the usage changes, before the event is passed on', async () => {
    const log: string[] = [];
    const tracked = from(events).pipe(
      trackUsage(({ output_tokens }) => log.push(`${output_tokens} tokens`)),
      tap(({ type }) => log.push(type)),
    );
    await lastValueFrom(tracked);

    expect(log).toEqual([
      '1 tokens',
      'message_start',
      'content_block_start',
      'ping',
      'content_block_delta',
      'content_block_stop',
      'ping',
      '12 tokens',
      'message_delta',
      'message_stop',
    ]);
  });

  it('calls its callback with the values that usage() emits, across restarts too', async () => {
    const source = from([...events.slice(0, 4), restart(), ...events]);
    const seen: RunningUsage[] = [];
    await lastValueFrom(source.pipe(trackUsage((usage) => seen.push(usage))));

    expect(seen).toStrictEqual(await lastValueFrom(source.pipe(usage(), toArray())));
    expect(seen.map(({ abandoned_attempts }) => abandoned_attempts?.length)).toEqual([undefined, 1, 1, 1]);
  });

  it('fails with the error that the callback throws, and does not pass the event on', async () => {
    const error = new Error('of the callback');
    const tracked = from(events).pipe(
      trackUsage(({ output_tokens }) => {
        if (output_tokens > 1) throw error;
      }),
      materialize(),
      toArray(),
    );
    const notifications = await lastValueFrom(tracked);

    expect(
      notifications.map((n) => (n.kind === 'N' ? n.value.type : n.kind === 'E' ? n.error : n.kind) as unknown),
    ).toEqual([...events.slice(0, -2).map(({ type }) => type), error]);
  });

  it('does not call its callback before it is subscribed to, or if no usage arrives', () => {
    const callback = jest.fn();
    void from(events).pipe(trackUsage(callback));
    EMPTY.pipe(trackUsage(callback)).subscribe();
    from<AnyEvent[]>([ping, restart()]).pipe(trackUsage(callback)).subscribe();

    expect(callback).not.toHaveBeenCalled();
  });

  it('keeps the type of the events', () => {
    const source = EMPTY as Observable<MessageStopEvent>;

    expectTypeOf(source.pipe(trackUsage(doNothing))).toEqualTypeOf<Observable<MessageStopEvent>>();
  });
});
