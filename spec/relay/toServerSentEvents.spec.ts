import { concat, from, lastValueFrom, NEVER, Observable, of, take, throwError, toArray } from 'rxjs';
import type { AnyEvent } from '../../src/index.js';
import { toServerSentEvents } from '../../src/relay/index.js';
import { buildMessage, errorEvent, eventsOf, toolUseBlock } from '../../src/testing/index.js';
import { marbles } from '../support/marbles.js';
import { blockStart, messageStart, messageStop, ping, textDelta } from '../support/events.js';
import { answerEvents, callEvents, result, run, runEnd, runPaused } from '../source/support/forwardedRuns.js';
import { dataOf, framesOf } from './support/frames.js';

const s = messageStart();
const b = blockStart(0, { type: 'text', text: '' });
const t = textDelta('Hi');
const e = messageStop;
const frame = (event: AnyEvent, id: number | string) =>
  `id: ${id}\nevent: ${event.type}\ndata: ${JSON.stringify(event)}\n\n`;
const incomplete =
  'event: error\ndata: {"type":"error","error":{"type":"api_error","message":"The answer is incomplete.",' +
  '"status":502,"name":"IncompleteMessageError","retryable":true}}\n\n';
const internal =
  'event: error\ndata: {"type":"error","error":{"type":"api_error","message":"The service failed.",' +
  '"status":500,"retryable":false}}\n\n';

describe('toServerSentEvents', () => {
  it(
    'writes each event as a frame with its position, at once',
    marbles(({ cold, expectObservable, expectSubscriptions }) => {
      const source = cold(' --s-(bt)-e---|', { s, b, t, e });
      const subs = '        ^------------!';
      const expected = '    --w-(xy)-z---|';

      expectObservable(source.pipe(toServerSentEvents())).toBe(expected, {
        w: frame(s, 1),
        x: frame(b, 2),
        y: frame(t, 3),
        z: frame(e, 4),
      });
      expectSubscriptions(source.subscriptions).toBe(subs);
    }),
  );

  it(
    'writes a comment when nothing was sent for heartbeatMs, and not earlier',
    marbles(({ cold, expectObservable }) => {
      const source = cold(' --s-----------------e-|', { s, e });
      const expected = '    --w----h----h----h--z-|';

      expectObservable(source.pipe(toServerSentEvents({ heartbeatMs: 5 }))).toBe(expected, {
        w: frame(s, 1),
        h: ': keep-alive\n\n',
        z: frame(e, 2),
      });
    }),
  );

  it(
    'writes a comment before the first event, and none after the end',
    marbles(({ cold, expectObservable }) => {
      const source = cold(' ------------(se|)', { s, e });
      const expected = '    -----h----h-(wz|)';

      expectObservable(source.pipe(toServerSentEvents({ heartbeatMs: 5 }))).toBe(expected, {
        w: frame(s, 1),
        h: ': keep-alive\n\n',
        z: frame(e, 2),
      });
    }),
  );

  it(
    'waits 15 s for the first comment by default, and writes none with Infinity',
    marbles(({ expectObservable }) => {
      const heartbeats = { h: ': keep-alive\n\n' };

      expectObservable(NEVER.pipe(toServerSentEvents()), '^ 29s !').toBe('15s h', heartbeats);
      expectObservable(NEVER.pipe(toServerSentEvents({ heartbeatMs: Infinity })), '^ 60m !').toBe('-');
    }),
  );

  it(
    'unsubscribes from its source at once, and leaves no timer behind',
    marbles(({ cold, expectObservable, expectSubscriptions }) => {
      const source = cold('  --s-----', { s });
      const unsubscription = '^---!   ';
      const subs = '          ^---!   ';
      const expected = '      --w-----';

      expectObservable(source.pipe(toServerSentEvents({ heartbeatMs: 1000 })), unsubscription).toBe(expected, {
        w: frame(s, 1),
      });
      expectSubscriptions(source.subscriptions).toBe(subs);
    }),
  );

  it(
    'ends with an error frame if its source completes before the message has ended',
    marbles(({ cold, expectObservable }) => {
      const source = cold(' --s-t-|  ', { s, t: b });
      const expected = '    --w-x-(f|)';

      expectObservable(source.pipe(toServerSentEvents())).toBe(expected, {
        w: frame(s, 1),
        x: frame(b, 2),
        f: incomplete,
      });
      expectObservable(cold<AnyEvent>('|').pipe(toServerSentEvents())).toBe('(f|)', { f: incomplete });
    }),
  );

  it(
    'ends with an error frame if its source fails before the message has ended',
    marbles(({ cold, expectObservable }) => {
      const source = cold(' --s-#   ', { s }, new Error('secret'));
      const expected = '    --w-(f|)';

      expectObservable(source.pipe(toServerSentEvents())).toBe(expected, { w: frame(s, 1), f: internal });
    }),
  );

  it(
    'ends without an error if its source fails after the complete message',
    marbles(({ cold, expectObservable }) => {
      const source = cold(' --s-e-#', { s, e }, new Error('late'));
      const expected = '    --w-z-|';

      expectObservable(source.pipe(toServerSentEvents())).toBe(expected, { w: frame(s, 1), z: frame(e, 2) });
    }),
  );

  it('stops a synchronous source when the consumer has enough', () => {
    let pulled = 0;
    const source = new Observable<AnyEvent>((subscriber) => {
      for (const event of [s, b, t, t, t]) {
        if (subscriber.closed) return;
        pulled += 1;
        subscriber.next(event);
      }
    });
    source.pipe(toServerSentEvents(), take(2)).subscribe();

    expect(pulled).toBe(2);
  });

  it('shares no state between subscriptions', async () => {
    const frames = from([s, b, t, e]).pipe(toServerSentEvents());

    expect(await framesOf(frames)).toEqual(await framesOf(frames));
  });
});

