import { concat, firstValueFrom, from, lastValueFrom, map, of, throwError, toArray } from 'rxjs';
import {
  IncompleteMessageError,
  InvalidEventError,
  messageEvents,
  OverloadedError,
  type MessageStreamEvent,
  type ServerSentEvent,
} from '../../src/index.js';
import { buildMessage, errorEvent, eventsOf } from '../../src/testing/index.js';
import { itKeepsTheOperatorContract } from '../support/contract.js';
import { marbles } from '../support/marbles.js';
import { outcomeOf } from './support/outcome.js';

const events = eventsOf(buildMessage({ content: 'Hello' }));
const sent = (event: unknown): ServerSentEvent => ({ data: JSON.stringify(event) });

/** The events by the letters of the pictures: s: message_start … z: message_stop. */
const [s, b, d, e, m, z] = events as [Event, Event, Event, Event, Event, Event];
type Event = MessageStreamEvent;
const out = { s, b, d, e, m, z };
const sse = { s: sent(s), b: sent(b), d: sent(d), e: sent(e), m: sent(m), z: sent(z) };

describe('messageEvents', () => {
  itKeepsTheOperatorContract(messageEvents, { values: events.map(sent), empty: 'is incomplete' });

  it(
    'reads each event in its turn, and completes after message_stop',
    marbles(({ cold, expectObservable, expectSubscriptions }) => {
      const source = cold(' --s--b--d--e--m--z--|', sse);
      const subs = '        ^-------------------!';
      const expected = '    --s--b--d--e--m--z--|';

      expectObservable(source.pipe(messageEvents())).toBe(expected, out);
      expectSubscriptions(source.subscriptions).toBe(subs);
    }),
  );

  it(
    'takes the type from the JSON, whatever the event line says',
    marbles(({ cold, expectObservable }) => {
      const named: ServerSentEvent = { ...sse.s, event: 'ping', id: '7' };
      const source = cold(' --s-', { s: named });
      const expected = '    --s-';

      expectObservable(source.pipe(messageEvents())).toBe(expected, out);
    }),
  );

  it(
    'passes on pings and what is not known, and leaves out [DONE] and a repeated message_start',
    marbles(({ cold, expectObservable }) => {
      const more = { p: { type: 'ping' }, u: { type: 'unheard_of', a: 1 } };
      const source = cold(' --s--p--u--s--x--b-', { ...sse, p: sent(more.p), u: sent(more.u), x: { data: '[DONE]' } });
      const expected = '    --s--p--u--------b-';

      expectObservable(source.pipe(messageEvents())).toBe(expected, { ...out, ...more });
    }),
  );

  it(
    'leaves out what was cut, and reads what was not',
    marbles(({ cold, expectObservable }) => {
      const cut: ServerSentEvent = { data: '{"type":"pi', unterminated: true };
      const whole: ServerSentEvent = { ...sse.b, unterminated: true };
      const source = cold(' --s--c--w-', { s: sse.s, c: cut, w: whole });
      const expected = '    --s-----w-';

      expectObservable(source.pipe(messageEvents())).toBe(expected, { s, w: b });
    }),
  );

  it(
    'fails synchronously if an event is invalid, and unsubscribes from its source',
    marbles(({ cold, expectObservable, expectSubscriptions }) => {
      const source = cold(' --s--x--b--', { ...sse, x: { data: '{oops' } });
      const subs = '        ^----!     ';
      const expected = '    --s--#     ';
      const error = new InvalidEventError('The stream contains an invalid event: its data is not JSON.', {
        position: 1,
        data: '{oops',
      });

      expectObservable(source.pipe(messageEvents())).toBe(expected, out, error);
      expectSubscriptions(source.subscriptions).toBe(subs);
    }),
  );

  it('fails with the error of an error event', async () => {
    const failed = errorEvent('overloaded_error', 'Overloaded', { request_id: 'req_1' });
    const { values, error } = await outcomeOf(from([...events.slice(0, 3), failed]).pipe(map(sent), messageEvents()));

    expect(values).toEqual(events.slice(0, 3));
    expect(error).toBeInstanceOf(OverloadedError);
    expect(error).toMatchObject({ status: 529, phase: 'mid-content', requestID: 'req_1', headers: undefined });
  });

  it('fails with IncompleteMessageError if the source completes before message_stop', async () => {
    for (let n = 0; n < events.length; n += 1) {
      const { values, error } = await outcomeOf(from(events.slice(0, n)).pipe(map(sent), messageEvents()));

      expect(values).toEqual(events.slice(0, n));
      expect(error).toBeInstanceOf(IncompleteMessageError);
      expect(error).toMatchObject({ phase: n < 3 ? 'before-content' : 'mid-content' });
    }
  });

  it('passes an error of its source on, also after message_stop', async () => {
    const failure = new Error('of the source');
    const failing = throwError(() => failure);
    const source = concat(from(events).pipe(map(sent)), failing);

    expect(await outcomeOf(source.pipe(messageEvents()))).toEqual({ values: events, ended: 'failed', error: failure });
  });

  it('reads several messages', async () => {
    const source = of(...events, ...events).pipe(map(sent), messageEvents(), toArray());

    expect(await lastValueFrom(source)).toEqual([...events, ...events]);
  });

  describe('events that gateways name', () => {
    const named = (event: string, data: string) => from([{ event, data }]).pipe(messageEvents(), toArray());

    it.each([
      ['keepalive', 'ok'],
      ['vertex_event', '{"foo":1}'],
      ['ping', ''],
    ])('says nothing of %s with %j, which is none of the API', async (event, data) => {
      await expect(lastValueFrom(named(event, data))).rejects.toBeInstanceOf(IncompleteMessageError);
    });

    it('takes the type from the name where the data has none', async () => {
      const failed = lastValueFrom(named('error', '{"error":{"type":"overloaded_error","message":"Overloaded"}}'));

      await expect(failed).rejects.toBeInstanceOf(OverloadedError);
      expect(await firstValueFrom(from([{ event: 'ping', data: '{}' }]).pipe(messageEvents()))).toEqual({
        type: 'ping',
      });
    });

    it('refuses data that is none of the API under a name of its own', async () => {
      await expect(lastValueFrom(named('message_delta', '{"foo":1}'))).rejects.toBeInstanceOf(InvalidEventError);
    });
  });
});