describe('the end of a stream', () => {
  const waiting = eventsOf(buildMessage({ content: [toolUseBlock('f', {})], stop_reason: 'tool_use' }));

  it('is run_end in a tool run', async () => {
    const frames = await framesOf(from(run).pipe(toServerSentEvents()));

    expect(frames.map(dataOf)).toEqual(run);
    expect(frames.at(-1)).toMatch(/^id: \d+\nevent: run_end\n/);
  });

  it.each([
    ['after a message', [...callEvents, result, runPaused]],
    ['without a message', [result, runPaused]],
    ['at once', [runPaused]],
  ])('is run_paused in a tool run that pauses %s', async (_, events) => {
    const frames = await framesOf(from(events).pipe(toServerSentEvents()));

    expect(frames.map(dataOf)).toEqual(events);
  });

  it('is an error frame if a resumed run ends before its first message', async () => {
    const frames = await framesOf(from([result]).pipe(toServerSentEvents()));

    expect(frames.map(dataOf)).toEqual([result, dataOf(incomplete)]);
  });

  it('is an error frame if a tool run ends before run_end, even after a complete message', async () => {
    for (const events of [
      [...callEvents, result],
      [...callEvents, result, ...answerEvents],
    ]) {
      const frames = await framesOf(from(events).pipe(toServerSentEvents()));

      expect(frames.map(dataOf)).toEqual([...events, dataOf(incomplete)]);
    }
  });

  it('is an error frame if a tool run fails between its messages', async () => {
    const source = concat(
      from(waiting),
      throwError(() => new Error('the next request failed')),
    );

    expect((await framesOf(source.pipe(toServerSentEvents()))).at(-1)).toBe(internal);
  });

  it('is nothing more than the run_end if the run fails after it', async () => {
    const source = concat(
      from(run),
      throwError(() => new Error('late')),
    );

    expect((await framesOf(source.pipe(toServerSentEvents()))).map(dataOf).at(-1)).toEqual(runEnd);
  });

  it('is an error frame for an error that the source emits as an event', async () => {
    const source = of(s, errorEvent('overloaded_error', 'host 10.0.0.1 is overloaded'), e);

    expect((await framesOf(source.pipe(toServerSentEvents()))).map(dataOf)).toEqual([
      s,
      {
        type: 'error',
        error: { type: 'overloaded_error', message: 'The model is overloaded.', status: 529, retryable: true },
      },
    ]);
  });

  it('is an error frame for an event that is invalid or out of order', async () => {
    for (const wrong of [textDelta('no block'), { type: 'content_block_start' }]) {
      expect((await framesOf(of(s, wrong, e).pipe(toServerSentEvents()))).map(dataOf)).toEqual([
        s,
        {
          type: 'error',
          error: { type: 'api_error', message: 'The answer could not be read.', status: 502, retryable: false },
        },
      ]);
    }
  });

  it('is the message_stop, and what follows out of order is left out', async () => {
    expect((await framesOf(of(s, e, t, e).pipe(toServerSentEvents()))).map(dataOf)).toEqual([s, e]);
  });
});

describe('ids', () => {
  const idsOf = async (options: Parameters<typeof toServerSentEvents>[0]) =>
    (await framesOf(of(s, ping, e).pipe(toServerSentEvents(options)))).map((text) => /^id: (.*)$/m.exec(text)?.[1]);

  it('are off with false', async () => {
    expect(await idsOf({ ids: false })).toEqual([undefined, undefined, undefined]);
  });

  it('come from a function, which may leave one out', async () => {
    const ids = (event: AnyEvent, position: number) =>
      event.type === 'ping' ? undefined : `${event.type}-${position}`;

    expect(await idsOf({ ids })).toEqual(['message_start-1', undefined, 'message_stop-3']);
  });

  it.each(['\n', '\r', '\0'])('never contain %j', async (character) => {
    const frames = await framesOf(of(s, e).pipe(toServerSentEvents({ ids: () => `7${character}data: x` })));

    expect(frames).toEqual([internal]);
  });

  it('that cannot be created end the stream with an error frame', async () => {
    const ids = () => {
      throw new Error('secret');
    };

    expect(await framesOf(of(s, e).pipe(toServerSentEvents({ ids })))).toEqual([internal]);
  });
});

describe('bad options', () => {
  it.each([0, -1, NaN, '5' as unknown as number])('heartbeatMs %p is refused at call time', (heartbeatMs) => {
    expect(() => toServerSentEvents({ heartbeatMs })).toThrow(RangeError);
    expect(() => toServerSentEvents({ heartbeatMs })).toThrow('toServerSentEvents: heartbeatMs must be');
  });
});

describe('an event whose type would break its line', () => {
  it('has no event line', async () => {
    const odd = { type: 'new\ndata: x', value: 1 };
    const frames = await lastValueFrom(of(s, odd, e).pipe(toServerSentEvents(), toArray()));

    expect(frames[1]).toBe(`id: 2\ndata: ${JSON.stringify(odd)}\n\n`);
  });
});
